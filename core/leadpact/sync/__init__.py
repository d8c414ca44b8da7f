"""The sync engine: a generator of effects over pure decisions (DESIGN §4)."""
