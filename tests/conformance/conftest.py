"""Each scenario gets a fresh CRM; under ``make soak`` once more for each believed behaviour turned over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.serving import Serving

from leadpact_sandbox.switches import SWITCHES


@pytest.fixture(scope="session")
def serving() -> Iterator[Serving]:
    """One server for all emulated CRMs of this process."""
    made = Serving()
    yield made
    made.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Turned-over runs are made only where soak may be chosen: thousands of tests cost seconds to leave out."""
    prefix = getattr(metafunc.module, "SWITCH_PREFIX", "")
    if not prefix or "bench" not in metafunc.fixturenames:
        return
    names = [name for name in SWITCHES if name.startswith(prefix)]
    if metafunc.config.getoption("markexpr") == "not soak":
        names = []
    turned = [pytest.param(name, marks=pytest.mark.soak) for name in names]
    metafunc.parametrize("bench", ["", *turned], indirect=True)
