"""What goes wrong while a run is under way: the exit code tells the remedy, and the next run goes on from there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.cli.conftest import Shell, until_quiet
from tests.integration.sandbox.conftest import RunningSandbox

from leadpact_app.runner.clock import SystemClock

Someone = Callable[[], tuple[str, str]]
HUBSPOT_WRITE = "POST /crm/v3/objects/contacts/batch/update"
SALESFORCE_WRITE = "PATCH /services/data/{version}/composite/sobjects"


@pytest.fixture(autouse=True)
def _less_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait a fiftieth of what they wait out of tests."""
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, seconds: time.sleep(seconds / 50))


def _route(crms: RunningSandbox, crm: str, part: str) -> str:
    """The counted route whose name holds this part, so that a fault strikes exactly there."""
    calls: dict[str, Any] = crms.control("GET", "/calls")[crm]
    found = [name for name in calls if part in name]
    assert found, f"{part} was never called: {sorted(calls)}"
    return found[0]


def _city_in_hubspot(crms: RunningSandbox, contact: str, city: str) -> None:
    body = {"object": "contacts", "id": contact, "properties": {"city": city}, "by": "import:9"}
    crms.control("POST", "/hubspot/edit", body)


def _city_in_salesforce(crms: RunningSandbox, lead: str) -> object:
    return crms.salesforce("GET", f"/sobjects/Lead/{lead}").json()["City"]


def _stamp_in_salesforce(crms: RunningSandbox, lead: str) -> object:
    return crms.salesforce("GET", f"/sobjects/Lead/{lead}").json()["SystemModstamp"]


def _edit_and_break(
    crms: RunningSandbox, shell: Shell, contact: str, city: str, *faults: dict[str, object]
) -> Any:
    _city_in_hubspot(crms, contact, city)
    crms.control("POST", "/advance", {"seconds": 120})
    crms.control("POST", "/faults", list(faults))
    ended = shell("sync", "--json")
    crms.control("POST", "/faults", [])
    return ended


def _goes_on(crms: RunningSandbox, shell: Shell, lead: str, city: str) -> None:
    until_quiet(shell, crms)
    assert _city_in_salesforce(crms, lead) == city


@pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
def test_a_crm_that_is_down_is_waited_for(
    crms: RunningSandbox, agreed: Shell, someone: Someone, crm: str
) -> None:
    contact, lead = someone()
    down = {"crm": crm, "route": "*", "rate": 1.0, "fault": "unavailable"}
    ended = _edit_and_break(crms, agreed, contact, f"Down {crm}", down)
    assert ended.code == 4
    assert "what to do: Run the command again later" in ended.err
    assert _city_in_salesforce(crms, lead) != f"Down {crm}"
    _goes_on(crms, agreed, lead, f"Down {crm}")


def test_a_crm_that_goes_down_between_reading_and_writing_is_waited_for(
    crms: RunningSandbox, agreed: Shell, someone: Someone
) -> None:
    contact, lead = someone()
    route = _route(crms, "salesforce", "PATCH")
    down = {"crm": "salesforce", "route": route, "rate": 1.0, "fault": "unavailable"}
    ended = _edit_and_break(crms, agreed, contact, "Half way", down)
    assert ended.code == 4
    assert ended.json["status"] == "waiting"
    assert _city_in_salesforce(crms, lead) != "Half way"
    _goes_on(crms, agreed, lead, "Half way")


@pytest.mark.parametrize("fault", ["cut_body", "lost_answer"])
def test_an_answer_that_is_cut_or_lost_leaves_the_write_to_the_next_run(
    crms: RunningSandbox, agreed: Shell, someone: Someone, fault: str
) -> None:
    contact, lead = someone()
    route = _route(crms, "salesforce", "PATCH")
    cut = {"crm": "salesforce", "route": route, "nth": 1, "fault": fault}
    ended = _edit_and_break(crms, agreed, contact, f"City {fault}", cut)
    assert ended.code == 4
    assert ended.json["status"] == "waiting"
    assert _city_in_salesforce(crms, lead) == f"City {fault}", "it arrived, and nobody was told"
    before = _stamp_in_salesforce(crms, lead)
    crms.control("POST", "/advance", {"seconds": 5})
    after = agreed("sync", "--json")
    assert after.code == 0
    assert _stamp_in_salesforce(crms, lead) == before, "it was written already"
    _goes_on(crms, agreed, lead, f"City {fault}")


def test_a_feed_that_is_cut_in_the_middle_is_read_again(
    crms: RunningSandbox, agreed: Shell, someone: Someone
) -> None:
    contact, lead = someone()
    cut = {"crm": "hubspot", "route": "*", "rate": 1.0, "fault": "cut_body"}
    ended = _edit_and_break(crms, agreed, contact, "Cut feed", cut)
    assert ended.code == 4
    _goes_on(crms, agreed, lead, "Cut feed")


def test_a_row_that_fails_inside_a_200_is_a_failure_of_that_row_alone(
    crms: RunningSandbox, agreed: Shell, someone: Someone
) -> None:
    contact, lead = someone()
    route = _route(crms, "salesforce", "PATCH")
    locked = {"crm": "salesforce", "route": route, "nth": 1, "fault": "row_lock"}
    ended = _edit_and_break(crms, agreed, contact, "Locked", locked)
    assert ended.code == 1
    failed = agreed("failures", "list", "--json").json["failures"]
    assert [(one["crm"], one["record"]) for one in failed] == [("salesforce", lead)]
    assert failed[0]["retry_at"] is not None
    told = agreed("explain", lead, "--json").json["leads"][0]
    assert told["failures"][0]["cause"] == failed[0]["cause"]
    _goes_on(crms, agreed, lead, "Locked")
    assert agreed("failures", "list", "--json").json["failures"] == []


def test_failures_can_be_tried_again_at_once(
    crms: RunningSandbox, agreed: Shell, someone: Someone
) -> None:
    contact, lead = someone()
    route = _route(crms, "salesforce", "PATCH")
    locked = {"crm": "salesforce", "route": route, "nth": 1, "fault": "row_lock"}
    assert _edit_and_break(crms, agreed, contact, "Retried", locked).code == 1
    assert agreed("failures", "retry", "--lead", lead).code == 0
    ended = agreed("sync")
    assert ended.code == 0
    assert _city_in_salesforce(crms, lead) == "Retried"
    assert "Nothing has failed." in agreed("failures", "list").out


def test_a_token_that_ends_in_mid_run_is_renewed_where_it_can_be(
    crms: RunningSandbox, agreed: Shell, someone: Someone
) -> None:
    contact, lead = someone()
    route = _route(crms, "salesforce", "PATCH")
    expired = {"crm": "salesforce", "route": route, "nth": 1, "fault": "expired_token"}
    ended = _edit_and_break(crms, agreed, contact, "Renewed", expired)
    assert ended.code == 0
    assert _city_in_salesforce(crms, lead) == "Renewed"


def test_a_token_that_ends_for_good_in_mid_run_is_a_matter_of_signing_in(
    crms: RunningSandbox, agreed: Shell, someone: Someone
) -> None:
    contact, lead = someone()
    route = _route(crms, "hubspot", "batch/read")
    expired = {"crm": "hubspot", "route": route, "rate": 1.0, "fault": "expired_token"}
    ended = _edit_and_break(crms, agreed, contact, "Signed out", expired)
    assert ended.code == 3
    assert ended.json["status"] == "failed"
    assert "token" in ended.json["note"]
    _goes_on(crms, agreed, lead, "Signed out")


def test_too_long_a_value_is_held_with_its_reason(
    crms: RunningSandbox, agreed: Shell, someone: Someone
) -> None:
    contact, lead = someone()
    before = _city_in_salesforce(crms, lead)
    long = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
    ended = _edit_and_break(crms, agreed, contact, long)
    assert ended.code == 1
    assert _city_in_salesforce(crms, lead) == before
    held = agreed("review", "list", "--cause", "value_too_long", "--json").json["holds"]
    assert [one["field"] for one in held] == ["city"]
    assert "40 characters" in held[0]["why"]
    refused = agreed("review", "accept", held[0]["hold"])
    assert refused.code == 2
    assert "Shorten the value" in refused.err
    _city_in_hubspot(crms, contact, "Llanfair")
    _goes_on(crms, agreed, lead, "Llanfair")
    assert agreed("review", "list", "--cause", "value_too_long", "--json").json["holds"] == []


def test_a_stage_that_no_row_of_the_mapping_reads_is_held(
    crms: RunningSandbox, agreed: Shell, someone: Someone
) -> None:
    contact, _lead = someone()
    body = {
        "object": "contacts",
        "id": contact,
        "properties": {"lifecyclestage": "other"},
        "by": "workflow:4",
    }
    crms.control("POST", "/hubspot/edit", body)
    crms.control("POST", "/advance", {"seconds": 120})
    assert agreed("sync").code == 1
    held = agreed("review", "list", "--cause", "status_unmapped", "--json").json["holds"]
    assert len(held) == 1
    assert "other' in HubSpot is not in the stage table" in held[0]["why"]
    taken = agreed("review", "accept", held[0]["hold"], "--take", "hubspot")
    assert taken.code == 2
    assert agreed("review", "accept", held[0]["hold"], "--set", "nonsense").code == 2
    assert agreed("review", "edit", held[0]["hold"], "--value", "lead").code == 0
    until_quiet(agreed, crms)
    assert agreed("review", "list", "--cause", "status_unmapped", "--json").json["holds"] == []
