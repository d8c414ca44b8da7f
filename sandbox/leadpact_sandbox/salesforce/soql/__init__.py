"""SOQL over the sandbox's tables: read, parsed by sqlglot, bound to the schema, answered by index."""
