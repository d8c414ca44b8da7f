"""Adapters of the port ``Runs``: when runs go, and in which process."""
