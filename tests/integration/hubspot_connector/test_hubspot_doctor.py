"""`diagnose` and `probe` against an emulated portal: scopes missing, automations at work, switches both ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.integration.hubspot_connector.conftest import Portal, SandboxTime

from leadpact.errors import SignIn
from leadpact.ports.diagnosis import Diagnosable, Diagnosis
from leadpact_hubspot.connector import HubSpotConnector
from leadpact_hubspot.diagnose import PROVISION_SCOPE, SCOPES
from leadpact_hubspot.probe import BELIEFS
from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.switches import SWITCHES
from leadpact_sandbox.world import World

NATIVE = "hubspot.4.native_connector"
LEAD_ROW = {"Id": "00Q000000000001AAA", "Email": "p0@firm0.example", "Title": "CEO"}


def found(connector: HubSpotConnector, topic: str) -> list[Diagnosis]:
    return [one for one in connector.diagnose({}) if one.topic == topic]


def test_all_is_well(portal: Portal, connector: HubSpotConnector) -> None:
    assert isinstance(connector, Diagnosable)
    portal.people(3, lifecyclestage="lead")
    levels = {one.topic: one.level for one in connector.diagnose({})}
    assert levels == {
        "rights": "ok",
        "version": "note",
        "budget": "ok",
        "clock": "ok",
        "automation": "ok",
    }


@pytest.mark.parametrize("scope", [*SCOPES, PROVISION_SCOPE])
def test_a_missing_scope_is_named_with_how_to_grant_it(portal: Portal, scope: str) -> None:
    granted = frozenset({*SCOPES, PROVISION_SCOPE} - {scope})
    if scope == "crm.objects.contacts.read":
        granted |= {"oauth"}
    portal.hubspot.grant("pat-narrow", granted)
    connector = portal.connect(token="pat-narrow")
    told: list[Diagnosis] = []
    try:
        told.extend(found(connector, "rights"))
    except SignIn:
        assert scope == "crm.objects.contacts.read"
        return
    (missing,) = told
    assert scope in missing.sentence
    assert "Scopes: tick it" in missing.mend
    assert missing.level == ("warning" if scope == PROVISION_SCOPE else "error")
    assert missing.remedy == ("" if scope == PROVISION_SCOPE else "sign in")


def test_a_workflow_that_sets_the_stage_is_named(
    portal: Portal, connector: HubSpotConnector
) -> None:
    (one,) = portal.people(1, lifecyclestage="lead")
    portal.hubspot.edit(
        "contacts", one, {"lifecyclestage": "marketingqualifiedlead"}, "workflow:77"
    )
    portal.settle()
    (told,) = found(connector, "automation")
    assert told.level == "warning"
    assert "Workflow 77" in told.sentence
    assert "1 times" in told.sentence or "1 time" in told.sentence


def test_a_clock_that_is_off_is_told(portal: Portal, connector: HubSpotConnector) -> None:
    connector.identity()

    class Late(SandboxTime):
        def now(self) -> datetime:
            return super().now() - timedelta(minutes=10)

    portal.time = Late(portal.world)
    (told,) = found(portal.connect(), "clock")
    assert told.level == "warning"
    assert re.search(r"60[01] seconds behind HubSpot", told.sentence)
    assert "NTP" in told.mend


def test_the_day_used_up_waits(portal: Portal, connector: HubSpotConnector) -> None:
    portal.fault("GET /account-info/v3/api-usage", "server_error", rate=1.0)
    with pytest.raises(Exception, match="HubSpot"):
        found(connector, "budget")


@pytest.mark.parametrize("flipped", [False, True])
def test_each_switch_is_seen_both_ways(served: Callable[[HubSpot], str], flipped: bool) -> None:
    switches = {
        name: switch.default is not flipped
        for name, switch in SWITCHES.items()
        if name.startswith("hubspot.") and name != NATIVE
    }
    world = World(switches={**switches, NATIVE: flipped})
    hubspot = HubSpot(world)
    base_url = served(hubspot)
    hubspot.connection(base_url)
    portal = Portal(world, hubspot, base_url, SandboxTime(world))
    portal.people(5, city="Oslo")
    portal.hubspot.create("contacts", {"email": "nocity@firm.example"}, "import:1")
    hubspot.take_over([("Lead", LEAD_ROW)])
    portal.settle()
    connector = portal.connect()
    told = {one.name: one for one in connector.probe(writes=True)}
    connector.close()
    assert told.keys() == BELIEFS.keys()
    for name, one in told.items():
        if one.shown is None:
            assert one.why_not
            continue
        assert one.shown is world.switches[name], name
    untold = {name for name, one in told.items() if one.shown is None}
    assert untold == {name for name, one in BELIEFS.items() if one.why_not}
    records = hubspot.snapshot()["objects"]["contacts"]["records"]  # type: ignore[index]
    made = [one for one in records if "leadpact-probe" in one["values"].get("email", "")]
    assert len(made) == 1
    assert made[0]["archived_ms"] is not None


def test_without_writes_nothing_is_made_and_that_is_said(
    portal: Portal, connector: HubSpotConnector
) -> None:
    portal.people(3, city="Oslo")
    connector.identity()
    portal.calls()
    told = {one.name: one for one in connector.probe(writes=False)}
    assert "--probe-writes" in told["hubspot.1.null_clears"].why_not
    assert told["hubspot.1.batch_read_history_50"].shown is True
    writing = {
        route
        for route in portal.calls()
        if not route.startswith("GET") and not route.endswith(("/search", "/batch/read"))
    }
    assert writing == set()


def test_every_belief_is_a_switch_of_the_sandbox() -> None:
    assert BELIEFS.keys() <= SWITCHES.keys()
    assert {name: one.believed for name, one in BELIEFS.items()} == {
        name: SWITCHES[name].default for name in BELIEFS
    }
