"""How many calls a cycle makes, counted by the CRMs: for 300 changed leads here, for 1,000 under `make soak`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

import pytest
from tests.acceptance.town import Town
from tests.sandboxes import running_world

from leadpact.sync.context import Limits
from leadpact_app.bootstrap import Pair

CHANGED = (300, pytest.param(1000, marks=pytest.mark.soak))
PER_CHANGED = 2.4
"""So many people live in the town for one who has a record on both sides."""
UNCAPPED = Limits(lifted=True, canary_above=10_000)
LOOK_BACK_S = 11 * 60
"""Longer than either CRM's feed looks back."""
READING_S = 61 * 60
"""Longer than the pace of each source of the default mapping."""
SEARCH = "/search"
HUBSPOT_READ, HUBSPOT_WRITE = "/batch/read", "/batch/update"
QUERY = "/query"
SALESFORCE_READ = "POST /services/data/{version}/composite/sobjects/"
SALESFORCE_WRITE = "PATCH /services/data/{version}/composite/sobjects"


Linked: TypeAlias = list[tuple[str, str]]


@pytest.fixture(scope="module", params=CHANGED, ids=str)
def changed(request: pytest.FixtureRequest) -> int:
    """How many leads change."""
    return int(request.param)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, changed: int) -> Iterator[Town]:
    with running_world(int(changed * PER_CHANGED), 7) as world:
        settings = world.settings()
        # Calls are counted here, not paced: the burst windows would only make the cycles wait.
        settings["hubspot"] |= {"search_per_s": 50, "burst_per_10s": 1000}
        yield Town(world, tmp_path_factory.mktemp("calls"), settings)


@pytest.fixture(scope="module")
def pair(town: Town) -> Iterator[Pair]:
    with town.pair() as pair:
        town.begin(pair)
        report = pair.run_cycle(limits=UNCAPPED)
        assert report.status == "done", report.note
        settle(town, pair)
        yield pair


def settle(town: Town, pair: Pair) -> None:
    """What was written is seen again, and the look-backs pass; the time after that is calm."""
    town.calm(pair, 6 * LOOK_BACK_S + READING_S)
    for _cycle in range(3):
        town.later(LOOK_BACK_S)
        assert pair.run_cycle(limits=UNCAPPED).counts["written"] == 0
    town.later(LOOK_BACK_S)
    a_minute_after_a_cycle(town, pair)


def a_minute_after_a_cycle(town: Town, pair: Pair) -> None:
    """As a scheduler runs them: the signal sources, which have a pace of their own, were all read a minute ago."""
    town.later(READING_S)
    pair.run_cycle(limits=UNCAPPED)
    town.later(60)


@pytest.fixture(scope="module")
def linked(pair: Pair, changed: int) -> Linked:
    """(HubSpot contact, Salesforce Lead) of people who have both."""
    found = []
    ids = pair.store.page_of_links("", 10_000)
    for sides in pair.store.sides(ids).values():
        refs = {one.ref.kind: one.ref.id for one in sides if one.primary and one.state == "live"}
        if refs.keys() == {"contacts", "Lead"}:
            found.append((refs["contacts"], refs["Lead"]))
    assert len(found) >= changed
    return found[:changed]


def test_a_quiet_cycle_asks_once_per_kind(town: Town, pair: Pair) -> None:
    report, calls = town.calls_of(pair)
    assert report.counts["written"] == 0
    assert calls.made["hubspot"] == {"POST /crm/v3/objects/contacts/search": 1}
    assert sum(calls.made["salesforce"].values()) == len(calls.made["salesforce"]) + 1 == 3
    assert report.exit_code == 0


def test_leads_changed_on_both_sides_stay_within_the_limits(
    town: Town, pair: Pair, linked: Linked
) -> None:
    hundreds, two_hundreds = math.ceil(len(linked) / 100), math.ceil(len(linked) / 200)
    by = "integration:zap"
    titles = {contact: {"jobtitle": f"Desk {contact}"} for contact, _lead in linked}
    cities = {lead: {"City": f"Bay {lead[-6:]}"} for _contact, lead in linked}
    control = town.world.control
    control("/hubspot/edit_many", {"object": "contacts", "edits": titles, "by": by})
    control("/salesforce/edit_many", {"object": "Lead", "edits": cities, "by": by})
    town.later(30)
    report, calls = town.calls_of(pair, UNCAPPED)
    assert report.status == "done", report.note
    assert report.counts["written_salesforce"] >= len(linked)
    assert report.counts["written_hubspot"] >= len(linked)
    assert calls.of("hubspot", SEARCH) <= two_hundreds, calls.made
    assert calls.of("hubspot", HUBSPOT_READ) <= hundreds, calls.made
    assert calls.of("hubspot", HUBSPOT_WRITE) <= hundreds, calls.made
    assert calls.total("hubspot") <= two_hundreds + 2 * hundreds, calls.made
    assert calls.of("salesforce", QUERY) <= 2, calls.made
    assert calls.of("salesforce", SALESFORCE_READ) <= two_hundreds, calls.made
    assert calls.of("salesforce", SALESFORCE_WRITE) <= two_hundreds, calls.made
    # And one question for opportunities.
    assert calls.total("salesforce") <= 2 + 2 * two_hundreds + 1, calls.made

    town.world.advance(30)
    again, calls = town.calls_of(pair)
    assert again.counts["written"] == 0, (
        "a cycle after so many writes may see them again, not write"
    )
    town.calm(pair, 4 * READING_S)
    for _reading in range(2):  # the sources come due now, and not in the cycle that is counted
        town.later(READING_S)
        pair.run_cycle(limits=UNCAPPED)
    a_minute_after_a_cycle(town, pair)
    quiet, calls = town.calls_of(pair)
    assert (quiet.counts["written"], calls.total("hubspot"), calls.total("salesforce")) == (0, 1, 3)


def test_changes_on_different_leads_fill_every_batch(
    town: Town, pair: Pair, linked: Linked
) -> None:
    by, half = "integration:zap", len(linked) // 2
    titles = {contact: {"jobtitle": f"Seat {contact}"} for contact, _lead in linked[:half]}
    cities = {lead: {"City": f"Cape {lead[-6:]}"} for _contact, lead in linked[half:]}
    town.world.control("/hubspot/edit_many", {"object": "contacts", "edits": titles, "by": by})
    town.world.control("/salesforce/edit_many", {"object": "Lead", "edits": cities, "by": by})
    town.later(30)
    report, calls = town.calls_of(pair, UNCAPPED)
    assert (report.status, report.counts["written"]) == ("done", len(linked)), report.note
    assert calls.of("hubspot", SEARCH) == math.ceil(half / 200), calls.made
    assert calls.of("hubspot", HUBSPOT_READ) == math.ceil(len(linked) / 100), calls.made
    assert calls.of("hubspot", HUBSPOT_WRITE) == math.ceil(half / 100), calls.made
    assert calls.of("salesforce", SALESFORCE_READ) == math.ceil(len(linked) / 200), calls.made
    # One page holds the last of one CRM's changes and the first of the other's.
    assert calls.of("salesforce", SALESFORCE_WRITE) <= math.ceil(half / 200) + 1, calls.made


def test_each_signal_source_costs_one_call_a_reading(town: Town, pair: Pair) -> None:
    town.calm(pair, 5 * READING_S)
    for _reading in range(
        2
    ):  # what the first sync wrote changed contacts, which are looked at once more
        town.later(READING_S)
        pair.run_cycle(limits=UNCAPPED)
    town.later(READING_S)
    report, calls = town.calls_of(pair, UNCAPPED)
    assert report.counts["written"] == 0
    assert calls.made["hubspot"] == {"POST /crm/v3/objects/contacts/search": 2}
    assert calls.total("salesforce") == 3 + 2, calls.made
    a_minute_after_a_cycle(town, pair)
    _report, calls = town.calls_of(pair)
    assert (calls.total("hubspot"), calls.total("salesforce")) == (1, 3)
