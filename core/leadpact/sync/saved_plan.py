"""A saved plan: what it saw of each lead, and whether anything of that has moved when it is applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from leadpact.model.pin import NOWHERE, STAGE, PlanRow
from leadpact.model.record import Native, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync.effects import Commit, Steps
from leadpact.sync.pins import own_names
from leadpact.sync.same import same_native
from leadpact.sync.undo_lines import who
from leadpact.sync.undoing import SINCE, UndoLine

if TYPE_CHECKING:
    from leadpact.model.link import Link
    from leadpact.sync.applying import Applying, Saving
    from leadpact.sync.context import Context
    from leadpact.sync.execute import PlannedPage
    from leadpact.sync.plan import LeadPlan

AGREED: Final = "agreed"
"""Field of a line that says that what is agreed has moved."""
RECORD: Final = "record"
FULL: Final = 20_000
"""Of so many leads a plan keeps every value it saw; of the others their versions, which tell that one has moved."""


def keep_rows(context: Context, page: PlannedPage, saving: Saving) -> Steps[None]:
    """Remember what a plan saw of the leads that it would write."""
    plan_id = context.id("plan", context.run_id)
    rows = [
        PlanRow(plan_id, plan.view.link.id, _body(context, plan, full=saving.rows < FULL))
        for plan in page.plans
        if plan.intents
    ]
    if rows:
        saving.rows += len(rows)
        yield Commit(StateChanges(plan_rows=rows))


def only_unmoved(context: Context, page: PlannedPage, applying: Applying) -> Steps[None]:
    """Take out of the page what the plan did not have, and what has moved since it was made; the latter is told.

    They stay on the work list: the next sync decides them anew.
    """
    writing = [plan for plan in page.plans if plan.intents]
    asked = [one.view.link.id for one in writing if one.view.link.id not in applying.passed]
    if not asked:
        return
    rows = context.store.plan_rows(applying.plan_id, asked)
    out: set[str] = set()
    lines: list[UndoLine] = []
    for plan in writing:
        link_id = plan.view.link.id
        if link_id in applying.passed:
            continue
        row = rows.get(link_id)
        if row is None:
            page.unplanned += 1
            out.add(link_id)
            continue
        moved = _moved(context, plan, _still_asked(context, plan, orjson.loads(row)))
        if moved:
            lines.extend(moved)
            page.moved += 1
            out.add(link_id)
        else:
            applying.passed.add(link_id)
    if not out:
        return
    folded = {one.id for p in page.plans if p.view.link.id in out for one in p.view.folded}
    page.plans = [one for one in page.plans if one.view.link.id not in out]
    page.items = [one for one in page.items if one.link_id not in out | folded]
    page.moved_lines = yield from who(context, lines)


def _body(context: Context, plan: LeadPlan, *, full: bool) -> str:
    view = plan.view
    stored = view.stored_link
    records = [
        [*ref, record.version, _values(context, ref, record.fields) if full else None]
        for ref, record in sorted(view.records.items())
    ]
    return orjson.dumps(
        [
            records,
            _digest(stored),
            stored.stage.stage if stored.stage else "",
            _asked(context, plan),
        ]
    ).decode()


def _digest(link: Link) -> str:
    """What is agreed, the stage aside, as a short hash."""
    agreed = orjson.dumps(dict(link.base), option=orjson.OPT_SORT_KEYS)
    return blake2b(agreed, digest_size=8).hexdigest()


def _values(context: Context, ref: RecordRef, fields: Mapping[str, Native]) -> dict[str, Native]:
    ours = own_names(context, ref)
    return {name: value for name, value in fields.items() if name not in ours}


def _asked(context: Context, plan: LeadPlan) -> list[list[Native]]:
    """What the plan wants of fields that people go by: their own, and the agreed stage; not of scores and clocks."""
    found: list[list[Native]] = []
    for one in plan.intents:
        own = context.mapping.stage_table(one.ref.crm, one.ref.kind).own_field
        ours = own_names(context, one.ref) - {own}
        for name, value in sorted(one.wanted.items()):
            if name not in ours:
                found.append([*one.ref, name, value])
    return sorted(found, key=lambda row: [str(each) for each in row])


def _still_asked(context: Context, plan: LeadPlan, row: Sequence[Any]) -> list[Any]:
    """The row without what waits for a pause: that is no other decision, it is due later (R38)."""
    records, digest, stage, asked = row
    if plan.view.paused:
        now = {tuple(each[:4]) for each in _asked(context, plan)}
        asked = [each for each in asked if tuple(each[:4]) in now]
    return [records, digest, stage, asked]


def _moved(context: Context, plan: LeadPlan, row: Sequence[Any]) -> list[UndoLine]:
    """What of this lead is not as the plan saw it."""
    records, digest, stage, asked = row
    view = plan.view
    lines = list(_moved_records(plan, records))
    stored = view.stored_link
    now_at = stored.stage.stage if stored.stage else ""
    if stage != now_at:
        why = "the agreed stage moved since the plan"
        lines.append(_line(plan, NOWHERE, STAGE, stage, now_at, why))
    elif digest != _digest(stored):
        why = "another run agreed on something since the plan"
        lines.append(_line(plan, NOWHERE, AGREED, None, None, why))
    if not lines and asked != _asked(context, plan):
        lines.extend(_otherwise(plan, _table(asked), _table(_asked(context, plan))))
    return lines


def _moved_records(plan: LeadPlan, records: Sequence[Any]) -> Iterator[UndoLine]:
    view = plan.view
    known = set()
    for crm, kind, record_id, version, values in records:
        ref = RecordRef(crm, kind, record_id)
        known.add(ref)
        there = view.records.get(ref)
        if there is None:
            why = "it is no live record of this lead any more"
            yield _line(plan, ref, RECORD, record_id, None, why)
        elif there.version != version and values is None:
            why = "the record changed since the plan"
            yield _line(plan, ref, RECORD, version, there.version, why)
        elif there.version != version:
            for name, before in values.items():
                if name in there.fields and not same_native(before, there.fields[name]):
                    yield _line(plan, ref, name, before, there.fields[name], "")
    for ref in view.records:
        if ref not in known:
            why = "it is a record that the plan did not know"
            yield _line(plan, ref, RECORD, None, ref.id, why)


def _line(
    plan: LeadPlan, ref: RecordRef, name: str, before: Native, now: Native, why: str
) -> UndoLine:
    return UndoLine(plan.view.link.id, ref, name, SINCE, before, before, now, why)


def _table(rows: Sequence[Any]) -> dict[tuple[str, str, str, str], Native]:
    return {tuple(row[:4]): row[4] for row in rows}


def _otherwise(
    plan: LeadPlan,
    then: Mapping[tuple[str, str, str, str], Native],
    now: Mapping[tuple[str, str, str, str], Native],
) -> Iterator[UndoLine]:
    """Nothing moved in the CRMs, and yet something else is decided: an act or time has come in between."""
    why = "decided otherwise since: new evidence, or time has passed"
    for key in sorted(then.keys() | now.keys()):
        if key in then and key in now and same_native(then[key], now[key]):
            continue
        crm, kind, record_id, name = key
        yield _line(plan, RecordRef(crm, kind, record_id), name, then.get(key), now.get(key), why)
