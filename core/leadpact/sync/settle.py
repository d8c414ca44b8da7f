"""Settle: what each row came to, into base, renderings, stamps, failures and outcomes. Pure (DESIGN §4.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from leadpact.errors import LeadpactError, SetAside
from leadpact.model.link import Failure, Intent, Link, Side, WorkItem
from leadpact.model.record import Native, Record, RecordRef, Scalar
from leadpact.ports.connector import Refused, Written
from leadpact.ports.state_store import StateChanges
from leadpact.sync.assertions import text
from leadpact.sync.attempt import Attempt
from leadpact.sync.consent import heed_refused, opt_outs_in
from leadpact.sync.context import Context
from leadpact.sync.half_reset import emptied
from leadpact.sync.holding import hold
from leadpact.sync.near_misses import covered_by
from leadpact.sync.outcomes import set_timer, tell_outcomes
from leadpact.sync.page import SETTLED_MARK
from leadpact.sync.pausing import let_wait
from leadpact.sync.plan import RESET_TRIES, LeadPlan, wanted_hash
from leadpact.sync.priority import flag_field
from leadpact.sync.report import CycleReport
from leadpact.sync.same import same_native
from leadpact.sync.stored_form import normalised
from leadpact.sync.undo_created import taken_away

DUPLICATE_RULE = "duplicate_rule"
NEVER_SEEN = "0"
"""Version of a record that leadpact made and has not read yet: known, and older than any stamp."""


def settle(
    context: Context,
    plans: Sequence[LeadPlan],
    attempts: Mapping[str, Attempt],
    shown: Mapping[RecordRef, Record],
    changes: StateChanges,
    report: CycleReport,
    now: datetime,
    read_at: datetime,
) -> set[str]:
    """Add to ``changes`` what the attempts came to, and count it.

    Args:
        shown: records read back after the write.
        read_at: when the page was read.

    Returns:
        Links that are not done: an answer was lost, a value moved, or the rest of a row goes again.
    """
    unfinished: set[str] = set()
    by_link: dict[str, list[Attempt]] = {}
    for attempt in attempts.values():
        by_link.setdefault(attempt.intent.link_id, []).append(attempt)
    for plan in plans:
        mine = by_link.get(plan.view.link.id, [])
        states = [
            _settle_one(context, attempt, shown, changes, report, unfinished, now)
            for attempt in mine
        ]
        if plan.view.pin_news:
            _never_put_back(context, plan, mine, states, changes)
        if not plan.apart:
            _agree(plan, mine, states, changes)
            _mended(plan, mine, changes)
        if plan.parted:
            unfinished.add(plan.view.link.id)
        tell_outcomes(context, plan, mine, states, changes, report, now)
        set_timer(plan, changes, unfinished, now)
        if plan.view.paused:
            let_wait(context, plan.view, changes, read_at, now)
    return unfinished


def _settle_one(
    context: Context,
    attempt: Attempt,
    shown: Mapping[RecordRef, Record],
    changes: StateChanges,
    report: CycleReport,
    unfinished: set[str],
    now: datetime,
) -> str:
    """One intent's end: ``written``, ``refused``, ``held``, ``open`` or ``overtaken``."""
    intent, result = attempt.intent, attempt.result
    if attempt.moved:
        report.counts["moved_before_write"] += 1
    if attempt.overtaken or attempt.moved:
        changes.closings.append(intent.closed("overtaken", now))
        if intent.state == "cleared":
            view = attempt.plan.view
            view.put(emptied(context, view.sides[intent.ref]))
            changes.sides.append(view.sides[intent.ref])
        unfinished.add(intent.link_id)
        return "overtaken"
    if isinstance(result, Refused) and (result.unknown or intent.state == "cleared"):
        unfinished.add(intent.link_id)
        return "open"
    if isinstance(result, Refused):
        if intent.op == "make" and result.error.code == DUPLICATE_RULE:
            return _doubles(context, attempt, result.error, changes, now)
        changes.closings.append(intent.closed("refused", now, intent.attempts + 1))
        if isinstance(result.error, SetAside):
            if (heeded := heed_refused(context, attempt.plan.view, intent)) is not None:
                changes.sides.append(heeded)
            _fail(context, attempt, result.error, changes, report, unfinished, now)
        else:
            unfinished.add(intent.link_id)
        return "refused"
    if result is None:
        unfinished.add(intent.link_id)
        return "open"
    changes.closings.append(intent.closed("written", now))
    if intent.op == "archive":
        changes.sides.append(taken_away(context, attempt.plan.view, intent.ref, now))
        return "written"
    ignored = _take_over(context, attempt, result, shown, changes)
    if ignored:
        error = SetAside(
            f"{context.label(intent.ref.crm)} answered that it took the stage, but shows {ignored!r}. "
            "Look for an automation or a rule there that sets the stage.",
            code="stage_not_taken",
            fields=(attempt_field(context, intent),),
        )
        _fail(context, attempt, error, changes, report, unfinished, now)
        return "refused"
    return "written"


def _never_put_back(
    context: Context,
    plan: LeadPlan,
    mine: Sequence[Attempt],
    states: Sequence[str],
    changes: StateChanges,
) -> None:
    """Let go of what an undo was not let to put back of what a backfill filled in: no sync reads that (R32, R33)."""
    if plan.judged or plan.apart:
        return
    unkept: set[tuple[RecordRef, str]] = set()
    for attempt, state in zip(mine, states, strict=True):
        if state in ("refused", "overtaken"):
            ref = attempt.intent.ref
            few = context.mapping.backfill(ref.crm, ref.kind).fields
            unkept |= {(ref, name) for name in few}
    changes.released.extend(one for one in plan.view.pin_news if (one.ref, one.field) in unkept)


def attempt_field(context: Context, intent: Intent) -> str:
    """The stage field of this intent that a CRM may ignore in silence."""
    forward = context.crms[intent.ref.crm].capabilities.stage_forward_only.get(intent.ref.kind, "")
    table = context.mapping.stage_table(intent.ref.crm, intent.ref.kind)
    return forward if forward in intent.wanted else table.own_field


def _take_over(
    context: Context,
    attempt: Attempt,
    result: Written,
    shown: Mapping[RecordRef, Record],
    changes: StateChanges,
) -> str:
    """The side after the write; returns what a stage field shows instead, where the CRM ignored it.

    A write's own answer is of one piece with the write. What is read back later may hold a person's edit already: a
    value that differs there is left for the next observation to judge.
    """
    intent, view = attempt.intent, attempt.plan.view
    ref = intent.ref if intent.ref.id else RecordRef(intent.ref.crm, intent.ref.kind, result.id)
    side = view.sides.get(ref) or Side(ref, intent.link_id, version=NEVER_SEEN)
    read_back, seen = shown.get(ref), view.records.get(ref)
    answer: Mapping[str, Native] = read_back.fields if read_back is not None else result.fields
    schema = context.crms[ref.crm].schemas[ref.kind].fields
    table = context.mapping.stage_table(ref.crm, ref.kind)
    flag = flag_field(context, ref.crm, ref.kind)
    stage_names = (*table.stage_fields, flag)
    image, renderings, unseen = dict(side.image), dict(side.renderings), dict(side.open_renderings)
    if intent.op == "make":
        # What was left unsaid is blank, so that whoever fills it in is heard.
        image = {name: None for name in stage_names if name in schema} | image
    # An undo may write what a backfill filled in; no later reading shows it (R33).
    unread = () if attempt.plan.judged else context.mapping.backfill(ref.crm, ref.kind).fields
    ignored = ""
    for name, wanted in intent.wanted.items():
        got = answer.get(name, wanted)
        taken = got == wanted or same_native(
            normalised(wanted, schema.get(name)), normalised(got, schema.get(name))
        )
        renderings.pop(name, None)
        unseen.pop(name, None)
        if name in stage_names:
            image[name] = got if taken or read_back is None else wanted
            if not taken and read_back is None:
                ignored = text(got) or "nothing"
        elif attempt.plan.apart or name in unread:
            continue
        elif name not in answer or not (taken or read_back is None):
            unseen[name] = wanted
        elif not same_native(wanted, got):
            renderings[name] = got
    renderings |= attempt.plan.own_forms.get(ref, {})
    version = result.version or side.version
    covered = covered_by(context, intent, seen.version, side.covered) if seen else None
    if attempt.plan.apart:
        # Whatever else was changed there since it was last read stays news.
        settled = seen is not None and seen.version == side.version.removesuffix(SETTLED_MARK)
        version, covered = (version if settled else side.version), side.covered
    side = Side(
        ref, side.link_id, side.primary, side.state, version, renderings, unseen, image, covered
    )
    view.put(side)
    changes.sides.append(side)
    return ignored


def _doubles(
    context: Context,
    attempt: Attempt,
    error: LeadpactError,
    changes: StateChanges,
    now: datetime,
) -> str:
    """A duplicate rule stopped a new record: never overridden; a person says whose the named one is (R30)."""
    intent, view = attempt.intent, attempt.plan.view
    changes.closings.append(intent.closed("refused", now, intent.attempts + 1))
    records = error.records if isinstance(error, SetAside) else ()
    named = ", ".join(f"{kind} {record_id}" for kind, record_id in records)
    which = named or "another record, which the CRM does not name"
    hold(
        context,
        view,
        "",
        DUPLICATE_RULE,
        f"A duplicate rule of {context.label(intent.ref.crm)} stopped the new {intent.ref.kind}: it would double "
        f"{which}. Accept links them as one person, refuse has it tried again.",
        {intent.ref.crm: named},
        now,
    )
    held = view.holds[context.id("hold", view.link.id, "", DUPLICATE_RULE)]
    changes.holds.append(replace(held, status="waiting", answer=""))
    return "held"


def _steps_back(context: Context, intent: Intent, named: tuple[str, ...]) -> bool:
    """A refused two-step reset, or its second step alone after an earlier cycle was killed between them (R3)."""
    order_field = context.mapping.stage_table(intent.ref.crm, intent.ref.kind).order_field
    if order_field not in (named or intent.wanted):
        return False
    blank = not text(intent.before.get(order_field))
    return intent.op == "reset" or (intent.op == "set" and blank)


def _fail(
    context: Context,
    attempt: Attempt,
    error: SetAside,
    changes: StateChanges,
    report: CycleReport,
    unfinished: set[str],
    now: datetime,
) -> None:
    intent, view = attempt.intent, attempt.plan.view
    named = tuple(name for name in error.fields if name in intent.wanted)
    if not named and len(intent.wanted) == 1 and opt_outs_in(context, intent):
        # It went by itself: whatever else is wanted of the record is not at fault.
        named = tuple(intent.wanted)
    digest = wanted_hash({name: intent.wanted[name] for name in named or intent.wanted})
    before = next((one for one in view.failures if one.crm == intent.ref.crm and one.open), None)
    again = before is not None and before.wanted_hash == digest
    tries = before.attempts + 1 if before is not None and again else 1
    resets = _steps_back(context, intent, named)
    again_soon = error.transient or (resets and tries < RESET_TRIES)
    retry_at = now + timedelta(minutes=2 ** min(tries, 8)) if again_soon else None
    changes.failures.append(
        Failure(
            link_id=intent.link_id,
            crm=intent.ref.crm,
            ref=intent.ref,
            cause=error.code or "refused",
            remedy=error.remedy,
            message=error.message,
            fields=named,
            wanted_hash=digest,
            attempts=tries,
            first_at=before.first_at if before is not None and again else now,
            last_at=now,
            retry_at=retry_at,
            detail=error.detail,
        )
    )
    report.counts["newly_failed"] += 0 if again else 1
    if retry_at is not None:
        changes.done.append(replace(view.work, since=now))
        changes.work.append(WorkItem(intent.link_id, "retry", now, retry_at, tries))
        unfinished.add(intent.link_id)
    elif resets or (named and len(named) < len(intent.wanted)):
        # The rest of the row goes again; a reset that failed for good is looked at once more, to be held.
        unfinished.add(intent.link_id)


def _agree(
    plan: LeadPlan, mine: Sequence[Attempt], states: Sequence[str], changes: StateChanges
) -> None:
    """Canonical values become base once every CRM that needed them was written."""
    if not mine:
        return
    good: dict[str, Scalar] = {}
    bad: set[str] = set()
    for attempt, state in zip(mine, states, strict=True):
        if state == "written":
            good.update(attempt.intent.agrees)
        else:
            bad |= attempt.intent.agrees.keys()
    agreed = {name: value for name, value in good.items() if name not in bad}
    whole = all(state == "written" for state in states)
    link = plan.view.link
    published = link.published
    if whole and not (plan.unsaid or plan.parted):
        published = plan.view.publish or published
    base = {**link.base, **agreed}
    # Written out, since it is made for every row: all that a link holds, none left out.
    plan.view.link = Link(
        link.id,
        link.status,
        base,
        link.stage,
        published,
        link.adopted,
        link.folded_into,
        link.our_id,
        link.buried_as,
        link.buried_at,
        link.owner,
        link.suspected,
    )
    changes.links.append(plan.view.link)


def _mended(plan: LeadPlan, mine: Sequence[Attempt], changes: StateChanges) -> None:
    """Failures that no longer hold: the value was mended, or is no longer wanted."""
    if not plan.view.failures:
        return
    failed_now = {
        failure.crm for failure in changes.failures if failure.link_id == plan.view.link.id
    }
    unknown = {one.intent.ref.crm for one in mine if not isinstance(one.result, Written)}
    for failure in plan.view.failures:
        if failure.crm in plan.suppressed or failure.crm in failed_now or failure.crm in unknown:
            continue
        changes.failures.append(replace(failure, open=False))
