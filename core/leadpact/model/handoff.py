"""A lead on its way from marketing to sales, and how far it has come (R18)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

HandoffStep: TypeAlias = Literal[
    "pending", "held", "unowned", "capped", "refused", "announcing", "handed", "done", "dropped"
]
"""``pending``: due, and sales' CRM has not taken all of it yet; ``held``: a must-have field is missing; ``unowned``:
nobody can take it; ``capped``: its rep has enough for the day; ``refused``: sales' CRM refused it; ``announcing``:
the task may have been made; ``handed``: the rep has it, the other CRM does not say so yet; ``done``; ``dropped``: it
came to nothing, since the lead moved on."""

OPEN_STEPS: frozenset[HandoffStep] = frozenset(
    {"pending", "held", "unowned", "capped", "refused", "announcing", "handed"}
)
COUNTED_STEPS: frozenset[HandoffStep] = frozenset({"announcing", "handed", "done"})
"""Steps that count against the rep's day (R34)."""

HandoffCause: TypeAlias = Literal["mql", "pql", "fast_lane", "customer_request"]


@dataclass(frozen=True, slots=True)
class Handoff:
    """One handover of one lead.

    Attributes:
        id: uuid5 of lead, cause and what set it off: the key of its task (DESIGN §4, *announce*).
        since: when it became due (aware, UTC).
        heat: the higher, the sooner it goes.
        why: what it waits for, or what was refused, as a sentence.
        owner: whose it is, ``<crm>:<owner id>``; "" until that is decided.
        owner_name: as people call the owner.
        day: the owner's day that it counts against, ``2026-11-24``; "" until it counts.
        next_try: when time alone brings it on; None = a change of the lead must.
        headline, lines: what is said of it, as gathered when it was last looked at; dropped once it is done.
        due_at: when first contact is due; None = no such promise.
        other_owner: the owner that the other CRM's record gets (R31), as there; "" = none.
        mirrored: whose counterpart ``other_owner`` is, where somebody else owns the lead since; "" = ``owner``'s.
        task: id of the task in sales' CRM.
    """

    id: str
    link_id: str
    cause: HandoffCause
    since: datetime
    episode: int = 1
    step: HandoffStep = "pending"
    heat: int = 0
    why: str = ""
    owner: str = ""
    owner_name: str = ""
    day: str = ""
    next_try: datetime | None = None
    headline: str = ""
    lines: tuple[str, ...] = field(default=())
    due_at: datetime | None = None
    done_at: datetime | None = None
    other_owner: str = ""
    task: str = ""
    mirrored: str = ""

    @property
    def mirrored_owner(self) -> str:
        """Whose counterpart ``other_owner`` is, ``<crm>:<owner id>``."""
        return self.mirrored or self.owner

    @property
    def open(self) -> bool:
        """Whether anything is left to do."""
        return self.step in OPEN_STEPS
