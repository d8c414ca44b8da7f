"""One person, several records: links that turn out to be one are joined, never guessed (R23, R24)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

from leadpact.model.frozen import Frozen
from leadpact.model.link import Link, Side
from leadpact.model.pin import NOWHERE
from leadpact.model.quick import replace
from leadpact.model.record import RecordRef
from leadpact.sync.context import Context
from leadpact.sync.holding import hold
from leadpact.sync.merged import propose, unite
from leadpact.sync.page import LeadView, unsettle
from leadpact.sync.read_ahead import Ahead, read_ahead, stored
from leadpact.sync.taken import Taken

SEVERAL: Final = "several_records_one_person"


class Page(dict[str, LeadView]):
    """The leads of one page by link id; a lead folded into another leaves the page.

    Attributes:
        taken: links and new records that an earlier page of the same cycle has planned and not yet committed; a lead
            that turns out to be one of those persons waits for the next look.
        frozen: those of its leads that are, or were, out of scope; ``scope_news`` what changed of that in this page;
            ``left_out`` the leads that it took off the page (R37).
        ahead: what was read of the records that are being joined.
        became: links that became part of another one in this page, and of which.
        erased: records of somebody who was erased, met in this page; ``into_erased`` records that became one (R27).
    """

    def __init__(self, taken: Taken) -> None:
        super().__init__()
        self.taken = taken
        self.frozen: dict[str, Frozen] = {}
        self.scope_news: list[Frozen] = []
        self.left_out: list[LeadView] = []
        self.ahead = Ahead()
        self.became: dict[str, str] = {}
        self.erased: set[RecordRef] = set()
        self.into_erased: set[RecordRef] = set()

    def look_ahead(self, context: Context, refs: Iterable[RecordRef]) -> None:
        """Read at once what belongs to records that may be joined, and whether an earlier page has planned it."""
        self.ahead = read_ahead(context.store, refs, self)
        owned = self.ahead.owners.items()
        self.taken.look_up(link_id or context.id("link", ref) for ref, link_id in owned)

    def fold_into(self, survivor: LeadView, folded: LeadView) -> None:
        """Let one lead leave the page for another, which stays on it."""
        self.pop(folded.link.id, None)
        self[survivor.link.id] = survivor
        self.became[folded.link.id] = survivor.link.id

    def owner_of(self, ref: RecordRef, known: str) -> str:
        """Whose the record is by now; ``known``: whose it is in the state, "" = nobody's.

        It has changed hands here only with the lead that had it, or if it was nobody's: then all leads are asked.
        """
        here = self.lead_of(known) if known else None
        if known and (known not in self.became if here is None else ref in here.sides):
            return known if here is None else here.link.id
        return next((one.link.id for one in self.values() if ref in one.sides), known)

    def lead_of(self, link_id: str) -> LeadView | None:
        """The lead of this page that the link is, or has become part of; the state does not say so yet."""
        while link_id not in self and link_id in self.became:
            link_id = self.became[link_id]
        return self.get(link_id)


def single_crms(context: Context) -> frozenset[str]:
    """CRMs in which one person has one record (a second one is a duplicate to be reviewed, not joined)."""
    return frozenset(
        crm.name for crm in context.crms.values() if len(crm.capabilities.person_kinds) == 1
    )


def second_of_one(context: Context, view: LeadView, ref: RecordRef) -> bool:
    """Whether this person has another live record in a CRM in which one person has one."""
    return ref.crm in single_crms(context) and any(
        side.ref.crm == ref.crm and side.ref != ref and side.state == "live"
        for side in view.sides.values()
    )


def spare(context: Context, view: LeadView, side: Side, now: datetime) -> None:
    """Keep a record as a duplicate of this person's: nothing is written to it, and it makes nothing (R24)."""
    crm = side.ref.crm
    view.put(replace(side, state="duplicate", primary=False))
    stands = [s.ref.id for s in view.sides.values() if s.ref.crm == crm and s.state == "live"]
    hold(
        context,
        view,
        "",
        SEVERAL,
        f"Two {context.label(crm)} records belong to this person: {', '.join(sorted(stands))} stands, "
        f"{side.ref.id} is a duplicate to which nothing is written. Merge them in {context.label(crm)}.",
        {crm: ", ".join(sorted({*stands, side.ref.id}))},
        now,
    )


def load_view(
    context: Context, page: Page, link_id: str, now: datetime, like: LeadView
) -> LeadView | None:
    """The view of a link, or of what it became part of, from the page or from the store; None for an unknown one."""
    here = page.lead_of(link_id)
    if here is not None:
        return here
    known = page.ahead.leads.get(link_id)
    link = known.link if known else context.store.links([link_id]).get(link_id)
    while link is not None and link.status == "folded" and link.folded_into:
        link = context.store.links([link.folded_into]).get(link.folded_into)
    if link is None:
        return None
    here = page.lead_of(link.id)
    if here is not None:
        return here
    known = page.ahead.leads.get(link.id) or stored(context.store, [link.id])[link.id]
    return LeadView(
        work=replace(like.work, link_id=link.id),
        link=link,
        sides={side.ref: side for side in known.sides},
        observed_at=now,
        stored_holds=known.holds,
        failures=known.failures,
        pins=known.pins,
        handoffs={one.id: one for one in known.handoffs},
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
    owner = page.ahead.owners.get(ref)
    if owner is None:
        owner = context.store.link_ids([ref]).get(ref, "")
    owner = page.owner_of(ref, owner)
    if owner in page.taken or (not owner and page.taken.has_record(context, ref)):
        view.blocked = "planned with another page"
        return {}
    other_view = load_view(context, page, owner, now, view) if owner else None
    if other_view is not None and other_view.link.id in page.taken:
        view.blocked = "planned with another page"
        return {}
    if other_view is None or other_view is view:
        view.put(Side(ref, view.link.id))
        return {ref: view.link.id}
    clash = _clash(context, view, other_view) is not None
    by_lead = how == "converted" and (other_view.link.adopted or clash)
    if by_lead or (
        clash and ref in other_view.sides and other_view.sides[ref].state == "converted"
    ):
        return _close_into(context, page, other_view, view, ref, now)
    if how == "merged":
        return _merge(context, page, view, other_view, ref, now, clash=clash)
    return join(context, page, view, other_view, how, now)


def _merge(
    context: Context,
    page: Page,
    one: LeadView,
    other: LeadView,
    into: RecordRef,
    now: datetime,
    *,
    clash: bool,
) -> dict[RecordRef, str]:
    """Somebody merged two records in a CRM: their links become one, and so does what was agreed of both (R25).

    Where the other CRM holds a record of each that may not be joined, the one beside the merge's survivor stands.
    """
    merged = {
        side.ref.id
        for view in (one, other)
        for side in view.sides.values()
        if side.ref.crm == into.crm and side.ref.kind == into.kind and side.state == "merged"
    }
    survivor, folded = (other, one) if clash else _order(one, other)
    before = survivor.link, folded.link
    gained = (
        _close_into(context, page, survivor, folded, into, now)
        if clash
        else fold(page, survivor, folded)
    )
    unite(context, survivor, *before, now)
    propose(context, survivor, into.crm, merged, now)
    return gained


def _clash(context: Context, one: LeadView, other: LeadView) -> tuple[str, list[RecordRef]] | None:
    """A CRM in which both have a record that may not be joined, with these records."""
    for crm in sorted(single_crms(context)):
        mine = {s.ref for s in one.sides.values() if s.ref.crm == crm and s.state == "live"}
        theirs = {s.ref for s in other.sides.values() if s.ref.crm == crm and s.state == "live"}
        if mine and theirs and mine != theirs:
            return crm, sorted(mine | theirs)
    return None


def _close_into(
    context: Context,
    page: Page,
    stands: LeadView,
    closed: LeadView,
    contact: RecordRef,
    now: datetime,
) -> dict[RecordRef, str]:
    """A Lead became a Contact that has a link: the Contact keeps it, the Lead's joins it as a closed episode (R24).

    What was agreed of the standing link stays agreed; only the Contact, which the conversion may have filled, shows
    differences without a base.
    """
    page.fold_into(stands, closed)
    for theirs in sorted(closed.sides.values(), key=lambda one: one.ref):
        side = replace(unsettle(theirs), link_id=stands.link.id)
        if side.state == "live" and second_of_one(context, stands, side.ref):
            closed.records.pop(side.ref, None)
            spare(context, stands, side, now)
        else:
            stands.put(side)
    if contact in stands.sides:
        stands.put(unsettle(stands.sides[contact]))
    return _take_over(stands, closed)


def join(
    context: Context,
    page: Page,
    one: LeadView,
    other: LeadView,
    how: Literal["merged", "converted", "matched"],
    now: datetime,
) -> dict[RecordRef, str]:
    """Fold two links of one person into one; held where a CRM would have two records that may not be joined."""
    clash = _clash(context, one, other)
    if clash is not None:
        crm, refs = clash
        for view in (one, other):
            hold(
                context,
                view,
                "",
                SEVERAL,
                f"Two {context.label(crm)} records belong to one person of the other CRM ({how}). "
                f"Merge them in {context.label(crm)}.",
                {crm: ", ".join(ref.id for ref in refs)},
                now,
            )
        if other.link.id in page:
            return {}
        # Its own questions stand: it is looked at in full, not by what this one shows.
        page[other.link.id] = other
        return _unread(other)
    survivor, folded = _order(one, other)
    before = survivor.link, folded.link
    gained = fold(page, survivor, folded)
    if all(link.adopted for link in before):
        # Both were led apart until now: what was agreed of either is not forgotten with the other's words (R25).
        unite(context, survivor, *before, now)
    return gained


def fold(page: Page, survivor: LeadView, folded: LeadView) -> dict[RecordRef, str]:
    """Let one link end in another; where both were agreed, what differs has no base any more (R6).

    Returns:
        Records of the survivor that were not read yet.
    """
    fresh_start = survivor.link.adopted and folded.link.adopted
    page.fold_into(survivor, folded)
    for side in folded.sides.values():
        survivor.put(replace(unsettle(side), link_id=survivor.link.id))
    link = replace(survivor.link, status="live")
    if fresh_start:
        for side in list(survivor.sides.values()):
            survivor.put(unsettle(side))
        stage = link.stage if _same_stage(survivor.link, folded.link) else None
        link = replace(link, base={}, stage=stage, published=None, adopted=False)
    survivor.link = link
    return _take_over(survivor, folded)


def _take_over(survivor: LeadView, folded: LeadView) -> dict[RecordRef, str]:
    """Let a link end in another; its own history stays under its id.

    Returns:
        Records of the survivor that were not read yet.
    """
    survivor.records |= folded.records
    survivor.frozen |= folded.frozen
    survivor.since |= folded.since
    survivor.unheard |= folded.unheard
    survivor.converted |= folded.converted
    survivor.folded.extend(folded.folded)
    survivor.folded.append(
        replace(
            folded.link,
            status="folded",
            folded_into=survivor.link.id,
            buried_as="",
        )
    )
    survivor.joined_pins.extend(folded.joined_pins)
    survivor.joined_pins.extend(folded.pins)
    survivor.pins += tuple(
        replace(pin, link_id=survivor.link.id) for pin in folded.pins if pin.ref != NOWHERE
    )
    survivor.let_go.extend(folded.let_go)
    survivor.ended.extend(folded.ended)
    survivor.ended.extend(replace(failure, open=False) for failure in folded.failures)
    survivor.stored_holds += tuple(
        replace(stored, status="closed") for stored in folded.stored_holds
    )
    return _unread(survivor)


def _unread(view: LeadView) -> dict[RecordRef, str]:
    return {
        side.ref: view.link.id
        for side in view.sides.values()
        if side.state == "live" and side.ref not in view.records
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
