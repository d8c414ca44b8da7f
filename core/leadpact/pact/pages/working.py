"""The pages on working together: response times, handoff, rejection, review."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from leadpact.pact.agreement import Pact
from leadpact.pact.pages.page import Block, Items, Section, Table
from leadpact.pact.pages.words import TEAMS, listed, minutes_words, plain, title, value_words
from leadpact.pact.review import REVIEWS

_KEY = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")
_CLOCKS = {
    "calendar": "day and night",
    "business": "working hours only",
    "same_working_day": "the same working day",
}
_DISPOSITIONS = {
    "recycle": "back to nurture, returns with new evidence",
    "disqualify": "out for good",
}
_CADENCES = {
    "weekly": "every week",
    "monthly": "every month",
    "quarterly": "every quarter",
    "half_yearly": "every half year",
    "yearly": "every year",
}


def response_times(pact: Pact) -> Section:
    """How soon sales answers."""
    rows = []
    for key, tier in pact.sla.items():
        within = minutes_words(tier.minutes) if tier.minutes else "—"
        rows.append((title(key), tier.label, within, _CLOCKS[tier.clock]))
    written = pact.content.get("sla", {})
    extra = {key: part for key, part in written.items() if key not in pact.sla and part}
    blocks: list[Block] = [Table("", ("Intent", "Promise", "Within", "Clock"), tuple(rows))]
    if extra:
        blocks.append(Items("How the clock runs", tuple(_told(extra))))
    return Section(
        "response",
        "How soon sales answers",
        "The clock starts when the lead acts, not when somebody looks.",
        tuple(blocks),
        frozenset({"sla"}),
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
        lines.append(f"Leads go round {len(routing['round_robin'])} reps in turn.")
    known = {"on", "must_have", "caps", "routing"}
    rest = {key: part for key, part in written.items() if key not in known and part and causes}
    return Section(
        "handoff",
        "How a lead goes over",
        "Whoever takes a lead knows why it came, from where, and by when to answer.",
        (Items("", (*lines, *_told(rest))),),
        frozenset({"handoff"}),
    )


def rejection(pact: Pact) -> Section:
    """Why sales gives a lead back, and what becomes of it."""
    written = pact.content.get("reasons", {})
    columns = ["Reason", "What becomes of the lead"]
    extra = sorted(
        {
            key
            for part in written.values()
            for key, value in part.items()
            if key not in ("label", "disposition") and value not in (None, [], {}, "", False)
        }
    )
    rows = []
    for part in written.values():
        cells = [part["label"], _DISPOSITIONS.get(part["disposition"], part["disposition"])]
        cells += [value_words(part.get(key)) for key in extra]
        rows.append(tuple(cells))
    return Section(
        "rejection",
        "When sales gives a lead back",
        f"Sales rejects with one of these reasons. Without one the lead is {pact.label('recycled')} and the reason is "
        "owed until it is given. Both teams read the reasons together and feed them into the rules.",
        (Table("", (*columns, *(title(key) for key in extra)), tuple(rows)),),
        frozenset({"reasons"}),
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
        kept = {key: _without_blanks(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, [], {}, "", False)}
    if isinstance(value, list | tuple):
        return [_without_blanks(each) for each in value]
    if isinstance(value, str) and _KEY.fullmatch(value):
        return TEAMS.get(value, plain(value))
    return value
