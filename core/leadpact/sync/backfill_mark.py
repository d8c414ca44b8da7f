"""Our own stage field and a backfill's mark stand on a record together, also where its row was refused (R33)."""

from __future__ import annotations

from leadpact.model.record import RecordRef
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView
from leadpact.sync.same import Wanted


def owed_mark(context: Context, view: LeadView, ref: RecordRef, wanted: Wanted) -> Wanted:
    """The mark that a backfill could not write to this record, where a sync would tell the stage from history there.

    Asked only of a lead whose stage came from history, and of which something is written.
    """
    mark = context.mapping.backfill(ref.crm, ref.kind).mark
    if not mark or context.mapping.stage_table(ref.crm, ref.kind).own_field not in wanted:
        return {}
    for intent in context.store.intents(link_id=view.link.id):
        if intent.ref == ref and mark in intent.wanted:
            # The newest says how it stands; its own date, so that what is refused again is known to be.
            owed = intent.state != "written" and text(intent.wanted[mark])
            return {mark: (intent.wanted[mark], "backfill: the mark goes first")} if owed else {}
    return {}


def together(context: Context, ref: RecordRef, wanted: Wanted, owed: Wanted) -> Wanted:
    """Without our own stage field where the mark does not go with it, and without a mark that would go alone."""
    pair = {context.mapping.stage_table(ref.crm, ref.kind).own_field, *owed}
    if pair <= wanted.keys():
        return wanted
    return {name: value for name, value in wanted.items() if name not in pair}
