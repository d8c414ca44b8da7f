"""Carry a later change of owner over: sales' CRM decides whose lead it is from MQL on (R31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leadpact.model.handoff import Handoff
from leadpact.model.owner import Owner
from leadpact.sync.context import Context
from leadpact.sync.effects import ReadOwners, Steps
from leadpact.sync.fold import Page
from leadpact.sync.owners import owner_of, receiving


def mirror_owners(context: Context, page: Page) -> Steps[None]:
    """Look up, for leads whose owner changed after their handoff, the same person in the other CRM.

    People are told apart by e-mail. Where the other CRM knows nobody active by that address, its owner stays as it is.

    Raises:
        LeadpactError: a CRM's people could not be read.
    """
    others = [name for name in context.crms if name != receiving(context)]
    if not others:
        return
    changed = _changed(context, page)
    if not changed:
        return
    ids = sorted({owner.partition(":")[2] for _link, _one, owner in changed})
    here: Sequence[Owner] = yield ReadOwners(receiving(context), tuple(ids), ())
    emails = {one.id: one.email for one in here if one.email}
    wanted = tuple(sorted(set(emails.values())))
    for other in others:
        there: Sequence[Owner] = (yield ReadOwners(other, (), wanted)) if wanted else ()
        by_email = {one.email: one.id for one in there if one.active}
        for link_id, one, owner in changed:
            found = by_email.get(emails.get(owner.partition(":")[2], ""), "")
            page[link_id].handoffs[one.id] = replace(one, mirrored=owner, other_owner=found)
            page[link_id].handoff_news.add(one.id)


def _changed(context: Context, page: Page) -> list[tuple[str, Handoff, str]]:
    """Leads handed over that belong to somebody else now: (link id, the handoff, the owner)."""
    changed = []
    for link_id, view in page.items():
        if not view.handoffs or view.link.status != "live":
            continue
        latest = list(view.handoffs.values())[-1]
        owner = owner_of(context, view) if latest.step == "done" else None
        if owner and owner != latest.mirrored_owner:
            changed.append((link_id, latest, owner))
    return changed
