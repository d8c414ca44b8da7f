"""Looking back: why a lead is as it is."""

from leadpact.audit.explain import Explanation, Written, explain
from leadpact.audit.sentences import transition_sentence

__all__ = ["Explanation", "Written", "explain", "transition_sentence"]
