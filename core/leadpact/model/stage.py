"""Assertions of a stage, the decision over them, and what is remembered of an episode."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from leadpact.model.quick import quick
from leadpact.model.record import Author
from leadpact.model.terms import Basis, Team

__all__ = [
    "Assertion",
    "Basis",
    "Refusal",
    "StageDecision",
    "StageState",
    "Team",
    "Transition",
    "TransitionResult",
    "WriteBack",
]


@dataclass(frozen=True, slots=True)
class Assertion:
    """Somebody says, by a value in a CRM or by the score, that a lead is at a stage (R11, R12).

    Attributes:
        stages: the stages that the asserted values can mean, in the stage table's order; several where a native
            status is shared. The decision takes the nearest allowed one (R14).
        crm: side it was seen on; "" for the score.
        reason: a rejection-reason key, "" where none was given.
        inferred: the author is only who touched the record last; the CRM keeps no history of the field.
        at: when it was said, aware UTC, where known.
        place: how people call that side, for sentences; "" = its name.
        sub_reason: a finer word under the reason, "" where none was given.
        signal_id, intent: of the score: the signal that brought it to say so, and the lead's intent class.
    """

    stages: tuple[str, ...]
    crm: str
    team: Team
    basis: Basis
    author: Author
    reason: str = ""
    at: datetime | None = None
    shown: str = ""
    place: str = ""
    inferred: bool = False
    signal_id: str = ""
    intent: str = ""
    sub_reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An assertion that the lattice does not allow, or that a stronger one overtook; ``why`` is for people."""

    assertion: Assertion
    stage: str
    why: str
    code: Literal[
        "not_allowed",
        "reason_missing",
        "overtaken",
        "automation_without_opportunity",
        "unmapped",
        "unconfirmed",
    ]


@dataclass(frozen=True, slots=True)
class StageDecision:
    """What comes of all assertions on one lead in one cycle; independent of their order (R11).

    Attributes:
        stage: the agreed stage from now on (unchanged where nothing was accepted).
        accepted: the assertion that won, None where none did.
        implied: stages skipped on the way, dated alike and flagged implied (R16).
        held: a sentence why a person must decide (two different ones of equal rank), else "".
        waiting: what would be allowed but for criteria that are not confirmed yet: it waits, and nothing else does.
    """

    stage: str
    accepted: Assertion | None = None
    implied: tuple[str, ...] = ()
    reason: str = ""
    reason_owed: bool = False
    why: str = ""
    refusals: tuple[Refusal, ...] = ()
    held: str = ""
    waiting: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteBack:
    """A stage field that leadpact restored after a refusal (R13)."""

    crm: str
    field: str
    value: str
    at: datetime
    times: int
    contested: bool = False
    source: str = ""


@quick
@dataclass(frozen=True, slots=True)
class StageState:
    """The agreed stage of one lead and what is remembered in its episode (instants aware, UTC).

    Attributes:
        episode_since: only engagement from then on counts in this episode (R15); None = all.
        since_approximate: found so at first sight, and the CRMs' own dates only come near it (R6).
        closed_by: who rejected it in this episode, as ``<crm>:<owner id>``; "" = nobody, or not known.
        rejected_by: everybody who rejected this person in any episode; it is never offered to them again (R17).
        deal_open: an open opportunity was seen in this episode, so that its loss is news (R17).
        deal_wins: of a customer with new business, how many opportunities had been won when it began.
        native_left: found so in history by a backfill: the CRMs' own fields stay until the stage moves (R33).
        setback_by, setback_at: who last set the lead back without a reason in this episode, which was put right (S96).
    """

    stage: str
    since: datetime
    episode: int = 1
    episode_since: datetime | None = None
    reason: str = ""
    reason_owed: bool = False
    why: str = ""
    pact_hash: str = ""
    priority: bool = False
    write_backs: tuple[WriteBack, ...] = ()
    since_approximate: bool = False
    sub_reason: str = ""
    closed_by: str = ""
    rejected_by: tuple[str, ...] = ()
    deal_open: bool = False
    deal_wins: int = 0
    setback_by: str = ""
    setback_at: datetime | None = None
    native_left: bool = False

    @property
    def silent_since(self) -> datetime | None:
        """Since when a reason is missing: of a rejection, or of a set-back that was put right (R16, S96)."""
        return self.since if self.reason_owed else self.setback_at


TransitionResult: TypeAlias = Literal[
    "adopted", "accepted", "refused", "overtaken", "implied", "held", "contested"
]


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of a lead's stage history: what was said, by whom, and what came of it.

    Attributes:
        at: when it was decided here.
        said_at: when it was said or done, by its own time; None where nothing tells.
        signal_id: the signal that brought the score to say so; "" where none did.
        intent: intent class of the lead when the score said so, else "".
    """

    id: str
    link_id: str
    at: datetime
    result: TransitionResult
    from_stage: str
    to_stage: str
    actor: str
    crm: str
    why: str
    reason: str = ""
    episode: int = 1
    pact_hash: str = ""
    run_id: str = ""
    said_at: datetime | None = None
    signal_id: str = ""
    intent: str = ""
