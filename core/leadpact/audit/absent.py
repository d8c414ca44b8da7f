"""Why a lead has no record in a CRM, out of the stored state and the mapping. Pure (R30, R37)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadpact.mapping import LeadMapping
from leadpact.mapping.rules import CreationRule
from leadpact.model.link import Hold, Link, Side
from leadpact.pact import Pact

_ENDED = {
    "gone": "its record there was deleted; `leadpact review` asks whether it is made anew",
    "buried": "its record there was deleted, and a person said that it stays so",
    "replaced": "its record there was deleted, and is made anew with the next sync",
    "converted": "its record there was converted, and what it became is not linked yet",
    "merged": "its record there was merged into another one, which is not linked yet",
}


def absent(
    link: Link,
    sides: Sequence[Side],
    holds: Sequence[Hold],
    mapping: LeadMapping,
    pact: Pact,
    *,
    live: bool,
    names: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """One sentence for each CRM of the mapping in which the lead has no live record.

    Args:
        live: the first plan was approved; before that nothing is made anywhere.
        names: CRM name → name for people.
    """
    if link.status != "live":
        return ()
    there = {one.ref.crm for one in sides if one.state == "live"}
    return tuple(
        f"No record in {(names or {}).get(crm, crm)}: {_why(crm, link, sides, holds, mapping, pact, live)}."
        for crm in mapping.crms
        if crm not in there
    )


def _why(
    crm: str,
    link: Link,
    sides: Sequence[Side],
    holds: Sequence[Hold],
    mapping: LeadMapping,
    pact: Pact,
    live: bool,
) -> str:
    ended = next(
        (_ENDED[one.state] for one in sides if one.ref.crm == crm and one.state in _ENDED), ""
    )
    if ended:
        return ended
    if not live:
        return "the first sync is not approved yet (`leadpact plan`, then `leadpact apply`)"
    rule = mapping.creation.get(crm)
    if rule is None:
        return "the mapping has no rule that makes records there (`creation:`)"
    return next(
        _hindrances(rule, link, holds, pact, mapping), "the next sync makes it, or says why not"
    )


def _hindrances(
    rule: CreationRule, link: Link, holds: Sequence[Hold], pact: Pact, mapping: LeadMapping
) -> Iterator[str]:
    waiting = next((one for one in holds if one.status == "waiting"), None)
    if waiting is not None:
        yield f"something of this lead waits for a person first ({waiting.why.rstrip('.')})"
    yield from kept_out(rule, link, pact, mapping)
    missing = [name for name in rule.required if link.base.get(name) in (None, "")]
    if missing:
        yield f"{', '.join(missing)} must be known first"


def kept_out(
    rule: CreationRule, link: Link, pact: Pact, mapping: LeadMapping | None = None
) -> Iterator[str]:
    """Why the agreement and the mapping ask for no record there; nothing where one is due."""
    stage = link.stage
    if stage is None:
        yield "no stage is agreed yet"
    else:
        current = pact.stages.get(stage.stage)
        needed = pact.stages.get(rule.at_stage)
        if current is not None and current.side:
            yield f"it is {current.label}, and nothing is made for leads off the main line"
        elif current is not None and needed is not None and current.rank < needed.rank:
            yield f"one is made from {needed.label} on, and it is {current.label}"
    scope = mapping.kind_rules[rule.crm, rule.kind].scope if mapping is not None else None
    if scope is not None:
        held, why = scope.failing(link.base, {}, absent_is_unknown=False)
        if held is False:
            yield f"it would be out of scope there, whose condition is: {why}"
    if rule.refuse_opted_out and link.base.get("email_opt_out") is True:
        yield "the person opted out of e-mail"
    if rule.needs_email and not link.base.get("email"):
        yield "there is no e-mail address, without which none is made"
