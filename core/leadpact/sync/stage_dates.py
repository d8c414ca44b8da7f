"""Since when a stage stands, by the CRMs' own dates: asked with the first reading of a lead, never later (R6)."""

from __future__ import annotations

from functools import lru_cache

from leadpact.model.quick import replace
from leadpact.model.record import SINCE, FieldDate, Native, Record, RecordRef, since_of
from leadpact.sync.assertions import stage_fields, text
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView


def date_fields(context: Context, crm: str, kind: str) -> tuple[str, ...]:
    """The pseudo fields that ask since when the native stage fields of this kind have their values."""
    if not context.crms[crm].capabilities.stage_history:
        return ()
    return _since(context.mapping.stage_table(crm, kind).native_fields)


@lru_cache(maxsize=64)
def _since(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(SINCE + name for name in names)


def part_dates(context: Context, view: LeadView, record: Record) -> Record:
    """The record without its pseudo fields; what they say is remembered on the view."""
    asked = date_fields(context, record.ref.crm, record.ref.kind)
    told = [name for name in asked if name in record.fields]
    if not told:
        return record
    fields: dict[str, Native] = dict(record.fields)
    dates: dict[str, FieldDate] = {}
    for name in told:
        if (date := since_of(fields.pop(name))) is not None:
            dates[name.removeprefix(SINCE)] = date
    view.since[record.ref] = dates
    return replace(record, fields=fields)


def stage_since(context: Context, view: LeadView, stage: str) -> FieldDate | None:
    """Since when a lead found at this stage is there; None where no CRM has a date for it.

    Of dates that are sure the earliest counts: that CRM showed the stage first. Where a CRM's values leave room
    for an earlier or another stage, its date is only a bound: the latest of those is nearest, and approximate.
    """
    found: list[FieldDate] = []
    frozen = [record for ref, record in view.frozen.items() if ref in view.since]
    for crm in context.crms:
        primary = view.primary(crm)
        if primary is not None:
            found.extend(_of_record(context, view, primary[1], stage))
    for record in frozen:
        found.extend(_of_record(context, view, record, stage))
    sure = [date for date in found if not date.approximate]
    if sure:
        return min(sure)
    return max(found, default=None)


def _of_record(context: Context, view: LeadView, record: Record, stage: str) -> list[FieldDate]:
    known = view.since.get(record.ref)
    if not known:
        return []
    table = context.mapping.stage_table(record.ref.crm, record.ref.kind)
    fields = stage_fields(context, record)
    meant = table.stages_of(fields) or ()
    if stage not in meant:
        return []
    ranks = {context.pact.stages[one].rank for one in meant if one in context.pact.stages}
    approximate = len(ranks) > 1
    dates: list[FieldDate] = []
    for name in table.native_fields:
        if not text(fields.get(name)):
            continue
        date = known.get(name)
        if date is not None:
            dates.append(date)
        elif table.stages_of({**fields, name: None}) != meant:
            # A value that decides, and nobody knows since when.
            approximate = True
    if not dates:
        return []
    last = max(dates, key=lambda date: date.at)
    return [FieldDate(last.at, approximate or any(date.approximate for date in dates))]


def never_seen(view: LeadView | None, ref: RecordRef) -> bool:
    """Whether this record is read for the first time, and its lead has no agreed stage."""
    if view is None or view.link.stage is not None or ref not in view.sides:
        return False
    return view.sides[ref].version == ""
