"""The port of the engine that answers the compiled scoring query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from leadpact.model.scorecard import Scorecard, ScoringInput


class QueryEngine(Protocol):
    """Runs a compiled pact's one query over a page of leads."""

    def score(
        self, scoring: Any, leads: Sequence[ScoringInput], as_of: datetime
    ) -> Sequence[Scorecard]:
        """One scorecard per lead, same order. ``scoring`` is what ``leadpact.scoring`` compiled from the pact."""
        ...
