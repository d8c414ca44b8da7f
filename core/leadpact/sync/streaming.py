"""While one page is written, the next one is read and decided: a CRM's answer takes longer than our work on a page."""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.errors import LeadpactError
from leadpact.model.link import WorkItem
from leadpact.sync.context import Context
from leadpact.sync.decide_page import decide_page
from leadpact.sync.effects import Steps
from leadpact.sync.execute import PlannedPage, execute
from leadpact.sync.report import CycleReport
from leadpact.sync.side_by_side import side_by_side
from leadpact.sync.taken import Taken


def only_updates(context: Context, page: PlannedPage) -> bool:
    """Whether the page does no more than write fields of records that are there.

    Who is seen for the first time on it, or joined with another, is ``Taken`` meanwhile, as between the pages of a
    plan. A record that is made, a handoff that begins at once: what comes after these is decided when they are settled.
    """
    if context.applying is not None or not page.writes():
        return False
    return all(
        not plan.view.lane_opened and all(one.op == "set" for one in plan.intents)
        for plan in page.plans
    )


def execute_and_decide(
    context: Context, page: PlannedPage, report: CycleReport, following: Sequence[WorkItem]
) -> Steps[tuple[LeadpactError | None, PlannedPage | LeadpactError | None]]:
    """Carry out a page, and decide the next one meanwhile.

    Returns:
        What should end the cycle; and the next page, the error that its reading ended with, or None where it has to
        be decided when this page is settled: leads of it hang on this one, or this one is not done.
    """
    taken = Taken(context.store)
    taken.add(item.link_id for item in page.items)
    for plan in page.plans:
        taken.take(context, plan.view)
    ending, ahead = yield from side_by_side(
        execute(context, page, report), decide_page(context, following, taken)
    )
    waits = isinstance(ahead, PlannedPage) and len(ahead.items) < len(following)
    return ending, None if page.deferred or waits else ahead
