"""All acts of the leads of a page: stored ones, those that their records show, and those that waited for them (R8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from leadpact.model.record import Known, RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.source_signal import OUTSIDE
from leadpact.sync.collect_signals import SIGNALS_BACK, bring_over
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView
from leadpact.sync.signal_keys import ActKey, act_key, key_of


def gather_signals(
    context: Context, views: Sequence[LeadView], emails: Mapping[str, Known], now: datetime
) -> None:
    """Fill ``signals``, ``new_signals`` and ``claimed`` of these leads.

    Acts of a link that was folded into a lead in this page, and acts that waited for one of its records or keys, become
    the lead's own. Baselines of counters are kept in the store and count for nothing (R8).

    Args:
        emails: the e-mail address of each lead, by link id.
    """
    folded_into = {one.id: view.link.id for view in views for one in view.folded}
    ids = [*(view.link.id for view in views), *folded_into]
    stored = context.store.signals(ids, now - SIGNALS_BACK)
    awaited = _awaited(context, views, emails)
    by_instant = context.by_instant
    for view in views:
        own = stored.get(view.link.id, ())
        known = {key_of(one, by_instant) for one in own}
        view.new_signals = _shown(context, view, known, now)
        for one in view.folded:
            view.new_signals += bring_over(context, view.link.id, stored.get(one.id, ()), known)
        for ref, found in awaited.get(view.link.id, ()):
            view.new_signals += bring_over(context, view.link.id, found, known)
            view.claimed.append(ref)
        everything = [one for one in own if one.precision != "counter"]
        if view.new_signals:
            everything += [one for one in view.new_signals if one.precision != "counter"]
            everything.sort(key=lambda one: (one.at, one.id))
        view.signals = tuple(everything)


def take_along(context: Context, view: LeadView) -> None:
    """Acts of links that became part of a lead which is left alone itself: they are its own when it is back (R37)."""
    ids = [view.link.id, *(one.id for one in view.folded)]
    stored = context.store.signals(ids, view.observed_at - SIGNALS_BACK)
    known = {key_of(one, context.by_instant) for one in stored.get(view.link.id, ())}
    for one in view.folded:
        view.new_signals += bring_over(context, view.link.id, stored.get(one.id, ()), known)
    for ref, found in _awaited(context, [view], {}).get(view.link.id, ()):
        view.new_signals += bring_over(context, view.link.id, found, known)
        view.claimed.append(ref)


def _shown(context: Context, view: LeadView, known: set[ActKey], now: datetime) -> list[Signal]:
    """Acts that the records show and the store does not know; one act a day of a kind and asset (R8)."""
    found: list[Signal] = []
    oldest = view.observed_at - SIGNALS_BACK
    by_instant = context.by_instant
    for record in view.records.values():
        for one in context.mapping.signal_readings(record):
            key = act_key(one.name, one.asset, one.at, one.precision, by_instant)
            if key in known or one.at < oldest:
                continue
            known.add(key)
            found.append(
                Signal(
                    context.id("signal", view.link.id, *key),
                    view.link.id,
                    one.name,
                    one.at,
                    one.asset,
                    f"{record.ref.crm}.{one.field}",
                    one.precision,
                    now,
                )
            )
    return found


def _awaited(
    context: Context, views: Sequence[LeadView], emails: Mapping[str, Known]
) -> dict[str, list[tuple[RecordRef, Sequence[Signal]]]]:
    """What waited for a lead, by link id; asked of leads, records and addresses that are new to the state alone."""
    owners: dict[RecordRef, str] = {}
    for view in views:
        link_id = view.link.id
        fresh = not view.link.adopted
        for ref in view.sides:
            if fresh or ref not in view.stored_sides:
                owners.setdefault(ref, link_id)
        shown = emails.get(link_id)
        new_address = fresh or shown != view.link.base.get("email")
        if new_address and (email := context.email_key(shown)):
            owners.setdefault(RecordRef(OUTSIDE, "email", email), link_id)
        if fresh:
            owners.setdefault(RecordRef(OUTSIDE, "external_id", view.link.external_id), link_id)
    if not owners:
        return {}
    found: dict[str, list[tuple[RecordRef, Sequence[Signal]]]] = {}
    for ref, waiting in context.store.waiting_signals(tuple(owners)).items():
        found.setdefault(owners[ref], []).append((ref, waiting))
    return found
