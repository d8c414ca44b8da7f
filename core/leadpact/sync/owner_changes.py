"""Whose lead it is, in the CRM where sales does not work: sales' CRM decides it from MQL on (S12, S13, R13, R31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from leadpact.model.handoff import OPEN_STEPS, Handoff
from leadpact.model.owner import Owner
from leadpact.model.stage import StageState
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.effects import ReadOwners, Steps
from leadpact.sync.fold import Page
from leadpact.sync.owners import owner_of, receiving
from leadpact.sync.page import LeadView
from leadpact.sync.priority import WRITE_BACK_PAUSE, WRITE_BACKS_PER_EPISODE


def mirror_owners(context: Context, page: Page) -> Steps[None]:
    """Look up, for leads that belong to somebody else since, the same person in the other CRM.

    People are told apart by e-mail. Where the other CRM knows nobody active by that address, its owner stays as it is.

    Raises:
        LeadpactError: a CRM's people could not be read.
    """
    others = [name for name in context.crms if name != receiving(context)]
    if not others:
        return
    changed = _changed(context, page)
    if not changed:
        return
    ids = sorted({owner.partition(":")[2] for _link, _one, owner in changed})
    here: Sequence[Owner] = yield ReadOwners(receiving(context), tuple(ids), ())
    by_id = {one.id: one for one in here}
    wanted = tuple(sorted({one.email for one in here if one.email}))
    for other in others:
        there: Sequence[Owner] = (yield ReadOwners(other, (), wanted)) if wanted else ()
        by_email = {one.email: one.id for one in there if one.active}
        for link_id, one, owner in changed:
            known = by_id.get(owner.partition(":")[2])
            after = replace(
                one,
                mirrored=owner,
                other_owner=by_email.get(known.email, "") if known is not None else "",
                owner_seen=False,
                put_backs=0,
                owner_contested=False,
            )
            if one.cause == "taken":
                after = replace(after, owner_name=known.name if known is not None else "")
            page[link_id].handoffs[one.id] = after
            page[link_id].handoff_news.add(one.id)


def _changed(context: Context, page: Page) -> list[tuple[str, Handoff, str]]:
    """Leads handed over that belong to somebody else now: (link id, the handoff, the owner)."""
    changed = []
    for link_id, view in page.items():
        if not view.handoffs or view.link.status != "live":
            continue
        latest = list(view.handoffs.values())[-1]
        owner = owner_of(context, view) if latest.step == "done" else None
        if owner and owner != latest.mirrored_owner:
            changed.append((link_id, latest, owner))
    return changed


def judge_owner(context: Context, view: LeadView, now: datetime) -> None:
    """See that the other CRM's owner follows: where sales took the lead, or it was given to somebody else there.

    What somebody sets as owner in the other CRM is put back, at most once in 24 hours and twice for one owner; after
    that it is left, and the record says so.
    """
    if context.go_live is None or not context.pact.handoff.on or len(context.crms) < 2:
        return
    if _taken_now(context, view):
        state = view.link.stage
        mark = state.since.isoformat() if state is not None else ""
        made = Handoff(
            context.id("handoff", view.link.id, "taken", mark, view.link.owner),
            view.link.id,
            "taken",
            now,
            episode=state.episode if state is not None else 1,
            step="done",
            done_at=now,
        )
        if made.id not in view.handoffs:
            view.handoffs[made.id] = made
            view.handoff_news.add(made.id)
            # Who it is there is looked up when the lead is next worked on, which is at once.
            view.timers.append(now)
    if view.handoffs:
        _guard(context, view, now)


def _taken_now(context: Context, view: LeadView) -> bool:
    """Whether sales has it since this page, without a handover that carries the owner over already."""
    if not view.link.owner or any(
        one.step == "done" or one.step in OPEN_STEPS for one in list(view.handoffs.values())[-1:]
    ):
        return False
    stages = context.pact.stages
    entered = any(
        one.result == "accepted"
        and one.from_stage != one.to_stage
        and stages[one.to_stage].owner == "sales"
        and not stages[one.to_stage].side
        for one in view.transitions
    )
    before = view.stored_link
    given = bool(before.owner) and before.owner != view.link.owner
    return entered or (given and _from_mql_on(context, before.stage))


def _from_mql_on(context: Context, state: StageState | None) -> bool:
    stages = context.pact.stages
    here = stages.get(state.stage) if state is not None else None
    return here is not None and not here.side and here.rank >= stages["mql"].rank


def _guard(context: Context, view: LeadView, now: datetime) -> None:
    latest = list(view.handoffs.values())[-1]
    if latest.step != "done" or not latest.other_owner or latest.mirrored_owner != view.link.owner:
        return
    after = latest
    for crm in context.crms:
        found = view.primary(crm) if crm != receiving(context) else None
        if found is None:
            continue
        record = found[1]
        name = context.mapping.owner_field(crm, record.ref.kind)
        if name not in record.fields:
            continue
        if text(record.fields[name]) == latest.other_owner:
            after = replace(after, owner_seen=True, owner_contested=False)
        elif latest.owner_seen and not latest.owner_contested:
            soon = latest.put_back_at is not None and now - latest.put_back_at < WRITE_BACK_PAUSE
            if soon or latest.put_backs >= WRITE_BACKS_PER_EPISODE:
                after = replace(after, owner_contested=True)
            else:
                times = latest.put_backs + 1
                after = replace(after, owner_seen=False, put_back_at=now, put_backs=times)
    if after != latest:
        view.handoffs[latest.id] = after
        view.handoff_news.add(latest.id)
