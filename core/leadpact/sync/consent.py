"""Opt-outs: they go to both CRMs, before all else, and nobody is ever opted in (R28)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from leadpact.model.record import Known, Native, Record
from leadpact.sync.context import Context
from leadpact.sync.holding import hold
from leadpact.sync.merge import Reading, Settled
from leadpact.sync.page import LeadView

OWED: Final = "opt_out_owed"


def takes_opt_out(
    context: Context,
    view: LeadView,
    name: str,
    crm: str,
    verdict: Settled,
    readings: Mapping[str, Reading],
    now: datetime,
) -> bool:
    """Whether this CRM is to be written an opt-out. Never that somebody is in; and where its API takes none, a person
    is asked for it, and its record says so meanwhile."""
    if verdict.value is not True:
        return False
    if readings[crm].writes:
        return True
    elsewhere = [one for one, seen in readings.items() if seen.value is True and one != crm]
    view.opt_out_owed.add(crm)
    here = context.label(crm)
    where = " and ".join(context.label(one) for one in sorted(elsewhere)) or "The agreement"
    hold(
        context,
        view,
        name,
        OWED,
        f"{where} says that this person opted out, and {here} lets no API write that: opt the person out of all "
        f"e-mail in {here} by hand. It is settled by itself once {here} shows it.",
        dict.fromkeys(elsewhere, "true") | {crm: "false"},
        now,
    )
    return False


def still_owed(view: LeadView, base: Known, readings: Mapping[str, Reading]) -> None:
    """While a person is asked which holds, the opt-out is heeded where our API can say so in no other way (R28)."""
    if base is True or any(seen.value is True for seen in readings.values()):
        for crm, seen in readings.items():
            if seen.value is not True and not seen.writes:
                view.opt_out_owed.add(crm)


def opt_out_writes(
    context: Context, view: LeadView, crm: str, kind: str, record: Record
) -> dict[str, tuple[Native, str]]:
    """Our own field that says so where the CRM's own cannot be written, for its lists and workflows to heed."""
    name = context.mapping.outputs(crm, kind).get("opted_out", "")
    if not name or name not in record.fields:
        return {}
    owed = crm in view.opt_out_owed
    if (str(record.fields[name]).lower() == "true") == owed:
        return {}
    return {name: (owed, "opted out elsewhere" if owed else "the opt-out shows here now")}
