"""Opt-outs before all else: the pages of a run, parted so that they are written first (R28)."""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.sync.context import Context
from leadpact.sync.execute import PlannedPage


def opt_outs_first(context: Context, pages: Sequence[PlannedPage]) -> list[PlannedPage]:
    """The same leads, those with an opt-out to be written in pages of their own, which come first."""
    urgent = [page for page in (_opt_outs_of(context, one) for one in pages) if page is not None]
    if not urgent:
        return list(pages)
    return [*urgent, *pages]


def _opt_outs_of(context: Context, page: PlannedPage) -> PlannedPage | None:
    """The leads of a page whose opt-out is to be written, as a page of their own; they leave the given one.

    None where there are none, or where the page has no other leads.
    """
    names = context.consent_fields
    plans = [
        plan
        for plan in page.plans
        if any(one.agrees.get(name) is True for one in plan.intents for name in names)
    ]
    if not plans or len(plans) == len(page.plans):
        return None
    first = {plan.view.work.link_id for plan in plans} | {plan.view.link.id for plan in plans}
    items = [item for item in page.items if item.link_id in first]
    page.plans = [plan for plan in page.plans if plan.view.link.id not in first]
    page.items = [item for item in page.items if item.link_id not in first]
    return PlannedPage(plans, page.verdicts, items, page.now, pauses=page.pauses)


def has_opt_outs(context: Context, page: PlannedPage) -> bool:
    """Whether any lead of the page has an opt-out to be written."""
    return any(
        one.agrees.get(name) is True
        for plan in page.plans
        for one in plan.intents
        for name in context.consent_fields
    )
