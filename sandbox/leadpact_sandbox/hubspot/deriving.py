"""What HubSpot sets by itself when something else is set (facts §4 "Stage dates", §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from leadpact_sandbox.hubspot.kinds import Kind
from leadpact_sandbox.hubspot.lifecycle import STAGE, stage_dates
from leadpact_sandbox.hubspot.pipelines import Pipelines

Derive: TypeAlias = Callable[[Mapping[str, str], Mapping[str, str], str], dict[str, str]]
"""Takes a write's effective changes, the values before it, and the instant; answers what follows."""
OWNER = "hubspot_owner_id"
EMAIL_DOMAIN = "hs_email_domain"


def domain_of(address: str) -> str:
    """What stands behind the ``@``; nothing of no address."""
    return address.rpartition("@")[2]


def triggers_of(kind: Kind) -> frozenset[str]:
    """The properties whose change sets others."""
    found = {OWNER}
    if kind.name == "contacts":
        found.add("email")
    if kind.staged:
        found.add(STAGE)
    if kind.pipeline is not None:
        found.add(kind.pipeline[1])
    if kind.name == "deals":
        found.add("amount")
    if kind.name == "tasks":
        found.add("hs_task_status")
    return frozenset(found)


def deriver(kind: Kind, pipelines: Pipelines) -> Derive:
    """What follows from a change of one of the triggers."""

    def derive(changes: Mapping[str, str], before: Mapping[str, str], now: str) -> dict[str, str]:
        made: dict[str, str] = {}
        if OWNER in changes:
            made["hubspot_owner_assigneddate"] = now if changes[OWNER] else ""
        if kind.name == "contacts" and "email" in changes:
            made[EMAIL_DOMAIN] = domain_of(changes["email"])
        if kind.staged and STAGE in changes:
            made |= stage_dates(before.get(STAGE), changes[STAGE], now)
        if kind.pipeline is not None and kind.pipeline[1] in changes:
            made |= _moved(kind, kind.pipeline[1], changes, before, now, pipelines)
        if kind.name == "deals" and "amount" in changes:
            made["amount_in_home_currency"] = changes["amount"]
        if kind.name == "tasks" and "hs_task_status" in changes:
            done = changes["hs_task_status"] == "COMPLETED"
            made["hs_task_is_completed"] = "1" if done else "0"
            made["hs_task_completion_date"] = now if done else ""
        return made

    return derive


def _moved(
    kind: Kind,
    stage_name: str,
    changes: Mapping[str, str],
    before: Mapping[str, str],
    now: str,
    pipelines: Pipelines,
) -> dict[str, str]:
    old, new = before.get(stage_name), changes[stage_name]
    made = {f"hs_v2_date_exited_{old}": now} if old else {}
    made["hs_v2_date_entered_current_stage"] = now if new else ""
    if new:
        made[f"hs_v2_date_entered_{new}"] = now
    stage = pipelines.stage(kind, new)
    if kind.name == "deals":
        chance = stage.probability if stage is not None else 0.0
        closed = stage is not None and stage.closed
        made["hs_deal_stage_probability"] = str(chance)
        made["hs_is_closed"] = str(closed).lower()
        made["hs_is_closed_won"] = str(closed and chance == 1.0).lower()
        made["hs_is_closed_lost"] = str(closed and chance == 0.0).lower()
    else:
        lost = stage is not None and stage.metadata.get("leadState") == "UNQUALIFIED"
        made["hs_lead_is_disqualified"] = str(lost).lower()
    return made
