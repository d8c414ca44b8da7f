"""How the sync stands, on the record itself: what of it is held, and what failed in the other CRM (R40). Pure."""

from __future__ import annotations

from typing import Final

from leadpact.model.record import Record
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView
from leadpact.sync.same import Wanted

OUTPUT: Final = "sync_state"
IN_SYNC: Final = "In sync"
LONGEST: Final = 255


def sync_state_writes(context: Context, view: LeadView, record: Record) -> Wanted:
    """The field where the mapping names one and the record does not show how it stands.

    A write that this very CRM refused is not told there: the row would be another one then, and be tried again.
    """
    name = context.mapping.outputs(record.ref.crm, record.ref.kind).get(OUTPUT, "")
    if not name or name not in record.fields:
        return {}
    words = shown(context, view, record.ref.crm)
    return {} if text(record.fields[name]) == words else {name: (words, "how the sync stands")}


def shown(context: Context, view: LeadView, crm: str) -> str:
    """The words for this CRM; they name fields and causes, and quote no value."""
    told = [
        f"{one.field.replace('_', ' ') or 'record'} held ({one.cause.replace('_', ' ')})"
        for one in sorted(view.holds.values(), key=lambda each: (each.field, each.cause))
    ]
    told += [
        f"not taken by {context.label(one.crm)} ({one.cause.replace('_', ' ')})"
        for one in view.failures
        if one.open and one.crm != crm
    ]
    words = "; ".join(told)
    return (words[:1].upper() + words[1:])[:LONGEST] if told else IN_SYNC
