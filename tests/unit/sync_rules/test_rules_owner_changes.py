"""R31: whoever owns the lead in sales' CRM owns it in the other one, later changes too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.desk import Desk

from leadpact.model.owner import Owner
from leadpact.pact.handoff import HandoffRules, TaskRule
from leadpact.sync.effects import ReadOwners

ANN = Owner("7001", "Ann Rep", "ann.rep@acme.example")
BOB = Owner("7002", "Bob Rep", "bob.rep@acme.example")
KIM = Owner("7004", "Kim Rep", "kim.rep@acme.example")
STAFF_IN_HUBSPOT = (Owner("41", "Ann", ANN.email), Owner("42", "Bob", BOB.email))


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.world.salesforce.tasks.staff = {one.id: one for one in (ANN, BOB, KIM)}
    made.world.hubspot.tasks.staff = {one.id: one for one in STAFF_IN_HUBSPOT}
    rules = HandoffRules(on=frozenset({"fast_lane"}), task=TaskRule())
    made.pact = replace(made.pact, handoff=rules)
    return made


def handed_to_ann(desk: Desk) -> tuple[Row, Row]:
    """A lead that was handed over, seen in both CRMs and unchanged since."""
    contact = desk.contact()
    lead = desk.lead(OwnerId=ANN.id)
    desk.sync()
    desk.sync()
    desk.put(contact, last_demo_request=desk.world.now.isoformat())
    desk.sync()
    desk.sync()
    assert contact.fields["hubspot_owner_id"] == "41"
    return contact, lead


def owners_asked(desk: Desk) -> list[ReadOwners]:
    """What one more cycle asks of people."""
    desk.sync()
    return [effect for effect in desk.effects if isinstance(effect, ReadOwners)]


def test_a_lead_given_to_another_rep_is_theirs_in_hubspot_too(desk: Desk) -> None:
    contact, lead = handed_to_ann(desk)
    desk.put(lead, OwnerId=BOB.id)
    desk.sync()
    assert contact.fields["hubspot_owner_id"] == "42"
    assert len(desk.world.salesforce.tasks.made) == 1, "the handoff was done once"


def test_it_is_looked_up_once_and_then_left_alone(desk: Desk) -> None:
    contact, lead = handed_to_ann(desk)
    desk.put(lead, OwnerId=BOB.id)
    desk.sync()
    desk.put(contact, jobtitle="Head of Sales")
    assert owners_asked(desk) == []


def test_it_comes_back_with_its_owner(desk: Desk) -> None:
    contact, lead = handed_to_ann(desk)
    for rep, there in ((BOB, "42"), (ANN, "41")):
        desk.world.now += timedelta(minutes=5)
        desk.put(lead, OwnerId=rep.id)
        desk.sync()
        assert contact.fields["hubspot_owner_id"] == there


def test_whom_the_other_crm_does_not_know_changes_nothing_there(desk: Desk) -> None:
    contact, lead = handed_to_ann(desk)
    desk.put(lead, OwnerId=KIM.id)
    desk.sync()
    assert contact.fields["hubspot_owner_id"] == "41"
    desk.put(contact, jobtitle="Head of Sales")
    assert owners_asked(desk) == [], "and is not asked for again"


def test_before_any_handoff_the_owners_are_left_as_they_are(desk: Desk) -> None:
    contact = desk.contact(hubspot_owner_id="42")
    lead = desk.lead(OwnerId=ANN.id)
    desk.sync()
    desk.sync()
    desk.put(lead, OwnerId=KIM.id)
    assert owners_asked(desk) == []
    assert contact.fields["hubspot_owner_id"] == "42"


def test_a_name_with_a_colon_in_it_is_told_whole(desk: Desk) -> None:
    contact = desk.contact(firstname="Ana: Maria")
    desk.lead(OwnerId=ANN.id, FirstName="Ana: Maria")
    desk.sync()
    desk.sync()
    desk.put(contact, last_demo_request=desk.world.now.isoformat())
    desk.sync()
    ((_person, _key, said),) = desk.world.salesforce.tasks.made.values()
    assert said["subject"] == "Answer Ana: Maria Doe: Asked for a demo"


def adopted(desk: Desk, **lead_fields: str) -> tuple[Row, Row]:
    """Somebody who was an MQL before go-live: known in both CRMs, handed over by nobody."""
    contact = desk.contact(
        lifecyclestage="marketingqualifiedlead", leadpact_stage="mql", hubspot_owner_id="42"
    )
    lead = desk.lead(OwnerId=ANN.id, leadpact_stage__c="mql", **lead_fields)
    desk.sync()
    desk.sync()
    assert desk.stage(lead).stage == "mql"
    assert contact.fields["hubspot_owner_id"] == "42", "what is found stays (R6)"
    return contact, lead


def test_where_sales_takes_it_by_itself_the_owner_flips_with_the_stage(desk: Desk) -> None:
    contact, lead = adopted(desk)
    desk.put(lead, Status="Working - Contacted")
    desk.sync()
    desk.sync()
    assert desk.stage(lead).stage == "sal"
    assert contact.fields["hubspot_owner_id"] == "41"
    assert str(contact.fields["leadpact_handoff"]).startswith("With sales: Ann Rep has it since ")
    assert desk.world.salesforce.tasks.made == {}, "it is theirs already: no task"


def test_an_mql_that_nobody_handed_over_follows_its_owner_too(desk: Desk) -> None:
    contact, lead = adopted(desk)
    desk.put(lead, OwnerId=BOB.id)
    desk.sync()
    desk.put(lead, OwnerId=ANN.id)
    desk.sync()
    desk.sync()
    assert contact.fields["hubspot_owner_id"] == "41"


def test_a_lead_before_mql_keeps_its_owner_in_hubspot(desk: Desk) -> None:
    contact = desk.contact(hubspot_owner_id="42")
    lead = desk.lead(OwnerId=ANN.id)
    desk.sync()
    desk.sync()
    desk.put(lead, OwnerId=BOB.id)
    desk.sync()
    desk.sync()
    assert contact.fields["hubspot_owner_id"] == "42"


def test_marketings_edit_of_the_owner_is_put_back_once_a_day_and_then_left(desk: Desk) -> None:
    contact, lead = handed_to_ann(desk)
    desk.put(contact, hubspot_owner_id="42")
    desk.sync()
    assert contact.fields["hubspot_owner_id"] == "41", "put back"
    desk.sync()

    desk.put(contact, hubspot_owner_id="42")
    for _ in range(3):
        desk.sync()
    assert contact.fields["hubspot_owner_id"] == "42", "no war: it is left as it stands"
    assert "left so; Salesforce says whose it is" in str(contact.fields["leadpact_handoff"])

    desk.put(lead, OwnerId=BOB.id)
    desk.sync()
    desk.sync()
    desk.put(lead, OwnerId=ANN.id)
    desk.sync()
    assert contact.fields["hubspot_owner_id"] == "41", "a new owner there ends the contest"
    assert "left so" not in str(contact.fields["leadpact_handoff"])
