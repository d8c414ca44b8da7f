"""Since when a contact has its lifecycle stage: HubSpot's own read-only dates, read along with it (facts §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from leadpact.model.quick import replace
from leadpact.model.record import SINCE, FieldDate, Native, Observation, Record, since_text
from leadpact_hubspot.objects import STAGE, instant

CURRENT: Final = "hs_v2_date_entered_current_stage"
_OF_STAGE: Final = ("hs_v2_date_entered_{}", "hs_lifecyclestage_{}_date")
"""The present family of dates, then the one before it, which older contacts have alone."""


def properties(stages: Iterable[str]) -> list[str]:
    """The date properties of these values of ``lifecyclestage``."""
    return [CURRENT, *(form.format(stage) for form in _OF_STAGE for stage in stages)]


def told(seen: Mapping[str, Observation], also: Iterable[str]) -> dict[str, Observation]:
    """The observations without these properties, with what they say as one pseudo field."""
    extra = frozenset(also)
    return {
        one: _dated(record, extra) if isinstance(record, Record) else record
        for one, record in seen.items()
    }


def _dated(record: Record, extra: frozenset[str]) -> Record:
    fields: dict[str, Native] = {
        name: value for name, value in record.fields.items() if name not in extra
    }
    stage = str(record.fields.get(STAGE) or "")
    if stage:
        names = (CURRENT, *(form.format(stage) for form in _OF_STAGE))
        found = next((str(record.fields[name]) for name in names if record.fields.get(name)), "")
        if found:
            fields[SINCE + STAGE] = since_text(FieldDate(instant(found)))
    return replace(record, fields=fields)
