"""What a lost write of ours came to: found at once by the next run, or landed later than that (R2)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from leadpact.model.link import Intent, Run
from leadpact.model.record import UNKNOWN, Known, Native, Record, RecordRef
from leadpact.sync.assertions import text
from leadpact.sync.context import Context, LostIn
from leadpact.sync.effects import Steps
from leadpact.sync.fold import Page
from leadpact.sync.near_misses import covered_by
from leadpact.sync.own_hand import Doubt, Hand, ours_of
from leadpact.sync.page import SETTLED_MARK, LeadView
from leadpact.sync.pins import LATE, put_back_here
from leadpact.sync.same import same_native
from leadpact.sync.stored_form import normalised
from leadpact.sync.undoing import agreed_value

BACK: Final = 60
"""How many runs are looked back upon for one whose answers were lost."""


def fields_done(context: Context, intent: Intent, record: Record) -> set[str]:
    """Fields of the record that show what the intent wanted of them."""
    schema = context.crms[record.ref.crm].schemas[record.ref.kind].fields
    return {
        name
        for name, value in intent.wanted.items()
        if name in record.fields
        and same_native(
            normalised(value, schema.get(name)), normalised(record.fields[name], schema.get(name))
        )
    }


def written_for(context: Context, intent: Intent, canonical: str) -> str:
    """The CRM field that carries this canonical field on the intent's side."""
    rule = context.mapping.fields.get(canonical)
    side = rule.sides.get((intent.ref.crm, intent.ref.kind)) if rule is not None else None
    return side.field if side is not None else ""


@dataclass(frozen=True, slots=True)
class _Lost:
    """An intent that a later run has given up, beside all of its run and lead."""

    view: LeadView
    intent: Intent
    beside: Sequence[Intent]
    undoes: bool


def take_up_landed(context: Context, page: Page) -> Steps[None]:
    """Agree on what a write of ours set after the run that looked what had come of it: nobody typed it (R2).

    What an undo put back is known by its pins as long as they stand (R32), and by its author once they were released
    (R12); a stage's by its author, too; an opt-out is agreed whoever set it (R28).

    Raises:
        LeadpactError: where a CRM that is to say who set it cannot be asked.
    """
    if not context.lost_in:
        context.lost_in.append(lost_in(context, recovered=False))
    lost = context.lost_in[0]
    ids = list(page) if lost.runs else []
    found: list[_Lost] = []
    for run in lost.runs:
        found.extend(_of_run(page, run, context.store.journal(run.id, ids), lost.since))
    for link_id, view in page.items():
        if view.welcomed:
            # Whoever comes back into scope was not looked at for as long as it was out (R37).
            found.extend(_of_lead(context, page, link_id, page.frozen[link_id].since - LATE))
    ours = yield from ours_of(context, [each for one in found for each in _doubts(context, one)])
    for one in found:
        _take_up(context, one, ours)


def lost_in(context: Context, *, recovered: bool) -> LostIn:
    """Runs of which a write may have landed since the last whole cycle; none unless an answer was lost.

    Args:
        recovered: this run itself has found intents open.
    """
    found: list[Run] = []
    since: datetime | None = None
    for run in context.store.runs(BACK):
        if run.id == context.run_id:
            continue
        if since is not None and found[-1].started_at < since:
            break  # it had ended when the next one began
        found.append(run)
        whole = run.kind == "sync" and run.status == "done" and not run.counts.get("hot_lane")
        if since is None and whole:
            since = run.started_at - LATE
    if not (recovered or any(_lacked_answers(run) for run in found)):
        return LostIn()
    return LostIn(tuple(reversed(found)), since)


def _lacked_answers(run: Run) -> bool:
    # One that was killed may have recovered others, and not lived to say so.
    return run.status not in ("done", "needs_approval") or run.counts.get("recovered", 0) > 0


def _of_lead(context: Context, page: Page, link_id: str, since: datetime) -> Iterator[_Lost]:
    by_run: dict[str, list[Intent]] = {}
    for intent in reversed(context.store.intents(link_id=link_id)):
        by_run.setdefault(intent.run_id, []).append(intent)
    for run_id, mine in by_run.items():
        run = context.store.run(run_id)
        if run is not None:
            yield from _of_run(page, run, mine, since)


def _of_run(
    page: Page, run: Run, journal: Sequence[Intent], since: datetime | None
) -> Iterator[_Lost]:
    by_link: dict[str, list[Intent]] = {}
    for intent in journal:
        by_link.setdefault(intent.link_id, []).append(intent)
    for link_id, mine in by_link.items():
        view = page.get(link_id)
        for intent in mine if view is not None else ():
            if view is not None and _lost(intent, run, since):
                yield _Lost(view, intent, mine, undoes=run.kind == "undo")


def _lost(intent: Intent, run: Run, since: datetime | None) -> bool:
    """Whether a later run has given it up; one that was overtaken in its own run was never sent."""
    if intent.state != "overtaken" or intent.closed_at is None:
        return False
    if since is not None and intent.created_at < since:
        return False
    return run.ended_at is None or intent.closed_at >= run.ended_at


def _disputed(lost: _Lost) -> set[str]:
    """Values that were to go to another record, too, and did not: of those nothing was agreed."""
    return {
        name
        for other in lost.beside
        if other.ref != lost.intent.ref and other.state != "written"
        for name in other.agrees
    }


def _doubts(context: Context, lost: _Lost) -> Iterator[Doubt]:
    """What only its author tells from an edit: values of an undo that no pin keeps so any more (R32)."""
    if not lost.undoes:
        return
    view, intent = lost.view, lost.intent
    asked = {one.field for one in view.stored_holds if one.status == "waiting"}
    left = asked | _disputed(lost) | set(context.consent_fields)
    for record in _records(context, view, intent):
        done = fields_done(context, intent, record)
        natives = {
            native
            for name in intent.agrees.keys() - left
            if (native := written_for(context, intent, name)) in done
            and not put_back_here(view, record.ref, native, record.fields[native])
            and (
                view.link.base.get(name, UNKNOWN) != intent.agrees[name]
                or _own_form(context, lost, record, name, native)
            )
        }
        if natives:
            yield Doubt(view, intent, record, frozenset(natives), frozenset(done))


def _take_up(context: Context, lost: _Lost, ours: Container[Hand]) -> None:
    """Let what the record shows of this intent count as written.

    Args:
        ours: what of an undo was set by us.
    """
    view, intent = lost.view, lost.intent
    disputed = _disputed(lost)
    for record in _records(context, view, intent):
        side = view.sides[record.ref]
        done = fields_done(context, intent, record)
        base, renderings = dict(view.link.base), dict(side.renderings)
        for name, value in intent.agrees.items():
            native = written_for(context, intent, name)
            if native not in done or name in disputed or name in context.consent_fields:
                continue
            if lost.undoes and (intent.id, record.ref, native) not in ours:
                continue
            own_form = _own_form(context, lost, record, name, native)
            if base.get(name, UNKNOWN) == value and not own_form:
                continue
            if name not in base and _written_since(context, intent, native):
                continue
            base[name] = value
            if own_form or not same_native(intent.wanted[native], record.fields[native]):
                renderings[native] = record.fields[native]
        if (base, renderings) == (view.link.base, side.renderings):
            continue
        seen = side.version.removesuffix(SETTLED_MARK)
        covered = covered_by(context, intent, seen, side.covered) if seen else side.covered
        view.link = replace(view.link, base=base)
        # It lands once: who types the same again later is heard.
        view.landed.append(intent.closed("written", view.observed_at))
        view.put(replace(side, renderings=renderings, covered=covered))


def _own_form(context: Context, lost: _Lost, record: Record, canonical: str, native: str) -> bool:
    """Whether an undo gave this record back what is not the agreed value: each CRM gets its own (R5, R32)."""
    if not lost.undoes:
        return False
    shown, value = record.fields[native], lost.intent.agrees[canonical]
    return _reads_as(context, record.ref, canonical, shown) != value


def _reads_as(context: Context, ref: RecordRef, canonical: str, shown: Native) -> Known:
    """What is agreed where a record shows this; UNKNOWN for what the mapping cannot read."""
    rule = context.mapping.fields[canonical]
    try:
        return agreed_value(rule, rule.sides[ref.crm, ref.kind], shown)
    except ValueError:
        return UNKNOWN


def _written_since(context: Context, intent: Intent, native: str) -> bool:
    """Whether what the intent wanted of a CRM field is there because it was written anew.

    It was agreed on then. Where it is agreed no more, a merge or a conversion has put another record in the place of
    one that showed it: what that one shows has no base (R6, R24), and this intent has none to give.
    """
    written = [
        (other.closed_at, other.wanted[native])
        for other in context.store.intents(link_id=intent.link_id)
        if other.ref == intent.ref and native in other.wanted and other.state == "written"
        if other.closed_at is not None
    ]
    latest = max(written, key=lambda one: one[0], default=None)
    return latest is not None and same_native(latest[1], intent.wanted[native])


def _records(context: Context, view: LeadView, intent: Intent) -> Iterator[Record]:
    """The record that was written; of one that was to be made, what bears our id."""
    for ref, record in view.records.items():
        side = view.sides.get(ref)
        if side is None or not side.primary:
            continue
        if ref == intent.ref if intent.ref.id else _made(context, view, intent.ref, record):
            yield record


def _made(context: Context, view: LeadView, wanted: RecordRef, record: Record) -> bool:
    ref = record.ref
    name = context.mapping.external_id_field(ref.crm, ref.kind)
    alike = (ref.crm, ref.kind) == (wanted.crm, wanted.kind)
    return alike and bool(name) and text(record.fields.get(name)) == view.link.external_id
