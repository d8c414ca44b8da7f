"""The default agreement, and a way to break it in one place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text


@pytest.fixture(scope="session")
def default_pact_text() -> str:
    return default_text("pact.yaml")


@pytest.fixture(scope="session")
def pact(default_pact_text: str) -> Pact:
    return load_pact(default_pact_text)


@pytest.fixture
def refused(default_pact_text: str) -> Callable[[str, str], FixSettings]:
    """What is said when ``old`` of the default agreement reads ``new``."""

    def change(old: str, new: str) -> FixSettings:
        assert default_pact_text.count(old) == 1, f"{old!r} must stand there once"
        with pytest.raises(FixSettings) as caught:
            load_pact(default_pact_text.replace(old, new))
        return caught.value

    return change
