"""Towns that end with the test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.town import Town
from tests.documents_once import documents_once
from tests.sandboxes import running_world

MakeTown = Callable[..., Town]


@pytest.fixture(scope="module", autouse=True)
def _documents_once() -> Iterator[None]:
    with documents_once():
        yield


@pytest.fixture
def make_town(tmp_path: Path) -> Iterator[MakeTown]:
    """Start a town of so many people; ``only`` names the one CRM that leadpact is told of."""
    with contextlib.ExitStack() as stack:

        def make(leads: int = 60, seed: int = 7, only: str = "", state: str = "") -> Town:
            world = stack.enter_context(running_world(leads, seed))
            tables = world.settings()
            if only:
                tables = {key: tables[key] for key in (only, "clock_url")}
            return Town(world, tmp_path, tables, state)

        yield make
