"""State on PostgreSQL: killed at any boundary it goes on, and a cycle that stood still writes nothing more."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.acceptance.acts import Acts
from tests.acceptance.test_crashes import settle
from tests.acceptance.town import KILLED, LEASE_S, Town, child
from tests.contract.postgres import Postgres
from tests.sandboxes import running_world

SLOW = {
    "crm": "hubspot",
    "route": "POST /crm/v3/objects/contacts/batch/read",
    "fault": "slow",
    "seconds": 1.5,
    "rate": 1.0,
}


@pytest.fixture(scope="module")
def town(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with postgres.state() as address, running_world(40, 7) as world:
        town = Town(world, tmp_path_factory.mktemp("town"), world.settings(), address)
        with town.pair() as pair:
            town.go_live(pair)
        yield town


@pytest.fixture(scope="module")
def acts(town: Town) -> Acts:
    return Acts.begin(town)


@pytest.mark.parametrize(
    ("point", "act"), [("after-write:1", "ask"), ("before-commit:4", "reject")]
)
def test_killed_at_a_boundary_the_next_cycles_put_all_right(
    town: Town, acts: Acts, point: str, act: str
) -> None:
    acts.play(act)
    assert town.sync_and_die(point) == KILLED, f"{point} was not reached"
    settle(town, acts)


def test_a_frozen_cycle_that_was_taken_over_writes_to_no_crm_when_it_goes_on(
    town: Town, acts: Acts
) -> None:
    acts.play("accept")
    town.faults(SLOW)
    with town.pair() as pair:
        frozen = freeze_while_it_reads(town, pair.store.runs(1)[0].id)
        try:
            assert pair.store.runs(1)[0].status == "running"
            town.faults()
            town.later(LEASE_S)
            assert town.until_quiet(pair) > 1
            before, runs = writes(town), pair.store.runs(100)
        finally:
            os.kill(frozen.pid, signal.SIGCONT)
        frozen.join(60)
        assert frozen.exitcode == 1
        assert writes(town) == before
        assert pair.store.runs(100) == runs
        acts.check(pair)


def freeze_while_it_reads(town: Town, last: str) -> Any:
    """A cycle in a process of its own, stopped while HubSpot's answer is under way to it."""
    process = child(town.settings(), town.folder)
    process.start()
    with town.pair() as pair:
        while pair.store.runs(1)[0].id == last:
            assert process.is_alive(), "the cycle did not begin"
            time.sleep(0.01)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGSTOP)
    return process


def writes(town: Town) -> int:
    """Calls that may change a record, in both CRMs."""
    return sum(
        number
        for routes in town.routes().values()
        for route, number in routes.items()
        if not route.startswith("GET") and "read" not in route and "search" not in route
    )
