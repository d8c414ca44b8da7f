"""What the records of both CRMs show of a lead's criteria; written only where it differs from what stands there."""

from __future__ import annotations

from leadpact.lifecycle.qualification import Qualified, whole, work_order
from leadpact.model.record import Native, Record
from leadpact.model.schema import FieldSchema
from leadpact.model.stage import StageState
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView
from leadpact.sync.priority import shows_flag
from leadpact.sync.qualifying import UNCONFIRMED
from leadpact.sync.stored_form import normalised

_TEXTS = ("qualification", "qualification_framework", "qualification_detail")
_OURS = (*_TEXTS, "work_order", "stop_nurture")
RULE = "qualification"


def qualification_writes(
    context: Context, view: LeadView, crm: str, kind: str, record: Record | None
) -> dict[str, tuple[Native, str]]:
    """The group of fields that tells of the criteria: value and why, by CRM field.

    Shown from MQL to opportunity, and wherever anything was answered; beyond that what stands there stays.

    Args:
        record: as it shows now; None for one that is yet to be made.
    """
    if view.criteria_told is None:
        view.criteria_told = _told(context, view)
    values = view.criteria_told
    if not values:
        return {}
    schemas = context.crms[crm].schemas[kind].fields
    outputs = context.mapping.outputs(crm, kind)
    shown = record.fields if record is not None else {}
    wanted: dict[str, tuple[Native, str]] = {}
    for output in _OURS:
        name = outputs.get(output, "")
        if output not in values or name not in schemas:
            continue
        value = values[output]
        if record is None:
            if value not in (None, False):
                wanted[name] = (_fitted(value, schemas[name]), RULE)
        elif name in shown and not _shows(shown[name], value, schemas[name]):
            wanted[name] = (_fitted(value, schemas[name]), RULE)
    return wanted


def _told(context: Context, view: LeadView) -> dict[str, Native]:
    """What both CRMs say of it, by output name."""
    rules, qualified, state = context.pact.qualification, view.qualified, view.link.stage
    if rules is None or qualified is None or state is None:
        return {}
    stages = context.pact.stages
    here = stages[state.stage]
    values: dict[str, Native] = {
        "work_order": work_order(rules, qualified, state.stage, context.pact, view.card),
        "stop_nurture": not here.side and here.rank >= stages["sql"].rank,
    }
    in_question = (
        not here.side and stages["mql"].rank <= here.rank <= stages["opportunity"].rank
    ) or (qualified.answered and here.rank <= stages["opportunity"].rank)
    if in_question:
        values["qualification"] = summary(context, view, qualified, state)
        values["qualification_framework"] = f"{qualified.framework.label} ({qualified.chosen})"
        values["qualification_detail"] = "\n".join(qualified.lines)
    return values


def summary(context: Context, view: LeadView, qualified: Qualified, state: StageState) -> str:
    """One line for the record: how far it is, and what that means for its stage."""
    stages = context.pact.stages
    here, sql = stages[state.stage], stages["sql"]
    told = qualified.summary
    if any(one.cause == UNCONFIRMED for one in view.holds.values()):
        return f"{told}. {sql.label} waits for: {qualified.lacking or _opportunity(qualified)}."
    if here.side or here.rank < stages["mql"].rank:
        return told
    if here.rank < sql.rank:
        enough = f"Enough for {sql.label}" if qualified.met else f"{sql.label} needs"
        return f"{told}. {enough}{'.' if qualified.met else f': {qualified.lacking}.'}"
    if not qualified.met:
        told = f"{told}. {sql.label} unconfirmed: {qualified.lacking}"
    if not qualified.for_opportunity:
        return told
    label = stages["opportunity"].label
    open_there = here.rank >= stages["opportunity"].rank
    return f"{told}. {label} {'without' if open_there else 'needs'}: {_opportunity(qualified)}."


def _opportunity(qualified: Qualified) -> str:
    return ", ".join(qualified.for_opportunity)


def _fitted(value: Native, schema: FieldSchema) -> Native:
    if isinstance(value, str) and schema.max_length is not None and len(value) > schema.max_length:
        return f"{value[: schema.max_length - 1]}…"
    return value


def _shows(shown: Native, value: Native, schema: FieldSchema) -> bool:
    """Whether the record says so already, in its CRM's own form."""
    if shown == value and shown.__class__ is value.__class__:
        return True
    if isinstance(value, bool):
        return shows_flag(shown) == value
    if isinstance(value, int):
        number = round(shown) if isinstance(shown, float) else shown
        return whole(number) == value
    return text(normalised(_fitted(value, schema), schema)) == text(shown)
