"""One person, several records: links that turn out to be one are joined, never guessed (R23, R24)."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import datetime
from typing import Literal

from leadpact.model.link import Link, Side
from leadpact.model.record import RecordRef
from leadpact.sync.context import Context
from leadpact.sync.holding import hold
from leadpact.sync.page import LeadView, unsettle


class Page(dict[str, LeadView]):
    """The leads of one page by link id; a lead folded into another leaves the page.

    Attributes:
        taken: links that an earlier page of the same cycle has planned and not yet committed; a lead that turns out to
            be one of those persons waits for the next look.
    """

    def __init__(self, taken: Container[str] = frozenset()) -> None:
        super().__init__()
        self.taken = taken


def single_crms(context: Context) -> frozenset[str]:
    """CRMs in which one person has one record (a second one is a duplicate to be reviewed, not joined)."""
    return frozenset(
        crm.name for crm in context.crms.values() if len(crm.capabilities.person_kinds) == 1
    )


def load_view(
    context: Context, page: Page, link_id: str, now: datetime, like: LeadView
) -> LeadView | None:
    """The view of a link, from the page or from the store; None for an unknown or folded one."""
    if link_id in page:
        return page[link_id]
    link = context.store.links([link_id]).get(link_id)
    while link is not None and link.status == "folded" and link.folded_into:
        link = context.store.links([link.folded_into]).get(link.folded_into)
    if link is None:
        return None
    if link.id in page:
        return page[link.id]
    return LeadView(
        work=replace(like.work, link_id=link.id),
        link=link,
        sides={side.ref: side for side in context.store.sides([link.id])[link.id]},
        observed_at=now,
        stored_holds=tuple(context.store.holds(link_ids=[link.id])),
        failures=tuple(context.store.failures(link_ids=[link.id])),
    )


def adopt_record(
    context: Context,
    page: Page,
    view: LeadView,
    ref: RecordRef,
    how: Literal["merged", "converted", "matched"],
    now: datetime,
) -> dict[RecordRef, str]:
    """Let a record belong to this lead, joining the link it had.

    Returns:
        Records to be read next, with the id of the link they belong to from now on.
    """
    if ref in view.sides:
        side = view.sides[ref]
        if side.state != "live":
            view.put(replace(unsettle(side), state="live"))
        return {} if ref in view.records else {ref: view.link.id}
    owner = context.store.link_ids([ref]).get(ref)
    for other in page.values():
        if ref in other.sides:
            owner = other.link.id
    if owner in page.taken:
        view.blocked = "planned with another page"
        return {}
    other_view = load_view(context, page, owner, now, view) if owner else None
    if other_view is not None and other_view.link.id in page.taken:
        view.blocked = "planned with another page"
        return {}
    if other_view is None or other_view is view:
        view.put(Side(ref, view.link.id))
        return {ref: view.link.id}
    return join(context, page, view, other_view, how, now)


def join(
    context: Context,
    page: Page,
    one: LeadView,
    other: LeadView,
    how: Literal["merged", "converted", "matched"],
    now: datetime,
) -> dict[RecordRef, str]:
    """Fold two links of one person into one; held where a CRM would have two records that may not be joined."""
    for crm in sorted(single_crms(context)):
        mine = {s.ref for s in one.sides.values() if s.ref.crm == crm and s.state == "live"}
        theirs = {s.ref for s in other.sides.values() if s.ref.crm == crm and s.state == "live"}
        if mine and theirs and mine != theirs:
            shown = {crm: ", ".join(sorted(ref.id for ref in mine | theirs))}
            for view in (one, other):
                hold(
                    context,
                    view,
                    "",
                    "several_records_one_person",
                    f"Two {context.label(crm)} records belong to one person of the other CRM ({how}). "
                    f"Merge them in {context.label(crm)}, or tell which one stands.",
                    shown,
                    now,
                )
            if other.link.id not in page:
                page[other.link.id] = other
            return {}
    survivor, folded = _order(one, other)
    fresh_start = survivor.link.adopted and folded.link.adopted
    page.pop(folded.link.id, None)
    page[survivor.link.id] = survivor
    for side in folded.sides.values():
        survivor.put(replace(unsettle(side), link_id=survivor.link.id))
    survivor.records |= folded.records
    survivor.frozen |= folded.frozen
    survivor.since |= folded.since
    survivor.converted |= folded.converted
    survivor.folded.extend(folded.folded)
    survivor.folded.append(replace(folded.link, status="folded", folded_into=survivor.link.id))
    survivor.stored_holds += tuple(
        replace(stored, status="closed") for stored in folded.stored_holds
    )
    link = replace(survivor.link, status="live")
    if fresh_start:
        for side in list(survivor.sides.values()):
            survivor.put(unsettle(side))
        stage = link.stage if _same_stage(survivor.link, folded.link) else None
        link = replace(link, base={}, stage=stage, published=None, adopted=False)
    survivor.link = link
    return {
        side.ref: survivor.link.id
        for side in survivor.sides.values()
        if side.state == "live" and side.ref not in survivor.records
    }


def _same_stage(one: Link, other: Link) -> bool:
    return (
        one.stage is not None and other.stage is not None and one.stage.stage == other.stage.stage
    )


def _order(one: LeadView, other: LeadView) -> tuple[LeadView, LeadView]:
    """(survivor, folded): the one already agreed survives, else the smaller id; never the order of arrival."""
    key_one = (not one.link.adopted, one.link.id)
    key_other = (not other.link.adopted, other.link.id)
    return (one, other) if key_one < key_other else (other, one)
