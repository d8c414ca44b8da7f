"""A suspect gets a label that stays with the person: in both CRMs, over episodes and merges (S45)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from leadpact.pact.suspects import SUSPECT
from leadpact.sync.context import Context
from leadpact.sync.fields import FieldPlan
from leadpact.sync.page import LeadView

WHY: Final = "suspect: "


def label_suspect(context: Context, view: LeadView, plan: FieldPlan) -> None:
    """Set the label where a rule of the agreement says so and none stands; what people set or took away stays.

    Once a label has stood on the lead, a rule does not set the same one again: it is gone because a person said so.
    """
    suspects = context.pact.suspects
    if not suspects.labels or SUSPECT not in plan.facts:
        return
    shown = plan.facts[SUSPECT]
    if isinstance(shown, str) and shown:
        if view.link.suspected != shown:
            view.link = replace(view.link, suspected=shown)
        return
    card = view.card
    if shown is not None or card is None or not card.disqualifiers or not suspects.of_gate:
        return
    told = (one.partition(": ") for one in card.disqualifiers)
    found = next(((gate, why) for gate, _, why in told if gate in suspects.of_gate), None)
    if found is None or suspects.of_gate[found[0]] == view.link.suspected:
        return
    key = suspects.of_gate[found[0]]
    rule = context.mapping.fields[SUSPECT]
    for crm in context.crms:
        primary = view.primary(crm)
        side = rule.sides.get((crm, primary[0].ref.kind)) if primary is not None else None
        if primary is None or side is None or side.direction == "from_crm":
            continue
        if side.field in primary[1].fields:
            wanted = plan.wanted.setdefault(crm, {})
            wanted[side.field] = (side.write(key), SUSPECT, key, WHY + found[1])
            plan.facts[SUSPECT] = key
