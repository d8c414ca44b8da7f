"""The embedded engine over pages, pacts and odd input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from leadpact.model.scorecard import ScoringInput, Signal
from leadpact.pact import Pact, load_pact
from leadpact.scoring import compile_scoring
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact_mappings import default_text


def test_cards_come_in_the_order_of_the_leads_over_many_pages(
    engine: EmbeddedEngine, pact: Pact, now: datetime
) -> None:
    leads = [ScoringInput(str(n), {"employees": n}) for n in range(1201)]
    cards = engine.score(pact.scoring, leads, now)
    assert [card.link_id for card in cards] == [str(n) for n in range(1201)]
    assert [card.fit for card in cards] == [1500 if 50 <= n <= 500 else 0 for n in range(1201)]
    assert engine.score(pact.scoring, [], now) == []


def test_another_agreement_is_another_query(
    engine: EmbeddedEngine, pact: Pact, now: datetime
) -> None:
    other = load_pact(default_text("pact.yaml").replace("value: [50, 500]", "value: [1, 9]"))
    lead = [ScoringInput("x", {"employees": 5})]
    assert [engine.score(each.scoring, lead, now)[0].fit for each in (pact, other, pact)] == [
        0,
        1500,
        0,
    ]
    assert engine.score(other.scoring, lead, now)[0].pact_hash == other.hash


def test_nothing_of_a_page_is_left_for_the_next_even_after_a_fault(
    engine: EmbeddedEngine, pact: Pact, now: datetime, act: Callable[..., Signal]
) -> None:
    broken = Signal("\ud800", "x", "webinar", now)
    with pytest.raises(UnicodeEncodeError):
        engine.score(pact.scoring, [ScoringInput("x", {}, (broken,))], now)
    (card,) = engine.score(pact.scoring, [ScoringInput("x", {}, (act("webinar", 1),))], now)
    assert card.engagement == 2000


def test_a_list_of_thousands_of_domains_is_no_burden(engine: EmbeddedEngine, now: datetime) -> None:
    domains = ", ".join(f"rival{n}.example" for n in range(1500))
    text = default_text("pact.yaml").replace(
        "competitor_domains: [rival.example,", f"competitor_domains: [{domains},"
    )
    pact = load_pact(text)
    leads = [ScoringInput("x", {"email": f"a@b.rival{n}.example"}) for n in (0, 1499, 1500)]
    verdicts = [card.verdict for card in engine.score(pact.scoring, leads, now)]
    assert verdicts == ["disqualified", "disqualified", "not_yet"]


def test_the_same_query_is_printed_for_a_warehouse(pact: Pact) -> None:
    query = compile_scoring(pact.scoring)
    assert "STRPOS(words_title" in query.evidence.sql(dialect="duckdb")
    assert "INSTR(words_title" in query.evidence.sql(dialect="sqlite")
    for dialect in ("postgres", "spark", "duckdb", "sqlite"):
        text = query.points.sql(dialect=dialect)
        assert all(key in text for key in query.rule_keys)
        assert not any(part in text for part in ("REGEXP", "LOWER", "CAST(", " / "))


def test_the_engine_can_be_closed_and_used_again(
    engine: EmbeddedEngine, pact: Pact, now: datetime
) -> None:
    lead = [ScoringInput("x", {"employees": 60})]
    before = engine.score(pact.scoring, lead, now)
    engine.close()
    assert engine.score(pact.scoring, lead, now) == before


def test_a_rule_of_one_hundredth_that_lacks_its_fact_is_open_and_one_that_takes_away_is_not(
    pact: Pact,
) -> None:
    text = default_text("pact.yaml").replace(
        "  rules:\n",
        "  rules:\n"
        "    least: {label: L, pillar: fit, points: 0.01, when: {field: city, op: is, value: x}}\n"
        "    less: {label: M, pillar: fit, points: -0.01, when: {field: city, op: is, value: y}}\n",
        1,
    )
    query = compile_scoring(load_pact(text).scoring)
    assert query.rule_keys[:2] == ("least", "less")
    assert [number for number in query.undecided_marks if number < 2] == [0]
