"""Hand over what is due: read back, choose the owner, leave the task, tell (R18, R31, R34).

Works from the store alone, so a cycle that was killed at any point is taken up by the next one: a task is journaled as
``announcing`` before it is sent, and its key is looked up in the CRM before it is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from leadpact.errors import LeadpactError, SetAside
from leadpact.lifecycle.handoff import next_day
from leadpact.lifecycle.handoff_text import WHY_NOW, at_clock, due_line
from leadpact.model.handoff import Handoff
from leadpact.model.link import WorkItem
from leadpact.model.notice import Notice
from leadpact.model.record import Native, Record, RecordRef
from leadpact.ports.connector import Refused, WriteResult, WriteRow
from leadpact.ports.state_store import StateChanges
from leadpact.sync.choosing_owners import (
    TURN,
    Going,
    choose_within_caps,
    read_counterparts,
    read_staff,
)
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Gather, Instant, RecordUrls, Steps, Write
from leadpact.sync.handoff_fields import shown, shows_stage
from leadpact.sync.notices import notices_for
from leadpact.sync.observe import read
from leadpact.sync.owners import receiving
from leadpact.sync.report import CycleReport

MOST = 2000
PAGE = 200
LATER = timedelta(hours=1)
_WORD = re.compile(r"\{(?:name|company|why)\}")


def hand_over(
    context: Context, report: CycleReport, *, lanes_only: bool = False
) -> Steps[list[WorkItem]]:
    """Carry out the handoffs that are due, the hottest first.

    Args:
        lanes_only: fast lanes alone, which do not wait for the end of a long cycle.

    Returns:
        Leads of which a record has something else to show now.

    Raises:
        LeadpactError: a CRM could not be read or took nothing; what is not done is due again.
    """
    now: datetime = yield Instant()
    due = [
        one
        for one in context.store.due_handoffs(now, MOST)
        if (not context.only or one.link_id in context.only)
        and (not lanes_only or one.cause == "fast_lane")
    ]
    changed: list[WorkItem] = []
    for start in range(0, len(due), PAGE):
        changed += yield from _page(context, report, due[start : start + PAGE])
    return changed


def _page(context: Context, report: CycleReport, due: Sequence[Handoff]) -> Steps[list[WorkItem]]:
    crm = receiving(context)
    links = context.store.links([one.link_id for one in due])
    frozen = context.store.frozen(list(links))
    sides = context.store.sides(list(links))
    refs: dict[str, RecordRef] = {
        link_id: side.ref
        for link_id, group in sides.items()
        for side in group
        if side.ref.crm == crm and side.primary and side.state == "live"
    }
    seen = yield from read(context, tuple(dict.fromkeys(refs.values())))
    now: datetime = yield Instant()
    going: list[Going] = []
    ended: list[Handoff] = []
    for one in due:
        link = links.get(one.link_id)
        found = seen.get(refs[one.link_id]) if one.link_id in refs else None
        if link is None or link.status != "live":
            ended.append(
                replace(one, step="dropped", why="The lead is gone.", next_try=None, lines=())
            )
        elif (known := frozen.get(one.link_id)) is not None and known.ended_at is None:
            ended.append(replace(one, why="Waiting: the lead is out of scope.", next_try=None))
        elif not isinstance(found, Record) or not shows_stage(context, link, found):
            ended.append(_not_there(context, one, isinstance(found, Record)))
        elif context.pausing and context.pausing.stop_handing(crm, found.ref.kind):
            report.counts["handoffs_paused"] += 1
        else:
            going.append(Going(one, link, found))
    before_turn = ""
    if going:
        staff = yield from read_staff(context, going)
        before_turn = staff.turn
        going, kept_back = choose_within_caps(context, report, going, staff, now)
        ended += kept_back
        yield from read_counterparts(context, going)
    yield from _addresses(going)
    journal = StateChanges(handoffs=[*ended, *(one.handoff for one in going)])
    if going and staff.turn != before_turn:
        journal.checkpoints[crm, TURN] = staff.turn
    journal.notices = [
        notice
        for one in ended
        if one.step in ("unowned", "capped")
        for notice in _held(context, one, now)
    ]
    if journal.handoffs:
        yield Commit(journal)
    results = yield from _announce(context, going, now)
    now = yield Instant()
    settled = _settle(context, report, going, results, now)
    if settled.handoffs:
        yield Commit(settled)
    before = {one.id: (one.step, one.why) for one in due}
    told = {
        one.link_id for one in (*ended, *settled.handoffs) if (one.step, one.why) != before[one.id]
    }
    return [WorkItem(link_id, "retry", now, now) for link_id in sorted(told & links.keys())]


def _not_there(context: Context, one: Handoff, there: bool) -> Handoff:
    crm = context.label(receiving(context))
    what = "does not show the agreed stage yet" if there else "has no record of this lead yet"
    # Whatever brings it on is a change of the lead, after which it is due again.
    return replace(one, why=f"Pending: {crm} {what}.", next_try=None)


def _held(context: Context, one: Handoff, now: datetime) -> list[Notice]:
    lines = (shown(context, one), *one.lines)
    key = f"{one.id}:{one.step}:{now.date()}"
    return notices_for(context, one.link_id, "held", key, str(one.headline), lines, now)


def _addresses(going: Sequence[Going]) -> Steps[None]:
    by_kind: dict[tuple[str, str], list[Going]] = {}
    for each in going:
        by_kind.setdefault((each.record.ref.crm, each.record.ref.kind), []).append(each)
    for (crm, kind), group in sorted(by_kind.items()):
        urls = yield RecordUrls(crm, kind, tuple(one.record.ref.id for one in group))
        for each, url in zip(group, urls, strict=True):
            each.url = url


def _announce(
    context: Context, going: Sequence[Going], now: datetime
) -> Steps[dict[str, WriteResult]]:
    """Set owners, then leave the tasks; results by handoff id."""
    results: dict[str, WriteResult] = {}
    owned = [one for one in going if one.choice is not None and one.choice.write and one.owner]
    results |= yield from _write(context, owned, lambda one: _owner_row(context, one))
    results = {key: one for key, one in results.items() if isinstance(one, Refused)}
    ready = [one for one in going if one.handoff.id not in results]
    if context.pact.handoff.task is not None:
        results |= yield from _write(context, ready, lambda one: _task_row(context, one, now))
    return results


def _write(
    context: Context, going: Iterable[Going], row: Callable[[Going], WriteRow]
) -> Steps[dict[str, WriteResult]]:
    groups: dict[tuple[str, str], list[Going]] = {}
    for each in going:
        groups.setdefault((each.record.ref.crm, each.record.ref.kind), []).append(each)
    batches = [
        (key, group[i : i + context.crms[key[0]].capabilities.write_batch])
        for key, group in sorted(groups.items())
        for i in range(0, len(group), context.crms[key[0]].capabilities.write_batch)
    ]
    if not batches:
        return {}
    answers = yield Gather(
        tuple(Write(crm, kind, tuple(map(row, part))) for (crm, kind), part in batches)
    )
    results: dict[str, WriteResult] = {}
    for (_key, part), answer in zip(batches, answers, strict=True):
        told = [Refused(answer)] * len(part) if isinstance(answer, LeadpactError) else answer
        results |= {one.handoff.id: result for one, result in zip(part, told, strict=True)}
    return results


def _owner_row(context: Context, one: Going) -> WriteRow:
    name = context.mapping.owner_field(one.record.ref.crm, one.record.ref.kind)
    return WriteRow("set", one.record.ref.id, {name: one.owner.id if one.owner else None})


def _task_row(context: Context, one: Going, now: datetime) -> WriteRow:
    rule, handoff = context.pact.handoff.task, one.handoff
    zone = one.owner.zone if one.owner is not None else ""
    end_of_day = next_day(now, zone) - timedelta(minutes=1)
    by_clock = rule is None or rule.due == "sla"
    due = handoff.due_at if by_clock and handoff.due_at is not None else end_of_day
    fields: dict[str, Native] = {
        "subject": _subject(context, one),
        "body": "\n".join(message(one.handoff, zone)),
        "due_at": due.astimezone(next_day(now, zone).tzinfo).isoformat(),
        "remind_at": max(now, due - timedelta(minutes=2)).isoformat(),
        "urgent": handoff.cause == "fast_lane",
    }
    if one.owner is not None:
        fields["owner"] = one.owner.id
    return WriteRow("announce", one.record.ref.id, fields, handoff.id)


def _subject(context: Context, one: Going) -> str:
    rule = context.pact.handoff.task
    told = one.handoff.headline
    values = {"{name}": told.name, "{company}": told.company, "{why}": told.why}
    words = rule.subject if rule is not None else "{name}: {why}"
    if not told.company:
        words = words.replace(" ({company})", "")
    # In one pass: what a lead wrote into its name is never read as a word of ours.
    return _WORD.sub(lambda found: values[found.group()], words)


def message(handoff: Handoff, zone: str) -> tuple[str, ...]:
    """What is said of the lead, with the due time on the reader's clock."""
    lines = list(handoff.lines)
    at = next((i for i, line in enumerate(lines) if line.startswith(WHY_NOW)), 0)
    return (*lines[: at + 1], due_line(handoff.due_at, zone), *lines[at + 1 :])


def _settle(
    context: Context,
    report: CycleReport,
    going: Sequence[Going],
    results: Mapping[str, WriteResult],
    now: datetime,
) -> StateChanges:
    changes = StateChanges()
    for each in going:
        one, result = each.handoff, results.get(each.handoff.id)
        if isinstance(result, Refused) and (
            result.unknown or not isinstance(result.error, SetAside) or result.error.transient
        ):
            # Not known, or not now: it stays journaled, and its key is looked up before it goes again.
            continue
        if isinstance(result, Refused):
            report.counts["handoffs_refused"] += 1
            refused = replace(
                one,
                step="refused",
                why=result.error.message,
                owner="",
                day="",
                next_try=now + LATER,
            )
            changes.handoffs.append(refused)
            changes.notices += _held(context, refused, now)
            continue
        report.counts["handed_over"] += 1
        zone = each.owner.zone if each.owner is not None else ""
        done = replace(
            one,
            step="handed",
            done_at=now,
            next_try=None,
            task=result.id if result is not None else "",
        )
        changes.handoffs.append(done)
        changes.work.append(WorkItem(one.link_id, "retry", now, now))
        changes.notices += notices_for(
            context,
            one.link_id,
            "handoff",
            one.id,
            str(one.headline),
            (f"For {one.owner_name}, handed over {at_clock(now, zone)}", *message(one, zone)),
            now,
            owner=one.owner,
            link_url=each.url,
        )
    return changes
