"""Three workers on PostgreSQL share six pairs; one of them is killed, and its pair is taken up at once."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.acceptance.town import KILLED, LIFTED, Town
from tests.contract.postgres import Postgres
from tests.sandboxes import running_world

from leadpact_app.bootstrap import Pair, open_pair
from leadpact_app.settings import load_settings

pytestmark = pytest.mark.soak

PAIRS = 6
PEOPLE = 12
WORKER = """
import json, sys
from pathlib import Path
from leadpact.errors import WaitUntil
from leadpact.sync.context import Limits
from leadpact_app.bootstrap import open_pair
from leadpact_app.settings import load_settings
told, crash_at = json.loads(sys.argv[1]), sys.argv[2]
left, tries = list(told), 0
while left and tries < 200:
    name = left.pop(0)
    tries += 1
    folder = Path(name)
    try:
        with open_pair(load_settings(folder, crash_at=crash_at, **told[name])) as pair:
            report = pair.run_cycle(limits=Limits(lifted=True))
    except WaitUntil as error:
        assert error.code == "lease_held", error
        left.append(name)
        continue
    if report.counts["written"] or report.status != "done":
        left.append(name)
print("finished", flush=True)
"""


@dataclass
class Six:
    """Six pairs on one database, each with a portal and an org of its own."""

    towns: list[Town]
    names: list[str]

    def told(self) -> dict[str, dict[str, object]]:
        return {
            str(town.folder): {**town.settings(), "pair": name}
            for town, name in zip(self.towns, self.names, strict=True)
        }

    @contextlib.contextmanager
    def pair(self, number: int) -> Iterator[Pair]:
        town = self.towns[number]
        with open_pair(load_settings(town.folder, **self.told()[str(town.folder)])) as pair:
            yield pair


@pytest.fixture
def six(postgres: Postgres, tmp_path: Path) -> Iterator[Six]:
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(postgres.state())
        towns = []
        for number in range(PAIRS):
            world = stack.enter_context(running_world(PEOPLE, 11 + number))
            folder = tmp_path / f"pair{number}"
            folder.mkdir()
            towns.append(Town(world, folder, world.settings(), address))
        yield Six(towns, [f"pair-{number}" for number in range(PAIRS)])


def worker(six: Six, first: int, crash_at: str = "") -> subprocess.Popen[str]:
    """A worker that begins with another pair than the others and goes round until every pair is quiet."""

    told = list(six.told().items())
    order = dict(itertools.islice(itertools.cycle(told), first, first + PAIRS))
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, json.dumps(order), crash_at],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_six_pairs_finish_although_one_of_three_workers_is_killed(six: Six) -> None:
    for number in range(PAIRS):
        with six.pair(number) as pair:
            six.towns[number].begin(pair)
    workers = [worker(six, 0, "after-write:1"), worker(six, 2), worker(six, 4)]
    ends = [each.communicate(timeout=240) for each in workers]

    assert workers[0].returncode == KILLED, ends[0][1][-800:]
    for each, (said, errors) in zip(workers[1:], ends[1:], strict=True):
        assert (each.returncode, said) == (0, "finished\n"), errors[-2000:]
    for number, town in enumerate(six.towns):
        with six.pair(number) as pair:
            town.until_quiet(pair)
            assert pair.store.open_intents(10) == []
            assert pair.store.count("links", pair.clock.now()) > 0
            assert pair.run_cycle(limits=LIFTED).counts["written"] == 0
            nothing_doubled(pair)


def nothing_doubled(pair: Pair) -> None:
    """Each id of ours stands on one record of a CRM at the most, and each record belongs to one lead."""
    ids = pair.store.page_of_links("", 10_000)
    links, seen = pair.store.links(ids), set()
    for link_id, sides in pair.store.sides(ids).items():
        for side in sides:
            assert side.ref not in seen
            seen.add(side.ref)
        for crm, connector in pair.connectors.items():
            for kind in pair.mapping.kinds(crm):
                field = pair.mapping.external_id_field(crm, kind)
                bearing = connector.find(kind, field, (links[link_id].external_id,), (field,))
                assert len(bearing) <= 1, f"{crm} {kind} has {len(bearing)} of one lead"
