"""Several calls in one: Composite, its batch, graph and tree (facts salesforce §2)."""
