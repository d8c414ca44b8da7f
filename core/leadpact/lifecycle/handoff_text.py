"""What a rep is told of a lead: plain text, the same for task and message (S57, S70, S85, R28). Pure.

What a person typed stands in it on one line, as text: each sink escapes for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from leadpact.lifecycle.handoff import zone_of
from leadpact.model.handoff import Headline
from leadpact.model.record import Known
from leadpact.model.scorecard import Signal
from leadpact.model.terms import Unknown
from leadpact.pact.agreement import Pact

HISTORY: Final = 10
"""So many acts are told, the latest first."""
_LONGEST: Final = 200
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_PERSON: Final = ("title", "company", "employees", "industry", "city", "country")
_REACH: Final = ("email", "phone", "website")

WHY_NOW: Final = "Why now: "


def headline(facts: Mapping[str, Known], why: str) -> Headline:
    """Who it is and why now."""
    return Headline(name_of(facts), said(facts.get("company")), why)


def name_of(facts: Mapping[str, Known]) -> str:
    """The person's name; "Somebody" where none is known."""
    parts = (said(facts.get("first_name")), said(facts.get("last_name")))
    return " ".join(filter(None, parts)) or "Somebody"


def lead_lines(
    facts: Mapping[str, Known],
    signals: Sequence[Signal],
    pact: Pact,
    *,
    why: str,
    breakdown: str,
    consent: str,
    qualification: Sequence[str] = (),
    earlier_rejection: str = "",
    advice: Sequence[str] = (),
) -> tuple[str, ...]:
    """All that is told of a lead but who has it, until when, and where it stands.

    Args:
        breakdown: the score and its reasons, several lines.
        consent: of :func:`consent_line`.
        qualification: what of the framework is answered, and what is not.
        earlier_rejection: on top, where the person comes back (R17).
        advice: what to look for at the first touch (S68, S69).
    """
    lines = [earlier_rejection] if earlier_rejection else []
    lines.append(f"{WHY_NOW}{why}")
    topic = _topic(signals)
    if topic:
        lines.append(f"Their topic: {topic}")
    person = " · ".join(filter(None, (name_of(facts), *(_field(facts, name) for name in _PERSON))))
    reach = " · ".join(filter(None, (said(facts.get(name)) for name in _REACH)))
    lines += [f"Lead: {person}", f"Reach: {reach or 'no address or number is known'}", consent]
    lines += [line for line in breakdown.splitlines() if line]
    lines += [*advice, *(f"Qualification: {line}" for line in qualification)]
    told = [f"{_day(one.at)}: {_act(one, pact)}" for one in _latest(signals)]
    lines += ["What they did:", *told] if told else []
    return tuple(line for line in lines if line)


def consent_line(facts: Mapping[str, Known], unread: Sequence[str]) -> str:
    """Whether the person may be written to (R28).

    Args:
        unread: CRMs that do not show their consent field, as people call them.
    """
    opted_out = facts.get("email_opt_out")
    if opted_out is True:
        return "Consent: opted out of e-mail. Call, do not mail."
    if unread or isinstance(opted_out, Unknown) or opted_out is None:
        where = f" ({', '.join(unread)} does not show it)" if unread else ""
        return f"Consent unknown{where}: ask before you mail."
    return "Consent: no opt-out of e-mail is known."


def due_line(due_at: datetime | None, zone: str, label: str = "") -> str:
    """When first contact is due, in the rep's own zone."""
    if due_at is None:
        return "First contact: no time is promised."
    told = f" ({label})" if label else ""
    return f"First contact due {at_clock(due_at, zone)}{told}"


def at_clock(at: datetime, zone: str) -> str:
    """An instant on somebody's clock: ``10:07 CET on 24 Nov 2026``."""
    there = at.astimezone(zone_of(zone))
    return f"{there:%H:%M} {there.tzname()} on {there.day} {_MONTHS[there.month - 1]} {there.year}"


def said(value: Known) -> str:
    """A value on one line, "" where it is not known."""
    if value is None or isinstance(value, Unknown):
        return ""
    shown = " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _field(facts: Mapping[str, Known], name: str) -> str:
    shown = said(facts.get(name))
    return f"{shown} employees" if shown and name == "employees" else shown


def _latest(signals: Sequence[Signal]) -> list[Signal]:
    return sorted(signals, key=lambda one: (one.at, one.id), reverse=True)[:HISTORY]


def _topic(signals: Sequence[Signal]) -> str:
    """What the latest act was about that was about anything (S70)."""
    return next((said(one.asset) for one in _latest(signals) if one.asset), "")


def _act(signal: Signal, pact: Pact) -> str:
    lane = pact.fast_lanes.get(signal.name)
    rules = (rule.label for rule in pact.scoring.engagement if rule.signals == {signal.name})
    name = lane.label if lane else next(rules, signal.name.replace("_", " ").capitalize())
    asset = said(signal.asset)
    return f"{name} ({asset})" if asset else name


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
