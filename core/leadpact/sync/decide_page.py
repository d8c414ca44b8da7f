"""One page from work list to plan: observe, match, merge, score, decide, plan (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from leadpact.errors import LeadpactError
from leadpact.model.link import WorkItem
from leadpact.model.record import FieldChange
from leadpact.model.scorecard import ScoringInput
from leadpact.scoring import publish
from leadpact.sync.assertions import StageEdit, stage_edits
from leadpact.sync.context import Context
from leadpact.sync.creation import plan_creation
from leadpact.sync.earlier_addresses import look_for_namesakes
from leadpact.sync.effects import Gather, Instant, ReadHistory, Steps
from leadpact.sync.execute import PlannedPage
from leadpact.sync.field_times import read_field_times
from leadpact.sync.fields import FieldPlan, plan_fields
from leadpact.sync.first_sight import StageVerdict
from leadpact.sync.fold import Page
from leadpact.sync.handoff import judge_handoff
from leadpact.sync.landed import take_up_landed
from leadpact.sync.lead_signals import gather_signals
from leadpact.sync.linking import link_up, seek
from leadpact.sync.live_signals import live_signals
from leadpact.sync.merged import keep_asking
from leadpact.sync.near_misses import keep_waiting, look_back
from leadpact.sync.observe import observe, open_page, read_evidence, read_last_touch
from leadpact.sync.owner_changes import mirror_owners
from leadpact.sync.owners import note_owner
from leadpact.sync.page import NEW_RECORD, LeadView
from leadpact.sync.pausing import PAUSED, make_now, stage_waits
from leadpact.sync.plan import LeadPlan, plan_lead
from leadpact.sync.qualifying import qualify_view
from leadpact.sync.reassess import wake_to_reassess
from leadpact.sync.response import judge_clocks, read_clocks
from leadpact.sync.returning import look_for_return, remind
from leadpact.sync.saved_plan import keep_rows, only_unmoved
from leadpact.sync.scoping import leave_out, may_be_made
from leadpact.sync.stages import judge
from leadpact.sync.suspects import label_suspect
from leadpact.sync.taken import Taken
from leadpact.sync.tombstones import ask_again, wanted_anew
from leadpact.sync.turned_away import part_from_erased, turn_away

NOT_NOW = (
    "It was asked for anew, which cannot be done as things stand: an opt-out, no address, a missing "
    "field, another hold, or no rule that makes records there."
)


def decide_page(
    context: Context, items: Sequence[WorkItem], taken: Taken | None = None
) -> Steps[PlannedPage]:
    """Decide everything about these leads and plan what each CRM needs; writes and commits nothing.

    Where the look before a record is made finds one after all, the page is read and decided anew: what was decided
    without it is forgotten, of every lead of the page (R30).

    Args:
        taken: links planned by pages not committed yet; those of this page are added.
    """
    taken = Taken(context.store) if taken is None else taken
    sought: set[str] = set()
    while True:
        decided = yield from _decided_once(context, items, taken, sought)
        if decided is not None:
            break
    if context.applying is not None and not context.applying.outgrown:
        yield from only_unmoved(context, decided, context.applying)
    elif context.dry:
        yield from keep_rows(context, decided, context.saving)
    return decided


def _decided_once(
    context: Context, items: Sequence[WorkItem], taken: Taken, sought: set[str]
) -> Steps[PlannedPage | None]:
    """The page as it is decided; None where a record was found that changes what was decided.

    Args:
        sought: links of which all that a CRM has is looked for before anything is decided; those that turn out to be
            such are added.
    """
    now: datetime = yield Instant()
    page = open_page(context, items, now, taken)
    yield from observe(context, page, now)
    away = turn_away(context, page, now)
    leave_out(context, page, now)
    yield from link_up(context, page, now)
    if again := [view for view in page.values() if view.link.id in sought]:
        yield from seek(context, page, again, now, thoroughly=True)
    part_from_erased(context, page, away, now)
    leave_out(context, page, now)
    yield from take_up_landed(context, page)
    yield from read_evidence(context, page)
    yield from read_last_touch(context, page)
    yield from look_back(context, page, now)
    yield from look_for_namesakes(context, page, now)
    yield from read_field_times(context, page)
    planned = yield from _decide(context, page, now)
    if (yield from _look_before_creating(context, page, planned, sought, now)):
        return None
    waiting = {view.link.id for view in page.values() if view.blocked}
    waiting |= {one.id for view in page.values() if view.blocked for one in view.folded}
    plans = [plan for plan in planned[0].values() if plan.view.link.id not in waiting]
    for plan in plans:
        taken.take(context, plan.view)
    done = [item for item in items if item.link_id not in waiting]
    pauses = context.pausing.pauses if context.pausing is not None else ()
    return PlannedPage(
        plans,
        planned[1],
        done,
        now,
        pauses=pauses,
        turned_away=away,
        scope_news=page.scope_news,
        left_out=page.left_out,
    )


Decided = tuple[dict[str, LeadPlan], dict[str, StageVerdict]]


def _decide(context: Context, page: Page, now: datetime) -> Steps[Decided]:
    yield from mirror_owners(context, page)
    for view in page.values():
        view.spoken = {}
    fields = {link_id: plan_fields(context, view, now) for link_id, view in page.items()}
    _score(context, page, fields, now)
    still = {link_id for link_id, view in page.items() if stage_waits(context, view)}
    edits = {
        link_id: stage_edits(context, view) if link_id not in still else []
        for link_id, view in page.items()
    }
    authors = yield from _authors(edits)
    read_clocks(context, page)
    plans: dict[str, LeadPlan] = {}
    verdicts: dict[str, StageVerdict] = {}
    for link_id, view in page.items():
        if view.stored_holds:
            keep_waiting(view)
            keep_asking(context, view, now)
        verdict = StageVerdict()
        label_suspect(context, view, fields[link_id])
        qualify_view(context, view, fields[link_id].facts, now)
        if view.link.status == "live" and view.records:
            if link_id in still:
                verdict.leave = dict.fromkeys(context.crms, PAUSED)
            else:
                verdict = judge(context, view, edits[link_id], authors, now)
            note_owner(context, view)
            remind(context, view, now)
        judge_clocks(context, view, fields[link_id].facts, now)
        if view.link.status == "live" and view.records:
            judge_handoff(context, view, fields[link_id].facts, now)
        verdicts[link_id] = verdict
        plans[link_id] = plan_lead(context, view, fields[link_id], verdict, now)
        view.spoken = None
    return plans, verdicts


def _score(context: Context, page: Page, fields: Mapping[str, FieldPlan], now: datetime) -> None:
    scored = [view for view in page.values() if view.link.status == "live" and view.records]
    if not scored:
        return
    gather_signals(
        context, scored, {link_id: plan.facts.get("email") for link_id, plan in fields.items()}, now
    )
    inputs = []
    for view in scored:
        since = view.scored_since = look_for_return(context, view, now)
        inputs.append(ScoringInput(view.link.id, fields[view.link.id].facts, view.signals, since))
    for view, card in zip(
        scored, context.scoring.score(context.score_by(live_signals), inputs, now), strict=True
    ):
        view.card = publish.after_the_night(view.link.published, card, context.pact)
        view.publish = publish.due(view.link.published, card, context.pact, view.signals)
        wake_to_reassess(context, view)


def _authors(
    edits: Mapping[str, Sequence[StageEdit]],
) -> Steps[dict[tuple[str, str], FieldChange]]:
    """Who made each stage edit; asked only where the stage differs (R12)."""
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for link_edits in edits.values():
        for edit in link_edits:
            groups.setdefault((edit.crm, edit.side.ref.kind), {})[edit.side.ref.id] = edit.field
    if not groups:
        return {}
    keys = sorted(groups)
    answers = yield Gather(
        tuple(
            ReadHistory(
                crm, kind, tuple(groups[crm, kind]), tuple(sorted(set(groups[crm, kind].values())))
            )
            for crm, kind in keys
        )
    )
    authors: dict[tuple[str, str], FieldChange] = {}
    for (crm, kind), answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for record_id, name in groups[crm, kind].items():
            latest = next((one for one in answer.get(record_id, ()) if one.field == name), None)
            if latest is not None:
                authors[crm, record_id] = latest
    return authors


def _look_before_creating(
    context: Context, page: Page, planned: Decided, sought: set[str], now: datetime
) -> Steps[bool]:
    """Plan the records that a CRM lacks, but look there once more first (R30).

    Args:
        sought: links that were looked for so already; those of this look are added.

    Returns:
        True where the look found a record after all: the page must be decided again.
    """
    if context.go_live is None and not context.dry:
        return False
    due: list[tuple[LeadView, str]] = []
    plans, _verdicts = planned
    crms = sorted(context.crms)
    for view in page.values():
        present = view.crms()
        for crm in crms:
            if crm in present:
                continue
            if not (wanted_anew(view, crm) or _after_go_live(context, view, crm)):
                continue
            intent = plan_creation(context, view, plans[view.link.id].fields, crm, now)
            if intent is None or not may_be_made(context, plans[view.link.id].fields, intent):
                continue
            if make_now(context, view, intent) is not None:
                due.append((view, crm))
    seekers = {view.link.id: view for view, _crm in due if view.link.id not in sought}
    sought.update(seekers)
    if seekers and (yield from seek(context, page, [*seekers.values()], now, thoroughly=True)):
        return True
    for view, crm in due:
        if page.get(view.link.id) is not view or view.holds:
            continue
        intent = plan_creation(context, view, plans[view.link.id].fields, crm, now)
        intent = make_now(context, view, intent) if intent is not None else None
        if intent is not None:
            plans[view.link.id].intents.append(intent)
    _ask_again(context, page, plans, now)
    return False


def _ask_again(context: Context, page: Page, plans: Mapping[str, LeadPlan], now: datetime) -> None:
    for view in page.values():
        for crm in context.crms:
            if NEW_RECORD in view.undecided or not wanted_anew(view, crm):
                continue
            intents = plans[view.link.id].intents
            if not any(one.op == "make" and one.ref.crm == crm for one in intents):
                ask_again(context, view, crm, NOT_NOW, now)


def _after_go_live(context: Context, view: LeadView, crm: str) -> bool:
    """HubSpot contacts are made only for records made after go-live; Salesforce Leads by stage alone (R30)."""
    rule = context.mapping.creation.get(crm)
    if rule is None:
        return False
    if rule.at_stage:
        return True
    if context.go_live is None:
        return False
    made = [record.created_at for record in view.records.values() if record.created_at is not None]
    return bool(made) and min(made) >= context.go_live
