"""Opt-outs before all else: pages and rows parted, so that they are written first and by themselves (R28)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leadpact.model.link import Intent
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


def part_opt_outs(context: Context, page: PlannedPage) -> None:
    """Leave of the rows that hold an opt-out nothing but that; the rest of them is decided again right after.

    A CRM takes a row whole or not at all: no other value of the lead may keep an opt-out from being written.
    """
    for plan in page.plans:
        alone = [_alone(context, one) for one in plan.intents]
        if not any(alone) or plan.intents == alone:
            continue
        plan.intents = [one for one in alone if one is not None]
        plan.parted = True
        page.deferred.append(plan.view.work)


def _alone(context: Context, intent: Intent) -> Intent | None:
    """The opt-out of a row by itself; None where it holds none."""
    said = {name: value for name, value in intent.agrees.items() if name in context.consent_fields}
    if intent.op != "set" or True not in said.values():
        return None
    fields = context.mapping.fields
    names = {
        fields[name].sides[intent.ref.crm, intent.ref.kind].field
        for name, value in said.items()
        if value is True
    }
    return replace(
        intent,
        wanted={name: value for name, value in intent.wanted.items() if name in names},
        agrees={name: value for name, value in said.items() if value is True},
        rule={name: why for name, why in intent.rule.items() if name in names},
    )


def has_opt_outs(context: Context, page: PlannedPage) -> bool:
    """Whether any lead of the page has an opt-out to be written."""
    return any(
        one.agrees.get(name) is True
        for plan in page.plans
        for one in plan.intents
        for name in context.consent_fields
    )
