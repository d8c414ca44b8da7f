"""The lattice under its lifecycle name; it is read with the pact, so its code lies there."""

from leadpact.pact.lattice import FACTS, Lattice, Move

__all__ = ["FACTS", "Lattice", "Move"]
