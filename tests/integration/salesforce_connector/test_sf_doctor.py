"""`diagnose` and `probe` against an emulated org: rights missing, automations at work, switches both ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.integration.salesforce_connector.conftest import STAFF, WANTED, Org, SandboxTime

from leadpact.ports.connector import Connector
from leadpact.ports.diagnosis import Diagnosable, Diagnosis
from leadpact_salesforce.probe import BELIEFS
from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.seed.model import Company
from leadpact_sandbox.switches import SWITCHES
from leadpact_sandbox.world import World

FIELDS = {"Lead": ("Email", "Status", "leadpact_score__c"), "Contact": ("Email",)}


def found(connector: Connector, topic: str, **fields: tuple[str, ...]) -> list[Diagnosis]:
    assert isinstance(connector, Diagnosable)
    return [one for one in connector.diagnose(fields or FIELDS) if one.topic == topic]


def test_all_is_well_and_what_cannot_be_told_is_said(org: Org) -> None:
    connector = org.connect()
    assert isinstance(connector, Diagnosable)
    told = {one.topic: one for one in connector.diagnose(FIELDS)}
    levels = {topic: one.level for topic, one in told.items()}
    assert levels == {
        "rights": "ok",
        "version": "ok",
        "budget": "ok",
        "clock": "ok",
        "automation": "note",
    }
    assert "Set History Tracking" in told["automation"].mend


def test_a_field_that_is_hidden_is_named_with_how_to_grant_it(org: Org) -> None:
    (told,) = found(org.connect(), "rights", Lead=("Email", "Region__c"))
    assert (told.level, told.remedy, told.code) == ("error", "sign in", "field_hidden")
    assert "Lead.Region__c" in told.sentence
    assert "Permission Sets" in told.mend
    assert "Read and Edit" in told.mend


def test_our_own_missing_fields_are_left_to_provision(org: Org) -> None:
    (told,) = found(org.connect(), "rights", Lead=("Email", "leadpact_score__c"))
    assert told.level == "ok"


def test_a_flow_that_sets_the_status_is_told_where_history_is_kept(org: Org) -> None:
    org.world.switches["salesforce.6.history_tracking"] = True
    (lead,) = org.leads(1)
    org.edit("Lead", lead, by="workflow:1", Status="Working - Contacted")
    (told,) = found(org.connect(), "automation")
    assert told.level == "warning"
    assert "automations made 1" in told.sentence


def test_people_alone_are_no_automation(org: Org) -> None:
    org.world.switches["salesforce.6.history_tracking"] = True
    (lead,) = org.leads(1)
    org.edit("Lead", lead, Status="Working - Contacted")
    (told,) = found(org.connect(), "automation")
    assert told.level == "ok"


def test_a_version_that_the_org_does_not_speak_is_an_error(org: Org) -> None:
    token = org.salesforce.connection(org.base_url)
    signed = {key: token[key] for key in ("instance_url", "access_token")}
    connector = org.connect(**signed, api_version="99.0")
    assert isinstance(connector, Diagnosable)
    (told,) = connector.diagnose(FIELDS)
    assert (told.topic, told.level, told.remedy) == ("version", "error", "fix settings")
    assert "LEADPACT_SALESFORCE__API_VERSION=" in told.mend


def test_a_clock_that_is_off_is_told(org: Org) -> None:
    class Fast(SandboxTime):
        def now(self) -> datetime:
            return super().now() + timedelta(minutes=7)

    org.time = Fast(org.world)
    (told,) = found(org.connect(), "clock")
    assert told.level == "warning"
    assert re.search(r"(419|420) seconds ahead of Salesforce", told.sentence)


@pytest.mark.parametrize("flipped", [False, True])
def test_each_switch_is_seen_both_ways(
    served: Callable[[Salesforce], str], org: Org, flipped: bool
) -> None:
    world = World(
        switches={
            name: switch.default is not flipped
            for name, switch in SWITCHES.items()
            if name.startswith("salesforce.")
        }
    )
    salesforce = Salesforce(world)
    salesforce.load(Company("Acme", world.clock.now(), STAFF, ()))
    base_url = served(salesforce)
    here = Org(world, salesforce, base_url, SandboxTime(world))
    connector = here.connect()
    connector.provision(WANTED, dry_run=False)
    here.leads(1)
    assert isinstance(connector, Diagnosable)
    told = {one.name: one for one in connector.probe(writes=True)}
    assert told.keys() == BELIEFS.keys()
    for name, one in told.items():
        if one.shown is None:
            assert one.why_not
            continue
        assert one.shown is world.switches[name], name
    untold = {name for name, one in told.items() if one.shown is None}
    assert untold == {name for name, one in BELIEFS.items() if one.why_not}
    left = connector.find("Lead", "LastName", ["Leadpact Probe"], ("LastName",))
    connector.close()
    assert list(left) == []


def test_without_writes_nothing_is_made_and_that_is_said(org: Org) -> None:
    org.leads(1)
    connector = org.connect()
    assert isinstance(connector, Diagnosable)
    org.calls()
    told = {one.name: one for one in connector.probe(writes=False)}
    assert "--probe-writes" in told["salesforce.1.trims_text"].why_not
    assert told["salesforce.2.collection_read"].shown is True
    assert told["salesforce.3.polymorphic_parent_is_name"].shown is True
    routes = org.calls()
    assert all(route.startswith("GET") or "composite/sobjects/" in route for route in routes), (
        routes
    )


def test_every_belief_is_a_switch_of_the_sandbox() -> None:
    assert BELIEFS.keys() <= SWITCHES.keys()
    assert {name: one.believed for name, one in BELIEFS.items()} == {
        name: SWITCHES[name].default for name in BELIEFS
    }
