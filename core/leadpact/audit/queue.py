"""Leads that wait for sales, and rejections that are silent: who, how long, with whom (S96, S99, S138). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from leadpact.lifecycle.ageing import ages_at, alarm_of, waits_since
from leadpact.model.link import Link
from leadpact.pact import Pact
from leadpact.ports.state_store import StateReader

Silence: TypeAlias = Literal["rejected", "set_back"]
"""Rejected without a reason, which is owed; or set back without one, which was put right."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead that nobody reviewed yet.

    Attributes:
        since: since when it waits: its stage, go-live or the last hand raised, whichever is latest.
        days: how long, in the days that the pact counts (business days, or of 24 hours).
        alarm_at: when it is told as late; None where the pact sounds no alarm.
        recycled_at: when ageing recycles it; None where it may wait for ever.
        owner: ``<crm>:<owner id>`` of the rep or queue; "" = nobody's.
    """

    link_id: str
    stage: str
    since: datetime
    days: int
    late: bool
    alarm_at: datetime | None
    recycled_at: datetime | None
    owner: str
    priority: bool
    why: str


@dataclass(frozen=True, slots=True)
class Owing:
    """A rejection without a reason, or a set-back without one.

    Attributes:
        rep: who did it, as ``<crm>:<id>``; the lead's owner where the CRM does not say; "" unknown.
        manager_at: when the manager is told; None for a set-back, which is over.
    """

    link_id: str
    what: Silence
    stage: str
    since: datetime
    rep: str
    manager_at: datetime | None
    escalated: bool
    why: str


def went_live(reader: StateReader) -> datetime | None:
    """When the first plan was made that then was approved; None while the first sync waits."""
    return min(
        (
            plan.created_at
            for plan in reader.plans(10_000)
            if plan.kind == "first_sync" and plan.status in ("approved", "applied")
        ),
        default=None,
    )


def unreviewed(
    reader: StateReader, pact: Pact, go_live: datetime | None, now: datetime, limit: int
) -> list[Waiting]:
    """Leads at the stages of the pact's `ageing` with which nobody got in touch, the longest waiting first.

    Args:
        limit: so many leads of those stages are looked at, the longest there first.
    """
    links = reader.at_stages(sorted(pact.rejection.ageing.stages), limit)
    earliest = min((one.stage.since for one in links if one.stage is not None), default=now)
    acts = reader.signals([one.id for one in links], earliest) if links else {}
    found = []
    for link in links:
        state = link.stage
        since = (
            waits_since(state, acts.get(link.id, ()), pact, go_live) if state is not None else None
        )
        if state is None or since is None:
            continue
        alarm = alarm_of(pact, link.base, since)
        found.append(
            Waiting(
                link.id,
                state.stage,
                since,
                days_waited(pact, link, since, now),
                alarm is not None and now >= alarm,
                alarm,
                ages_at(since, pact),
                link.owner,
                state.priority,
                state.why,
            )
        )
    return sorted(found, key=lambda one: (one.since, one.link_id))


def days_waited(pact: Pact, link: Link, since: datetime, now: datetime) -> int:
    """Whole days of waiting, as the pact counts them."""
    if now <= since:
        return 0
    if not pact.rejection.ageing.business:
        return (now - since).days
    return pact.response.calendar_of(link.base).days_between(since, now)


def silent(reader: StateReader, pact: Pact, now: datetime, limit: int) -> list[Owing]:
    """Rejections that owe a reason and leads set back without one, the longest ago first."""
    found = []
    for link in reader.owing(limit):
        state = link.stage
        if state is None:
            continue
        if state.reason_owed:
            calendar = pact.response.calendar_of(link.base)
            due = calendar.days_after(state.since, pact.rejection.manager_after)
            rep = state.closed_by or link.owner
            found.append(
                Owing(
                    link.id,
                    "rejected",
                    state.stage,
                    state.since,
                    rep,
                    due,
                    now >= due,
                    state.why,
                )
            )
        elif state.setback_at is not None:
            why = f"Set back without a reason, and put right: it stays {pact.label(state.stage)}."
            rep = state.setback_by or link.owner
            at = state.setback_at
            found.append(Owing(link.id, "set_back", state.stage, at, rep, None, False, why))
    return found


def by_rep(reps: Iterable[str]) -> Sequence[tuple[str, int]]:
    """How many each has, most first; "" = unknown."""
    return sorted(Counter(reps).items(), key=lambda row: (-row[1], row[0]))
