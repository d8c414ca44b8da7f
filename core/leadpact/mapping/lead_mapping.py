"""The compiled mapping: what the engine asks of it, once per record, fast."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from leadpact.errors import Place
from leadpact.mapping.rules import (
    BackfillRule,
    Coexist,
    CreationRule,
    FieldRule,
    KindRule,
    MergeRow,
    SignalReading,
    SignalRule,
    kept_alike,
)
from leadpact.mapping.signal_sources import OutsideRule, SourceRule
from leadpact.mapping.stage_table import StageTable
from leadpact.mapping.values import Reader, read_date, read_instant, read_text
from leadpact.model.terms import UNKNOWN, Known, Native, Scalar

if TYPE_CHECKING:
    from leadpact.model.other_sync import OtherSync
    from leadpact.model.record import Record
    from leadpact.model.schema import WantedField
    from leadpact.pact.qualification import Criterion

Side: TypeAlias = tuple[str, str]
"""(crm, kind)."""

_NO_STAGES = StageTable()


@dataclass(frozen=True, slots=True)
class _KindPlan:
    """Everything of one kind, laid out for the loop over records."""

    readers: tuple[tuple[str, str, Reader, Scalar], ...]
    signals: tuple[SignalRule, ...]
    fields: tuple[str, ...]
    known_by: tuple[str, ...]


@dataclass(frozen=True)
class LeadMapping:
    """A mapping document, compiled.

    Attributes:
        hash: 16 hex digits of the content; comments and the order of keys do not count.
        crms: the sides that the document names, in its order.
        fields: merge fields by canonical name, in document order.
        signals: which fields of records hold dates of engagement.
        signal_sources: by (crm, source), what the acts mean that a CRM keeps one by one.
        sources: by name, what the acts mean that no CRM holds (product usage).
        creation: by CRM, when a record is made there; a CRM without a row makes none.
        kind_rules: by (crm, kind), in document order.
        stage_keys: stages of the pact it was loaded for, in order.
        reason_keys: its rejection reasons.
        sub_reason_keys: finer words under its rejection reasons.
        answers: criteria of the pact that it was loaded for; their fields get their labels and options from them.
        strict: CRMs in which a record that changed after it was read is not written (``guard: strict``, R7).
        places: where a rule stands in its document, by (crm, kind, name) or (name,), for findings.
        coexist: by CRM, what is said of another sync beside it (R13).
        left_alone: native stage fields that another sync writes, by (crm, kind): read and never written.
        kept_ids: by (crm, kind), the fields in which another sync keeps ids of the kinds of the other CRM.
        other_syncs: the syncs that this mapping makes room for.
    """

    hash: str
    crms: tuple[str, ...]
    fields: Mapping[str, FieldRule]
    signals: tuple[SignalRule, ...]
    creation: Mapping[str, CreationRule]
    kind_rules: Mapping[Side, KindRule]
    stage_keys: tuple[str, ...]
    reason_keys: tuple[str, ...]
    places: Mapping[tuple[str, ...], Place] = field(default_factory=dict, repr=False)
    coexist: Mapping[str, Coexist] = field(default_factory=dict)
    left_alone: Mapping[Side, frozenset[str]] = field(default_factory=dict)
    kept_ids: Mapping[Side, Mapping[Side, str]] = field(default_factory=dict)
    other_syncs: tuple[OtherSync, ...] = ()
    strict: frozenset[str] = frozenset()
    signal_sources: Mapping[Side, SourceRule] = field(default_factory=dict)
    sources: Mapping[str, OutsideRule] = field(default_factory=dict)
    answers: tuple[Criterion, ...] = ()
    sub_reason_keys: tuple[str, ...] = ()
    _plans: dict[Side, _KindPlan] = field(default_factory=dict, init=False, repr=False)
    _blank: dict[str, Known] = field(default_factory=dict, init=False, repr=False)
    _merge_rows: dict[tuple[Side, ...], tuple[MergeRow, ...]] = field(
        default_factory=dict, init=False, repr=False
    )
    _reduced: dict[tuple[str, ...], LeadMapping] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        self._blank.update(dict.fromkeys(self.fields, UNKNOWN))
        for side in self.kind_rules:
            self._plans[side] = self._plan(side)

    def for_crms(self, crms: Collection[str]) -> LeadMapping:
        """The rules that are left where only these CRMs take part."""
        kept = tuple(crm for crm in self.crms if crm in crms)
        if kept == self.crms:
            return self
        if kept not in self._reduced:
            self._reduced[kept] = self._reduce(kept)
        return self._reduced[kept]

    @property
    def scoped(self) -> bool:
        """Whether not everybody takes part (R37)."""
        return any(rule.scope is not None for rule in self.kind_rules.values())

    @property
    def scope_hash(self) -> str:
        """Tells one way to say who takes part from another; "" where everybody does."""
        said = [(side, rule.scope.parts) for side, rule in self.kind_rules.items() if rule.scope]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16] if said else ""

    def in_scope(self, record: Record) -> tuple[bool | None, str]:
        """Whether a record takes part (None = cannot be told), and the condition that says no, in words."""
        rule = self.kind_rules.get((record.ref.crm, record.ref.kind))
        if rule is None or rule.scope is None:
            return True, ""
        return rule.scope.failing(self.read(record), record.fields, absent_is_unknown=True)

    def kinds(self, crm: str) -> tuple[str, ...]:
        """Person kinds mapped of this CRM, in document order."""
        return tuple(kind for each, kind in self.kind_rules if each == crm)

    def read_fields(self, crm: str, kind: str) -> tuple[str, ...]:
        """Every CRM field that the engine needs of a record of this kind, sorted."""
        plan = self._plans.get((crm, kind))
        return plan.fields if plan else ()

    def known_by(self, crm: str, kind: str) -> tuple[str, ...]:
        """What is asked of records that somebody may be: what matches them, and whether they take part; sorted."""
        plan = self._plans.get((crm, kind))
        return plan.known_by if plan else ()

    def read(self, record: Record, faults: dict[str, str] | None = None) -> dict[str, Known]:
        """Canonical values of a record, by canonical name.

        Args:
            record: as observed; a CRM field missing in it is unknown.
            faults: takes, by canonical name, why a value could not be read.

        Returns:
            One entry per merge field; UNKNOWN where the field is not mapped for this kind, not in the
            answer, or not readable.
        """
        values = self._blank.copy()
        plan = self._plans.get((record.ref.crm, record.ref.kind))
        if plan is None:
            return values
        fields = record.fields
        for name, crm_field, read, blank in plan.readers:
            native: Native | object = fields.get(crm_field, _ABSENT)
            if native is None or native == "":
                values[name] = blank
            elif native is not _ABSENT:
                try:
                    values[name] = read(native)  # type: ignore[arg-type]
                except ValueError as error:
                    if faults is not None:
                        faults[name] = f"{crm_field} {error}"
        return values

    def value(self, record: Record, name: str) -> Known:
        """One canonical value of a record, as :meth:`read` tells it."""
        rule = self.fields.get(name)
        mapped = rule.sides.get((record.ref.crm, record.ref.kind)) if rule else None
        if rule is None or mapped is None or mapped.field not in record.fields:
            return UNKNOWN
        native = record.fields[mapped.field]
        if native is None or native == "":
            return rule.blank_means
        try:
            return mapped.read(native)
        except ValueError:
            return UNKNOWN

    def rules_of(self, kinds: tuple[Side, ...]) -> tuple[MergeRow, ...]:
        """Merge fields that any of these kinds keeps, with each one's place in ``kinds`` and its side."""
        rows = self._merge_rows.get(kinds)
        if rows is None:
            rows = tuple(
                (name, rule, sides, kept_alike(sides))
                for name, rule in self.fields.items()
                if (
                    sides := tuple(
                        (place, rule.sides[kind])
                        for place, kind in enumerate(kinds)
                        if kind in rule.sides
                    )
                )
            )
            self._merge_rows[kinds] = rows
        return rows

    def match_fields(self, crm: str, kind: str) -> tuple[tuple[str, str], ...]:
        """(canonical key, CRM field) to find a person by, strongest first."""
        rule = self.kind_rules.get((crm, kind))
        return rule.match if rule else ()

    def also_fields(self, crm: str, kind: str, key: str) -> tuple[str, ...]:
        """CRM fields that hold further values of a match key, joined with ``;``."""
        rule = self.kind_rules.get((crm, kind))
        return rule.also.get(key, ()) if rule else ()

    def external_id_field(self, crm: str, kind: str) -> str:
        """The CRM field that holds our own lead id; "" if the kind is not mapped."""
        rule = self.kind_rules.get((crm, kind))
        return rule.external_id if rule else ""

    def reads_sources(self, crm: str) -> bool:
        """Whether any signal source of this CRM is read."""
        return any(each == crm for each, _source in self.signal_sources)

    @property
    def signal_names(self) -> frozenset[str]:
        """Every signal that a field or a source gives."""
        rules = (*self.signal_sources.values(), *(each.rule for each in self.sources.values()))
        of_sources = (name for rule in rules for row in rule.rows for name in row.signals)
        return frozenset((*(rule.name for rule in self.signals), *of_sources))

    def owner_field(self, crm: str, kind: str) -> str:
        """The CRM field that says whose record it is; "" where none is named."""
        rule = self.kind_rules.get((crm, kind))
        return rule.owner if rule else ""

    def account_owner_field(self, crm: str, kind: str) -> str:
        """The CRM field that says whose account it is; "" where none is named."""
        rule = self.kind_rules.get((crm, kind))
        return rule.account_owner if rule else ""

    def stage_table(self, crm: str, kind: str) -> StageTable:
        """The stage table of a kind; an empty one if the kind is not mapped."""
        rule = self.kind_rules.get((crm, kind))
        return _NO_STAGES if rule is None else rule.stages

    def outputs(self, crm: str, kind: str) -> Mapping[str, str]:
        """CRM field by output name; a name that is absent is not written."""
        rule = self.kind_rules.get((crm, kind))
        return {} if rule is None else rule.outputs

    def backfill(self, crm: str, kind: str) -> BackfillRule:
        """Our own fields that a backfill fills in of this kind."""
        rule = self.kind_rules.get((crm, kind))
        return rule.backfill if rule else BackfillRule()

    def wanted_fields(self, crm: str) -> tuple[WantedField, ...]:
        """The fields of our own that ``provision`` makes in this CRM."""
        # Only `provision` and the check of live schemas ask for them.
        from leadpact.mapping.wanted import (  # noqa: PLC0415
            wanted_answers,
            wanted_dates,
            wanted_fields,
        )

        return tuple(
            wanted
            for (each, _), rule in self.kind_rules.items()
            if each == crm
            for wanted in (
                *wanted_fields(rule, self.stage_keys, self.reason_keys, self.sub_reason_keys),
                *wanted_answers(rule, self.fields.values(), self.answers),
                *wanted_dates(rule.kind, rule.backfill),
            )
        )

    def signal_readings(
        self, record: Record, faults: dict[str, str] | None = None
    ) -> list[SignalReading]:
        """Dated acts that a record shows, in the order of the rules.

        Args:
            record: as observed.
            faults: takes, by signal name, why a date could not be read.
        """
        plan = self._plans.get((record.ref.crm, record.ref.kind))
        readings: list[SignalReading] = []
        if plan is None:
            return readings
        fields = record.fields
        for rule in plan.signals:
            native = fields.get(rule.field)
            if native is None or native == "":
                continue
            dates = str(native).split(";") if rule.many else (native,)
            asset = read_text(fields.get(rule.asset_field)) or "" if rule.asset_field else ""
            for each in dates:
                try:
                    at = _act_instant(each)
                except ValueError as error:
                    if faults is not None:
                        faults[rule.name] = f"{rule.field} {error}"
                else:
                    if at is not None:
                        readings.append(
                            SignalReading(rule.name, at, asset, rule.precision, rule.field)
                        )
        return readings

    def _plan(self, side: Side) -> _KindPlan:
        rule = self.kind_rules[side]
        readers = tuple(
            (name, each.sides[side].field, each.sides[side].read, each.blank_means)
            for name, each in self.fields.items()
            if side in each.sides
        )
        signals = tuple(each for each in self.signals if (each.crm, each.kind) == side)
        names = {crm_field for _, crm_field, _, _ in readers}
        names.update(crm_field for _, crm_field in rule.match)
        names.update(name for each in rule.also.values() for name in each)
        names.update(rule.outputs.values())
        names.update((rule.owner, rule.account_owner))
        names.update(rule.stages.native_fields)
        names.update((rule.stages.own_field, rule.stages.reason_field, rule.external_id))
        names.update(self.kept_ids.get(side, {}).values())
        if rule.scope is not None:
            names.update(rule.scope.native)
        for signal in signals:
            names.update((signal.field, signal.asset_field))
        fields = tuple(sorted(names - {""}))
        # Conditions of scope may ask for any of them.
        known_by = rule.known_by(self.fields) if rule.scope is None else fields
        return _KindPlan(readers, signals, fields, known_by)

    def _reduce(self, crms: tuple[str, ...]) -> LeadMapping:
        fields: dict[str, FieldRule] = {}
        for name, rule in self.fields.items():
            sides = {side: each for side, each in rule.sides.items() if side[0] in crms}
            if sides:
                record = rule.system_of_record
                fields[name] = FieldRule(
                    name,
                    rule.type,
                    rule.policy,
                    rule.initial,
                    record if record in crms else next(iter(sides))[0],
                    sides,
                    rule.blank_means,
                    rule.provisioned,
                )
        return LeadMapping(
            hash=hashlib.sha256(" ".join((self.hash, *crms)).encode()).hexdigest()[:16],
            crms=crms,
            fields=fields,
            signals=tuple(each for each in self.signals if each.crm in crms),
            creation={crm: rule for crm, rule in self.creation.items() if crm in crms},
            kind_rules={side: rule for side, rule in self.kind_rules.items() if side[0] in crms},
            stage_keys=self.stage_keys,
            reason_keys=self.reason_keys,
            answers=self.answers,
            sub_reason_keys=self.sub_reason_keys,
            places=self.places,
            coexist={crm: word for crm, word in self.coexist.items() if crm in crms},
            strict=self.strict & frozenset(crms),
            signal_sources={
                key: rule for key, rule in self.signal_sources.items() if key[0] in crms
            },
            sources=self.sources,
        )


_ABSENT = object()


def _act_instant(native: Native) -> datetime | None:
    """The instant of an act; a pure date counts from its midnight in UTC."""
    if isinstance(native, str):
        text = native.strip()
        if len(text) == 10:
            return _midnight(text)
        if not text:
            return None
    return read_instant(native)


@lru_cache(maxsize=1024)
def _midnight(text: str) -> datetime | None:
    """The midnight of a day; the same few hundred days stand on all records."""
    day = read_date(text)
    return None if day is None else datetime.fromisoformat(day).replace(tzinfo=UTC)
