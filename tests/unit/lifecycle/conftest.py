"""The default agreement, and short ways to say things."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from leadpact.model.record import Author
from leadpact.model.stage import Assertion, Basis, StageState, Team
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text

Says = Callable[..., Assertion]
At = Callable[..., StageState]


@pytest.fixture(scope="session")
def pact() -> Pact:
    return load_pact(default_text("pact.yaml"))


@pytest.fixture(scope="session")
def says() -> Says:
    def make(
        team: Team,
        *stages: str,
        basis: Basis = "edit",
        reason: str = "",
        crm: str = "hubspot",
        author: Author | None = None,
    ) -> Assertion:
        who = author or Author("workflow" if team == "automation" else "person", "7")
        return Assertion(stages, crm, team, basis, who, reason)

    return make


@pytest.fixture(scope="session")
def at() -> At:
    def make(stage: str, *, reason: str = "", reason_owed: bool = False) -> StageState:
        since = datetime(2026, 11, 1, 9, tzinfo=UTC)
        return StageState(stage, since, reason=reason, reason_owed=reason_owed, why="before")

    return make
