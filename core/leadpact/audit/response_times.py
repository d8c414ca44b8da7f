"""Response clocks computed anew from a lead's stage history and signals, to prove what is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from leadpact.lifecycle.sla import WITHDRAWN, History, replay
from leadpact.model.link import Link
from leadpact.model.response_clock import ResponseClock
from leadpact.pact.agreement import Pact
from leadpact.ports.state_store import StateReader

SIGNALS_BACK = timedelta(days=3660)


def recomputed(
    store: StateReader, pact: Pact, link: Link, go_live: datetime, now: datetime
) -> tuple[ResponseClock, ...]:
    """Every response clock of this lead by its history alone: nothing of the clocks that are kept is looked at.

    Args:
        link: its agreed values choose the calendar.
        go_live: when the agreement took effect.
        now: what was done later counts for nothing.
    """
    if link.status != "live":
        return ()
    told = store.transitions(link.id)
    reached = [one.to_stage for one in told if one.result in ("adopted", "accepted")]
    # Two leads that were merged may have no agreed stage until a person says: what ran runs on.
    stage, since = (
        (link.stage.stage, link.stage.since)
        if link.stage is not None
        else (reached[-1] if reached else "", now)
    )
    history = History(
        link.id,
        told,
        store.signals([link.id], now - SIGNALS_BACK).get(link.id, ()),
        stage,
        since,
        go_live,
        now,
    )
    return replay(history, pact, pact.response.calendar_of(link.base))


def unlike(
    kept: Sequence[ResponseClock], computed: Sequence[ResponseClock]
) -> tuple[tuple[ResponseClock, ...], tuple[ResponseClock, ...]]:
    """Clocks that only one side has: (kept, computed). Owner, told state and withdrawn clocks do not count."""
    one = [_plain(each) for each in kept if each.ended_by != WITHDRAWN]
    other = [_plain(each) for each in computed]
    return (
        tuple(each for each in one if each not in other),
        tuple(each for each in other if each not in one),
    )


def _plain(clock: ResponseClock) -> ResponseClock:
    return replace(clock, owner="", told="running")
