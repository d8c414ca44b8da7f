"""Choose who takes each lead that is handed over, and whom the other CRM knows by that address (R17, R31, R34, R36)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from leadpact.lifecycle.handoff import Choice, choose_owner, day_of, next_day
from leadpact.model.handoff import Handoff
from leadpact.model.link import Link
from leadpact.model.owner import Owner
from leadpact.model.record import Record
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.effects import ReadOwners, Steps
from leadpact.sync.owners import receiving
from leadpact.sync.report import CycleReport

TURN: Final = "round_robin"
"""Where a strict round-robin stands is kept as the cursor of this name, of sales' CRM: the id of whose turn it was."""


@dataclass(slots=True)
class Going:
    """One handoff on its way."""

    handoff: Handoff
    link: Link
    record: Record
    owner: Owner | None = None
    choice: Choice | None = None
    url: str = ""


@dataclass(slots=True)
class Staff:
    """People of sales' CRM, as far as a page needs them.

    Attributes:
        by_id, by_email: owners of the records at hand; those whom the agreement names, leadpact's own sign-in aside.
        had: leads that were handed over before, by link id: to whom, as owner id, in which episode.
        turn: whose turn it was last, as owner id; "" = nobody's yet.
    """

    by_id: dict[str, Owner]
    by_email: dict[str, Owner]
    had: dict[str, tuple[str, int]]
    turn: str = ""


def read_staff(context: Context, going: Sequence[Going]) -> Steps[Staff]:
    """Read back who owns these records, and whom the agreement names (R31)."""
    crm, rules = receiving(context), context.pact.handoff
    emails = tuple(email.lower() for email in (*rules.reps, rules.fallback_owner) if email)
    ids = tuple(sorted({one for each in going for one in _owner_ids(context, each)} - {""}))
    owners: Sequence[Owner] = yield ReadOwners(crm, ids, emails)
    ours = context.crms[crm].actor_ids
    by_id = {
        one.id: replace(one, ours=True) if one.id in ours and not one.ours else one
        for one in owners
    }
    by_email = {one.email: one for one in owners if one.email and one.id not in ours}
    staff = Staff(by_id, by_email, {})
    if rules.strict:
        staff.turn = context.store.checkpoint(crm, TURN)
        told = context.store.handoffs([each.link.id for each in going])
        for link_id, some in told.items():
            for one in some:
                if one.step == "done" and one.owner:
                    staff.had[link_id] = (one.owner.partition(":")[2], one.episode)
    return staff


def choose_within_caps(
    context: Context,
    report: CycleReport,
    going: Sequence[Going],
    staff: Staff,
    now: datetime,
) -> tuple[list[Going], list[Handoff]]:
    """Those whose rep can take one more today, journaled as on their way; and those that wait (R34)."""
    rules, crm = context.pact.handoff, receiving(context)
    zones = {one.zone for one in (*staff.by_id.values(), *staff.by_email.values())}
    days = {day_of(now, zone) for zone in zones}
    counts = dict(context.store.handed_over(sorted(days))) if days else {}
    go: list[Going] = []
    back: list[Handoff] = []

    def full(rep: Owner) -> bool:
        had = counts.get((f"{crm}:{rep.id}", day_of(now, rep.zone)), 0)
        return had >= rules.per_rep_per_day

    for each in going:
        one = each.handoff
        full_ones = {rep.id for rep in staff.by_email.values() if rules.strict and full(rep)}
        choice = each.choice = _choose(context, each, staff, full_ones)
        each.owner = choice.owner
        if each.owner is None:
            report.counts["handoffs_unowned"] += 1
            back.append(replace(one, step="unowned", why=choice.why, next_try=None))
            continue
        owner = f"{crm}:{each.owner.id}"
        day = day_of(now, each.owner.zone)
        counted = one.step == "announcing" and (one.owner, one.day) == (owner, day)
        if not counted and full(each.owner):
            most = rules.per_rep_per_day
            why = f"{each.owner.name} has had {most} handoffs today, the most that the pact allows."
            again = next_day(now, each.owner.zone)
            report.counts["handoffs_capped"] += 1
            back.append(replace(one, step="capped", why=why, owner="", day="", next_try=again))
            continue
        if not counted:
            counts[owner, day] = counts.get((owner, day), 0) + 1
        if choice.by_turn:
            staff.turn = each.owner.id
        report.counts["handoffs_to_fallback"] += int(choice.stood_in)
        each.handoff = replace(
            one,
            step="announcing",
            why=choice.why,
            owner=owner,
            owner_name=each.owner.name,
            day=day,
            next_try=now,
        )
        go.append(each)
    return go, back


def read_counterparts(context: Context, going: Sequence[Going]) -> Steps[None]:
    """Whom the other CRM knows by the same address: the owner of its record there (R31)."""
    wanted = tuple(sorted({one.owner.email for one in going if one.owner and one.owner.email}))
    for other in context.crms:
        if other == receiving(context):
            continue
        there: Sequence[Owner] = (yield ReadOwners(other, (), wanted)) if wanted else ()
        mail = {one.email: one.id for one in there if one.active}
        for each in going:
            found = mail.get(each.owner.email, "") if each.owner is not None else ""
            each.handoff = replace(each.handoff, other_owner=found)


def _choose(context: Context, each: Going, staff: Staff, full: set[str]) -> Choice:
    crm, rules = receiving(context), context.pact.handoff
    own, account = _owner_ids(context, each)
    if each.handoff.cause == "customer_request":
        # A customer has somebody already: no round-robin, and an earlier rejection is over (R36).
        known = [found for one in (account, own) if (found := staff.by_id.get(one)) is not None]
        able = (one for one in known if one.active and one.kind == "person" and not one.ours)
        current = next(able, next(iter(known), None))
        alone = replace(rules, reps=())
        choice = choose_owner(alone, each.link.id, current, staff.by_email, ())
        return replace(choice, write=choice.write and not account)
    before = each.link.stage.rejected_by if each.link.stage is not None else ()
    rejected = {one.partition(":")[2] for one in before if one.startswith(f"{crm}:")}
    turn: str | None = None
    if rules.strict:
        turn = staff.turn
        kept = each.handoff.owner.partition(":")[2] if each.handoff.step == "announcing" else ""
        had, episode = staff.had.get(each.link.id, ("", 0))
        kept = kept or (had if episode == each.handoff.episode else "")
        rep = next((one for one in staff.by_email.values() if one.id == kept), None)
        reps = {email.lower() for email in rules.reps}
        if rep is not None and rep.active and rep.email in reps and rep.id not in rejected:
            # On its way to them already, or theirs before in this episode: nobody's turn is used.
            return Choice(rep, write=own != rep.id)
    return choose_owner(
        rules, each.link.id, staff.by_id.get(own), staff.by_email, rejected, turn=turn, full=full
    )


def _owner_ids(context: Context, each: Going) -> tuple[str, str]:
    """Who owns the record, and of a customer's request whose account it is; "" where that is not known."""
    crm, kind = each.record.ref.crm, each.record.ref.kind
    fields = each.record.fields
    own = text(fields.get(context.mapping.owner_field(crm, kind)))
    if each.handoff.cause != "customer_request":
        return own, ""
    return own, text(fields.get(context.mapping.account_owner_field(crm, kind)))
