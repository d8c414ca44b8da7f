"""When a lead goes to sales, to whom, and what keeps it (S12, S83, S84, R31, R34). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from leadpact.model.owner import Owner
from leadpact.model.record import Known
from leadpact.model.scorecard import Scorecard
from leadpact.model.terms import Unknown
from leadpact.pact.handoff import HandoffRules

QUESTIONS: Final[Mapping[str, str]] = {
    "first_name": "What is their first name?",
    "last_name": "What is their last name?",
    "email": "What is their e-mail address?",
    "phone": "At which number can they be called?",
    "company": "Which company do they work for?",
    "website": "What is the company's website?",
    "employees": "How many people work there?",
    "title": "What is their role there?",
    "country": "In which country are they?",
    "city": "In which city are they?",
    "industry": "Which industry is the company in?",
}
"""What to ask for a field that must be known, in words that a marketer can send (S83)."""

FIT_LANE, FIT, NO_FIT_LANE, OTHER = 3, 2, 1, 0
_CLASS = 10_000_000


def missing(facts: Mapping[str, Known], rules: HandoffRules) -> tuple[tuple[str, ...], ...]:
    """Which must-have fields are not known; of each tuple one would be enough."""
    return tuple(
        names for names in rules.must_have if not any(_known(facts.get(name)) for name in names)
    )


def asked(lacking: Sequence[tuple[str, ...]]) -> str:
    """What is missing and what to ask, as two sentences."""
    names = ", ".join(" or ".join(_word(name) for name in names) for names in lacking)
    questions = " ".join(
        QUESTIONS.get(names[0], f"What is their {_word(names[0])}?") for names in lacking
    )
    lacks = "is" if len(lacking) == 1 else "are"
    return f"{names[:1].upper()}{names[1:]} {lacks} missing. Ask: {questions}"


def heat(card: Scorecard | None, *, lane: bool) -> int:
    """How hot a lead is: fit and interest first, the hottest first; hand-raisers without fit after them (S66, K14)."""
    if card is None:
        return OTHER * _CLASS
    fits = card.verdict == "qualified" or (lane and card.verdict == "not_yet" and card.fit > 0)
    group = (FIT_LANE if lane else FIT) if fits else (NO_FIT_LANE if lane else OTHER)
    return group * _CLASS + max(min(card.total, _CLASS - 1), 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who takes a lead.

    Attributes:
        owner: None = nobody can; ``why`` says so.
        write: the record's owner field is set to that person.
        stood_in: it is the fallback, since the owner that the CRM gave it cannot.
        by_turn: a strict round-robin gave it, so that the turn is used.
    """

    owner: Owner | None
    why: str = ""
    write: bool = False
    stood_in: bool = False
    by_turn: bool = False


def choose_owner(
    rules: HandoffRules,
    lead_id: str,
    current: Owner | None,
    known: Mapping[str, Owner],
    rejected_by: Collection[str],
    *,
    turn: str | None = None,
    full: Collection[str] = (),
) -> Choice:
    """Who takes this lead (R31): who owns it, unless the pact has a round-robin; never who rejected it (R17).

    Args:
        current: the owner that the record shows; None = none, or one that nobody knows.
        known: people of the CRM by their e-mail address in small letters.
        rejected_by: owner ids that had this person before and sent it back.
        turn: of a strict round-robin, the owner id that had the last turn, "" = nobody yet; None = not strict.
        full: of a strict round-robin, owner ids that have enough for the day: others with room go before them.
    """
    if rules.reps:
        able = [
            one
            for one in (known.get(email.lower()) for email in rules.reps)
            if one is not None and one.active and one.id not in rejected_by
        ]
        if able and turn is not None:
            ring = [found.id if (found := known.get(one.lower())) else "" for one in rules.reps]
            start = ring.index(turn) + 1 if turn in ring else 0
            order = {owner: (place - start) % len(ring) for place, owner in enumerate(ring)}
            rep = min(able, key=lambda one: (one.id in full, order[one.id]))
            return Choice(rep, write=current is None or current.id != rep.id, by_turn=True)
        if able:
            rep = able[_place(lead_id, len(able))]
            return Choice(rep, write=current is None or current.id != rep.id)
        why = "None of the reps in the round-robin can take it"
    elif current is None:
        why = "Nobody owns it"
    elif current.kind == "queue":
        why = f"It waits in the queue {current.name}"
    elif current.ours:
        why = "It belongs to leadpact's own sign-in, so to nobody"
    elif not current.active:
        why = f"Its owner {current.name} is not active any more"
    elif current.id in rejected_by:
        why = f"Its owner {current.name} rejected it before"
    else:
        return Choice(current)
    fallback = known.get(rules.fallback_owner.lower()) if rules.fallback_owner else None
    if fallback is not None and fallback.active and fallback.id not in rejected_by:
        stays = current is not None and current.kind == "queue"
        return Choice(fallback, f"{why}: {fallback.name} takes it.", not stays, stood_in=True)
    if rules.fallback_owner:
        cannot = "has it" if fallback is not None else "is nobody there"
        return Choice(None, f"{why}, and the fallback owner {cannot} no more. Give it to somebody.")
    return Choice(None, f"{why}. Give it to somebody, or name a fallback_owner in the pact.")


def day_of(now: datetime, zone: str) -> str:
    """The day that it is for somebody in this zone; UTC where it is not known."""
    return now.astimezone(zone_of(zone)).date().isoformat()


def next_day(now: datetime, zone: str) -> datetime:
    """When the next day begins there."""
    there = zone_of(zone)
    tomorrow = now.astimezone(there).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), there)


def zone_of(name: str) -> ZoneInfo:
    """A zone by its IANA name; UTC for none, and for one that this machine does not know."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _place(lead_id: str, many: int) -> int:
    digest = blake2b(lead_id.encode(), digest_size=8, person=b"leadpact").digest()
    return int.from_bytes(digest) % many


def _known(value: Known) -> bool:
    return value is not None and not isinstance(value, Unknown) and value != ""


def _word(name: str) -> str:
    return name.replace("_", " ")
