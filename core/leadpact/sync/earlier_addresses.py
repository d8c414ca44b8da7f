"""A changed e-mail address: the old one stays a key, and the new one goes only where nobody else has it (R26, R29)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias

from leadpact.errors import LeadpactError
from leadpact.mapping import FieldRule
from leadpact.matching.keys import judge
from leadpact.model.erasure import KnownAs
from leadpact.model.record import Record, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.effects import FindMatches, Gather, Steps
from leadpact.sync.field_answers import USED_THERE
from leadpact.sync.fold import Page, join, load_view
from leadpact.sync.holding import hold
from leadpact.sync.page import LeadView
from leadpact.sync.plan import LeadPlan

EMAIL: Final = "email"
Asked: TypeAlias = dict[tuple[str, str, str], dict[str, list[LeadView]]]
"""Leads by (crm, kind, field) and the address to be looked up there."""


def note_addresses(context: Context, plan: LeadPlan, changes: StateChanges) -> None:
    """Remember the address that gives way to another, and the further ones that the records show, as digests."""
    view = plan.view
    before = view.stored_link.base.get(EMAIL)
    others: set[str] = set()
    if before is not None and (
        EMAIL in plan.fields.base or any(EMAIL in one.agrees for one in plan.intents)
    ):
        others.add(context.email_key(before))
    for record in view.records.values():
        for name in context.mapping.also_fields(record.ref.crm, record.ref.kind, EMAIL):
            shown = record.fields.get(name)
            if shown:
                others |= {context.email_key(part) for part in str(shown).split(";")}
    if others:
        changes.known_as.extend(
            KnownAs(context.id("address", one), view.link.id) for one in sorted(others) if one
        )


def join_known(
    context: Context,
    page: Page,
    seekers: Sequence[tuple[LeadView, Sequence[tuple[str, Record]]]],
    now: datetime,
) -> dict[RecordRef, str]:
    """Join records that are new to the state with whom had their address before.

    Args:
        seekers: leads with their addresses, each with the record that shows it.

    Returns:
        Records to be read next, with the id of the link they belong to from now on.
    """
    wanted = {
        context.id("address", address): (view, address, record)
        for view, shown in seekers
        if not view.link.adopted and page.get(view.link.id) is view
        for address, record in shown
    }
    gained: dict[RecordRef, str] = {}
    known = context.store.known_as(sorted(wanted)) if wanted else {}
    for digest, link_ids in sorted(known.items()):
        view, address, record = wanted[digest]
        for link_id in link_ids:
            if link_id == view.link.id or page.get(view.link.id) is not view:
                continue
            found = load_view(context, page, link_id, now, view)
            if found is None or found is view or found.link.status != "live":
                continue
            if found.link.id in page.taken:
                view.blocked = "planned with another page"
            elif judge(context.mapping.read(record), found.link.base, address) == "same":
                gained |= join(context, page, view, found, "matched", now)
            else:
                view.doubted |= found.crms()
    return gained


def look_for_namesakes(context: Context, page: Page, now: datetime) -> Steps[None]:
    """Whose address changed in one CRM: who in the other CRM has the new one already? Asked of nobody else."""
    rule = context.mapping.fields.get(EMAIL)
    if rule is None or len(context.crms) < 2:
        return
    asked: Asked = {}
    further: dict[tuple[str, str], Record] = {}
    for view in page.values():
        if view.link.adopted:
            _ask_about(context, view, rule, asked)
            _ask_of_further(context, view, rule, asked, further)
    if not asked:
        return
    keys = sorted(asked)
    answers = yield Gather(
        tuple(
            FindMatches(
                *key,
                tuple(sorted({form for one in asked[key] for form in context.spellings(one)})),
                (key[2],),
            )
            for key in keys
        )
    )
    for key, answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for record in answer:
            for view in asked[key].get(context.email_key(record.fields.get(key[2])), ()):
                if record.ref in view.sides:
                    continue
                shown = further.get((view.link.id, context.email_key(record.fields.get(key[2]))))
                if shown is None:
                    view.namesakes.append(record.ref)
                else:
                    _doubt(context, view, shown.ref, record.ref, now)


def _ask_about(context: Context, view: LeadView, rule: FieldRule, asked: Asked) -> None:
    """Note for each CRM whose record is to get another address where that address is looked up."""
    for crm in context.crms:
        changed = _changed(context, view, crm)
        for other in context.crms if changed else ():
            if other == crm or view.primary(other) is None:
                continue
            for kind in context.mapping.kinds(other):
                side = rule.sides.get((other, kind))
                if side is not None:
                    place = asked.setdefault((other, kind, side.field), {})
                    place.setdefault(changed, []).append(view)


def _ask_of_further(
    context: Context,
    view: LeadView,
    rule: FieldRule,
    asked: Asked,
    further: dict[tuple[str, str], Record],
) -> None:
    """Note who is asked for because a further record of this lead, which is not written, has an address of its own.

    Args:
        further: those records, by link and address.
    """
    others = [one for ref, one in view.records.items() if not view.sides[ref].primary]
    if not others:
        return
    own = {context.email_key(view.link.base.get(EMAIL))}
    for crm in context.crms:
        found = view.primary(crm)
        if found is not None:
            own |= _addresses(context, found[1])
    for record in others:
        side = rule.sides.get((record.ref.crm, record.ref.kind))
        shown = context.email_key(text(record.fields.get(side.field))) if side is not None else ""
        if not shown or shown in own:
            continue
        further[view.link.id, shown] = record
        for (crm, kind), there in rule.sides.items():
            if crm in context.crms and crm != record.ref.crm:
                asked.setdefault((crm, kind, there.field), {}).setdefault(shown, []).append(view)


def _addresses(context: Context, record: Record) -> set[str]:
    """All addresses that a record shows, as they are compared."""
    ref, mapping = record.ref, context.mapping
    side = mapping.fields[EMAIL].sides.get((ref.crm, ref.kind))
    names = (side.field if side is not None else "", *mapping.also_fields(ref.crm, ref.kind, EMAIL))
    parts = (each for name in names for each in text(record.fields.get(name)).split(";"))
    return {context.email_key(part) for part in parts}


def _doubt(
    context: Context, view: LeadView, mine: RecordRef, theirs: RecordRef, now: datetime
) -> None:
    """A further record of this lead has somebody else's address: whose it is, a person must say (R23, R29)."""
    hold(
        context,
        view,
        "",
        USED_THERE,
        f"{context.label(mine.crm)} {mine.kind} {mine.id}, a further record of this person, shows an address that "
        f"{context.label(theirs.crm)} {theirs.kind} {theirs.id} has. It stays with this person, and nothing is written "
        "to it: merge it where it belongs, or correct the address.",
        {mine.crm: mine.id, theirs.crm: theirs.id},
        now,
    )


def _changed(context: Context, view: LeadView, crm: str) -> str:
    """The address that this CRM shows, where it is another one than was agreed; as it is compared."""
    found = view.primary(crm)
    agreed = view.link.base.get(EMAIL)
    if found is None or agreed is None:
        return ""
    side = context.mapping.fields[EMAIL].sides.get((crm, found[0].ref.kind))
    shown = found[1].fields.get(side.field) if side is not None else None
    if not shown or shown == agreed:
        return ""
    key = context.email_key(str(shown))
    return key if key and key != context.email_key(agreed) else ""
