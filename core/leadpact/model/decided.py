"""What decisions rest on, kept so that they can be made again: agreements that ran, scores that were decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from leadpact.model.quick import quick
from leadpact.model.record import Scalar
from leadpact.model.scorecard import Verdict

HowActivated: TypeAlias = Literal["first", "evidence", "reassess"]
"""``first``: by the first sync; ``evidence``: stages move only on what happens from then on; ``reassess``: the leads
that it judges otherwise move, so many a day (R22)."""


@dataclass(frozen=True, slots=True)
class Activation:
    """One agreement that took effect, with its text, so that decisions under it can be told for ever.

    Attributes:
        at: from when on (aware, UTC); until the next one.
        daily_cap: with ``reassess``, stage moves a day; else 0.
        moves: with ``reassess``, from when on each of these leads may move without new evidence, by link id.
    """

    id: str
    at: datetime
    pact_hash: str
    version: str
    how: HowActivated
    text: str
    daily_cap: int = 0
    moves: Mapping[str, datetime] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class DecidedScore:
    """A score on which a stage was decided or that was published, and all that it needs to be made again.

    Attributes:
        at: the instant it was made for (aware, UTC).
        facts: the facts that the agreement's rules ask for, blank and unknown ones left out; of an e-mail address only
            ``@`` and its domain.
        signals: the first eight digits of the id of each signal that was known and could count.
        since: from when on signals counted; None = from the first.
        stage: the agreed stage after the decision; "" = none.
    """

    link_id: str
    at: datetime
    pact_hash: str
    facts: Mapping[str, Scalar]
    signals: tuple[str, ...]
    since: datetime | None
    fit: int
    engagement: int
    grade: str
    verdict: Verdict
    fast_lane: str = ""
    stage: str = ""
