"""What a record shows of its lead's handoff (R18), and the owner that both CRMs agree on (R31). Pure."""

from __future__ import annotations

from leadpact.lifecycle.handoff_text import at_clock
from leadpact.model.handoff import Handoff
from leadpact.model.link import Link
from leadpact.model.record import Native, Record
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.owners import receiving
from leadpact.sync.page import LeadView

LONGEST = 255


def shows_stage(context: Context, link: Link, record: Record) -> bool:
    """Whether the record shows the agreed stage, as read back (R18)."""
    own = context.mapping.stage_table(record.ref.crm, record.ref.kind).own_field
    agreed = link.stage.stage if link.stage is not None else ""
    return own not in record.fields or text(record.fields[own]) == agreed


def handoff_writes(
    context: Context, view: LeadView, record: Record
) -> dict[str, tuple[Native, str]]:
    """The handoff's field, and in the other CRM the owner, where this record does not show them yet."""
    latest = list(view.handoffs.values())[-1]
    crm, kind = record.ref.crm, record.ref.kind
    wanted: dict[str, tuple[Native, str]] = {}
    name = context.mapping.outputs(crm, kind).get("handoff", "")
    words = shown(context, latest)
    # Who has it is looked up before it is told.
    told = latest.cause != "taken" or bool(latest.mirrored)
    if told and name in record.fields and text(record.fields[name]) != words:
        wanted[name] = (words, "handoff")
    owner = context.mapping.owner_field(crm, kind)
    if (
        crm != receiving(context)
        and latest.step == "done"
        and latest.other_owner
        and not latest.owner_contested
        and latest.mirrored_owner == view.link.owner
        and owner in record.fields
        and text(record.fields[owner]) != latest.other_owner
    ):
        wanted[owner] = (latest.other_owner, f"the owner in {context.label(receiving(context))}")
    return wanted


def shown(context: Context, handoff: Handoff) -> str:
    """The handoff in a sentence for the marketer."""
    crm = context.label(receiving(context))
    words = {
        "pending": handoff.why or f"Pending: {crm} has not taken it yet.",
        "announcing": f"Pending: {crm} has not taken it yet.",
        "held": f"Held: {handoff.why}",
        "unowned": f"Waiting in {crm}: {handoff.why}",
        "capped": f"Waiting: {handoff.why}",
        "refused": f"{crm} refused it: {handoff.why}",
        "dropped": f"Not handed over: {handoff.why}",
    }
    if handoff.step in words:
        return words[handoff.step][:LONGEST]
    when = f" at {at_clock(handoff.done_at, 'UTC')}" if handoff.done_at else ""
    if handoff.cause == "taken":
        told = f"With sales: {handoff.owner_name or 'somebody there'} has it{when.replace(' at ', ' since ')}"
    else:
        told = f"Handed over to {handoff.owner_name or 'sales'}{when}"
    if handoff.owner_contested:
        told += f". Its owner here was changed again: left so; {crm} says whose it is"
    return told[:LONGEST]
