"""One page of a backfill: what history makes of these leads, and the rows of our own fields they lack (R33)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from leadpact.lifecycle.backfilling import Derived, derive
from leadpact.mapping.values import read_instant
from leadpact.model.link import WorkItem
from leadpact.model.quick import replace
from leadpact.model.record import FieldDate, Native, Record
from leadpact.model.stage import StageState, Transition
from leadpact.sync.assertions import stage_edits, text
from leadpact.sync.backfill_native import marked_ones, native_plan, refusing, unpaused
from leadpact.sync.backfill_past import Remembered, remember
from leadpact.sync.backfill_undone import ACTOR, nobody_moved, stage_stays, without_undone
from leadpact.sync.context import Context
from leadpact.sync.effects import Instant, Steps
from leadpact.sync.episodes import put, with_news
from leadpact.sync.execute import PlannedPage
from leadpact.sync.fields import FieldPlan, refusal_ahead
from leadpact.sync.first_sight import FOUND_SO
from leadpact.sync.observe import observe, open_page
from leadpact.sync.page import LeadView
from leadpact.sync.pausing import look_at_pauses
from leadpact.sync.pins import release_moved
from leadpact.sync.plan import LeadPlan, intent_of
from leadpact.sync.same import Wanted
from leadpact.sync.scoping import leave_out
from leadpact.sync.taken import Taken


@dataclass(slots=True)
class BackfillPage:
    """What a page comes to.

    Attributes:
        planned: to be carried out; leads that need nothing are in it, too.
        counts: ``leads``, ``left_scope``.
        of_lead: of each lead ``stages``, ``dates``; ``left_…`` with the one reason why it is left alone, or a part of
            it (``changed``: a sync must look first; ``undone``: an undo put back what would be filled in),
            ``reject_…`` with why a field would be refused. Empty: it lacks nothing.
    """

    planned: PlannedPage
    counts: Counter[str] = field(default_factory=Counter)
    of_lead: dict[str, Counter[str]] = field(default_factory=dict)

    def counted(self, put_off: Collection[str] = (), native: Collection[str] = ()) -> Counter[str]:
        """The counts of all; ``unchanged`` are those that lack nothing.

        Args:
            put_off: leads that are taken up once more, and counted then.
            native: leads of which the CRMs' own stage fields are written.
        """
        total = Counter(self.counts)
        rows = {plan.view.link.id for plan in self.planned.plans if plan.intents}
        for link_id, counts in self.of_lead.items():
            if link_id in put_off:
                continue
            total.update(counts)
            total["unchanged"] += not (any(counts.values()) or link_id in rows or link_id in native)
        return total


def backfill_page(
    context: Context, link_ids: Sequence[str], *, native: bool = False
) -> Steps[BackfillPage]:
    """Decide what these leads still need; writes and commits nothing.

    Args:
        native: the second half: the CRMs' own stage fields of leads that history showed further on.

    Raises:
        LeadpactError: a CRM could not be read.
    """
    now: datetime = yield Instant()
    pauses = look_at_pauses(context).pauses
    items = [WorkItem(link_id, "backfill", now, now) for link_id in link_ids]
    page = open_page(context, items, now, Taken(context.store))
    yield from observe(context, page, now)
    leave_out(context, page, now)
    made = BackfillPage(PlannedPage([], {}, [], now, pauses=pauses))
    views = []
    out = {one.link.id for one in page.left_out} | {one.link_id for one in page.scope_news}
    made.counts["left_scope"] += len(out)
    for view in page.values():
        if view.link.id in out:
            continue
        made.counts["leads"] += 1
        why = _left_alone(context, view)
        if why:
            made.of_lead[view.link.id] = Counter({f"left_{why}": 1})
        else:
            views.append(view)
    if native:
        marked = yield from marked_ones(context, views)
        for view in views:
            made.planned.plans.append(native_plan(context, view, marked, now))
        return made
    told = yield from remember(context, views)
    for view in views:
        made.planned.plans.append(_own_plan(context, view, told, made, now))
    return made


def _left_alone(context: Context, view: LeadView) -> str:
    """Why a backfill leaves this lead alone; "" where it does not."""
    if view.link.status != "live" or not view.records:
        return "gone"
    if any(one.field == "" for one in view.stored_holds if one.status == "waiting"):
        return "held"
    moved = (
        view.blocked
        or view.holds
        or view.folded
        or view.link is not view.stored_link
        or view.sides != view.stored_sides
        or any(side.version == "" for side in view.sides.values() if side.primary)
    )
    # A stage that waits for a person's answer was looked at; its lead has its dates all the same.
    if moved or (not _stage_held(view) and stage_edits(context, view)):
        return "changed"
    return ""


def _stage_held(view: LeadView) -> bool:
    return any(one.field == "stage" for one in view.stored_holds if one.status == "waiting")


def _own_plan(
    context: Context, view: LeadView, told: Remembered, made: BackfillPage, now: datetime
) -> LeadPlan:
    state = view.link.stage
    held = _stage_held(view)
    derived = derive(told.past[view.link.id], state, context.pact, may_move=not held)
    counts = made.of_lead[view.link.id] = Counter()
    undone, paused, failing = False, False, refusing(view)
    if state is not None and derived.stage != state.stage:
        undone, paused = stage_stays(view, derived), _stage_paused(context, view)
        if undone or failing or paused or not _may_move(context, view, state):
            # A stage that one of its records cannot be told yet, mark first, stands: a sync would tell it without.
            derived = replace(derived, stage=state.stage, source="")
    if held:
        counts["held_stage"] += 1
    if state is not None and derived.stage != state.stage:
        _move(context, view, state, derived, now)
        counts["stages"] += 1
    if view.pins:
        release_moved(context, view)
    _keep_dates(view, told, derived)
    plan = LeadPlan(view, FieldPlan(), apart=True)
    for crm in context.crms:
        found = view.primary(crm)
        if found is None or crm in failing:
            continue
        side, record = found
        shown = told.shown.get(side.ref, {})
        lacking = _lacking(context, view, record, shown, derived)
        seen = record
        if lacking or view.pins:
            seen = replace(record, fields={**record.fields, **shown})
        wanted = without_undone(context, view, seen, lacking)
        undone = undone or wanted.keys() != lacking.keys()
        wanted = _own_values(context, record, wanted, counts, now)
        if context.pausing is not None:
            going = unpaused(context, view, side.ref, wanted)
            wanted, paused = going, paused or len(going) < len(wanted)
        filled = context.mapping.backfill(crm, side.ref.kind)
        counts["dates"] += len(wanted.keys() & set(filled.dates.values()))
        if wanted:
            plan.intents.append(intent_of(context, view, side, seen, wanted, plan.fields, now))
    why = "failing" if failing else "undone" if undone else "paused" if paused else ""
    if why:
        counts[f"left_{why}"] += 1
    return plan


def _may_move(context: Context, view: LeadView, state: StageState) -> bool:
    """Whether nobody decided on the stage since the lead was first seen, and nothing was refused that is further on.

    What the agreement refused may stand in a CRM all the same: put back by an undo, or since setting it back was
    refused there.
    """
    stages, told = context.pact.stages, context.store.transitions(view.link.id)
    here = stages[state.stage].rank
    return nobody_moved(told, state) and not any(
        one.result == "refused" and one.to_stage in stages and stages[one.to_stage].rank > here
        for one in told
    )


def _stage_paused(context: Context, view: LeadView) -> bool:
    """Whether a person has stopped the stage from being written to one of the lead's records (R38)."""
    paused = context.pausing
    sides = [found[0].ref for crm in context.crms if (found := view.primary(crm)) is not None]
    return paused is not None and any(
        paused.stop("to_crm", crm, kind, context.mapping.stage_table(crm, kind).own_field)
        for crm, kind, _id in sides
    )


def _lacking(
    context: Context,
    view: LeadView,
    record: Record,
    shown: Mapping[str, Native],
    derived: Derived,
) -> Wanted:
    """Stage and dates that this record lacks."""
    crm, kind = record.ref.crm, record.ref.kind
    rule, state = context.mapping.backfill(crm, kind), view.link.stage
    own = context.mapping.stage_table(crm, kind).own_field
    wanted: Wanted = {}
    left = state is not None and state.native_left and not _stage_held(view)
    ours = state.stage if state is not None and left else ""
    if ours and own in record.fields and text(record.fields[own]) != ours:
        wanted[own] = (ours, f"backfill: {derived.source or FOUND_SO}")
    for stage, name in rule.dates.items():
        date = derived.dates.get(stage)
        if date is not None and _earlier(date, shown.get(name)):
            near = " (about)" if date.approximate else ""
            wanted[name] = (_text_of(date), f"backfill: first at {stage}{near}")
    return wanted


def _own_values(
    context: Context, record: Record, lacking: Wanted, counts: Counter[str], now: datetime
) -> Wanted:
    """Of what this record lacks, what it takes, and the mark: that goes with every row, and never alone."""
    crm, kind = record.ref.crm, record.ref.kind
    rule, wanted = context.mapping.backfill(crm, kind), dict(lacking)
    schema = context.crms[crm].schemas[kind].fields
    for name, (value, _why) in list(wanted.items()):
        complaint = refusal_ahead(value, schema.get(name))
        if complaint is not None:
            counts[f"reject_{complaint[0]}"] += 1
            counts[f"reject_{complaint[0]}:{crm} {kind}.{name}"] += 1
            del wanted[name]
    if wanted and rule.mark in schema:
        wanted = {rule.mark: (_text_of(FieldDate(now)), "backfill: the mark goes first"), **wanted}
    return wanted


def _earlier(date: FieldDate, shown: Native) -> bool:
    """Whether the record shows no date there, or a later one: an original date only ever moves back."""
    if shown in (None, ""):
        return True
    try:
        there = read_instant(shown)
    except ValueError:
        return False
    return there is None or (
        not date.approximate and date.at.replace(microsecond=0) < there.replace(microsecond=0)
    )


def _text_of(date: FieldDate) -> str:
    return f"{date.at.astimezone(UTC).isoformat()[:19]}Z"


def _move(
    context: Context, view: LeadView, state: StageState, derived: Derived, now: datetime
) -> None:
    """Agree on the stage that history shows, as if found so at first sight: no act, no handoff, no clock."""
    date = derived.dates[derived.stage]
    # A lead that nobody works ages from the day on which that is known, never from years ago (R15).
    waits = derived.stage in context.pact.rejection.ageing.stages
    view.link = replace(
        view.link,
        stage=replace(
            state,
            stage=derived.stage,
            since=now if waits else date.at,
            since_approximate=not waits and date.approximate,
            native_left=True,
        ),
    )
    view.transitions.append(
        Transition(
            id=context.id("transition", view.link.id, ACTOR, derived.stage, context.run_id),
            link_id=view.link.id,
            at=now,
            result="adopted",
            from_stage=state.stage,
            to_stage=derived.stage,
            actor=ACTOR,
            crm="",
            why=f"history shows it: {derived.source}",
            episode=state.episode,
            pact_hash=context.pact.hash,
            run_id=context.run_id,
            said_at=date.at,
        )
    )
    view.stage_moved = True


def _keep_dates(view: LeadView, told: Remembered, derived: Derived) -> None:
    """The lead's first episode knows when each stage was first reached; later episodes have their own dates (R17)."""
    if view.link.stage is None or not derived.dates:
        return
    episodes = with_news(view, told.episodes[view.link.id])
    first = episodes[0]
    until = episodes[1].opened_at if len(episodes) > 1 else None
    dates = {
        stage: date for stage, date in derived.dates.items() if until is None or date.at < until
    }
    reached = {**first.reached, **{stage: date.at for stage, date in dates.items()}}
    if reached == first.reached:
        return
    others = [stage for stage in first.implied if stage not in dates]
    implied = (*others, *(stage for stage, date in dates.items() if date.approximate))
    opened = min(first.opened_at, *reached.values())
    put(view, replace(first, reached=reached, implied=implied, opened_at=opened))
