"""`leadpact worker` on PostgreSQL: two of them, one killed; each tick is carried out once and the other goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from tests.acceptance.town import COMMAND, Town
from tests.contract.postgres import Postgres
from tests.sandboxes import running_world

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def town(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with postgres.state() as address, running_world(30, 7) as world:
        town = Town(world, tmp_path_factory.mktemp("town"), world.settings(), address)
        with town.pair() as pair:
            town.go_live(pair)
        yield town


def worker(town: Town, name: str) -> subprocess.Popen[str]:
    env = {
        **os.environ,
        **town.environment(),
        "LEADPACT_SCHEDULE__EVERY": "5s",
        "LEADPACT_SCHEDULE__HOT_EVERY": "off",
    }
    arguments = [sys.executable, "-c", COMMAND, "worker", "--name", name, "--listen", "off"]
    return subprocess.Popen(
        arguments,
        cwd=town.folder,
        env=env,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def runs(town: Town) -> int:
    with town.pair() as pair:
        return sum(one.kind == "sync" and one.status == "done" for one in pair.store.runs(500))


def test_two_workers_share_the_ticks_and_one_that_is_killed_is_not_missed(town: Town) -> None:
    before = runs(town)
    first, second = worker(town, "one"), worker(town, "two")
    try:
        time.sleep(25)
        both = runs(town) - before
        # A cycle each at their start, then one per tick, not two.
        assert 3 <= both <= 7
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        alone = runs(town)
        time.sleep(20)
        assert runs(town) - alone >= 2
        second.send_signal(signal.SIGTERM)
        assert second.wait(40) == 0
    finally:
        for one in (first, second):
            if one.poll() is None:
                one.kill()
                one.wait(10)
        told = [one.stderr.read() for one in (first, second) if one.stderr is not None]
        for one in (first, second):
            if one.stderr is not None:
                one.stderr.close()
        assert "Traceback" not in "".join(told), told
