"""The record that a CRM lacks: planned only where the creation rule and the agreement call for it (R30). Pure."""

from __future__ import annotations

from datetime import datetime

from leadpact.model.link import Intent
from leadpact.model.record import UNKNOWN, Native, RecordRef, Scalar, Unknown
from leadpact.model.stage import StageState
from leadpact.sync.clock_fields import response_writes
from leadpact.sync.context import Context
from leadpact.sync.fields import FieldPlan, refusal_ahead
from leadpact.sync.holding import hold
from leadpact.sync.page import LeadView
from leadpact.sync.plan import score_writes
from leadpact.sync.priority import flag_field
from leadpact.sync.qualification_writes import qualification_writes
from leadpact.sync.same import Wanted
from leadpact.sync.tombstones import blocked_by_tombstone, wanted_anew


def plan_creation(
    context: Context, view: LeadView, fields: FieldPlan, crm: str, now: datetime
) -> Intent | None:
    """The record that this CRM lacks, where the creation rule and the agreement call for it (R30).

    A record that a person wants in place of a deleted one does not wait for its stage (R26); all other conditions hold.
    """
    rule = context.mapping.creation.get(crm)
    state = view.link.stage
    if (
        rule is None
        or state is None
        or view.link.status != "live"
        or view.holds
        or crm in view.crms()
        or crm in view.doubted
    ):
        return None
    if blocked_by_tombstone(view, crm):
        return None
    stages = context.pact.stages
    early = stages[state.stage].side or (
        rule.at_stage and stages[state.stage].rank < stages[rule.at_stage].rank
    )
    if early and not wanted_anew(view, crm):
        return None
    if rule.refuse_opted_out and fields.facts.get("email_opt_out") is True:
        return None
    if rule.needs_email and not isinstance(fields.facts.get("email"), str):
        return None
    schemas = context.crms[crm].schemas[rule.kind].fields
    wanted: Wanted = {}
    agrees: dict[str, Scalar] = {}
    for name, mapped in context.mapping.fields.items():
        side = mapped.sides.get((crm, rule.kind))
        value = fields.facts.get(name, UNKNOWN)
        if (
            side is None
            or side.direction == "from_crm"
            or isinstance(value, Unknown)
            or value is None
        ):
            continue
        try:
            native = side.write(value)
        except ValueError:
            continue
        if refusal_ahead(native, schemas.get(side.field)) is None:
            wanted[side.field] = (native, f"new record: {name}")
            agrees[name] = value
    missing = [name for name in rule.required if fields.facts.get(name) in (None, UNKNOWN)]
    if missing:
        hold(
            context,
            view,
            "",
            "creation_lacks_fields",
            f"A {rule.kind} record in {context.label(crm)} is due, but {', '.join(missing)} is not known.",
            {},
            now,
        )
        return None
    wanted |= _new_stage(context, state, crm, rule.kind)
    wanted |= score_writes(context, view, crm, rule.kind, None)
    wanted |= qualification_writes(context, view, crm, rule.kind, None)
    wanted |= response_writes(context, view, crm, rule.kind, None)
    return Intent(
        id=context.id("intent", "make", view.link.external_id, crm, rule.kind),
        run_id=context.run_id,
        link_id=view.link.id,
        ref=RecordRef(crm, rule.kind, ""),
        op="make",
        before={},
        wanted={name: native for name, (native, _why) in wanted.items()},
        agrees=agrees,
        rule={name: why for name, (_native, why) in wanted.items()},
        created_at=now,
    )


def _new_stage(context: Context, state: StageState, crm: str, kind: str) -> Wanted:
    """The stage fields of a record that is yet to be made."""
    table = context.mapping.stage_table(crm, kind)
    schemas = context.crms[crm].schemas[kind].fields
    why = state.why or "agreed stage"
    values: dict[str, Native] = dict(table.projection(state.stage, reason=state.reason, current={}))
    values[table.own_field] = state.stage
    values[context.mapping.outputs(crm, kind).get("stage_reason", "")] = why[:255]
    if state.priority:
        values[flag_field(context, crm, kind)] = True
    return {
        name: (value, why)
        for name, value in values.items()
        if name in schemas and value is not None
    }
