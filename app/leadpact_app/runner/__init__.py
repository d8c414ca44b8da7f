"""Carries out what the engine asks for: threads, the real clock, the lease."""
