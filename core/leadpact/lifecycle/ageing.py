"""Leads that nobody works: when they age, and since when they wait (R15, S138)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from leadpact.model.record import Known
from leadpact.model.scorecard import Signal
from leadpact.model.stage import StageState
from leadpact.pact.agreement import Pact


def waits_since(
    state: StageState, signals: Iterable[Signal], pact: Pact, go_live: datetime | None
) -> datetime | None:
    """Since when a lead waits for sales; None where it does not, or where sales got in touch.

    Counted from the later of its stage and go-live: what lay there before is nobody's fault yet (R6). A hand raised
    since then begins the wait anew. An act that shows that sales got in touch ends it.
    """
    if state.stage not in pact.rejection.ageing.stages or go_live is None:
        return None
    began = start = max(state.since, go_live)
    lanes, contacts = pact.fast_lanes, pact.response.contact_signals
    for one in signals:
        if one.at < start:
            continue
        if one.name in contacts:
            return None
        if one.name in lanes:
            began = max(began, one.at)
    return began


def ages_at(since: datetime, pact: Pact) -> datetime | None:
    """When a lead that waits since then is recycled; None where the pact lets it wait for ever."""
    after = pact.rejection.ageing.after
    return None if after is None else since + after


def alarm_of(pact: Pact, facts: Mapping[str, Known], since: datetime) -> datetime | None:
    """When a lead that waits since then is told as unreviewed (S138); None where the pact sounds no alarm.

    Args:
        facts: agreed values, by which the calendar is chosen.
    """
    ageing = pact.rejection.ageing
    if ageing.queue_alarm is None:
        return None
    if not ageing.business:
        return since + timedelta(days=ageing.queue_alarm)
    return pact.response.calendar_of(facts).days_after(since, ageing.queue_alarm)
