"""Bad weather in the middle of a cycle: the run ends by its remedy, the next ones settle, nothing is doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.acceptance.acts import Acts
from tests.acceptance.town import LIFTED, Town
from tests.sandboxes import running_world

from leadpact_app.runner.clock import SystemClock

HUBSPOT_UPDATE = "POST /crm/v3/objects/contacts/batch/update"
SALESFORCE_UPDATE = "PATCH /services/data/{version}/composite/sobjects"
SALESFORCE_READ = "POST /services/data/{version}/composite/sobjects/"


@pytest.fixture(autouse=True)
def _less_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait a fiftieth of what they wait out of tests."""
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, seconds: time.sleep(seconds / 50))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_world(60, 7) as world:
        town = Town(world, tmp_path_factory.mktemp("weather"), world.settings())
        with town.pair() as pair:
            town.go_live(pair)
        yield town


@pytest.fixture(scope="module")
def acts(town: Town) -> Acts:
    return Acts.begin(town)


def fault(crm: str, route: str, kind: str, nth: int = 1) -> dict[str, Any]:
    return {"crm": crm, "route": route, "fault": kind, "nth": nth}


WEATHER = {
    "tokens expire": (
        fault("salesforce", SALESFORCE_READ, "expired_token"),
        fault("salesforce", SALESFORCE_UPDATE, "expired_token"),
    ),
    "a burst of 5xx": tuple(
        fault(crm, "*", kind, nth=nth)
        for crm in ("hubspot", "salesforce")
        for nth, kind in ((2, "html_503"), (3, "server_error"), (4, "unavailable"))
    ),
    "HubSpot's answer is lost after it wrote": (fault("hubspot", HUBSPOT_UPDATE, "lost_answer"),),
    "Salesforce's answer is lost after it wrote": (
        fault("salesforce", SALESFORCE_UPDATE, "lost_answer"),
    ),
    "both answers are cut": (
        fault("hubspot", HUBSPOT_UPDATE, "cut_body"),
        fault("salesforce", SALESFORCE_UPDATE, "cut_body"),
    ),
}


@pytest.mark.parametrize("seconds", [-420, 420])
def test_a_clock_that_is_wrong_costs_no_edit(town: Town, acts: Acts, seconds: int) -> None:
    town.faults({"crm": "hubspot", "route": "*", "fault": "skew", "seconds": seconds})
    try:
        acts.play("ask")
        with town.pair() as pair:
            pair.run_cycle(limits=LIFTED)
            town.until_quiet(pair)
            acts.check(pair)
    finally:
        town.faults()


@pytest.mark.parametrize("weather", WEATHER)
def test_the_next_cycles_settle_it(town: Town, acts: Acts, weather: str) -> None:
    acts.play("ask")
    with town.pair() as pair:
        pair.sides()
        town.faults(*WEATHER[weather])
        before = town.routes()
        report = pair.run_cycle(limits=LIFTED)
        assert_struck(before, town.routes(), WEATHER[weather])
        town.faults()
        assert report.status in ("done", "waiting"), report.note
        assert_accounted(report.counts, WEATHER[weather])
        town.until_quiet(pair)
        acts.check(pair)


TOLD = {
    "expired_token": ("signed_in_again",),
    "lost_answer": ("answer_lost",),
    "cut_body": ("answer_lost",),
}
"""Under which words a run accounts for a fault; all others as not available or as a lost answer."""


def assert_accounted(counts: Mapping[str, int], rules: tuple[Mapping[str, Any], ...]) -> None:
    """The run's report holds each fault that struck, by CRM and kind."""
    for crm in {rule["crm"] for rule in rules}:
        mine = [rule["fault"] for rule in rules if rule["crm"] == crm]
        words = {
            word for kind in mine for word in TOLD.get(kind, ("crm_unavailable", "answer_lost"))
        }
        told = {word: counts.get(f"fault_{crm}_{word}", 0) for word in words}
        # A token that ended is noticed by every call that was under way with it.
        more = sum(told.values()) - len(mine)
        assert more == 0 or (more > 0 and "expired_token" in mine), (crm, mine, dict(counts))


Routes = Mapping[str, Mapping[str, int]]


def assert_struck(before: Routes, after: Routes, rules: tuple[Mapping[str, Any], ...]) -> None:
    """Each rule had the calls that it waited for."""
    for rule in rules:
        crm, route = rule["crm"], "" if rule["route"] == "*" else rule["route"]
        made = sum(
            number - before[crm].get(name, 0)
            for name, number in after[crm].items()
            if name.startswith(route)
        )
        assert made >= rule["nth"], (rule, after)


def test_a_crm_that_is_down_for_the_whole_cycle_costs_nothing(town: Town, acts: Acts) -> None:
    acts.play("reject")
    with town.pair() as pair:
        pair.sides()
        town.faults({"crm": "salesforce", "route": "*", "fault": "unavailable", "rate": 1.0})
        report = pair.run_cycle(limits=LIFTED)
        town.faults()
        assert (report.status, report.exit_code) == ("waiting", 4)
        town.until_quiet(pair)
        acts.check(pair)
