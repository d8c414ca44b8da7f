"""Who takes part: leads that leave the scope stand still, and come back without a surprise (R37).

A lead is out where one of its records is. Then nothing of it is linked, merged, scored, decided, written or told; what
was agreed stays as it is. Back in scope, fields are merged against what was agreed before, so that a change on one side
is carried over and one on both is a conflict; what the records show of the stage is taken as found (R6), and what was
done meanwhile moves no stage and hands nobody over by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from leadpact.model.frozen import Frozen
from leadpact.model.link import Intent, WorkItem
from leadpact.model.record import UNKNOWN, Known, Record, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Steps
from leadpact.sync.fields import FieldPlan
from leadpact.sync.fold import Page
from leadpact.sync.page import LeadView

SCOPE_MARK: Final = ("leadpact", "scope")
"""The checkpoint that remembers the scope by which leads were left out."""
BATCH: Final = 500
UNCLEAR: Final = "it cannot be told whether "


def look_again_at_scope(context: Context, now: datetime) -> Steps[int]:
    """Where the mapping says otherwise who takes part, look again at everybody who is out; returns how many.

    Who is in is looked at anew whenever anything is to be done of them, so nothing is written in between.
    """
    before, scope = context.store.checkpoint(*SCOPE_MARK), context.mapping.scope_hash
    if before == scope:
        return 0
    found, after = 0, ""
    while True:
        out = context.store.out_of_scope(BATCH, after)
        work = [WorkItem(one.link_id, "mapping", now, now) for one in out]
        if len(out) < BATCH:
            yield Commit(StateChanges(work=work, checkpoints={SCOPE_MARK: scope}))
            return found + len(out)
        found, after = found + len(out), out[-1].link_id
        yield Commit(StateChanges(work=work))


def leave_out(context: Context, page: Page, now: datetime) -> None:
    """Take the leads that are out of scope off this page, and welcome those that are back."""
    if not (context.mapping.scoped or page.frozen):
        return
    for view in list(page.values()):
        if view.blocked:
            continue
        known = page.frozen.get(view.link.id)
        standing = known if known is not None and known.ended_at is None else None
        out = kept_out_by(context, view, standing)
        if out is not None:
            if standing is None:
                page.scope_news.append(Frozen(view.link.id, now, *out))
            page.left_out.append(page.pop(view.link.id))
        elif standing is not None:
            back = replace(standing, ended_at=now)
            page.scope_news.append(back)
            page.frozen[view.link.id] = back
            _welcome(view, now)
        elif known is not None:
            view.back_at = known.ended_at
            view.unheard |= _not_judged(view)


def kept_out_by(
    context: Context, view: LeadView, standing: Frozen | None
) -> tuple[RecordRef, str] | None:
    """The record that keeps this lead out, and why; None where it is in.

    Where it cannot be told, it stays as it is: who was in stays in, who was out or is new stays out.
    """
    for crm in sorted(context.crms):
        found = view.primary(crm)
        if found is None:
            continue
        held, why = context.mapping.in_scope(found[1])
        if held is False:
            return found[0].ref, why
        if held is None and (standing is not None or not view.link.adopted):
            return found[0].ref, f"{UNCLEAR}{why}"
    return None


def _welcome(view: LeadView, now: datetime) -> None:
    """What it shows of its stage is no edit, and what was done before now is no news."""
    view.back_at, view.welcomed = now, True
    for side in list(view.sides.values()):
        if side.state == "live":
            view.put(replace(side, image={}))
    view.unheard |= _not_judged(view)


def _not_judged(view: LeadView) -> frozenset[RecordRef]:
    """Records that were agreed on, and of whose stage nothing was judged since the lead is back."""
    return frozenset(
        side.ref
        for side in view.sides.values()
        if side.state == "live" and side.primary and side.version and not side.image
    )


def out_of_scope(context: Context, record: Record) -> bool:
    """Whether this record is nobody to be linked with (R37)."""
    return context.mapping.scoped and context.mapping.in_scope(record)[0] is not True


def may_be_made(context: Context, fields: FieldPlan, intent: Intent) -> bool:
    """Whether a new record would be in scope there, as far as it can be told before it is made."""
    rule = context.mapping.kind_rules[intent.ref.crm, intent.ref.kind].scope
    if rule is None:
        return True
    values: dict[str, Known] = {
        name: fields.facts.get(name, UNKNOWN) for name in context.mapping.fields
    }
    return rule.failing(values, intent.wanted, absent_is_unknown=False)[0] is not False
