"""The history of a lead in sentences that a rep and a marketer understand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from leadpact.model.scorecard import Verdict
from leadpact.model.stage import Transition
from leadpact.pact import Pact

_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TEAMS: Final = {
    "marketing": "marketing",
    "sales": "sales",
    "automation": "an automation",
    "score": "the score",
    "agreement": "the agreement",
    "operator": "an operator of leadpact",
    "first sight": "leadpact",
}
VERDICTS: Final[Mapping[Verdict, str]] = {
    "qualified": "qualified",
    "not_yet": "not yet",
    "needs_data": "needs data",
    "excluded": "left out",
    "disqualified": "disqualified",
}
"""What people call a verdict."""


def day(at: datetime) -> str:
    """A date for people, UTC, without an age: the text stays true."""
    there = at.astimezone(UTC)
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year}"


def minute(at: datetime) -> str:
    """Date and time for people, UTC."""
    return f"{day(at)} {at.astimezone(UTC):%H:%M}"


def who(actor: str) -> str:
    """An actor as people say it: ``sales (person:0057)`` → "sales (person 0057)"."""
    team, _, rest = actor.partition(" (")
    name = _TEAMS.get(team, team)
    return f"{name} ({rest.rstrip(')').replace(':', ' ')})" if rest else name


def transition_sentence(one: Transition, pact: Pact, names: Mapping[str, str] | None = None) -> str:
    """What was said of the stage, by whom, and what came of it.

    Args:
        one: a line of the stage history.
        pact: names of stages and reasons.
        names: CRM name → name for people.
    """
    before, after = pact.label(one.from_stage), pact.label(one.to_stage)
    actor = who(one.actor)
    crm = (names or {}).get(one.crm, one.crm)
    where = f" in {crm}" if crm else ""
    reason = pact.reasons.get(one.reason)
    because = f", reason: {reason.label if reason else one.reason}" if one.reason else ""
    why = f": {one.why}" if one.why else ""
    first = (
        f"{_big(actor)} chose {after} in review when leadpact first saw it"
        if one.actor.startswith("operator")
        else f"Found at {after} when leadpact first saw it"
    )
    return {
        "adopted": f"{first}{because}{why}",
        "accepted": f"{before} → {after} by {actor}{where}{because}{why}",
        "implied": f"{after} was passed on the way, by {actor}{where}",
        "refused": f"{_big(actor)}{where} asked for {after}; refused, it stays {before}{why}",
        "overtaken": f"{_big(actor)}{where} asked for {after}; a stronger word won{why}",
        "held": f"{_big(actor)}{where} asked for {after}; it waits for a person{why}",
        "contested": f"{_big(actor)}{where} set {after} again; contested, nothing more is written{why}",
    }[one.result]


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]
