"""Signals that no CRM holds (product usage): read from files and databases, told row by row (S9, K11)."""
