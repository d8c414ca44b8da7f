"""Somebody who was erased is not taken in again: told by keyed hashes of records and addresses (R27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadpact.model.erasure import Mark
from leadpact.model.link import Side
from leadpact.model.record import Record, RecordRef
from leadpact.sync.context import Context
from leadpact.sync.fold import Page
from leadpact.sync.holding import hold
from leadpact.sync.linking import OUR_ID, addresses_of, keys_shown, our_ids_of
from leadpact.sync.merged import ERASED
from leadpact.sync.page import LeadView


@dataclass(slots=True)
class TurnedAway:
    """Leads that are taken off a page, and out of the state, since they are somebody who was erased.

    Attributes:
        link_ids: theirs, and of those that became part of them in this page; nothing of them was kept but that their
            record exists.
        addresses, our_ids: by which those are known whose record became one of somebody erased. The erasure may not
            have known them: their hashes are kept, so that whoever shows one is not taken in once that record is gone.
    """

    link_ids: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    our_ids: set[str] = field(default_factory=set)

    def marks(self, context: Context, at: datetime) -> list[Mark]:
        """The hashes to be kept."""
        known = context.forgotten
        return known.marks(self.addresses, self.our_ids, at) if known is not None else []


def turn_away(context: Context, page: Page, now: datetime) -> TurnedAway:
    """Take leads off the page that are new to the state and show an address or an id of somebody erased."""
    away = TurnedAway()
    known = context.forgotten
    if known is None:
        return away
    part_from_erased(context, page, away, now)
    fresh = [view for view in page.values() if view.records and not _agreed(view)]
    if not fresh:
        return away
    shown = {view.link.id: addresses_of(context, view) for view in fresh}
    borne = {view.link.id: our_ids_of(context, view) for view in fresh}
    addresses = known.addresses({one for each in shown.values() for one in each}) | away.addresses
    ids = known.our_ids({one for each in borne.values() for one in each}) | away.our_ids
    for link_id, theirs in shown.items():
        if not (addresses.isdisjoint(theirs) and ids.isdisjoint(borne[link_id])):
            _take_off(page, page[link_id], away)
    return away


def of_erased(context: Context, records: Sequence[Record]) -> set[RecordRef]:
    """Those that are of somebody erased: by themselves, by any of their addresses, or by an id of ours."""
    known = context.forgotten
    if known is None or not records:
        return set()
    shown = {record.ref: set(keys_shown(context, record)) for record in records}
    every = {key for keys in shown.values() for key in keys}
    away = {
        ("email", one) for one in known.addresses({one for key, one in every if key == "email"})
    }
    away |= {(OUR_ID, one) for one in known.our_ids({one for key, one in every if key == OUR_ID})}
    by_key = {ref for ref, keys in shown.items() if not away.isdisjoint(keys)}
    return by_key | known.records(shown)


def part_from_erased(context: Context, page: Page, away: TurnedAway, now: datetime) -> None:
    """Whose record became one of somebody erased: who was never agreed is turned away, of others a person is asked.

    Args:
        away: takes those that are turned away.
    """
    for view in list(page.values()) if page.into_erased else ():
        became = [view.sides[ref] for ref in sorted(view.sides.keys() & page.into_erased)]
        if became and not _agreed(view):
            away.addresses |= addresses_of(context, view)
            away.our_ids |= our_ids_of(context, view)
            _take_off(page, view, away)
        elif became:
            _ask_to_erase(context, view, became[0], now)


def _take_off(page: Page, view: LeadView, away: TurnedAway) -> None:
    del page[view.link.id]
    away.link_ids += [view.link.id, *(one.id for one in view.folded)]


def _agreed(view: LeadView) -> bool:
    """Whether anything was ever agreed of the lead, or of one that became part of it."""
    return any(one.adopted for one in (view.link, view.stored_link, *view.folded))


def _ask_to_erase(context: Context, view: LeadView, side: Side, now: datetime) -> None:
    # The record that it became is not named: nothing of who was erased is written down again.
    ref, how = side.ref, "converted" if side.state == "converted" else "merged"
    label = context.label(ref.crm)
    hold(
        context,
        view,
        "",
        ERASED,
        f"{label} {how} {ref.kind} {ref.id} into a record of somebody who was erased; that record is not taken in. "
        "`leadpact forget` erases what leadpact keeps of this person, too; refuse keeps it. No other record is made "
        f"in {label} either way.",
        {ref.crm: f"{how} into a record of somebody erased"},
        now,
    )
