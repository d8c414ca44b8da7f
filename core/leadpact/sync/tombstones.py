"""The deleted: what is left of them, and who may come again in their place (R26)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from leadpact.model.link import Link, Side
from leadpact.model.record import RecordRef
from leadpact.sync.context import Context
from leadpact.sync.fold import Page, fold, load_view
from leadpact.sync.holding import hold
from leadpact.sync.merged import ERASED
from leadpact.sync.page import LeadView

PERSON_DELETED: Final = "person_deleted"


def end_without_records(context: Context, view: LeadView, now: datetime) -> None:
    """Leave a tombstone of a lead that has no record left; its address is remembered (R26)."""
    if any(one.state in ("live", "duplicate") for one in view.sides.values()):
        return
    address = context.email_key(view.link.base.get("email"))
    view.link = replace(
        view.link,
        status="tombstone",
        buried_as=context.id("address", address) if address else "",
        buried_at=now,
    )


def bury(
    context: Context, view: LeadView, side: Side, now: datetime, *, for_good: bool = False
) -> None:
    """Note that a record is gone; a person is asked what shall become of it, unless one said so already.

    Args:
        for_good: the CRM has nothing left of it: nobody is offered to make it anew, and erasure is asked about (R27).
    """
    if side.state in ("live", "duplicate"):
        side = replace(side, state="buried" if for_good else "gone")
        view.put(side)
        end_without_records(context, view, now)
        if for_good:
            _ask_to_erase(context, view, side.ref, now)
    if side.state != "gone" or not side.primary:
        return
    answered = view.answer("", (f"deleted_in_{side.ref.crm}",))
    if answered is not None and answered.answer == "refuse":
        view.put(replace(side, state="buried"))
    elif answered is not None and view.link.status == "live":
        # Another id than the deleted record's, which may still be restored beside the new one.
        view.put(replace(side, state="replaced", primary=False))
        if side.ref.crm not in view.crms():
            view.bear(context.id("anew", view.link.id, side.ref))
    else:
        ask(context, view, side.ref, now)


def _ask_to_erase(context: Context, view: LeadView, ref: RecordRef, now: datetime) -> None:
    label = context.label(ref.crm)
    others = " and ".join(
        f"{context.label(one.ref.crm)} {one.ref.kind} {one.ref.id}"
        for one in view.sides.values()
        if one.state in ("live", "duplicate")
    )
    there = f" {others} of this person is still there." if others else ""
    hold(
        context,
        view,
        "",
        ERASED,
        f"{label} deleted {ref.kind} {ref.id} for good, as a privacy deletion does.{there} `leadpact forget` erases "
        "what leadpact keeps of the person; refuse keeps it. The record is not made again either way.",
        {ref.crm: "deleted for good"},
        now,
    )


def ask(context: Context, view: LeadView, ref: RecordRef, now: datetime, why: str = "") -> None:
    """Let a person say what shall become of a deleted record."""
    told = f"The {ref.kind} record {ref.id} was deleted in {context.label(ref.crm)}."
    if view.link.status == "tombstone":
        choices = "Nothing is left to make it anew from; restore one, or refuse: it stays deleted."
    else:
        choices = "leadpact will not make it again by itself: accept makes it anew, refuse lets it stay deleted."
    hold(
        context,
        view,
        "",
        f"deleted_in_{ref.crm}",
        " ".join(filter(None, (told, why, choices))),
        {ref.crm: "deleted"},
        now,
    )


def wanted_anew(view: LeadView, crm: str) -> bool:
    """Whether a person had a deleted record's place in this CRM filled again, and nothing is there yet."""
    for side in view.sides.values():
        if side.state == "replaced" and side.ref.crm == crm:
            return crm not in view.crms()
    return False


def blocked_by_tombstone(view: LeadView, crm: str) -> bool:
    """Whether a record was here before: only a person's word has another one made."""
    return any(side.ref.crm == crm and side.state != "replaced" for side in view.sides.values())


def ask_again(context: Context, view: LeadView, crm: str, why: str, now: datetime) -> None:
    """What was accepted cannot be done now: the question stands again, with the reason."""
    for side in sorted(view.sides.values(), key=lambda one: one.ref):
        if side.ref.crm == crm and side.state == "replaced":
            view.put(replace(side, state="gone", primary=True))
            ask(context, view, side.ref, now, why)
            return


def revive(view: LeadView, side: Side) -> None:
    """A restore brings a record back with no base (R26)."""
    view.put(replace(side, state="live", primary=True))
    if view.link.status == "tombstone":
        view.link = replace(
            view.link, status="live", base={}, adopted=False, buried_as="", buried_at=None
        )


def join_buried(
    context: Context,
    page: Page,
    seekers: Sequence[tuple[LeadView, Collection[str]]],
    now: datetime,
) -> dict[RecordRef, str]:
    """A new record with the address of somebody deleted is not silently somebody new: a person decides.

    Args:
        seekers: leads with the addresses that their records show.

    Returns:
        Records to be read next, with the id of the link they belong to from now on.
    """
    wanted = {
        context.id("address", address): view
        for view, addresses in seekers
        if page.get(view.link.id) is view
        for address in addresses
    }
    buried = dict(context.store.buried(sorted(wanted))) if wanted else {}
    buried |= _buried_otherwise(context, [one for one in wanted if one not in buried])
    gained: dict[RecordRef, str] = {}
    for digest, tombstone in sorted(buried.items()):
        view = wanted[digest]
        if page.get(view.link.id) is view and tombstone.id not in page:
            gained |= _meet(context, page, view, tombstone, now)
    return gained


def _buried_otherwise(context: Context, digests: Sequence[str]) -> dict[str, Link]:
    """Tombstones of who had one of these addresses earlier, or besides; not those that let their address go."""
    known = context.store.known_as(sorted(digests)) if digests else {}
    links = context.store.links(sorted({one for ids in known.values() for one in ids}))
    found: dict[str, Link] = {}
    for digest, link_ids in known.items():
        for link_id in link_ids:
            link = links.get(link_id)
            if link is not None and link.status == "tombstone" and link.buried_as:
                found.setdefault(digest, link)
    return found


def _meet(
    context: Context, page: Page, view: LeadView, tombstone: Link, now: datetime
) -> dict[RecordRef, str]:
    answered = view.answer("", (PERSON_DELETED,))
    if answered is not None and answered.answer == "refuse":
        view.let_go.append(replace(tombstone, buried_as=""))
        return {}
    if answered is not None:
        found = load_view(context, page, tombstone.id, now, view)
        if found is None or tombstone.id in page.taken:
            view.blocked = "planned with another page"
            return {}
        present = view.crms()
        found.link = replace(tombstone, adopted=True, buried_as="", buried_at=None)
        for side in list(found.sides.values()):
            if side.ref.crm in present and side.state in ("gone", "buried"):
                found.put(replace(side, state="replaced", primary=False))
        gained = fold(page, found, view)
        gained |= {s.ref: tombstone.id for s in found.sides.values() if s.state == "gone"}
        return gained
    deleted = [
        side.ref
        for side in context.store.sides([tombstone.id])[tombstone.id]
        if side.state in ("gone", "buried")
    ]
    where = " and ".join(sorted({context.label(ref.crm) for ref in deleted}))
    when = (
        f" on {tombstone.buried_at.day} {tombstone.buried_at:%b %Y}" if tombstone.buried_at else ""
    )
    hold(
        context,
        view,
        "",
        PERSON_DELETED,
        f"The person of this address was deleted in {where}{when}. Accept links this record to that person's "
        "history, refuse takes it for somebody new; no record is made meanwhile.",
        {ref.crm: f"{ref.id} deleted" for ref in deleted},
        now,
    )
    return {}
