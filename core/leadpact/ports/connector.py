"""The port that every CRM connector implements, and its capabilities as data (DESIGN §8)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from leadpact.errors import LeadpactError
from leadpact.model.other_sync import OtherSync
from leadpact.model.owner import Owner
from leadpact.model.quick import quick
from leadpact.model.record import (
    ChangePage,
    FieldChange,
    Native,
    Observation,
    Record,
    RecordRef,
)
from leadpact.model.schema import KindSchema, Provisioned, WantedField
from leadpact.ports.budget import CallBudget
from leadpact.ports.clock import Clock
from leadpact.ports.vault import TokenVault

WriteOp: TypeAlias = Literal[
    "set", "make", "announce", "associate", "convert", "reset_blank", "archive"
]


TASK_FIELDS = frozenset({"subject", "body", "due_at", "remind_at", "owner", "urgent"})
"""What ``announce`` says of a task, in words of no CRM: ``due_at`` and ``remind_at`` as ISO instants with an offset
(the day of ``due_at`` is the day there), ``owner`` an owner's id, ``urgent`` a bool; ``subject`` and ``body`` text."""


@quick
@dataclass(frozen=True, slots=True)
class WriteRow:
    """One row of a write batch.

    Attributes:
        op: ``set`` updates the record ``id``; ``make`` upserts on our external id, so that a repeat makes no second
            record; ``reset_blank`` blanks the named fields (first half of a two-step reset, R3); ``associate`` ties the
            record ``id`` to one of another kind, ``fields`` being ``{kind: its id}``; a repeat changes nothing;
            ``announce`` leaves a task with the record ``id``: ``fields`` are ``TASK_FIELDS``, ``external_id`` its key,
            which is looked up first, so that a repeat makes no second task and answers the first one's id; ``archive``
            takes the record ``id`` away as a person's delete does, so that it can be restored there; a repeat is done
            already. With it, the connector is a :class:`~leadpact.ports.taking_away.ShowsAdditions` (R32).
        id: the record's id; "" for ``make``.
        fields: CRM-native values by API name; ``None`` blanks.
        external_id: the value of our external-id field; needed for ``make`` and ``announce``.
        assign: the CRM's own assignment rules may choose the owner of the record that ``make`` makes (R31).
        unchanged_since: the record's version as read; where given, a record that changed after it is refused as
            ``moved``. Only for ``set``, and only with ``Capabilities.compare_and_set``.
    """

    op: WriteOp
    id: str
    fields: Mapping[str, Native]
    external_id: str = ""
    unchanged_since: str = ""
    assign: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Written:
    """The CRM took the row. ``fields`` holds the values its answer carried (empty where it carries none), which may
    differ from what was sent (a backward stage is ignored in silence, facts/hubspot.md §4)."""

    id: str
    fields: Mapping[str, Native] = field(default_factory=dict)
    version: str = ""
    created: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The CRM refused this row, or it is not known whether it took it (``unknown=True``: lost answer, R2).

    ``error`` is of the class of its remedy: SetAside for this record, WaitUntil where the whole call was refused.
    ``moved``: nothing was written, since the record changed after ``WriteRow.unchanged_since``.
    """

    error: LeadpactError
    unknown: bool = False
    moved: bool = False


WriteResult: TypeAlias = Written | Refused


@dataclass(frozen=True, slots=True)
class CrmIdentity:
    """Which portal or org this is (R39), and as whom leadpact is signed in.

    Attributes:
        id: portal id or 18-character org id.
        zone: IANA name of the account's time zone.
        actor_ids: ids under which our own writes show in histories (app id, integration person).
    """

    crm: str
    id: str
    name: str
    zone: str
    production: bool
    actor_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do, as data; the engine asks these and never tests a connector's name.

    Attributes:
        crm: name of this side in the settings; keys, codes and JSON hold it.
        person_kinds: kinds that hold people, the stronger one first where a person may have several (R23).
        evidence_kinds: kinds that are only read to judge stages (opportunities).
        subscribed: kinds whose change feed is read every cycle.
        write_batch, fetch_batch, find_batch, history_batch: most rows per call.
        mass_from, mass_batch: rows from which a mass write pays, and the most of one; with any, the connector is a
            :class:`~leadpact.ports.mass.WritesInMass`. 0 = it has no such way.
        answers_values: a write's answer carries the stored values; otherwise renderings stay open until the next read.
        stage_forward_only: kind → field that ignores backward writes in silence; going back is
            ``reset_blank``, then ``set``.
        frozen_when_converted: converted records can be read and never written.
        field_history: :meth:`Connector.history` knows who set which value when, of every field.
        stage_history: ``fetch`` answers ``SINCE`` pseudo fields: since when a stage field has its value (R6).
        compare_and_set: ``write`` refuses a row whose record changed after ``WriteRow.unchanged_since`` (R7).
        sweeps: kinds whose deletions no change feed shows; :meth:`Connector.archived` tells them, once a day (R26).
        signal_sources: where this CRM keeps dated engagements, by the connector's own names; with any,
            the connector is a :class:`~leadpact.ports.signals.GivesSignals`, which tells those that this account
            does not give (R35).
        hot: subscribed kinds of which :meth:`TellsHot.hot_changes` tells apart what sales waits for (R19).
        hot_sources: signal sources whose acts :meth:`~leadpact.ports.signals.TellsActsOf.signals_of` tells of people of
            a hot kind by name, so that a form is scored however much else its source has to tell.
        accounts: the kind that holds people's accounts, "" where it is not read; its feed names accounts, and the
            engine asks :meth:`Connector.fetch` for their ``contact_ids``. ``account_prefix``: how their fields are
            named on a person (R20).
        signal_feeds: by source, the subscribed kind whose change feed shows its acts, too: where the feed tells of few
            records, the source is read at once.
        feed_overlap_s: seconds by which a feed looks back, since rows can surface late.
        how_to_erase: how a person is erased from this CRM for good, as sentences for an admin (R27).
        label: how people call this CRM ("HubSpot"), for sentences; "" = its name.
        calls_per_s: calls a second that the burst limit bears for long, of our share; 0 = there is no such limit.
    """

    crm: str
    person_kinds: tuple[str, ...]
    evidence_kinds: tuple[str, ...] = ()
    subscribed: tuple[str, ...] = ()
    sweeps: tuple[str, ...] = ()
    ops: frozenset[WriteOp] = frozenset({"set", "make"})
    write_batch: int = 100
    fetch_batch: int = 100
    find_batch: int = 100
    history_batch: int = 50
    mass_from: int = 0
    mass_batch: int = 0
    default_team: Literal["marketing", "sales"] = "sales"
    answers_values: bool = True
    stage_forward_only: Mapping[str, str] = field(default_factory=dict)
    frozen_when_converted: bool = False
    field_times: bool = False
    field_history: bool = False
    stage_history: bool = False
    consistent_fetch: bool = True
    external_id: bool = True
    compare_and_set: bool = False
    signal_sources: tuple[str, ...] = ()
    signal_feeds: Mapping[str, str] = field(default_factory=dict)
    hot: tuple[str, ...] = ()
    hot_sources: tuple[str, ...] = ()
    accounts: str = ""
    account_prefix: str = ""
    feed_overlap_s: int = 600
    how_to_erase: str = ""
    label: str = ""
    calls_per_s: float = 0.0


class Connector(Protocol):
    """One signed-in CRM. Methods may be called from several threads; each raises only errors of ``leadpact.errors``.

    A connector never sees a pact, a link or a base, never retries a write that is not repeatable, and never sleeps
    longer than 2 s (a longer wait is raised as WaitUntil).
    """

    capabilities: Capabilities

    def identity(self) -> CrmIdentity:
        """Which portal or org this is. Raises SignIn for a bad token."""
        ...

    def schema(self, kinds: Sequence[str]) -> Mapping[str, KindSchema]:
        """The live schema of these kinds; a field that we may not see is absent."""
        ...

    def changes(self, kind: str, since: str) -> ChangePage:
        """One page of ids changed since the cursor, oldest first; ``since=""`` starts with everything there is.

        Complete: more than 10,000 changes, and any number that share one stamp, all come (R1). An id may come twice.
        ``changes`` of an evidence kind name evidence records; the engine asks :meth:`fetch` for their ``contact_ids``.
        """
        ...

    def archived(self, kind: str, since: str) -> ChangePage:
        """One page of ids deleted since the cursor, of a kind in ``capabilities.sweeps``.

        ``since=""`` asks nothing and hands out the cursor of this moment. An id may come again.
        """
        ...

    def fetch(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[Observation]:
        """These records from the consistent endpoint, one observation per id, same order.

        Evidence records carry the pseudo fields ``leadpact:contact_ids`` (ids joined with ``;``), ``leadpact:is_open``,
        ``leadpact:is_won`` (bools). Names that begin with ``SINCE`` ask since when a field has its value; they are
        absent in the answer where the CRM cannot tell.
        """
        ...

    def find(
        self, kind: str, key: str, values: Sequence[str], fields: Sequence[str]
    ) -> Sequence[Record]:
        """All records whose field ``key`` equals one of the values (case-insensitive for e-mail), not deleted ones;
        of converted Leads the frozen Lead itself. For an evidence kind, ``key="contact"`` finds by contact id."""
        ...

    def write(self, kind: str, rows: Sequence[WriteRow]) -> Sequence[WriteResult]:
        """Write up to ``capabilities.write_batch`` rows; one result per row, same order.

        Raises:
            WaitUntil, SignIn, Stop: where nothing of the batch was tried. Where the answer was lost after
                sending, returns ``Refused(..., unknown=True)`` for each row instead.
        """
        ...

    def history(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Sequence[FieldChange]]:
        """Changes of these fields per id, newest first, as far as the CRM keeps them; where it keeps none, one row
        with the record's last modifier for each field, ``inferred``."""
        ...

    def last_touched(self, kind: str, ids: Sequence[str]) -> Mapping[str, datetime]:
        """When a person last did something with each record (R23): edits of ours and of automations do not count.

        Ids of which the CRM does not tell are absent. Instants are aware, UTC.
        """
        ...

    def provision(self, wanted: Sequence[WantedField], *, dry_run: bool) -> Sequence[Provisioned]:
        """Make the fields that are missing, extend picklists that lack values; idempotent; one result per field."""
        ...

    def record_url(self, ref: RecordRef) -> str:
        """The address at which a person opens this record in the CRM."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@runtime_checkable
class TellsHot(Protocol):
    """A connector that finds, among all that changed, what sales waits for (R19). Needed where ``hot`` names kinds."""

    def hot_changes(self, kind: str, since: str, fields: Sequence[str]) -> ChangePage:
        """One page of ids of which a form, a meeting, a stage, a status, an owner or a reason is new since the cursor.

        It costs one call where nothing is new, however much else changed. It may miss what the CRM gives no date to:
        the change feed brings that. ``since=""`` lists nothing and hands out the cursor of this moment.

        Args:
            fields: those of this kind by which the mapping reads stages, reasons and urgent signals; the connector
                looks for changes of them as far as the CRM can tell them apart.
        """
        ...


@runtime_checkable
class ShowsOtherSyncs(Protocol):
    """A connector whose CRM shows that another program keeps it in step with another CRM (R13). Optional."""

    def other_syncs(self, fields: Mapping[str, Sequence[str]]) -> Sequence[OtherSync]:
        """Other syncs by the traces that they leave.

        Args:
            fields: kind → the fields that are mapped; whether the other sync writes them is looked up.
        """
        ...


@runtime_checkable
class KnowsOwners(Protocol):
    """A connector whose CRM tells who can own its records (R31). Optional."""

    def owners(self, ids: Collection[str], emails: Collection[str] = ()) -> Sequence[Owner]:
        """Owners with these ids or e-mail addresses (case aside), in any order; unknown ones are absent.

        Those who left are told, as not active. Queues are known by id alone.
        """
        ...


@runtime_checkable
class KnowsFieldTimes(Protocol):
    """A connector whose CRM keeps the times of some fields only (``Capabilities.field_times`` is False). Optional."""

    def untimed(self, kind: str, fields: Sequence[str]) -> Sequence[str]:
        """Those of these fields of which the CRM does not show since when they have their value (R9)."""
        ...


@dataclass(frozen=True, slots=True)
class ReasonRule:
    """What a CRM should refuse its own people: one of these values set while the reason stays blank (R16).

    Attributes:
        rejecting: field → the values that say a lead is rejected.
        message: what a person reads then.
    """

    kind: str
    reason_field: str
    rejecting: Mapping[str, tuple[str, ...]]
    message: str


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A piece of a CRM's configuration for its admin to look at and deploy; ``path`` is relative, with ``/``."""

    path: str
    text: str


@runtime_checkable
class OffersReasonRule(Protocol):
    """A connector whose CRM can refuse a rejection without a reason by a rule of its own. Optional."""

    def reason_rule(self, rule: ReasonRule) -> ConfigFile:
        """The rule as a file; nothing is changed in the CRM.

        Raises:
            FixSettings: the reason's field is not there.
        """
        ...


class ConnectorSpec(Protocol):
    """What the entry point names; importing it imports no CRM client."""

    name: str
    settings_type: type[Any]

    def capabilities(self, settings: Any) -> Capabilities:
        """Capabilities under these settings, without a connection."""
        ...

    def connect(
        self,
        settings: Any,
        *,
        clock: Clock,
        call_budget: CallBudget,
        token_vault: TokenVault | None,
        crm_name: str,
        count_call: Callable[[str, str], None] | None = None,
    ) -> Connector:
        """Sign in lazily and hand back the connector; ``count_call(crm_name, route)`` is told of each HTTP call."""
        ...
