"""Show 4 of issue 2: killed at any boundary, leadpact goes on and both CRMs agree, nobody doubled, nothing lost."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.acceptance.acts import KINDS, Acts
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import KILLED, LEASE_S, Town, child
from tests.sandboxes import running_world

POINTS = (
    ("before-write:1", "reject"),
    ("after-write:1", "ask"),
    ("after-write:2", "reject"),
    ("after-write:1", "convert"),
    ("before-commit:4", "accept"),
    ("after-commit:3", "ask"),
    ("after-observe:1", "drag"),
)
BOUNDARIES = [
    f"{when}-{what}"
    for what in ("collect", "signals", "observe", "find", "history", "owners", "write", "commit")
    for when in ("before", "after")
]
LEADS_TO = {"find": "ask", "owners": "ask", "history": "reject", "write": "reject"}
"""The act by which a cycle looks for somebody and makes a Lead, asks who moved a stage, or writes to both CRMs."""
MOST_OF_THEM = 36
"""Kills, of the 48 or so that the commits and reads of such cycles allow."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town that lives through every crash of the file."""
    with running_world(60, 7) as world:
        town = Town(world, tmp_path_factory.mktemp("crashes"), world.settings())
        with town.pair() as pair:
            town.go_live(pair)
        yield town


@pytest.fixture(scope="module")
def acts(town: Town) -> Acts:
    return Acts.begin(town)


@pytest.mark.parametrize(("point", "act"), POINTS)
def test_killed_at_a_boundary_the_next_cycles_put_all_right(
    town: Town, acts: Acts, point: str, act: str
) -> None:
    acts.play(act)
    assert town.sync_and_die(point) == KILLED, f"{point} was not reached"
    settle(town, acts)


def settle(town: Town, acts: Acts) -> None:
    town.later(LEASE_S)
    with town.pair() as pair:
        town.until_quiet(pair)
        acts.check(pair)


@pytest.mark.parametrize("point", ["after-write:1", "before-commit:4"])
def test_the_first_sync_may_be_killed_too(make_town: MakeTown, point: str) -> None:
    town = make_town(40)
    with town.pair() as pair:
        town.begin(pair)
    acts = Acts.begin(town)
    assert town.sync_and_die(point) == KILLED
    town.later(LEASE_S)
    with town.pair() as pair:
        town.until_quiet(pair)
        town.answer_differences(pair)
        town.until_quiet(pair)
        acts.made = sum(one.op == "make" for one in pair.store.intents(limit=100_000))
        acts.check(pair)


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty state; blank = a file."""
    if request.param == "sqlite":
        yield ""
        return
    with request.getfixturevalue("postgres").state() as address:
        yield address


@pytest.mark.soak
def test_every_boundary_of_a_cycle_on_600_leads(make_town: MakeTown, state: str) -> None:
    town = make_town(600, state=state)
    with town.pair() as pair:
        town.go_live(pair)
    acts = Acts.begin(town)
    died = Counter[str]()
    for boundary in BOUNDARIES:
        for nth in range(1, 20):
            acts.play(act_before(boundary, died.total()))
            code = town.sync_and_die(f"{boundary}:{nth}")
            settle(town, acts)
            if code != KILLED:
                break
            died[boundary] += 1
    both_crms = ("before-write", "after-write")
    missed = [one for one in BOUNDARIES if died[one] < 1 + (one in both_crms)]
    assert not missed, f"not reached, or in one CRM alone: {missed}"
    assert died.total() >= MOST_OF_THEM, f"too few were reached: {died}"


def act_before(boundary: str, number: int) -> str:
    """What somebody does for a cycle to come to this boundary; where any act will do, one after the other."""
    return LEADS_TO.get(boundary.partition("-")[2], KINDS[number % len(KINDS)])


@pytest.mark.soak
def test_twenty_kills_at_random_moments_on_600_leads(make_town: MakeTown, state: str) -> None:
    town = make_town(600, state=state)
    with town.pair() as pair:
        town.go_live(pair)
    acts, chance = Acts.begin(town), random.Random(20)
    killed = 0
    for _try in range(60):
        for _more in range(2):
            acts.play()
        killed += kill_a_cycle(town, chance.uniform(0.0, 0.12))
        settle(town, acts)
        if killed == 20:
            return
    raise AssertionError(f"only {killed} kills struck a cycle at work")


def kill_a_cycle(town: Town, after_s: float) -> bool:
    """Kill a cycle so long after it has begun; whether it was still at work."""
    with town.pair() as pair:
        last = pair.store.runs(1)[0].id
        process = child(town.settings(), town.folder)
        process.start()
        while pair.store.runs(1)[0].id == last:
            assert process.is_alive(), "the cycle did not begin"
            time.sleep(0.005)
        time.sleep(after_s)
        process.kill()
        process.join()
        return pair.store.runs(1)[0].status == "running"
