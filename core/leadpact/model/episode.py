"""Episodes: the numbered passes of a person through the funnel (R17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, get_args

EpisodeKind: TypeAlias = Literal["first", "return", "expansion"]
"""``return``: after a rejection, a loss or the end of a contract; ``expansion``: new business with a customer."""

EpisodeOutcome: TypeAlias = Literal["", "won", "lost", "recycled", "disqualified", "churned"]
"""How it ended; "" while it is open. A won episode whose contract ended later is ``churned``."""

EPISODE_OUTCOMES: tuple[str, ...] = get_args(EpisodeOutcome)


@dataclass(frozen=True, slots=True)
class Episode:
    """One pass of one person (all instants aware, UTC). Written from a lead's first stage move on.

    Attributes:
        opened_by, why: who or what opened it, as the stage history says it.
        reached: stage → when it was first reached in this episode (``mql``, ``sal``, ``sql``, ``customer``, ...).
        implied: those of ``reached`` that were skipped, with the date of the stage that was set (R16).
        closed_from: the stage at which it ended.
        rejected_by: who rejected, as ``<crm>:<owner id>``; "" where nobody did, or the CRM does not say who.
        intent: intent class of what made it an MQL; "" unknown.
        owner: who worked it, as ``<crm>:<owner id>``; "" unknown.
    """

    link_id: str
    number: int
    opened_at: datetime
    kind: EpisodeKind = "first"
    opened_by: str = ""
    why: str = ""
    reached: Mapping[str, datetime] = field(default_factory=dict)
    implied: tuple[str, ...] = ()
    closed_at: datetime | None = None
    closed_from: str = ""
    outcome: EpisodeOutcome = ""
    reason: str = ""
    sub_reason: str = ""
    rejected_by: str = ""
    intent: str = ""
    owner: str = ""
    pact_hash: str = ""

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.closed_at is None
