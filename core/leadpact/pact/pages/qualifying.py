"""The pages on when a lead is an MQL: both pillars with floors and points, what keeps out, what goes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadpact.pact.agreement import Pact
from leadpact.pact.pages.acting import blocks as acting_blocks
from leadpact.pact.pages.acting import counts
from leadpact.pact.pages.page import Block, Items, Section, Table
from leadpact.pact.pages.words import (
    condition_words,
    listed,
    plain,
    points_words,
    some_of,
    title,
    value_words,
)

_KNOWN = frozenset(
    {
        "window_days", "facts", "rules", "disqualify", "exclude", "fast_lanes", "grade", "signals",
        "must_have", "qualify",
    }
)  # fmt: skip


def mql(pact: Pact) -> Section:
    """The score: who they are and what they did."""
    scoring, needed = pact.content["scoring"], pact.thresholds
    lists = pact.content.get("lists", {})
    fit = [rule for rule in scoring["rules"].values() if rule["pillar"] == "fit"]
    acts = [rule for rule in scoring["rules"].values() if rule["pillar"] == "engagement"]
    label = pact.label("mql")
    blocks: list[Block] = [
        Table(
            f"Fit: who they are (at least {needed.fit_floor} points)",
            ("Criterion", "Holds when", "Points"),
            tuple(
                (rule["label"], condition_words(rule["when"], lists), points_words(rule["points"]))
                for rule in fit
            ),
            frozenset({2}),
        ),
        Table(
            f"Engagement: what they did (at least {needed.engagement_floor} points)",
            ("Criterion", "Counts", "Points"),
            tuple(
                (
                    rule["label"],
                    counts(rule, scoring["window_days"], scoring.get("signals") or {}),
                    points_words(rule["points"]),
                )
                for rule in acts
            ),
            frozenset({2}),
        ),
        Items("How the grade is read", tuple(_grades(scoring["grade"]))),
    ]
    blocks += acting_blocks(scoring, lists)
    rest = {key: value for key, value in scoring.items() if key not in _KNOWN and value}
    blocks += [Items(title(key), tuple(_lines(value, lists))) for key, value in rest.items()]
    return Section(
        "mql",
        f"When a lead is {_an(label)}",
        f"{needed.mql} points or more in all"
        + (
            ", and the floor of each pillar: neither who they are nor what they did is enough alone. "
            if needed.floors
            else ". The total alone decides: the floors are off. "
        )
        + "What we do not know of somebody is not held against them: they show as “needs data”.",
        tuple(blocks),
        frozenset({"thresholds", "scoring", "publish_step"}),
    )


def kept_out(pact: Pact) -> Section:
    """Disqualifiers and exclusions beat every score."""
    scoring, lists = pact.content["scoring"], pact.content.get("lists", {})
    out = tuple(
        (
            part["label"],
            condition_words(part["when"], lists),
            pact.reasons[part["reason"]].label
            if part.get("reason") in pact.reasons
            else pact.reasons[key].label
            if key in pact.reasons
            else "—",
        )
        for key, part in scoring["disqualify"].items()
    )
    left = tuple(
        (part["label"], condition_words(part["when"], lists))
        for part in scoring["exclude"].values()
    )
    blocks: list[Block] = []
    if out:
        blocks.append(
            Table("Disqualified, whatever the score", ("Rule", "Holds when", "Reason"), out)
        )
    if left:
        blocks.append(
            Table(f"Left out of {pact.label('mql')}, not bad leads", ("Rule", "Holds when"), left)
        )
    return Section(
        "kept-out",
        "Who stays out",
        "These rules beat every score and every raised hand. Nobody with an open or won opportunity is disqualified "
        "by a rule.",
        tuple(blocks),
    )


def suspects(pact: Pact) -> Section | None:
    """Labels that stay with a person (S45)."""
    gates = {gate.key: gate.label for gate in pact.scoring.gates}
    rows = tuple(
        (
            part["label"],
            listed([f"the rule “{gates.get(key, plain(key))}”" for key in part.get("by") or ()])
            or "people alone",
        )
        for part in (pact.content.get("suspects") or {}).values()
    )
    return Section(
        "suspects",
        "Whom nobody spends time on again",
        "A label on the record in both CRMs that anybody may set. It stays over stages, tries and merges; whoever "
        "takes it away has the last word.",
        (Table("", ("Label", "Set by people, and by"), rows),) if rows else (),
        frozenset({"suspects"}),
    )


def first_in_line(pact: Pact) -> Section:
    """Fast lanes: a raised hand goes first."""
    lanes = pact.content["scoring"]["fast_lanes"]
    rows = tuple(
        (str(number), lane["label"], f"{lane['window_days']} days")
        for number, lane in enumerate(lanes.values(), 1)
    )
    return Section(
        "fast-lanes",
        "Who goes first",
        f"Whoever does one of these is a priority {pact.label('mql')} at once, whatever the score, unless a rule above "
        "keeps them out. The most urgent stands first.",
        (Table("", ("", "What they did", "Counts for"), rows, frozenset({0})),) if rows else (),
    )


def lists(pact: Pact) -> Section:
    """The lists that the rules name."""
    rows = tuple(
        (title(name), str(len(words)), some_of(list(words), 12) or "—")
        for name, words in pact.content.get("lists", {}).items()
    )
    return Section(
        "lists",
        "Lists that the rules use",
        "The public lists of free and disposable mail domains count besides.",
        (Table("", ("List", "Entries", "What is in it"), rows, frozenset({1})),) if rows else (),
        frozenset({"lists"}),
    )


def _grades(grade: Mapping[str, list[int]]) -> Iterator[str]:
    for pillar, marks in (("fit", "ABC"), ("engagement", "123")):
        steps = [
            f"{mark} from {least} point{'' if least == 1 else 's'}"
            for mark, least in zip(marks, grade[pillar], strict=True)
        ]
        below = "D" if pillar == "fit" else "4"
        yield f"{title(pillar)}: {', '.join(steps)}, else {below}."


def _lines(value: Any, lists: Mapping[str, Any]) -> Iterator[str]:
    """A part of the scoring that has no table of its own, line by line."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield f"{_label(key, part)}: {_part_words(part, lists)}"
    elif isinstance(value, list | tuple):
        for part in value:
            yield _part_words(part, lists)
    else:
        yield value_words(value)


def _label(key: object, part: Any) -> str:
    return (
        str(part["label"]) if isinstance(part, Mapping) and part.get("label") else title(str(key))
    )


def _part_words(part: Any, lists: Mapping[str, Any]) -> str:
    if not isinstance(part, Mapping):
        return value_words(part)
    said = [condition_words(part["when"], lists)] if isinstance(part.get("when"), Mapping) else []
    said += [
        f"{plain(str(key))}: {value_words(value)}"
        for key, value in part.items()
        if key not in ("label", "when") and value not in (None, [], {}, "", False)
    ]
    return "; ".join(said) or "—"


def _an(label: str) -> str:
    return f"an {label}" if label[:1] in "AEFHILMNORSXaeiou" and label.isupper() else f"a {label}"
