"""Opt-outs: they go to both CRMs, before all else, and nobody is ever opted in (R28)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from leadpact.model.link import Intent, Side
from leadpact.model.quick import replace
from leadpact.model.record import Known, Native, Record
from leadpact.sync.context import Context
from leadpact.sync.field_answers import Sides
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
    native: str,
    now: datetime,
) -> bool:
    """Whether this CRM is to be written an opt-out. Never that somebody is in; and where its API takes none, a person
    is asked for it, and its record says so meanwhile.

    Args:
        native: the field there.
    """
    if verdict.value is not True:
        return False
    seen = readings[crm]
    if seen.writes and (seen.changed or seen.fresh or view.link.base.get(name) is not True):
        return True
    if seen.writes and _refused_there(view, crm, native):
        return True
    elsewhere = [one for one, other in readings.items() if other.value is True and one != crm]
    view.opt_out_owed.add(crm)
    here = context.label(crm)
    where = " and ".join(context.label(one) for one in sorted(elsewhere)) or "The agreement"
    lacks = "did not take that when it was written" if seen.writes else "lets no API write that"
    hold(
        context,
        view,
        name,
        OWED,
        f"{where} says that this person opted out, and {here} {lacks}: opt the person out of all "
        f"e-mail in {here} by hand. It is settled by itself once {here} shows it.",
        dict.fromkeys(elsewhere, "true") | {crm: "false"},
        now,
    )
    return False


def _refused_there(view: LeadView, crm: str, native: str) -> bool:
    """Whether the CRM refused it and that stands on the list of failures: it is tried again as that says."""
    return any(
        one.crm == crm and one.open and (not one.fields or native in one.fields)
        for one in view.failures
    )


def opt_outs_in(context: Context, intent: Intent) -> list[str]:
    """Consent fields of which this row says that somebody opted out."""
    return [name for name in context.consent_fields if intent.agrees.get(name) is True]


def heed_refused(context: Context, view: LeadView, intent: Intent) -> Side | None:
    """Agree on an opt-out though a CRM refused it: it counts for both, and outlives the record that says so (R25, R28).

    Returns:
        The side of the record that refused it: what it shows was known then, and takes nothing back (R5); None where
        the row held no opt-out.
    """
    said = opt_outs_in(context, intent)
    side, record = view.sides.get(intent.ref), view.records.get(intent.ref)
    if not said or side is None or record is None:
        return None
    forms = dict(side.renderings)
    for name in said:
        native = context.mapping.fields[name].sides[intent.ref.crm, intent.ref.kind].field
        if native in record.fields:
            forms[native] = record.fields[native]
    view.link = replace(view.link, base={**view.link.base, **dict.fromkeys(said, True)})
    side = replace(side, renderings=forms)
    view.put(side)
    return side


def taken_back_by_all(
    context: Context, name: str, base: Known, readings: dict[str, Reading], sides: Sides
) -> dict[str, Reading]:
    """The readings of a field; a CRM that refused an opt-out says the same as all others that took it back."""
    if base is not True or name not in context.consent_fields:
        return readings
    refused = [
        crm
        for crm, seen in readings.items()
        if seen.writes and not (seen.changed or seen.fresh) and sides[crm][2] is False
    ]
    others = [seen for crm, seen in readings.items() if crm not in refused]
    said_so = (one.changed and not one.fresh and one.value is False for one in others)
    if not (others and all(said_so)):
        return readings
    again = {crm: replace(readings[crm], value=False, changed=True) for crm in refused}
    return {**readings, **again}


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
