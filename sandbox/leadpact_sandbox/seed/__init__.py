"""Seeded companies: synthetic people only, the same for the same (leads, seed)."""
