"""`leadpact doctor`: every finding with its remedy, exit codes by remedy, probes with and without writing."""

from __future__ import annotations

from typing import Any

from tests.integration.cli.conftest import Shell
from tests.integration.sandbox.conftest import RunningSandbox


def _about(told: dict[str, Any], topic: str) -> list[dict[str, Any]]:
    return [one for one in told["findings"] if one["topic"] == topic]


def test_before_provisioning_each_missing_field_is_told_with_its_cost(
    shell: Shell, crms: RunningSandbox
) -> None:
    crms.control("POST", "/reset")
    ended = shell("doctor", "--json")
    assert ended.code == 0
    told = ended.json
    assert told["ok"]
    missing = [one for one in _about(told, "fields") if one["code"] == "own_field_missing"]
    flag = next(one for one in missing if "leadpact_priority " in one["sentence"])
    assert "which MQLs go first" in flag["sentence"]
    assert "provision" in flag["mend"]
    assert {one["crm"] for one in _about(told, "account")} == {"hubspot", "salesforce"}
    for topic in ("rights", "budget", "clock", "version"):
        assert {one["crm"] for one in _about(told, topic)} == {"hubspot", "salesforce"}, topic
    assert all(one["level"] == "ok" for one in _about(told, "rights"))
    assert [one["level"] for one in _about(told, "other sync")] == ["ok"]


def test_people_read_a_table(shell: Shell, crms: RunningSandbox) -> None:
    crms.control("POST", "/reset")
    assert shell("provision").code == 0
    ended = shell("doctor")
    assert ended.code == 0
    assert "All of leadpact's own fields are there." in ended.out
    assert "calls are left" in ended.out
    # The sandbox's own workflow sets stages, which is a warning.
    assert "Nothing stands in the way of a sync" in ended.out
    assert "Behaviour" not in ended.out


def test_a_bad_token_is_code_3_and_the_other_crm_is_examined_all_the_same(
    shell: Shell, crms: RunningSandbox
) -> None:
    crms.control("POST", "/reset")
    ended = shell("doctor", "--json", HUBSPOT__TOKEN="pat-eu1-wrong")
    assert ended.code == 3
    wrong = [one for one in ended.json["findings"] if one["level"] == "error"]
    assert {(one["crm"], one["remedy"]) for one in wrong} == {("hubspot", "sign in")}
    assert [one for one in _about(ended.json, "budget") if one["crm"] == "salesforce"]


def test_a_hubspot_that_is_signed_in_to_by_oauth_keeps_its_tokens_between_two_commands(
    shell: Shell, crms: RunningSandbox
) -> None:
    crms.control("POST", "/reset")
    app = crms.control("GET", "/hubspot/app")
    oauth = {
        f"HUBSPOT__{name.upper()}": app[name]
        for name in ("client_id", "client_secret", "refresh_token")
    }
    ended = shell("doctor", HUBSPOT__TOKEN="", **oauth)
    assert ended.code == 2
    assert "LEADPACT_STATE_KEY" in ended.err + ended.out
    key = "bGVhZHBhY3QtbGVhZHBhY3QtbGVhZHBhY3QtMzItYnk="
    for _ in range(2):
        ended = shell("doctor", "--json", HUBSPOT__TOKEN="", STATE_KEY=key, **oauth)
        assert ended.code == 0, ended.out + ended.err
        assert all(one["level"] == "ok" for one in _about(ended.json, "rights"))
    asked = crms.control("GET", "/calls")["hubspot"]
    assert asked["POST /oauth/v3/token"] == 1
    assert shell.state().stat().st_mode & 0o077 == 0


def test_a_crm_whose_day_is_used_up_is_code_4(shell: Shell, crms: RunningSandbox) -> None:
    crms.control("POST", "/reset")
    crms.control(
        "POST",
        "/faults",
        [{"crm": "salesforce", "route": "*", "fault": "daily_limit", "rate": 1.0}],
    )
    ended = shell("doctor", "--json")
    crms.control("POST", "/faults", [])
    assert ended.code == 4


def test_another_sync_is_told(shell: Shell, crms: RunningSandbox) -> None:
    crms.control("POST", "/switches", {"hubspot.4.native_connector": True})
    try:
        told = shell("doctor", "--json", "--probe").json
    finally:
        crms.control("POST", "/switches", {"hubspot.4.native_connector": False})
        crms.control("POST", "/reset")
    sentences = [one["sentence"] for one in _about(told, "other sync")]
    assert any("HubSpot's own Salesforce connector is at work" in one for one in sentences)
    shown = {one["name"]: one["shown"] for one in told["probes"]["hubspot"]}
    assert shown["hubspot.4.native_connector"] is True


def test_a_probe_names_what_it_cannot_see_and_writes_nothing(
    shell: Shell, crms: RunningSandbox
) -> None:
    crms.control("POST", "/reset")
    ended = shell("doctor", "--probe")
    assert ended.code == 0
    assert "only a person at the screen can try it" in ended.out
    assert "--probe-writes" in ended.out
    calls = crms.control("GET", "/calls")
    assert not any(route.startswith(("PATCH", "DELETE")) for of in calls.values() for route in of)


def test_writing_probes_take_their_records_away(shell: Shell, crms: RunningSandbox) -> None:
    crms.control("POST", "/reset")
    assert shell("provision").code == 0
    told = shell("doctor", "--probe-writes", "--json").json["probes"]
    for crm, beliefs in told.items():
        for one in beliefs:
            assert one["shown"] in (None, one["believed"]), (crm, one)
            assert one["shown"] is not None or one["why_not"]
    query = "SELECT Id FROM Lead WHERE LastName = 'Leadpact Probe'"
    assert crms.salesforce("GET", "/query", params={"q": query}).json()["totalSize"] == 0
