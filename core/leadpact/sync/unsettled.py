"""Which agreed values mean nothing any more: what a new record shows has no base (R4, R6, R24). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from leadpact.model.record import Scalar
from leadpact.sync.context import Context
from leadpact.sync.plan import LeadPlan


def agreed_base(context: Context, plan: LeadPlan) -> Mapping[str, Scalar]:
    """The lead's base with what was agreed as it stands, less what means nothing any more; itself where neither is."""
    base = plan.view.link.base
    loose, unsaid = _unsettled(context, plan), _left_unsaid(context, plan)
    if not (loose or unsaid or plan.fields.base):
        return base
    kept = {name: value for name, value in base.items() if name not in loose} | plan.fields.base
    return {name: value for name, value in kept.items() if name not in unsaid} if unsaid else kept


def _unsettled(context: Context, plan: LeadPlan) -> set[str]:
    """Fields whose base means nothing any more: a record that was never agreed shows something else (R24).

    An opt-out that was agreed stays so, whatever another record shows (R25, R28).
    """
    view = plan.view
    fresh = [side.ref for side in view.sides.values() if side.primary and side.version == ""]
    if not fresh:
        return set()
    names = {one.field for one in view.holds.values()} | view.undecided | plan.fields.unmerged
    names &= view.link.base.keys()
    for ref in fresh:
        wanted = plan.fields.wanted.get(ref.crm, {})
        names.update(canonical for _native, canonical, _value, _why in wanted.values())
    rules, base = context.mapping.fields, view.link.base
    return {
        name
        for name in names
        if not (base.get(name) is True and rules[name].policy == "most_restrictive")
    }


def _left_unsaid(context: Context, plan: LeadPlan) -> set[str]:
    """Fields that a record to be made does not get, since we may not see them there or it would refuse the value.

    The blank that the new record shows one day was never agreed, and is nobody's edit (R4, R6).
    """
    return {
        name
        for intent in plan.intents
        if intent.op == "make"
        for name, rule in context.mapping.fields.items()
        if name not in intent.agrees
        and (side := rule.sides.get((intent.ref.crm, intent.ref.kind))) is not None
        and side.direction != "from_crm"
        and plan.fields.facts.get(name) is not None
    }
