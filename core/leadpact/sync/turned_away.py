"""Somebody who was erased is not taken in again: told by keyed hashes of records and addresses (R27)."""

from __future__ import annotations

from leadpact.sync.context import Context
from leadpact.sync.fold import Page
from leadpact.sync.linking import addresses_of, our_ids_of
from leadpact.sync.page import LeadView


def turn_away(context: Context, page: Page) -> list[str]:
    """Take leads off the page that are new to the state and show an address or an id of somebody erased.

    Returns:
        Their link ids and those that became part of them in this page; nothing of them was kept but that their
        record exists.
    """
    known = context.forgotten
    if known is None:
        return []
    fresh = [view for view in page.values() if view.records and not _agreed(view)]
    if not fresh:
        return []
    shown = {view.link.id: addresses_of(context, view) for view in fresh}
    borne = {view.link.id: our_ids_of(context, view) for view in fresh}
    addresses = known.addresses({one for each in shown.values() for one in each})
    ids = known.our_ids({one for each in borne.values() for one in each})
    gone = [
        link_id
        for link_id in shown
        if not (addresses.isdisjoint(shown[link_id]) and ids.isdisjoint(borne[link_id]))
    ]
    folded = [one.id for link_id in gone for one in page.pop(link_id).folded]
    return gone + folded


def _agreed(view: LeadView) -> bool:
    """Whether anything was ever agreed of the lead, or of one that became part of it."""
    return any(one.adopted for one in (view.link, view.stored_link, *view.folded))
