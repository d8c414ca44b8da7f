"""The second half of a backfill: the CRMs' own stage fields follow, behind the mark and forward only (R33)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from leadpact.errors import LeadpactError
from leadpact.model.link import Side
from leadpact.model.record import Record, RecordRef
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.effects import Gather, Observe, Steps
from leadpact.sync.fields import FieldPlan, refusal_ahead
from leadpact.sync.page import LeadView
from leadpact.sync.pausing import may_go
from leadpact.sync.pins import stays_put_back
from leadpact.sync.plan import LeadPlan, intent_of
from leadpact.sync.same import Wanted


def refusing(view: LeadView) -> set[str]:
    """The CRMs that refuse something of this lead: their records are left alone until that is mended."""
    return {one.crm for one in view.failures if one.open and view.primary(one.crm) is not None}


def unpaused(context: Context, view: LeadView, ref: RecordRef, wanted: Wanted) -> Wanted:
    """Without what a person has stopped; it is left to another backfill, and parks nothing (R38)."""
    kept = may_go(context, view, ref.crm, ref.kind, wanted)
    view.paused.clear()
    mark = context.mapping.backfill(ref.crm, ref.kind).mark
    return kept if kept.keys() - {mark} else {}


def marked_ones(context: Context, views: Sequence[LeadView]) -> Steps[set[RecordRef]]:
    """Records that bear the mark: without it no native stage is written, so that workflows can tell (R33)."""
    groups: dict[tuple[str, str], list[str]] = {}
    for view in views:
        state = view.link.stage
        if state is None or not state.native_left:
            continue
        for ref in view.records:
            if context.mapping.backfill(ref.crm, ref.kind).mark:
                groups.setdefault((ref.crm, ref.kind), []).append(ref.id)
    keys = sorted(groups)
    if not keys:
        return set()
    answers = yield Gather(
        tuple(
            Observe(
                crm, kind, tuple(groups[crm, kind]), (context.mapping.backfill(crm, kind).mark,)
            )
            for crm, kind in keys
        )
    )
    marked: set[RecordRef] = set()
    for (crm, kind), answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        mark = context.mapping.backfill(crm, kind).mark
        marked |= {
            one.ref for one in answer if isinstance(one, Record) and text(one.fields.get(mark))
        }
    return marked


def native_plan(
    context: Context,
    view: LeadView,
    marked: Collection[RecordRef],
    now: datetime,
) -> LeadPlan:
    """The CRMs' own stage fields, forward only, of a lead whose stage a backfill found in history.

    Where one of them has to wait, a sync goes on leaving them alone: it would write them without the mark.
    """
    plan = LeadPlan(view, FieldPlan(), apart=True)
    state = view.link.stage
    if state is None or not state.native_left:
        return plan
    failing, whole = refusing(view), True
    for side, record, needed in native_rows(context, view):
        if side.ref.crm in failing or side.ref not in marked:
            whole = False
            continue
        wanted = needed
        if context.pausing is not None:
            wanted = unpaused(context, view, side.ref, needed)
        whole = whole and len(wanted) == len(needed)
        if wanted:
            plan.intents.append(intent_of(context, view, side, record, wanted, plan.fields, now))
    if whole:
        view.link = replace(view.link, stage=replace(state, native_left=False))
    return plan


def native_rows(context: Context, view: LeadView) -> Iterator[tuple[Side, Record, Wanted]]:
    """What the CRMs' own stage fields lack of the stage that history shows; a step back is never among it."""
    state = view.link.stage
    if state is None or not state.native_left:
        return
    for crm in context.crms:
        found = view.primary(crm)
        if found is None:
            continue
        side, record = found
        kind = side.ref.kind
        table = context.mapping.stage_table(crm, kind)
        current = {
            name: record.fields[name] for name in table.native_fields if name in record.fields
        }
        if not current:
            continue
        values = table.projection(state.stage, reason=state.reason, current=current)
        if table.backward(record.fields, values):
            continue
        left = context.mapping.left_alone.get((crm, kind), ())
        schema = context.crms[crm].schemas[kind].fields
        wanted: Wanted = {
            name: (value, "backfill: the CRM's own stage follows")
            for name, value in values.items()
            if name not in left and refusal_ahead(value, schema.get(name)) is None
        }
        if view.pins:
            wanted = stays_put_back(context, view, record, wanted, only=wanted)
        if wanted:
            yield side, record, wanted
