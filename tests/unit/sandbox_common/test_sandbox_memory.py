"""Filling the sandbox stops the collector, and never leaves it stopped."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from leadpact_sandbox.memory import filling


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_nothing_is_collected_meanwhile_and_all_is_set_aside_after() -> None:
    before = gc.get_freeze_count()
    with filling():
        assert not gc.isenabled()
        kept: list[dict[str, int]] = [{} for _ in range(1_000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)


def test_the_collector_goes_on_after_a_failure() -> None:
    with pytest.raises(ValueError, match="seed"), filling():
        raise ValueError("seed")
    assert gc.isenabled()
