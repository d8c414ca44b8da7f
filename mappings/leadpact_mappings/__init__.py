"""Default pact, field mappings, stage tables and rejection reasons, as package data."""
