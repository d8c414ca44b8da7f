"""What holds for every test: no settings from outside, no network but loopback, no chance."""

from __future__ import annotations

import atexit
import gc
import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.contract.postgres import Postgres

hypothesis.settings.register_profile(
    "suite", derandomize=True, deadline=None, database=None, print_blob=True
)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

_connect = socket.socket.connect


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):  # a Unix socket's path
        return True
    host = address[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _connect_to_loopback_only(self: socket.socket, address: Any) -> None:
    if not _is_local(address):
        raise OSError(f"a test tried to reach {address!r}; tests reach loopback only")
    _connect(self, address)


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until all is collected: nothing that collecting makes is garbage
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", 0):
        from tests.compiled_once import compile_once
        from tests.states import migrate_once

        migrate_once()
        compile_once()


LONG = ("acceptance", "integration/cli", "simulation", "conformance", "integration", "contract")
"""Folders whose files take seconds: they come first, so that no worker has one left when the other is done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        for number, folder in enumerate(LONG):
            if item.nodeid.startswith(f"tests/{folder}/"):
                return number
        return len(LONG)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Five thousand collected tests are not looked through again at every full garbage collection.

    That took half the time of tests that make many objects.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 100)
    atexit.register(gc.unfreeze)  # no sooner: when it ends, pytest collects garbage five times


@pytest.fixture(autouse=True)
def _sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("LEADPACT_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(socket.socket, "connect", _connect_to_loopback_only)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's PostgreSQL server; the processes of a parallel run share one."""
    from tests.contract.postgres import running_server

    with running_server() as running:
        yield running
