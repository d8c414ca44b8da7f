"""Show 2 of issue 5: a backfill that is killed goes on where it was, writes no page twice, and both CRMs end right."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import CHILD_S, KILLED, LEASE_S, Town

from leadpact.model.record import Record, RecordRef
from leadpact.ports.runs import RunRequest
from leadpact.sync import backfill
from leadpact_app.bootstrap import Pair, open_pair
from leadpact_app.bootstrap.backfilling import approve, make_forecast, unapproved
from leadpact_app.bootstrap.carrying import inline_runs
from leadpact_app.settings import load_settings

KILLS = 30
PAGE = 200
"""Leads of one page of a backfill of this size."""


def go_on(settings: Mapping[str, Any], folder: str, run_id: str) -> None:
    """What the child does: the backfill from its place to its end. Its process is the test's to kill."""
    with open_pair(load_settings(Path(folder), **settings)) as pair:
        ended = inline_runs(pair).start(RunRequest("backfill", run_id=run_id))
    sys.exit(ended.exit_code or 0)


def child(town: Town, run_id: str, crash_at: str = "") -> Any:
    """The process, not yet started."""
    settings = town.settings() | ({"crash_at": crash_at} if crash_at else {})
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.acceptance.test_backfill_killed"])
    return context.Process(target=go_on, args=(settings, str(town.folder), run_id))


@dataclass
class Natives:
    """All mapped fields that are not ours, of every record of a link, before and after."""

    shown: dict[RecordRef, dict[str, Any]]

    @classmethod
    def of(cls, pair: Pair) -> Natives:
        """As both CRMs show them now."""
        return cls(
            {
                record.ref: {
                    name: value
                    for name, value in record.fields.items()
                    if not name.startswith(("leadpact", "System", "LastMod", "last", "hs_last"))
                }
                for record in records(pair, ())
            }
        )


def records(pair: Pair, also: tuple[str, ...]) -> Iterator[Record]:
    """Every live record of a lead that is written."""
    ids: list[str] = []
    after = ""
    while page := pair.store.page_of_links(after, 500):
        ids += page
        after = page[-1]
    groups: dict[tuple[str, str], list[str]] = {}
    for sides in pair.store.sides(ids).values():
        for side in sides:
            if side.state == "live" and side.primary:
                groups.setdefault((side.ref.crm, side.ref.kind), []).append(side.ref.id)
    for (crm, kind), known in sorted(groups.items()):
        mapped = pair.mapping.read_fields(crm, kind)
        dates = pair.mapping.backfill(crm, kind).fields if also else ()
        for start in range(0, len(known), 100):
            for one in pair.connectors[crm].fetch(
                kind, known[start : start + 100], (*mapped, *dates)
            ):
                if isinstance(one, Record):
                    yield one


def approved(pair: Pair) -> str:
    """A forecast that somebody has approved."""
    told = make_forecast(pair, sample=10_000, native=False, watch=timedelta(seconds=0))
    assert told.rows > told.leads // 2
    run, order = unapproved(pair)
    approve(pair, order)
    return run.id


def check(town: Town, pair: Pair, run_id: str, before: Natives, deaths: int) -> None:
    """Done; dates where HubSpot has them; nothing else moved; nothing written twice but for pages in flight."""
    run = pair.store.run(run_id)
    assert run is not None
    assert run.status == "done"
    assert run.counts["leads"] >= run.counts["of"]
    assert not run.counts.get("failed")
    assert Natives.of(pair).shown == before.shown
    dated = wrong = 0
    for record in records(pair, ("dates",)):
        fields = pair.mapping.backfill(record.ref.crm, record.ref.kind)
        filled = [name for name in fields.dates.values() if record.fields.get(name)]
        wrong += bool(filled) != bool(record.fields.get(fields.mark))
        dated += bool(filled)
        for name in filled:
            assert datetime.fromisoformat(str(record.fields[name])) <= pair.clock.now()
    assert wrong == 0
    assert dated > run.counts["of"]
    journal = pair.store.intents(run_id=run_id, limit=1_000_000)
    times = Counter(one.ref for one in journal)
    twice = sum(count - 1 for count in times.values())
    assert max(times.values()) <= 1 + deaths
    # At most the page in flight at each death, with one record in each CRM per lead.
    assert twice <= 2 * PAGE * deaths, f"{twice} rows were journaled again"
    left = make_forecast(pair, sample=10_000, native=False, watch=timedelta(seconds=0))
    assert left.rows == 0


def test_killed_once_it_goes_on_at_the_page_in_flight(make_town: MakeTown) -> None:
    town = make_town(150)
    with town.pair() as pair:
        town.go_live(pair)
        before, run_id = Natives.of(pair), approved(pair)
    process = child(town, run_id, "after-write:2")
    process.start()
    process.join(CHILD_S)
    assert process.exitcode == KILLED
    town.later(LEASE_S)
    with town.pair() as pair:
        assert inline_runs(pair).resume(run_id).status == "done"
        check(town, pair, run_id, before, 1)
        rows = Counter(one.ref for one in pair.store.intents(run_id=run_id, limit=10_000))
        assert sum(count > 1 for count in rows.values()) <= 2 * 100, "only the page in flight"


@pytest.mark.soak
@pytest.mark.parametrize("postgres_state", [False, True])
def test_thirty_kills_at_random_moments_of_a_backfill_of_3000_leads(
    make_town: MakeTown, request: pytest.FixtureRequest, postgres_state: bool
) -> None:
    if postgres_state:
        with request.getfixturevalue("postgres").state() as address:
            _thirty_kills(make_town(3000, state=address))
    else:
        _thirty_kills(make_town(3000))


def _thirty_kills(town: Town) -> None:
    with town.pair() as pair:
        town.go_live(pair)
        before, run_id = Natives.of(pair), approved(pair)
    chance, killed = random.Random(33), 0
    for _try in range(400):
        process = child(town, run_id)
        process.start()
        with town.pair() as pair:
            began = time.monotonic()
            while _standing(pair, run_id) != "running" and process.is_alive():
                assert time.monotonic() - began < CHILD_S, "the backfill did not begin"
                time.sleep(0.005)
        time.sleep(chance.uniform(0.02, 0.5))
        if killed < KILLS and process.is_alive():
            process.kill()
            killed += 1
        process.join(CHILD_S * 5)
        town.later(LEASE_S)
        with town.pair() as pair:
            if _standing(pair, run_id) == "done":
                break
    assert killed >= KILLS // 2, f"it was done after {killed} kills"
    time.sleep(11)  # the windows that workers share on PostgreSQL go by the server's clock
    with town.pair() as pair:
        check(town, pair, run_id, before, killed)


def _standing(pair: Pair, run_id: str) -> str:
    run = pair.store.run(run_id)
    return run.status if run is not None else ""


@pytest.mark.soak
def test_very_many_rows_go_by_bulk_jobs(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "MASS_ABOVE", 10)
    town = make_town(150)
    with town.pair() as pair:
        org = pair.connectors["salesforce"]
        org.capabilities = replace(org.capabilities, mass_from=10, write_batch=5)
        town.go_live(pair)
        before, run_id = Natives.of(pair), approved(pair)
        assert inline_runs(pair).resume(run_id).status == "done"
        jobs = {route for route in town.routes()["salesforce"] if "jobs/ingest" in route}
        assert any(route.endswith("successfulResults") for route in jobs)
        check(town, pair, run_id, before, 0)
