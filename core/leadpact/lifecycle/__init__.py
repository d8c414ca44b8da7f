"""Who may move a lead where, and what comes of what people and systems say about its stage."""

from leadpact.lifecycle.actor import team_of
from leadpact.lifecycle.adopt import adopt
from leadpact.lifecycle.decide import decide
from leadpact.lifecycle.lattice import Lattice

__all__ = ["Lattice", "adopt", "decide", "team_of"]
