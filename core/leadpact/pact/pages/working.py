"""The pages on working together: response times, handoff, rejection, review."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from leadpact.pact.agreement import Pact
from leadpact.pact.pages.page import Items, Section, Table
from leadpact.pact.pages.words import TEAMS, condition_words, listed, plain, title, value_words
from leadpact.pact.response_words import calendar_words
from leadpact.pact.review import REVIEWS

_KEY = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")
_CLOCKS = {
    "calendar": "day and night",
    "business": "working hours only",
    "business_days": "to the end of so many working days",
    "same_working_day": "to the end of the working day",
}
_INTENTS = ("high", "medium", "low")
_CADENCES = {
    "weekly": "every week",
    "monthly": "every month",
    "quarterly": "every quarter",
    "half_yearly": "every half year",
    "yearly": "every year",
}


def response_times(pact: Pact) -> Section:
    """How soon sales answers, on whose hours, and what shows that it did."""
    written = pact.content.get("sla", {})
    flat = written.get("first_contact") == "flat" and written.get("flat")
    named = [("Every lead", written["flat"])] if flat else []
    if not flat:
        named += [(f"{title(key)} intent", written[key]) for key in _INTENTS if written.get(key)]
    named += [(title(key), part) for key, part in (written.get("signals") or {}).items()]
    if written.get("qualification"):
        named.append(("Then", written["qualification"]))
    rows = tuple((who, part["label"], _clock(part)) for who, part in named)
    lines = []
    if written.get("near_breach"):
        lines.append(f"A reminder is due when {written['near_breach']} % of the time are gone.")
    if written.get("contact_signals"):
        shown = listed([plain(each) for each in written["contact_signals"]], "or")
        lines.append(f"Answered is who was taken, rejected or reached ({shown}).")
    lines += [f"Hours: {calendar_words(one)}." for one in pact.response.calendars.values()]
    for number, rule in enumerate(written.get("calendar_for") or (), 1):
        lines.append(f"Hours by rule {number}: {value_words(_without_blanks(rule))}.")
    return Section(
        "response",
        "How soon sales answers",
        "The clock starts when the lead acts, not when somebody looks; nothing pauses it.",
        (Table("", ("Who", "Promise", "Counted"), rows), Items("How it is counted", tuple(lines))),
        frozenset({"sla"}),
    )


def _clock(part: Mapping[str, Any]) -> str:
    said = _CLOCKS.get(str(part["clock"]), plain(str(part["clock"])))
    return (
        f"{said}; what comes after {part['latest']} has the next day"
        if part.get("latest")
        else said
    )


def handoff(pact: Pact) -> Section | None:
    """How a lead goes over: who gets it, what must be known."""
    written = pact.content.get("handoff")
    if not isinstance(written, Mapping):
        return None
    lines = []
    causes = written.get("on") or []
    if causes:
        names = [pact.label(each) if each in pact.stages else plain(each) for each in causes]
        lines.append(f"A lead is handed over at {listed(names, 'or')}, by both CRMs or by none.")
    else:
        lines.append("leadpact hands nobody over by itself: people do.")
    must = [
        listed([plain(word) for word in each], "or") if isinstance(each, list) else plain(each)
        for each in written.get("must_have") or []
    ]
    if must:
        lines.append(f"It goes over only with {listed(must)}; what is missing is asked for first.")
    caps = written.get("caps") or {}
    if causes and caps.get("per_rep_per_day"):
        lines.append(
            f"No rep gets more than {caps['per_rep_per_day']} leads a day, the hottest first."
        )
    routing = written.get("routing")
    if routing == "crm":
        lines.append("The CRM's own rules say whose a lead is.")
    elif isinstance(routing, Mapping) and routing.get("round_robin"):
        reps = len(routing["round_robin"])
        lines.append(
            f"Leads go round {reps} reps in turn."
            if routing.get("strict")
            else f"Leads are spread over {reps} reps; each lead always comes to the same one."
        )
    known = {"on", "must_have", "caps", "routing"}
    rest = {key: part for key, part in written.items() if key not in known and part and causes}
    return Section(
        "handoff",
        "How a lead goes over",
        "Whoever takes a lead knows why it came, from where, and by when to answer.",
        (Items("", (*lines, *_told(rest))),),
        frozenset({"handoff"}),
    )


def review(pact: Pact) -> Section:
    """How often both teams look at it again."""
    rows = tuple(
        (title(REVIEWS[kind]), _CADENCES[cadence]) for kind, cadence in pact.review.cadence.items()
    )
    return Section(
        "review",
        "When we look at it again",
        "The first version need not be perfect. It is measured, talked about and changed by both teams together, "
        "never by one alone.",
        (Table("", ("What", "How often"), rows),),
        frozenset({"review", "signatories", "contacts", "firm", "version"}),
    )


def health(pact: Pact) -> Section:
    """From when on the numbers that both teams share are a warning."""
    one, mql, sql = pact.health, pact.label("mql"), pact.label("sql")
    rows = (
        (f"{mql} to {sql}: too loose", f"under {one.too_loose_below} %"),
        (f"{mql} to {sql}: healthy", f"{one.healthy_from} to {one.healthy_to} %"),
        (f"{mql} to {sql}: too strict", f"over {one.too_strict_above} %"),
        (
            f"Taken by sales ({pact.label(one.accepted_at)})",
            f"a warning under {one.acceptance_floor} %",
        ),
        (f"From capture to {mql}", f"a warning over {one.late_mql_days} days"),
        ("Given back to nurture", f"a warning over {one.recycled_above} %"),
    )
    return Section(
        "health",
        "When the numbers are healthy",
        f"Turning {mql}s into {sql}s is a duty of both teams: marketing answers for whom it hands over, sales for how "
        f"it answers, neither for the rate alone. Under {one.least_sample} leads nothing is judged.",
        (
            Table("", ("What", "Line"), rows),
            Items("What our wins teach us", tuple(_learning(pact))),
        ),
        frozenset({"health", "calibration"}),
    )


def _learning(pact: Pact) -> Iterator[str]:
    one, mql, sql = pact.calibration, pact.label("mql"), pact.label("sql")
    yield (
        f"Once {one.warn_below} wins are known, the first three lines give way to our own rate: that of the {mql}s "
        f"made while those of {one.words} became {mql}."
        if pact.health.own_rate
        else f"The first three lines hold whatever our own rate from {mql} to {sql} is."
    )
    yield (
        f"We compare {one.words} with who was lost meanwhile: who they are, and what they did in the "
        f"{one.before_talk_days} days before the first talk with sales. Fewer than {one.warn_below} wins are a hint. "
        "A pattern becomes a rule only when both teams agree on it."
    )


def remaining(pact: Pact, key: str) -> Section:
    """A part of the pact that has no page of its own: nothing that was agreed is left out of what is signed."""
    value: Any = pact.content[key]
    parts = value if isinstance(value, Mapping) else {key: value}
    return Section(
        key.replace("_", "-"),
        title(key),
        "",
        (Items("", tuple(_told(parts))),),
        frozenset({key}),
    )


def _told(parts: Mapping[str, Any]) -> Iterator[str]:
    for key, value in parts.items():
        if value in (None, [], {}, "", False):
            continue
        name = title(str(key))
        if isinstance(value, Mapping) and "label" in value:
            rest = {each: part for each, part in value.items() if each != "label"}
            yield f"{value['label']}: {value_words(_without_blanks(rest))}"
        else:
            yield f"{name}: {value_words(_without_blanks(value))}"


def _without_blanks(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {
            key: condition_words(each, {})
            if key == "when" and isinstance(each, Mapping)
            else _without_blanks(each)
            for key, each in value.items()
        }
        return {key: each for key, each in kept.items() if each not in (None, [], {}, "", False)}
    if isinstance(value, list | tuple):
        return [_without_blanks(each) for each in value]
    if isinstance(value, str) and _KEY.fullmatch(value):
        return TEAMS.get(value, plain(value))
    return value
