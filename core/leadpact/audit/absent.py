"""Why a lead has no record in a CRM, out of the stored state and the mapping. Pure (R30, R37)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

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


@dataclass(frozen=True, slots=True)
class Age:
    """Whether somebody is older than go-live, as far as that is known (R30).

    Attributes:
        went_live: when the first plan was made that then was approved. People from before are made nowhere, but in a
            CRM whose rule goes by the stage.
        made: when the lead's record was made, where a CRM said so.
        seen_first: when leadpact saw the lead first.
    """

    went_live: datetime | None = None
    made: datetime | None = None
    seen_first: datetime | None = None

    def older(self, rule: CreationRule) -> bool:
        """Whether nobody so old is made by this rule."""
        if rule.at_stage or self.went_live is None:
            return False
        if self.made is not None:
            return self.made < self.went_live
        return self.seen_first is not None and self.seen_first < self.went_live

    def condition(self, rule: CreationRule) -> str:
        """What the making hangs on, where the record's age is not known; "" where it hangs on nothing more."""
        if rule.at_stage or self.went_live is None or self.made is not None:
            return ""
        return (
            f"the next sync makes it if its record was made after go-live on {_on(self.went_live)}, and "
            "else never does"
        )


def absent(
    link: Link,
    sides: Sequence[Side],
    holds: Sequence[Hold],
    mapping: LeadMapping,
    pact: Pact,
    *,
    live: bool,
    names: Mapping[str, str] | None = None,
    age: Age | None = None,
) -> tuple[str, ...]:
    """One sentence for each CRM of the mapping in which the lead has no live record.

    Args:
        live: the first plan was approved; before that nothing is made anywhere.
        names: CRM name → name for people.
        age: what is known of how old the lead is.
    """
    if link.status != "live":
        return ()
    there = {one.ref.crm for one in sides if one.state == "live"}
    return tuple(
        f"No record in {(names or {}).get(crm, crm)}: "
        f"{_why(crm, link, sides, holds, mapping, pact, live, age or Age())}."
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
    age: Age,
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
        _hindrances(rule, link, holds, pact, mapping, age),
        age.condition(rule) or "the next sync makes it, or says why not",
    )


def _on(at: datetime) -> str:
    there = at.astimezone(UTC)
    return f"{there.day} {there:%b} {there.year}"


def _hindrances(
    rule: CreationRule,
    link: Link,
    holds: Sequence[Hold],
    pact: Pact,
    mapping: LeadMapping,
    age: Age,
) -> Iterator[str]:
    if age.older(rule) and age.went_live is not None:
        yield (
            f"it is older than go-live on {_on(age.went_live)}, and nobody from before is made there; "
            "whoever is wanted there is made by hand, and is then kept in step"
        )
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
