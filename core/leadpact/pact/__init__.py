"""The agreement as a document: read, checked, compiled."""

from leadpact.pact.agreement import Pact, Stage, Thresholds
from leadpact.pact.loader import load_pact
from leadpact.pact.rejection import Disposition, Reason
from leadpact.pact.response import SlaTier
from leadpact.pact.score_rules import ScoringLists

__all__ = [
    "Disposition",
    "Pact",
    "Reason",
    "ScoringLists",
    "SlaTier",
    "Stage",
    "Thresholds",
    "load_pact",
]
