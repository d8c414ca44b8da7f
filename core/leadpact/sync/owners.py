"""Whose lead it is: the owner on the record of the CRM where sales works (S12, R31)."""

from __future__ import annotations

from leadpact.model.quick import replace
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView


def receiving(context: Context) -> str:
    """The CRM that a lead is handed over in: where sales works, or the only one."""
    return next(iter(context.crms))


def owner_of(context: Context, view: LeadView) -> str | None:
    """The owner of the record there, as ``<crm>:<owner id>``; "" for nobody, None where it is not known."""
    crm = receiving(context)
    found = view.primary(crm)
    if found is None:
        return ""
    record = found[1]
    name = context.mapping.owner_field(crm, record.ref.kind)
    if not name or name not in record.fields:
        return None
    owner = text(record.fields[name])
    return f"{crm}:{owner}" if owner else ""


def note_owner(context: Context, view: LeadView) -> None:
    """Remember whose lead it is, so that lists and texts need not ask the CRM."""
    owner = owner_of(context, view)
    if owner is not None and owner != view.link.owner:
        view.link = replace(view.link, owner=owner)
