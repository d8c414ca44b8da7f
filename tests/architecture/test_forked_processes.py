"""What the tests' processes have imported ahead is there: the server of these says nothing of what it cannot find."""

from __future__ import annotations

from importlib.util import find_spec

from tests.forked import LOADED


def test_all_that_is_loaded_ahead_exists() -> None:
    assert [name for name in LOADED if find_spec(name) is None] == []
