"""Bulk API 2.0: ingest and query jobs on the sandbox's clock (facts salesforce §4)."""
