"""When a field got the value it shows: read only of fields under ``newest`` on which both CRMs disagree (R9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadpact.errors import LeadpactError
from leadpact.model.record import UNKNOWN, FieldChange, RecordRef
from leadpact.sync.context import Context
from leadpact.sync.effects import Gather, ReadHistory, Steps
from leadpact.sync.fold import Page
from leadpact.sync.page import LeadView
from leadpact.sync.same import same_native


def read_field_times(context: Context, page: Page) -> Steps[None]:
    """Ask both histories of each such field; a time that a CRM only infers is none."""
    names = context.newest_fields
    if not names or len(context.crms) < 2:
        return
    wanted: dict[tuple[str, str], dict[RecordRef, list[tuple[LeadView, str, str]]]] = {}
    for view in page.values():
        for name, places in _disagreeing(context, view, names):
            for ref, crm_field in places:
                by_ref = wanted.setdefault((ref.crm, ref.kind), {})
                by_ref.setdefault(ref, []).append((view, name, crm_field))
    if not wanted:
        return
    keys = sorted(wanted)
    answers = yield Gather(
        tuple(
            ReadHistory(
                crm,
                kind,
                tuple(ref.id for ref in wanted[crm, kind]),
                tuple(sorted({row[2] for rows in wanted[crm, kind].values() for row in rows})),
            )
            for crm, kind in keys
        )
    )
    for key, answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for ref, rows in wanted[key].items():
            for view, name, crm_field in rows:
                latest = _latest(answer.get(ref.id, ()), crm_field)
                shown = view.records[ref].fields.get(crm_field)
                if latest is not None and same_native(latest.value, shown):
                    view.field_times.setdefault(name, {})[ref.crm] = latest.at


def _disagreeing(
    context: Context, view: LeadView, names: Sequence[str]
) -> Iterator[tuple[str, list[tuple[RecordRef, str]]]]:
    """Fields of a lead that both CRMs show otherwise than was agreed, and not alike, with where they stand."""
    found = [one for crm in context.crms if (one := view.primary(crm)) is not None]
    if not view.link.adopted or len(found) < 2:
        return
    readings = [context.mapping.read(record) for _side, record in found]
    for name in names:
        base = view.link.base.get(name, UNKNOWN)
        values = [one.get(name, UNKNOWN) for one in readings]
        if UNKNOWN in (base, *values) or base in values or len(set(values)) == 1:
            continue
        sides = context.mapping.fields[name].sides
        places = [
            (side.ref, sides[side.ref.crm, side.ref.kind].field)
            for side, _record in found
            if (side.ref.crm, side.ref.kind) in sides
        ]
        if len(places) > 1:
            yield name, places


def _latest(changes: Sequence[FieldChange], name: str) -> FieldChange | None:
    return next((one for one in changes if one.field == name and not one.inferred), None)
