"""The default agreement, an engine, and short ways to make leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from leadpact.model.record import Known
from leadpact.model.scorecard import Scorecard, ScoringInput, Signal
from leadpact.pact import Pact, load_pact
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
IDEAL: Mapping[str, Known] = {
    "email": "ann@alder.example",
    "title": "VP Sales",
    "employees": 120,
    "website": "https://alder.example",
}


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def ideal() -> Mapping[str, Known]:
    return IDEAL


@pytest.fixture(scope="session")
def pact() -> Pact:
    return load_pact(default_text("pact.yaml"))


@pytest.fixture
def engine() -> Iterator[EmbeddedEngine]:
    engine = EmbeddedEngine()
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def act() -> Callable[..., Signal]:
    """``act("webinar", 3)`` = a webinar three days before now."""

    def make(name: str, days: float, *, asset: str = "", id: str = "") -> Signal:
        at = NOW - timedelta(days=days)
        return Signal(id or f"{name}/{asset}/{days}", "ann", name, at, asset)

    return make


@pytest.fixture
def scored(engine: EmbeddedEngine, pact: Pact) -> Callable[..., Scorecard]:
    """The scorecard of one lead by the default agreement, or by another."""

    def score(
        facts: Mapping[str, Known],
        *signals: Signal,
        by: Pact | None = None,
        since: datetime | None = None,
        as_of: datetime = NOW,
    ) -> Scorecard:
        lead = ScoringInput("ann", facts, signals, since)
        (card,) = engine.score((by or pact).scoring, [lead], as_of)
        return card

    return score


@pytest.fixture(scope="session")
def pact_with() -> Callable[[str], Pact]:
    """The default agreement with other scoring rules: the text of ``rules:``, two blanks in."""

    def make(rules: str) -> Pact:
        text = default_text("pact.yaml")
        head, _, rest = text.partition("  rules:\n")
        _, mark, tail = rest.partition("  # Out whatever the score")
        return load_pact(f"{head}  rules:\n{rules}\n{mark}{tail}")

    return make
