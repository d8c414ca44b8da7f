"""A lead on its way from marketing to sales, and how far it has come (R18)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

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

HandoffCause: TypeAlias = Literal["mql", "pql", "fast_lane", "customer_request", "taken"]
"""``taken``: sales has it without a handover of ours, by its own stage or a change of owner; nothing is announced, and
the other CRM gets the owner (R31)."""


class Headline(NamedTuple):
    """Who it is and why now, in parts, since a name may hold whatever would part them; as text on one line."""

    name: str = ""
    company: str = ""
    why: str = ""

    def __str__(self) -> str:
        who = f"{self.name} ({self.company})" if self.company else self.name
        return f"{who}: {self.why}" if self.why else who


NOTHING_TOLD: Final = Headline()


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
        owner_seen: the other CRM was seen to show ``other_owner``; what it shows afterwards is somebody's edit.
        put_back_at, put_backs: when, and how often, that owner was put back after such an edit (R13).
        owner_contested: it was edited again too soon or too often: it is left as it stands.
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
    headline: Headline = NOTHING_TOLD
    lines: tuple[str, ...] = field(default=())
    due_at: datetime | None = None
    done_at: datetime | None = None
    other_owner: str = ""
    task: str = ""
    mirrored: str = ""
    owner_seen: bool = False
    put_back_at: datetime | None = None
    put_backs: int = 0
    owner_contested: bool = False

    @property
    def mirrored_owner(self) -> str:
        """Whose counterpart ``other_owner`` is, ``<crm>:<owner id>``."""
        return self.mirrored or self.owner

    @property
    def open(self) -> bool:
        """Whether anything is left to do."""
        return self.step in OPEN_STEPS
