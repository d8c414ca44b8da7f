"""Reconcile: what both CRMs show of one lead, held against the agreement; one cause for each difference. Pure (R40).

Two CRMs disagree for a reason. Each record of the difference gets exactly one cause, the first of ``CAUSES`` that fits:
those that nothing else can mend before come first, those that the next sync or a repair plan mends come last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from leadpact.lifecycle.adopt import adopt
from leadpact.mapping import LeadMapping, SideField
from leadpact.mapping.stage_table import StageTable
from leadpact.model.handoff import Handoff
from leadpact.model.link import Failure, Hold, Link, Side
from leadpact.model.pin import Pin
from leadpact.model.record import UNKNOWN, Known, Observation, Record, RecordRef, Unknown
from leadpact.model.schema import KindSchema
from leadpact.pact import Pact
from leadpact.sync.assertions import text
from leadpact.sync.page import SETTLED_MARK
from leadpact.sync.stored_form import own_form, stored_form

Cause: TypeAlias = Literal[
    "duplicate",
    "converted",
    "deleted",
    "status_unmapped",
    "held",
    "write_refused",
    "window",
    "pending_handoff",
    "out_of_scope",
    "not_created",
    "drifted",
]
CAUSES: Final[Mapping[Cause, str]] = {
    "duplicate": "A second record of the same person; leadpact writes one and never the other.",
    "converted": "The Lead was converted, and what it became is not linked yet.",
    "deleted": "The record was deleted, or is answered no more.",
    "status_unmapped": "A value of the CRM's own stage fields that no row of the stage table explains.",
    "held": "It waits for a person's answer.",
    "write_refused": "The CRM refused the write, and nobody has mended the reason yet.",
    "window": "Changed since the last sync, or not synced yet.",
    "pending_handoff": "It is on its way to sales, and sales' CRM does not have all of it yet.",
    "out_of_scope": "The agreement asks for no record there.",
    "not_created": "A record is due there, and none was made.",
    "drifted": "It shows another value than was agreed, and no sync has seen that.",
}
"""Every cause in order of precedence, with what it means."""

Turn: TypeAlias = Literal["plan", "sync", "review", "crm", "settings", "nobody"]
"""Who is next: the repair plan; the syncs by themselves; a person in ``leadpact review``; people in the CRM; who keeps
the mapping; nobody, since it is as agreed."""

STAGE: Final = "stage"
NATIVE: Final = "native_stage"
"""The CRM's own stage fields differ, and leadpact leaves them alone: another sync writes them, no row sets them, or a
backfill found the stage in history and was not told to write them (R33)."""
REASON: Final = "rejection_reason"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one record says of the stage.

    Attributes:
        stage: what our own picklist says; "" where it is blank or cannot be seen.
        native: the stage that the CRM's own fields mean, of several the agreed one; "" where they say nothing.
        unmapped: the CRM's own values, where no row of the stage table explains them; else "".
    """

    stage: str
    native: str
    unmapped: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One record, or one lead's records, that are not as agreed.

    Attributes:
        link_id: the lead; "" for a record that leadpact does not know yet.
        records: the records concerned, by CRM.
        turn, mend: who is next, and what they do.
        agreed: the agreed stage, "" before the first agreement.
        shown: what each CRM shows of the stage; a CRM without a record is absent.
        fields: ``stage``, ``rejection_reason`` and canonical fields that differ; none where only a record is missing.
        code: the hold's or failure's own code, "" without one.
        hold: id of the hold that waits, "" without one.
        family: of a refused write, as HubSpot names it.
        values: by field what was agreed ("agreed") and what each CRM shows; only where it was asked for.
    """

    link_id: str
    records: tuple[RecordRef, ...]
    cause: Cause
    why: str
    turn: Turn
    mend: str
    agreed: str = ""
    shown: Mapping[str, Shown] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    code: str = ""
    hold: str = ""
    family: str = ""
    values: Mapping[str, Mapping[str, Known]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the state knows of one lead, and what its records show now.

    Attributes:
        seen: by record; sides that were converted or merged before need no observation.
        became: records that the state does not know yet, into which others of this lead were converted.
        holds, failures, handoffs: those that are not closed, of this lead.
        pins: what an undo put back and what stays so (R32).
        beside: why a CRM has no record of it though one with its address is there, as words; "" where there is none.
    """

    link: Link
    sides: Sequence[Side]
    seen: Mapping[RecordRef, Observation]
    holds: Sequence[Hold] = ()
    failures: Sequence[Failure] = ()
    handoffs: Sequence[Handoff] = ()
    became: Sequence[Record] = ()
    pins: Sequence[Pin] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """What all leads are held against.

    Attributes:
        crms: CRMs that take part, in a fixed order.
        schemas: live schema by (crm, kind).
        go_live: when the first plan was approved; before that (None) nothing is made or written anywhere.
        synced_at: when the last whole cycle began; None = there was none.
        due: leads that wait on the work list.
        values: differences tell what each CRM shows of a field; personal data.
    """

    mapping: LeadMapping
    pact: Pact
    crms: tuple[str, ...]
    schemas: Mapping[tuple[str, str], KindSchema]
    labels: Mapping[str, str]
    go_live: datetime | None = None
    synced_at: datetime | None = None
    overlap: timedelta = timedelta(minutes=10)
    due: Set[str] = frozenset()
    values: bool = False

    def label(self, crm: str) -> str:
        """How people call this CRM."""
        return self.labels.get(crm, crm)


def shown_by(ground: Ground, record: Record, agreed: str) -> Shown:
    """What a record says of its stage, in our picklist and in the CRM's own fields."""
    table = ground.mapping.stage_table(record.ref.crm, record.ref.kind)
    own = text(record.fields.get(table.own_field)) if table.own_field else ""
    own = own if own in ground.pact.stages else ""
    if not _sees_natives(table, record):
        # A kind without a status of its own counts by our picklist; what cannot be seen differs from nothing (R4).
        hidden = bool(table.own_field) and table.own_field not in record.fields
        return Shown(agreed, agreed) if hidden else Shown(own, own)
    meant = table.stages_of(record.fields)
    said = next((one for one in (agreed, own) if one in (meant or ())), (*(meant or ()), "")[0])
    stage = own if table.own_field in record.fields else said
    if meant is not None:
        return Shown(stage, said)
    values = [text(record.fields[name]) for name in table.native_fields]
    return Shown(stage, "", " + ".join(value for value in values if value))


def _sees_natives(table: StageTable, record: Record) -> bool:
    names = table.native_fields
    return bool(names) and all(name in record.fields for name in names)


def expected(ground: Ground, standing: Standing) -> str:
    """The agreed stage; before the first agreement the one that both CRMs can mean, "" where there is none (R6)."""
    if standing.link.stage is not None:
        return standing.link.stage.stage
    sets: list[tuple[str, ...]] = []
    for _side, record in primaries(standing).values():
        table = ground.mapping.stage_table(record.ref.crm, record.ref.kind)
        own = text(record.fields.get(table.own_field)) if table.own_field else ""
        meant = (own,) if own in ground.pact.stages else table.stages_of(record.fields)
        if meant:
            sets.append(meant)
    return (adopt(sets, ground.pact) or "") if sets else ""


def primaries(standing: Standing) -> dict[str, tuple[Side, Record]]:
    """By CRM the record that is written, where it can be read."""
    found: dict[str, tuple[Side, Record]] = {}
    for side in sorted(standing.sides, key=lambda one: one.ref):
        seen = standing.seen.get(side.ref)
        if side.state == "live" and side.primary and isinstance(seen, Record):
            found.setdefault(side.ref.crm, (side, seen))
    return found


def spares(standing: Standing) -> Iterator[tuple[Side, Record]]:
    """Live records of this person that are not written."""
    first = {side.ref for side, _record in primaries(standing).values()}
    for side in sorted(standing.sides, key=lambda one: one.ref):
        seen = standing.seen.get(side.ref)
        if (
            side.state in ("live", "duplicate")
            and side.ref not in first
            and isinstance(seen, Record)
        ):
            yield side, seen


def differing(ground: Ground, standing: Standing) -> dict[str, tuple[str, ...]]:
    """Which of a lead's fields are not as agreed, each with the CRMs that show it so."""
    shown = primaries(standing)
    found: dict[str, list[str]] = {}
    state = standing.link.stage
    for crm, (side, record) in shown.items():
        for name in _stage_differs(ground, standing.link, side, record) if state else ():
            found.setdefault(name, []).append(crm)
    kinds = tuple((crm, side.ref.kind) for crm, (side, _record) in shown.items())
    crms = tuple(shown)
    if state is None and (where := _unagreed(ground, standing)):
        found[STAGE] = list(where)
    values = [ground.mapping.read(record) for _side, record in shown.values()]
    for name, _rule, mapped, _alike in ground.mapping.rules_of(kinds):
        base = standing.link.base.get(name, UNKNOWN)
        if all(one.direction == "to_crm" for _place, one in mapped):
            continue  # whoever could say it has no record any more, so nobody writes it
        if isinstance(base, Unknown):
            told = [(one, values[place][name]) for place, one in mapped]
            if len(told) > 1 and _disagree(told):
                found[name] = [crms[place] for place, _one in mapped]
            continue
        for place, one in mapped:
            value = values[place][name]
            if value == base or isinstance(value, Unknown) or own_form(one, base, value):
                continue
            side, record = shown[crms[place]]
            native = record.fields.get(one.field)
            if not stored_form(side, native, one, ground.schemas[side.ref.crm, side.ref.kind]):
                found.setdefault(name, []).append(crms[place])
    return {name: tuple(where) for name, where in found.items()}


def values_of(
    ground: Ground, standing: Standing, names: Collection[str]
) -> dict[str, dict[str, Known]]:
    """What was agreed of these canonical fields ("agreed"), and what each CRM shows."""
    told: dict[str, dict[str, Known]] = {}
    for crm, (_side, record) in primaries(standing).items():
        for name, value in ground.mapping.read(record).items():
            if name in names and not isinstance(value, Unknown):
                base = standing.link.base.get(name)
                told.setdefault(name, {"agreed": base})[crm] = value
    return told


def _stage_differs(ground: Ground, link: Link, side: Side, record: Record) -> Iterator[str]:
    state = link.stage
    if state is None:
        return
    table = ground.mapping.stage_table(side.ref.crm, side.ref.kind)
    said = shown_by(ground, record, state.stage)
    native = said.unmapped or said.native != state.stage
    apart = bool(ground.mapping.left_alone.get((side.ref.crm, side.ref.kind)))
    apart = apart or state.stage not in table.settings or state.native_left
    if table.own_field in record.fields and said.stage != state.stage:
        yield STAGE
    elif native and _sees_natives(table, record):
        yield NATIVE if apart else STAGE
    name = table.reason_field
    if name and name in record.fields and text(record.fields[name]) != state.reason:
        yield REASON


def _unagreed(ground: Ground, standing: Standing) -> tuple[str, ...]:
    """CRMs that show different stages while none is agreed."""
    stage = expected(ground, standing)
    said = {
        crm: shown_by(ground, record, stage) for crm, (_side, record) in primaries(standing).items()
    }
    return tuple(said) if len(set(said.values())) > 1 else ()


def _disagree(told: Sequence[tuple[SideField, Known]]) -> bool:
    """Whether two CRMs show different values where none was agreed; a lossy side may show less."""
    known = [(one, value) for one, value in told if not isinstance(value, Unknown)]
    return any(
        value != other and not (own_form(there, value, other) or own_form(one, other, value))
        for place, (one, value) in enumerate(known)
        for there, other in known[place + 1 :]
    )


def newer(side: Side, record: Record) -> bool:
    """Whether the record changed after it was last settled, or never was."""
    return record.version > side.version.removesuffix(SETTLED_MARK)


def before_last_sync(ground: Ground, version: str) -> bool:
    """Whether the last whole sync ought to have seen a change of this stamp."""
    if ground.synced_at is None or not version:
        return False
    return datetime.fromisoformat(version) < ground.synced_at - ground.overlap
