"""Each scenario gets a fresh CRM; under ``make soak`` once more for each believed behaviour turned over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.serving import Serving


@pytest.fixture(scope="session")
def serving() -> Iterator[Serving]:
    """One server for all emulated CRMs of this process."""
    made = Serving()
    yield made
    made.stop()
