"""Leads that wait for sales, and rejections that are silent: who, how long, with whom (S96, S99, S138). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from leadpact.lifecycle.ageing import ages_at, alarm_of, waits_since
from leadpact.mapping import LeadMapping
from leadpact.model.link import Link
from leadpact.pact import Pact
from leadpact.ports.state_store import StateReader

Silence: TypeAlias = Literal["rejected", "set_back", "sitting"]
"""Rejected without a reason, which is owed; set back without one, which was put right; or left to sit at a status that
means rejection while the stage waits for a person."""


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


def rejecting_values(mapping: LeadMapping) -> dict[str, frozenset[str]]:
    """By CRM, the values of its own fields that alone say that a lead is recycled or disqualified."""
    found: dict[str, frozenset[str]] = {}
    for (crm, _kind), rule in mapping.kind_rules.items():
        table = rule.stages
        named = table.rejecting().items()
        values = {each for name, some in named if name in table.native_fields for each in some}
        found[crm] = found.get(crm, frozenset()) | values
    return found


def sitting(reader: StateReader, rejecting: Mapping[str, frozenset[str]]) -> list[Owing]:
    """Leads whose stage waits for a person while a record shows a status that means rejection (S96)."""
    held = [
        (one, crm)
        for one in reader.holds(waiting_only=True)
        if one.field == "stage"
        for crm, shown in sorted(one.shown.items())
        if rejecting.get(crm, frozenset()) & set(shown.split(" + "))
    ]
    links = reader.links([one.link_id for one, _crm in held])
    found = []
    for one, crm in held:
        link = links.get(one.link_id)
        if link is not None and link.status == "live":
            stage = link.stage.stage if link.stage is not None else ""
            why = f"It shows {one.shown[crm]}, and is not settled: {one.why}"
            found.append(
                Owing(one.link_id, "sitting", stage, one.since, link.owner, None, False, why)
            )
    return found


def silent(
    reader: StateReader,
    pact: Pact,
    now: datetime,
    limit: int,
    rejecting: Mapping[str, frozenset[str]] | None = None,
) -> list[Owing]:
    """Rejections that owe a reason, leads set back without one, and those left to sit, the longest ago first.

    Args:
        limit: so many of the first two are looked at.
        rejecting: :func:`rejecting_values`; None leaves out who is left to sit.
    """
    found = sitting(reader, rejecting) if rejecting else []
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
    return sorted(found, key=lambda one: (one.since, one.link_id))


def by_rep(reps: Iterable[str]) -> Sequence[tuple[str, int]]:
    """How many each has, most first; "" = unknown."""
    return sorted(Counter(reps).items(), key=lambda row: (-row[1], row[0]))
