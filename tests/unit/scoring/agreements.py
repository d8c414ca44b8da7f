"""Random agreements, and whether another engine makes of them what the embedded one does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st
from tests.unit.scoring.random_leads import FREE, HOSTS, NAMES, NUMBERS, WINDOW, WORDS

from leadpact.model.scorecard import ScoringInput
from leadpact.pact.document import PactDocument
from leadpact.pact.rule_compiler import compile_rules
from leadpact.pact.score_rules import Scoring, ScoringLists
from leadpact.pact.yaml_text import Problem, read_document
from leadpact.scoring.columns import cells_of
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.input_rows import counted, signal_row
from leadpact.scoring.query import ScoringQuery

TEXT_FACTS = ("title", "city", "company", "website", "email", "email_domain")
FACT_TYPES: Mapping[str, str] = {
    **dict.fromkeys(TEXT_FACTS, "text"),
    "employees": "integer",
    "seats": "integer",
    "email_opt_out": "boolean",
    "is_free_mail": "boolean",
    "is_disposable_mail": "boolean",
}

Run: TypeAlias = Callable[[ScoringQuery, "Tables", str], list[tuple[Any, ...]]]
"""Fills an engine's tables and runs one projection, named, over them."""


@dataclass(frozen=True)
class Tables:
    """The rows that the printed query reads."""

    lead: list[tuple[Any, ...]]
    signal: list[tuple[Any, ...]]


def tables(query: ScoringQuery, leads: Sequence[ScoringInput], as_of: datetime) -> Tables:
    lists = query.scoring.lists
    return Tables(
        [(n, *cells_of(lead.facts, query.columns, lists)) for n, lead in enumerate(leads)],
        [
            (n, *signal_row(each, as_of))
            for n, lead in enumerate(leads)
            for each in counted(lead, as_of)
        ],
    )


Said: TypeAlias = tuple[list[Any], list[Any], list[Any]]
"""Evidence, points of rules and criteria by lead, and points by lead as the evidence sums up."""


def said(
    engine: EmbeddedEngine,
    run: Run,
    query: ScoringQuery,
    leads: Sequence[ScoringInput],
    as_of: datetime,
) -> tuple[Said, Said]:
    """What another engine and the embedded one say of these leads; equal where the engines agree with each other and
    points with evidence."""
    filled = tables(query, leads, as_of)
    evidence = sorted(_whole(run(query, filled, "evidence")))
    points = _whole(run(query, filled, "points"))
    by_rule = [list(row[1:]) for row in points]
    summed = [[0] * len(query.rule_keys) for _ in leads]
    for lead, rule, _signal, earned in evidence:
        holds = query.first_gate <= rule < query.first_action
        summed[lead][rule] += 1 if holds else earned
    there = (
        evidence,
        [(row[0], *each[: query.first_gate]) for row, each in zip(points, by_rule, strict=True)],
        by_rule,
    )
    here = (
        sorted(engine.evidence(query.scoring, leads, as_of)),
        [
            (number, *each.values())
            for number, each in enumerate(engine.points(query.scoring, leads, as_of))
        ],
        summed,
    )
    return there, here


def _whole(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Whole numbers as Python's, whatever kind of whole number an engine gives."""
    return [tuple(each if isinstance(each, str) else int(each) for each in row) for row in rows]


def _values(field: str, operation: str) -> st.SearchStrategy[Any]:
    if operation == "domain_is":
        one: st.SearchStrategy[Any] = st.sampled_from(HOSTS)
    elif FACT_TYPES[field] == "text":
        one = st.sampled_from([word for word in WORDS if _says_something(word, operation)])
    elif FACT_TYPES[field] == "integer":
        one = st.sampled_from(NUMBERS)
    else:
        return st.booleans()
    if operation == "between":
        return st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=2).map(sorted)
    return st.one_of(one, st.lists(one, min_size=1, max_size=4))


def _says_something(word: str, operation: str) -> bool:
    from leadpact.pact.conditions import folded, words

    said = words(word) if operation == "contains_word" else folded(word)
    return bool(said)


_TEXT_OPS = ("is", "is_not", "one_of", "none_of", "contains_word", "starts_with", "domain_is")
_NUMBER_OPS = ("is", "is_not", "one_of", "above", "at_least", "below", "at_most", "between")
_OPS = {"text": _TEXT_OPS, "integer": _NUMBER_OPS, "boolean": ("is", "is_not")}


def _test(field: str) -> st.SearchStrategy[dict[str, Any]]:
    known = st.sampled_from(["is_known", "is_unknown"]).map(
        lambda operation: {"field": field, "op": operation}
    )
    asked = st.sampled_from(_OPS[FACT_TYPES[field]]).flatmap(
        lambda operation: _values(field, operation).map(
            lambda value: {"field": field, "op": operation, "value": value}
        )
    )
    return st.one_of(asked, asked, asked, known)


_tests = st.sampled_from(sorted(FACT_TYPES)).flatmap(_test)
_queries = st.sampled_from(
    [
        "employees between 50 and 500 or seats in (1, 500)",
        "not (title = 'vp') and employees >= 50",
        "contains_word(title, 'vp', 'vice president') or starts_with(city, '100%_')",
        "domain_is(website, 'rival.example') and email_opt_out = false",
        "one_of(city, 'naïve', 'straße') or employees < -2",
        "title is null or email is not null",
    ]
).map(lambda text: {"query": text})
conditions = st.recursive(
    st.one_of(_tests, _tests, _queries),
    lambda inner: st.one_of(
        inner.map(lambda part: {"not": part}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
    ),
    max_leaves=5,
)
_points = st.sampled_from([1, 5, 20, 12.5, 0.25, -4, -12.75, 0])


def _acts(form: str, shape: Mapping[str, Any]) -> dict[str, Any]:
    """Acts in one of the forms that an agreement knows, with what may go with it."""
    signals = shape["signals"]
    goes_with = {
        "single": ("window_days",),
        "count": ("window_days", "at_least", "within_days", "same", "broken_by"),
        "all": ("window_days", "within_days", "same"),
        "back": ("window_days", "back_within_days", "same"),
        "mail": ("window_days", "at_least", "within_days"),
    }[form]
    acts = {key: shape[key] for key in goes_with if key in shape}
    if form == "all" and len(signals) > 1:
        acts["all_of"] = signals
    elif form == "mail":
        acts["mail"] = shape["mail"]
        acts.setdefault("at_least", 2)
    else:
        acts["signal"] = signals
    if form == "count":
        acts.setdefault("at_least", 2)
        acts["broken_by"] = [each for each in acts.get("broken_by", ()) if each not in signals]
        if not acts["broken_by"]:
            del acts["broken_by"]
    elif form == "all" and "all_of" not in acts:
        acts = {"signal": signals}
    elif form == "back":
        acts.setdefault("back_within_days", 3)
    for key in ("within_days", "back_within_days"):
        if key in acts:
            acts[key] = min(acts[key], acts.get("window_days", WINDOW))
    return acts


_forms = st.sampled_from(["single", "single", "count", "count", "all", "back", "mail"])
_shapes = st.fixed_dictionaries(
    {
        "signals": st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
        "mail": st.sampled_from(["opened", "clicked", "in_a_row"]),
    },
    optional={
        "at_least": st.integers(2, 4),
        "window_days": st.integers(1, 12),
        "within_days": st.integers(1, WINDOW),
        "back_within_days": st.integers(1, WINDOW),
        "broken_by": st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
        "same": st.just("asset"),
    },
)
acts = st.builds(_acts, _forms, _shapes)


def _earning(points: float, cap: int, half_life: int, some: Mapping[str, Any]) -> dict[str, Any]:
    rule = {"label": "x", "pillar": "engagement", "points": points, **some}
    if cap and points:
        rule["cap"] = round(points * cap / 4, 1) or points
    if half_life:
        rule["half_life_days"] = half_life
    return rule


_engagement = st.builds(
    _earning, _points, st.sampled_from([0, 0, 1, 3, 6, 40]), st.sampled_from([0, 0, 1, 2, 7]), acts
)
_fit = st.builds(
    lambda points, when: {"label": "x", "pillar": "fit", "points": points, "when": when},
    _points,
    conditions,
)
_gates = st.lists(conditions.map(lambda when: {"label": "x", "when": when}), max_size=2)
_steps = st.lists(st.integers(-5, 40), min_size=3, max_size=3, unique=True).map(
    lambda some: sorted(some, reverse=True)
)


def _numbered(parts: Sequence[Any], name: str) -> dict[str, Any]:
    return {f"{name}_{number}": part for number, part in enumerate(parts)}


def _scoring(
    fit: list[Any],
    acts: list[Any],
    out: list[Any],
    away: list[Any],
    grade: Any,
    lanes: list[Any],
    must: list[Any],
    qualify: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "must_have": _numbered(must, "must"),
        "qualify": qualify,
        "window_days": WINDOW,
        "facts": {"seats": "integer"},
        "rules": {**_numbered(fit, "fit"), **_numbered(acts, "act")},
        "disqualify": _numbered(out, "out"),
        "exclude": _numbered(away, "away"),
        "fast_lanes": {name: {"label": "x", "window_days": days} for name, days in lanes},
        "grade": grade,
    }


_actions = st.builds(
    lambda some, makes: {"label": "x", **some, **({"makes": makes} if makes else {})},
    acts,
    st.sampled_from([None, None, "mql", "pql"]),
)
_qualify = st.builds(
    lambda some, required, enough: {
        "actions": _numbered(some, "action"),
        "required": min(required, len(some)) or "none",
        "enough": min(enough, len(some)) or "none",
    },
    st.lists(_actions, max_size=2),
    st.integers(0, 2),
    st.integers(0, 2),
)
scoring_parts = st.builds(
    _scoring,
    st.lists(_fit, min_size=1, max_size=3),
    st.lists(_engagement, min_size=1, max_size=3),
    _gates,
    _gates,
    st.fixed_dictionaries({"fit": _steps, "engagement": _steps}),
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(1, 6)),
        max_size=2,
        unique_by=lambda each: each[0],
    ),
    _gates,
    _qualify,
)
thresholds = st.fixed_dictionaries(
    optional={"floors": st.booleans(), "sql": st.integers(40, 60)},
    mapping={
        "mql": st.integers(1, 40),
        "fit_floor": st.integers(0, 20),
        "engagement_floor": st.integers(0, 20),
    },
)


FRAME, MARKS = read_document(
    (Path(__file__).parent / "golden" / "pact.yaml").read_text(encoding="utf-8"), "frame"
)
STAGES: Any = FRAME["stages"]
STAGES["pql"] = {"label": "PQL", "owner": "marketing", "rank": 3}
LISTS = ScoringLists(free_mail=frozenset({FREE}), disposable=frozenset({"xn--a.test"}))


def scoring_of(part: Mapping[str, Any], limits: Mapping[str, int]) -> Scoring:
    """The compiled scoring of an agreement with these rules; YAML is left out, it would be most of the time."""
    document = PactDocument.model_validate({**FRAME, "scoring": part, "thresholds": limits})
    found: list[Problem] = []
    scoring = compile_rules(document, "hash", LISTS, MARKS, found)
    assert not found, [each.message for each in found]
    return scoring


scorings = st.builds(scoring_of, scoring_parts, thresholds)
"""Agreements with rules of every form: facts, acts, windows, counts, caps, half-lives, negatives, gates, lanes."""
