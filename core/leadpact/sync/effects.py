"""What the engine asks the world to do. It starts no thread, never sleeps and reads no clock: it yields these.

Who runs the engine answers each effect with the result named in its docstring, or throws the ``LeadpactError`` that the
port raised into the generator.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from leadpact.model.lanes import LaneName
from leadpact.model.notice import Notice
from leadpact.ports.connector import WriteRow
from leadpact.ports.state_store import StateChanges


@dataclass(frozen=True, slots=True)
class Instant:
    """Answered with the present instant (aware, UTC); one per page."""


@dataclass(frozen=True, slots=True)
class CollectChanges:
    """Answered with a ``ChangePage`` of this kind since the cursor."""

    crm: str
    kind: str
    since: str


@dataclass(frozen=True, slots=True)
class CollectHot:
    """Answered with a ``ChangePage`` of what sales waits for, since the cursor; for ``TellsHot`` CRMs (R19)."""

    crm: str
    kind: str
    since: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnterLane:
    """Answered with None: calls from now on are this lane's, and may take from what is reserved for it (R19)."""

    lane: LaneName


@dataclass(frozen=True, slots=True)
class CollectArchived:
    """Answered with a ``ChangePage`` of deletions that no feed shows, since the cursor (R26)."""

    crm: str
    kind: str
    since: str


@dataclass(frozen=True, slots=True)
class ReadSignals:
    """Answered with a ``SignalPage`` of this source since the cursor; for CRMs that are ``GivesSignals`` (R8, R35)."""

    crm: str
    kind: str
    since: str


@dataclass(frozen=True, slots=True)
class ReadSignalsOf:
    """Answered with the ``SourceSignal`` s of these people in this source; for CRMs that are ``TellsActsOf`` (R19)."""

    crm: str
    kind: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastTouched:
    """Answered with ``{id: instant}``: when a person last did something with the record, where the CRM tells (R23)."""

    crm: str
    kind: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadAdditions:
    """Answered with ``{id: phrase}``: what others than leadpact added to the record; absent: nothing (R32)."""

    crm: str
    kind: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observe:
    """Answered with one ``Observation`` per id, same order; any number of ids."""

    crm: str
    kind: str
    ids: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindMatches:
    """Answered with the ``Record`` s whose field ``key`` has one of these values."""

    crm: str
    kind: str
    key: str
    values: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindGone:
    """Answered with ``{our external id: record id}`` of what bore it and was deleted or merged since."""

    crm: str
    kind: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Answered with ``{id: [FieldChange, newest first]}`` (asked only where a stage differs, R12)."""

    crm: str
    kind: str
    ids: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadPast:
    """Answered with ``{id: Past}``: what the records remember of these fields, with the present values of others.

    Only a backfill asks it (R33); ids that answer nothing are absent.
    """

    crm: str
    kind: str
    ids: tuple[str, ...]
    fields: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOwners:
    """Answered with the ``Owner`` s of these ids and e-mail addresses; () where the CRM does not tell."""

    crm: str
    ids: tuple[str, ...]
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordUrls:
    """Answered with the address at which a person opens each record, same order; asks nobody."""

    crm: str
    kind: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notify:
    """Answered with one ``Delivery`` per notice, same order; raises nothing.

    ``recipients``: the owner's e-mail address for each, "" where it goes to a channel or nobody knows it.
    """

    notices: tuple[Notice, ...]
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """Answered with one ``WriteResult`` per row, same order; at most the connector's ``write_batch`` rows.

    ``mass``: up to its ``mass_batch`` rows, of an operation over very many records; how they go is the connector's.
    """

    crm: str
    kind: str
    rows: tuple[WriteRow, ...]
    mass: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """Answered with None once all of it is durable."""

    changes: StateChanges


@dataclass(frozen=True, slots=True)
class Gather:
    """Independent effects, carried out side by side where the runner can.

    Answered with one item per effect, same order: its result, or the ``LeadpactError`` it raised.
    """

    effects: tuple[
        Instant
        | CollectChanges
        | CollectHot
        | CollectArchived
        | ReadSignals
        | ReadSignalsOf
        | Observe
        | FindMatches
        | FindGone
        | ReadHistory
        | ReadPast
        | LastTouched
        | ReadAdditions
        | ReadOwners
        | Write,
        ...,
    ]


class UnderWay:
    """What stands for the answer of a call that has not come yet."""


UNDER_WAY: Final = UnderWay()


@dataclass(frozen=True, slots=True)
class FirstOf(Gather):
    """Independent groups of effects, of which the runner need not answer all at once: one whole group will do.

    Answered as :class:`Gather` is, over ``effects``, which are those of all groups in their order; each effect of a
    group that is not answered yet is answered by ``UNDER_WAY``. Asked again with the same group (the same object),
    the runner does not begin its calls anew.
    """

    groups: tuple[Gather, ...]


def first_of(*groups: Gather) -> FirstOf:
    """Carry out these side by side, and hear of whichever is done first."""
    return FirstOf(tuple(one for group in groups for one in group.effects), groups)


Effect: TypeAlias = (
    Instant
    | CollectChanges
    | CollectHot
    | EnterLane
    | CollectArchived
    | ReadSignals
    | ReadSignalsOf
    | Observe
    | FindMatches
    | FindGone
    | ReadHistory
    | ReadPast
    | LastTouched
    | ReadAdditions
    | ReadOwners
    | RecordUrls
    | Notify
    | Write
    | Commit
    | Gather
)

T = TypeVar("T")
Steps: TypeAlias = Generator[Effect, Any, T]
"""A part of the engine: yields effects, returns its result."""
