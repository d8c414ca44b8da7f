"""R22, K4: what another agreement would move, the same by either engine, and as a cycle judges it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadpact.audit.another_pact import Change, change_of
from leadpact.model.link import Link
from leadpact.model.scorecard import Signal
from leadpact.model.stage import StageState
from leadpact.pact import Pact, load_pact
from leadpact.ports.population import PopulationEngine
from leadpact.ports.state_store import StateChanges
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.population import PagewisePopulation
from leadpact_app.engines.duckdb import DuckPopulation
from leadpact_app.engines.stored import stored_population
from leadpact_app.store.memory import MemoryStore
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
FIT = {"title": "Director", "employees": 120}
BANT = {"need": "pain", "authority": "decides", "budget": "allocated", "timeline": "within_30_days"}
LOOKED = ("demo_page", "pricing_page", "webinar")


def agreed(*changes: tuple[str, str]) -> Pact:
    text = default_text("pact.yaml")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return load_pact(text)


LOWER = ("thresholds: {mql: 60,", "thresholds: {mql: 40,")
BY_SCORE = (
    ("engagement_floor: 20}", "engagement_floor: 20, sql: 90}"),
    ("    made_by: sales   ", "    made_by: [sales, score]   "),
)
STRAIGHT = ("demo_request: fast_lane  ", "demo_request: straight_to_sql  ")


@pytest.fixture
def store() -> MemoryStore:
    made, changes = MemoryStore(), StateChanges()

    def lead(
        name: str, stage: str, acts: tuple[str, ...], base: dict[str, Any], **more: Any
    ) -> None:
        link_id = f"{name}-0000"
        state = StageState(stage, SINCE, **more)
        changes.links.append(Link(link_id, base=base, stage=state, owner="salesforce:1"))
        for act in acts:
            day = NOW - timedelta(days=2)
            changes.signals.append(Signal(f"{link_id}-{act}", link_id, act, day, recorded_at=day))

    lead("warm", "lead", ("pricing_page",), FIT)
    lead("hot", "lead", LOOKED, FIT)
    lead("worked", "mql", LOOKED, FIT)
    lead("deal", "lead", LOOKED, FIT, deal_open=True)
    lead("lane", "lead", ("demo_request",), {})
    lead("asked", "sal", (), BANT)
    lead("rival", "mql", LOOKED, {**FIT, "email": "a@rival.example"})
    lead("rivals_deal", "sql", LOOKED, {**FIT, "email": "b@rival.example"}, deal_open=True)
    lead("cold", "lead", (), {})
    made.commit(changes, None, NOW)
    return made


@pytest.fixture(params=["embedded", "duckdb"])
def engine(request: pytest.FixtureRequest) -> PopulationEngine:
    if request.param == "duckdb":
        return DuckPopulation(threads=1)
    return PagewisePopulation(EmbeddedEngine(), EmbeddedEngine())


def judged(store: MemoryStore, engine: PopulationEngine, *changes: tuple[str, str]) -> Change:
    before, after = agreed(), agreed(*changes)
    return change_of(store, engine, before, after, stored_population(store, NOW), NOW)


def goals(change: Change) -> dict[str, str]:
    return {one.link_id.removesuffix("-0000"): one.goal for one in change.movers}


def test_a_lower_bar_gains_and_moves_and_leaves_whom_a_deal_speaks_for(
    store: MemoryStore, engine: PopulationEngine
) -> None:
    change = judged(store, engine, LOWER)
    assert (change.leads, change.gained, change.lost) == (9, 1, 0)
    assert change.examples["gained"] == ["warm-0000"]
    assert goals(change) == {
        "warm": "mql",
        "hot": "mql",
        "lane": "mql",
        "asked": "sql",
        "rival": "disqualified",
    }
    assert change.per_owner == {"salesforce:1": 5}


def test_a_score_makes_an_sql_where_the_agreement_says_so(
    store: MemoryStore, engine: PopulationEngine
) -> None:
    """K4: SQL by points alone takes `made_by: score`."""
    change = judged(store, engine, *BY_SCORE)
    moved = goals(change)
    assert (moved["hot"], moved["worked"]) == ("sql", "sql")
    assert "deal" not in moved
    assert change.moves["mql", "sql"] == 1


def test_a_raised_hand_goes_straight_where_the_agreement_says_so(
    store: MemoryStore, engine: PopulationEngine
) -> None:
    """K13."""
    assert goals(judged(store, engine, STRAIGHT))["lane"] == "sql"


def test_more_asked_of_an_sql_keeps_who_has_not_answered_it(
    store: MemoryStore, engine: PopulationEngine
) -> None:
    more = ("  evidence: told\n", "  evidence: required\n")
    assert "asked" not in goals(judged(store, engine, more))
