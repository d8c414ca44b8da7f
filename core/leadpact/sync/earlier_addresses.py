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
from leadpact.sync.context import Context
from leadpact.sync.effects import FindMatches, Gather, Steps
from leadpact.sync.fold import Page, join, load_view
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


def look_for_namesakes(context: Context, page: Page) -> Steps[None]:
    """Whose address changed in one CRM: who in the other CRM has the new one already? Asked of nobody else."""
    rule = context.mapping.fields.get(EMAIL)
    if rule is None or len(context.crms) < 2:
        return
    asked: Asked = {}
    for view in page.values():
        if view.link.adopted:
            _ask_about(context, view, rule, asked)
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
                if record.ref not in view.sides:
                    view.namesakes.append(record.ref)


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
