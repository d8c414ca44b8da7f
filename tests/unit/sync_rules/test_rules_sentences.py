"""Sentences that people read say HubSpot and Salesforce; codes and keys keep the names of the settings (R37)."""

from __future__ import annotations

import re

import pytest
from pydantic import SecretStr
from tests.simulation.agreement import engine, mapping, pact
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.desk import Desk

from leadpact.ports.connector import Capabilities
from leadpact.sync.context import Context, CrmSide
from leadpact_app.store.memory import MemoryStore
from leadpact_hubspot.connector import capabilities
from leadpact_hubspot.settings import HubSpotSettings
from leadpact_salesforce.limits import capabilities_named

RAW = re.compile(r"\b(hubspot|salesforce)\b")


def sentences(desk: Desk, row: Row) -> list[str]:
    """Everything that was written down for people about this lead, and why each field was written."""
    link = desk.link(row).id
    told = [one.why for one in desk.store.holds(link_ids=[link])]
    told += [one.why for one in desk.store.transitions(link)]
    told += [one.message for one in desk.store.failures(link_ids=[link])]
    for intent in desk.store.intents(link_id=link, limit=50):
        told += intent.rule.values()
    stage = desk.link(row).stage
    told += [stage.why] if stage is not None else []
    for record in (*desk.world.hubspot.live(), *desk.world.salesforce.live("Lead")):
        names = ("leadpact_stage_reason", "leadpact_stage_reason__c")
        told += [str(record.fields[name]) for name in names if record.fields.get(name)]
    return told


def agreed() -> tuple[Desk, Row, Row]:
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead")
    lead = desk.lead()
    desk.sync()
    return desk, contact, lead


def differ() -> tuple[Desk, Row]:
    desk = Desk()
    contact = desk.contact(lifecyclestage="salesqualifiedlead", hs_email_optout=True)
    desk.lead(HasOptedOutOfEmail=False)
    desk.sync()
    return desk, contact


def quarrel() -> tuple[Desk, Row]:
    desk, contact, lead = agreed()
    desk.put(contact, lifecyclestage="salesqualifiedlead", city="Oslo")
    desk.put(lead, Status="Closed - Not Converted", leadpact_rejection_reason__c="bad_timing")
    desk.sync()
    return desk, contact


def contested() -> tuple[Desk, Row]:
    desk, contact, _lead = agreed()
    for _ in range(2):
        desk.put(contact, lifecyclestage="salesqualifiedlead")
        desk.sync()
    return desk, contact


def unmapped() -> tuple[Desk, Row]:
    desk, contact, _lead = agreed()
    desk.put(contact, lifecyclestage="other")
    desk.put(contact, email="ann@other.example", jobtitle="y" * 300)
    desk.sync()
    return desk, contact


def deleted() -> tuple[Desk, Row]:
    desk, contact, lead = agreed()
    lead.gone = True
    desk.put(lead)
    desk.sync()
    return desk, contact


def two_surnames() -> tuple[Desk, Row]:
    desk = Desk()
    contact = desk.contact(lastname="Doe")
    desk.lead(LastName="Roe")
    desk.sync()
    return desk, contact


def answered() -> tuple[Desk, Row]:
    desk, contact = differ()
    desk.answer(contact, "stages_differ", "take:hubspot")
    desk.answer(contact, "values_differ", "take:hubspot")
    desk.sync()
    return desk, contact


@pytest.mark.parametrize(
    ("story", "said"),
    [
        (differ, "At first sight the stages differ: HubSpot shows salesqualifiedlead, Salesforce"),
        (differ, "HubSpot and Salesforce show different values"),
        (quarrel, "Sales (Salesforce) rejected: Bad timing."),
        (quarrel, "Marketing (HubSpot) may not move a lead"),
        (quarrel, "edited in HubSpot"),
        (contested, "HubSpot shows 'salesqualifiedlead' again"),
        (unmapped, "'other' in HubSpot is not in the stage table"),
        (unmapped, "Salesforce would refuse it"),
        (unmapped, "Changed in HubSpot; this field waits"),
        (deleted, "was deleted in Salesforce"),
        (two_surnames, "Compare HubSpot contacts 101 with Salesforce Lead "),
        (answered, "A person chose in review what HubSpot shows: SQL."),
        (answered, "review took the value of HubSpot"),
        (answered, "shown as HubSpot: salesqualifiedlead"),
    ],
)
def test_crms_are_called_by_the_name_that_people_know(story: object, said: str) -> None:
    desk, contact = story()  # type: ignore[operator]
    told = sentences(desk, contact)
    assert [one for one in told if RAW.search(one)] == []
    assert any(said in one for one in told), told


def test_what_is_shown_and_the_codes_keep_the_names_of_the_settings() -> None:
    desk, contact = differ()
    assert set(desk.holds(contact)["stages_differ"].shown) == {"hubspot", "salesforce"}
    desk, contact = deleted()
    assert "deleted_in_salesforce" in desk.holds(contact)


def test_both_connectors_say_how_people_call_them() -> None:
    assert capabilities(HubSpotSettings(token=SecretStr("t"))).label == "HubSpot"
    assert capabilities_named("salesforce").label == "Salesforce"


def test_a_crm_without_a_label_goes_by_its_name() -> None:
    side = CrmSide("pipedrive", Capabilities("pipedrive", ("persons",)), {})
    context = Context(
        "p", "r", {"pipedrive": side}, mapping(), pact(), scoring=engine(), store=MemoryStore()
    )
    assert context.label("pipedrive") == "pipedrive"
    assert context.label("nobody") == "nobody"
    assert context.labels == {"pipedrive": "pipedrive"}
