"""The response clock on the records of both CRMs: due time, tier, state, first contact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from leadpact.mapping.values import read_instant
from leadpact.model.record import Native, Record
from leadpact.model.response_clock import STATE_LABELS, ResponseClock
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView

_ADVANCE: Mapping[str, int] = {
    "running": 1,
    "near_breach": 2,
    "met": 3,
    "breached": 3,
    "stopped": 3,
}


def response_writes(
    context: Context, view: LeadView, crm: str, kind: str, record: Record | None
) -> dict[str, tuple[Native, str]]:
    """Due time, tier, state and first contact, as one group: written when they change, or where the record is behind.

    A record that a person set further than we have it stays as it is until the clock itself moves.
    """
    if not view.clocks:
        return {}
    one = next((each for each in reversed(view.clocks) if each.kind == "contact"), None)
    if one is None:
        return {}
    outputs = context.mapping.outputs(crm, kind)
    schemas = context.crms[crm].schemas[kind].fields
    values: dict[str, Native] = {
        "sla_due_at": _shown(one.due_at),
        "sla_state": one.told,
        "sla_tier": one.label,
        "sla_contacted_at": _shown(one.ended_at) if one.ended_at and one.answered else None,
    }
    names = {
        output: name
        for output, name in outputs.items()
        if output in values and name in schemas and (record is None or name in record.fields)
    }
    if not names or (
        record is not None and not _behind(record, names, one, one in view.clock_changes)
    ):
        return {}
    why = f"{STATE_LABELS[one.told].lower()}: {one.label}"
    wanted: dict[str, tuple[Native, str]] = {}
    for output, name in names.items():
        value = values[output]
        if record is None and value is None:
            continue
        if record is None or not _same(output, record.fields[name], value):
            wanted[name] = (value, why)
    return wanted


def _behind(record: Record, names: Mapping[str, str], one: ResponseClock, changed: bool) -> bool:
    """Whether the record shows an earlier clock than this one, an earlier state of it, or none."""
    due = _instant(record.fields.get(names.get("sla_due_at", "")))
    ours = one.due_at.replace(microsecond=0)
    if "sla_due_at" in names and (due is None or due < ours or (changed and due != ours)):
        return True
    answer = names.get("sla_contacted_at", "")
    if answer and one.answered and not text(record.fields[answer]):
        return True
    shown = text(record.fields.get(names.get("sla_state", "")))
    if "sla_state" not in names:
        return False
    return shown != one.told and (_ADVANCE.get(shown, 0) < _ADVANCE[one.told] or changed)


def _same(output: str, shown: Native, wanted: Native) -> bool:
    if output in ("sla_due_at", "sla_contacted_at"):
        return _instant(shown) == _instant(wanted)
    return text(shown) == text(wanted)


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(value: Native) -> datetime | None:
    try:
        found = read_instant(value) if value not in (None, "") else None
    except ValueError:
        return None
    return None if found is None else found.replace(microsecond=0)
