"""What stands still while a person holds the stop button, and what goes on when it is let go (R38).

Reading goes on, so that nothing is missed. A field, or a stage, of which one word may not be heard or one write may
not be made waits as a whole: it is not agreed on, so that at the end it is merged as if it had just been seen. Every
lead of which something waits is parked; the first cycle after the end of a pause puts it on the work list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from leadpact.mapping import SideField
from leadpact.model.link import Intent, Side, WorkItem
from leadpact.model.pause import Parked, Pause, paused_words
from leadpact.model.record import Known, Native, Record
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Steps
from leadpact.sync.merge import Reading
from leadpact.sync.page import NEW_RECORD, LeadView
from leadpact.sync.standing_pauses import GROUPS, STAGE, StandingPauses, names_of

PAUSED: Final = "paused"
BATCH: Final = 500
AFTER_THIS_RUN: Final = timedelta(minutes=1)
"""Work that is due so much later is not taken by the run that puts it on the list."""


def look_at_pauses(context: Context) -> StandingPauses:
    """The pauses as the state has them now: another process may have pressed the button or let it go."""
    pauses = (*context.store.pauses(), *context.shut)
    if not context.standing or context.standing[0].pauses != pauses:
        names = names_of(context.mapping) if pauses else {}
        context.standing[:] = [StandingPauses(pauses, names)]
    return context.standing[0]


def resume_work(context: Context, now: datetime) -> Steps[int]:
    """Put on the work list what waited for a pause that has ended since; returns how many leads.

    The next cycle does it, not who ends the pause: so what a page parks at that very moment is found, too.
    """
    found = 0
    while True:
        ids = context.store.parked_before(BATCH)
        if not ids:
            return found
        found += len(ids)
        work = [WorkItem(one, "resumed", now, now) for one in ids]
        yield Commit(StateChanges(work=work, unparked=list(ids)))


def stage_waits(context: Context, view: LeadView) -> bool:
    """Whether one of its records may not be heard of its stage: then nothing is decided about it."""
    paused = context.pausing
    if paused is None:
        return False
    for crm in context.crms:
        found = view.primary(crm)
        if found is None:
            continue
        kind = found[0].ref.kind
        own = context.mapping.stage_table(crm, kind).own_field
        if paused.stop("from_crm", crm, kind, own):
            view.undecided.add(STAGE)
            view.paused.add(STAGE)
            return True
    return False


def unheard(
    context: Context,
    view: LeadView,
    name: str,
    sides: Mapping[str, tuple[Side, Record, Known, SideField]],
    readings: Mapping[str, Reading],
) -> bool:
    """Whether a CRM shows something new of this field that may not be taken over: the field waits as a whole."""
    paused = context.pausing
    if paused is None:
        return False
    for crm, (side, _record, _value, mapped) in sides.items():
        reading = readings[crm]
        news = (reading.changed or reading.fresh) and reading.reads
        if news and paused.stop("from_crm", crm, side.ref.kind, mapped.field):
            _leave(view, name)
            return True
    return False


def unwritable(
    context: Context, view: LeadView, name: str, crm: str, kind: str, crm_field: str
) -> bool:
    """Whether this field may not be written there: it waits as a whole, since half of it would be no agreement."""
    paused = context.pausing
    if paused is None or not paused.stop("to_crm", crm, kind, crm_field):
        return False
    _leave(view, name)
    return True


def _leave(view: LeadView, name: str) -> None:
    view.undecided.add(name)
    view.paused.add(name)


def may_go(
    context: Context, view: LeadView, crm: str, kind: str, wanted: dict[str, tuple[Native, str]]
) -> dict[str, tuple[Native, str]]:
    """What of this row may be written now; what may not is told on the lead and comes up again by itself."""
    paused = context.pausing
    if paused is None:
        return wanted
    stopped = {name for name in wanted if paused.stop("to_crm", crm, kind, name)}
    view.paused |= {paused.called(crm, kind, name) for name in stopped}
    return {name: row for name, row in wanted.items() if name not in stopped}


def score_waits(context: Context, crm: str, kind: str) -> bool:
    """Whether any field of the score may not be written there: then it is not published yet (R21)."""
    paused = context.pausing
    if paused is None:
        return False
    outputs = context.mapping.outputs(crm, kind)
    return any(
        paused.stop("to_crm", crm, kind, outputs[output])
        for output in GROUPS["score"]
        if output in outputs
    )


def make_now(context: Context, view: LeadView, intent: Intent) -> Intent | None:
    """The new record as it may be made now; None where it waits.

    Without what may not be written, unless the record needs that or it is its stage; not at all where all that is
    known of the person comes from where nothing may be taken over.
    """
    paused = context.pausing
    if paused is None:
        return intent
    crm, kind = intent.ref.crm, intent.ref.kind
    rule, fields = context.mapping.creation.get(crm), context.mapping.fields
    stopped = {name for name in intent.wanted if paused.stop("to_crm", crm, kind, name)}
    unsaid = {
        canonical
        for canonical in intent.agrees
        if (side := fields[canonical].sides.get((crm, kind))) is not None and side.field in stopped
    }
    words = unsaid | {paused.called(crm, kind, name) for name in stopped}
    needed = {STAGE, *(rule.required if rule is not None else ())}
    heard = any(not paused.stop("from_crm", ref.crm, ref.kind) for ref in view.records)
    if not heard or paused.stop("to_crm", crm, kind) or words & needed:
        _leave(view, NEW_RECORD)
        return None
    if not stopped:
        return intent
    view.paused |= words
    return replace(
        intent,
        wanted={name: one for name, one in intent.wanted.items() if name not in stopped},
        agrees={name: one for name, one in intent.agrees.items() if name not in unsaid},
        rule={name: one for name, one in intent.rule.items() if name not in stopped},
    )


def let_wait(
    context: Context, view: LeadView, changes: StateChanges, read_at: datetime, now: datetime
) -> None:
    """Park a lead of which something waits for a pause; what waits for this run alone is due right after it."""
    pauses = context.pausing.pauses if context.pausing is not None else ()
    if len(pauses) > len(context.shut):
        changes.parked.append(Parked(view.link.id, read_at, tuple(sorted(view.paused))))
    if context.shut:
        work = view.work
        changes.done.append(WorkItem(work.link_id, work.cause, now, work.due_at, work.attempts))
        changes.work.append(WorkItem(view.link.id, "resumed", now, now + AFTER_THIS_RUN))


def write_only_to(crm: str, crms: Iterable[str], since: datetime) -> tuple[Pause, ...]:
    """The pauses of a run that writes to one CRM alone."""
    return tuple(
        Pause(f"only-{crm}", since, "", crm=one, direction="to_crm")
        for one in sorted(crms)
        if one != crm
    )


def told_of_pauses(context: Context, planned: int) -> str:
    """Which pauses stand and how many leads wait for them (``planned`` of a plan alone), as sentences."""
    paused = context.pausing
    if paused is None:
        return ""
    said = []
    for one in context.shut:
        where = context.label(one.crm)
        said.append(
            f"This run writes nothing to {where}; what is due there waits for the next sync."
        )
    standing = [one for one in paused.pauses if one not in context.shut]
    if not standing:
        return " ".join(said)
    for one in standing:
        why = f" ({one.why})" if one.why else ""
        what = paused_words(one, context.labels)
        said.append(f"Paused by {one.by} since {one.since:%Y-%m-%d %H:%M} UTC: {what}{why}.")
    waiting = context.store.parked_count()
    if context.dry:
        waiting = max(waiting, planned)
    if waiting:
        said.append("1 lead waits." if waiting == 1 else f"{waiting:,} leads wait.")
    said.append("`leadpact resume` lets it go on.")
    return " ".join(said)
