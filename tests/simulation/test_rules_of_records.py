"""Identity and life of records told step by step: R23, R24, R26, R30."""

from __future__ import annotations

import pytest
from tests.simulation.faults import Fault
from tests.simulation.scene import EMAIL, Scene
from tests.simulation.world import MARKETER, REP

NOW = "2026-03-02T09:00:00Z"


def test_r23_only_the_primary_is_written_and_stays_primary() -> None:
    scene = Scene()
    contact = scene.contact(city="Oslo")
    first, second = scene.lead(City="Oslo"), scene.lead(City="Oslo")
    scene.cycle()
    (written,) = {row.id for row in scene.world.writes} - {contact.ref.id}
    primary, other = (first, second) if written == first.ref.id else (second, first)
    scene.rep(other, Status="Working - Contacted", City="Rome")  # further on, and later
    scene.marketer(contact, phone="+1 555 0100")
    scene.cycle()
    assert primary.fields["Phone"] == "+15550100"
    assert other.fields["Phone"] is None
    assert contact.fields["city"] == "Oslo"
    assert scene.link(first).id == scene.link(second).id == scene.link(contact).id
    scene.settles()


def test_r23_a_duplicate_that_becomes_primary_brings_no_edits() -> None:
    scene = Scene()
    contact = scene.contact(city="Oslo", jobtitle="buyer")
    first, second = scene.lead(City="Oslo", Title="buyer"), scene.lead()
    scene.cycle()
    primary = first if first.ref.id in {row.id for row in scene.world.writes} else second
    scene.delete(primary)
    scene.cycle()
    other = second if primary is first else first
    assert (contact.fields["city"], contact.fields["jobtitle"]) == ("Oslo", "buyer")
    assert (other.fields["City"], other.fields["Title"]) == ("Oslo", "buyer")


def test_r23_two_contacts_of_one_lead_are_held() -> None:
    scene = Scene()
    one, other = scene.contact(), scene.contact("ann.b@acme0.example", phone="+1 555 0100")
    winner, loser = scene.lead(), scene.lead("ann.b@acme0.example")
    scene.cycle()
    assert scene.link(one).id != scene.link(other).id
    scene.world.salesforce.merge(loser, winner, REP)
    scene.wait(seconds=10)
    scene.cycle()
    for contact in (one, other):
        (hold,) = scene.holds(contact).values()
        assert hold.cause == "several_records_one_person"
        assert {one.ref.id, other.ref.id} <= set(hold.shown["hubspot"].split(", "))
    assert one.fields["phone"] is None
    assert not one.gone
    assert not other.gone


@pytest.mark.parametrize("carry_ours", [False, True], ids=["fields unmapped", "fields mapped"])
def test_r24_the_link_follows_a_conversion_and_the_lead_is_never_written_again(
    carry_ours: bool,
) -> None:
    scene = Scene()
    contact, lead = scene.linked("sal")
    link = scene.link(contact).id
    scene.marketer(contact, phone="+1 555 0100")  # not carried over yet
    became = scene.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=carry_ours)
    scene.wait(seconds=10)
    writes = scene.writes_of_cycle()
    assert lead.ref.id not in {row.id for row in writes}
    assert scene.link(became).id == link
    assert became.fields["Phone"] == "+15550100"
    assert became.fields["leadpact_lead_id__c"] == link
    assert scene.stage(contact).stage == "sql"
    scene.rep(became, MailingCity="Rome")
    scene.cycle()
    assert contact.fields["city"] == "Rome"
    scene.settles()


def test_r24_an_edit_is_not_undone_by_what_the_conversion_carried_along() -> None:
    scene = Scene()
    contact, lead = scene.contact(city="Oslo"), scene.lead(City="Oslo")
    scene.cycle()
    scene.marketer(contact, city="Bergen")
    became = scene.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=False)
    scene.wait(seconds=10)
    scene.cycle()
    assert (contact.fields["city"], became.fields["MailingCity"]) == ("Bergen", "Bergen")
    scene.settles()


def test_r24_conversion_into_a_linked_contact_keeps_its_link_and_holds_the_other() -> None:
    scene = Scene()
    first, person = scene.contact(), scene.sf_contact()
    second, lead = scene.contact("ann.b@acme0.example"), scene.lead("ann.b@acme0.example")
    scene.cycle()
    kept = scene.link(person).id
    scene.world.salesforce.convert(lead, REP, into=person, deal=False, carry_ours=False)
    scene.wait(seconds=10)
    scene.cycle()
    assert scene.link(person).id == scene.link(first).id == kept
    assert "several_records_one_person" in {cause for _field, cause in scene.holds(second)}
    assert first.fields["email"] == EMAIL


def test_r26_nothing_makes_a_deleted_record_again() -> None:
    scene = Scene()
    contact, lead = scene.linked("mql")
    scene.delete(lead)
    scene.workflow(contact, last_demo_request=NOW)
    scene.cycle()
    scene.wait(days=2)
    scene.cycle()
    assert scene.world.salesforce.live() == []
    assert ("", "deleted_in_salesforce") in scene.holds(contact)
    scene.settles()


def test_r26_a_delete_beats_an_edit_of_the_same_cycle() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.marketer(contact, city="Oslo")
    scene.delete(lead)
    assert scene.writes_of_cycle() == []
    assert lead.fields["City"] is None
    assert ("", "deleted_in_salesforce") in scene.holds(contact)


def test_r26_a_restored_record_revives_its_link_without_a_base() -> None:
    scene = Scene()
    contact, lead = scene.contact(city="Oslo"), scene.lead(City="Oslo")
    scene.cycle()
    link = scene.link(contact).id
    scene.delete(lead)
    scene.cycle()
    scene.marketer(contact, phone="+1 555 0100")
    scene.cycle()
    scene.restore(lead)
    scene.rep(lead, City="Rome")
    scene.cycle()
    assert scene.link(lead).id == link
    assert scene.holds(contact) == {}
    assert lead.fields["Phone"] == "+15550100"
    assert contact.fields["city"] == "Rome"
    scene.settles()


def test_r30_a_lead_is_made_at_mql_and_not_before() -> None:
    scene = Scene()
    contact = scene.contact(jobtitle="director")
    scene.cycle()
    assert scene.world.salesforce.live() == []
    scene.workflow(contact, last_demo_request=NOW)
    scene.cycle()
    (lead,) = scene.world.salesforce.live()
    assert lead.fields["leadpact_stage__c"] == "mql"
    assert lead.fields["leadpact_lead_id__c"] == scene.link(contact).id
    assert (lead.fields["Email"], lead.fields["Title"]) == (EMAIL, "director")
    assert scene.writes_of_cycle() == []
    scene.settles()


@pytest.mark.parametrize("fault", ["lost_after", "lost_before", "limit", "row_later"])
def test_r30_a_creation_whose_answer_is_lost_makes_one_record(fault: str) -> None:
    scene = Scene()
    contact = scene.contact()
    scene.cycle()
    scene.workflow(contact, last_demo_request=NOW)
    assert scene.driver.go_to("A", "Write", 1)
    scene.driver.go_on("A", 1, Fault(fault, 1))  # the second part: Salesforce's
    scene.driver.whole("A")
    scene.wait(minutes=5)
    scene.cycle()
    scene.cycle()
    assert len(scene.world.salesforce.rows) == 1
    scene.settles()


@pytest.mark.parametrize("times", range(1, 6))
@pytest.mark.parametrize("after", [False, True])
def test_r30_a_creation_killed_anywhere_makes_one_record(times: int, after: bool) -> None:
    scene = Scene()
    contact = scene.contact()
    scene.cycle()
    scene.workflow(contact, last_demo_request=NOW)
    scene.driver.go_to("A", "Commit", times)
    scene.driver.crash("A", after=after)
    scene.cycle()
    scene.cycle()
    assert len(scene.world.salesforce.rows) == 1
    scene.settles()


def test_r30_no_lead_where_any_record_has_the_address() -> None:
    scene = Scene()
    contact = scene.contact()
    scene.cycle()
    person = scene.sf_contact()
    scene.workflow(contact, last_demo_request=NOW)
    scene.cycle()
    assert [row.ref for row in scene.world.salesforce.live()] == [person.ref]
    assert scene.link(person).id == scene.link(contact).id
    scene.settles()


def test_r30_what_a_new_lead_needs_is_asked_for() -> None:
    scene = Scene()
    contact = scene.contact(company=None)
    scene.workflow(contact, last_demo_request="2026-03-02T09:00:05Z")
    scene.cycle()
    assert scene.world.salesforce.live() == []
    hold = scene.holds(contact)["", "creation_lacks_fields"]
    assert "company" in hold.why
    scene.marketer(contact, company="Acme")
    scene.cycle()
    assert len(scene.world.salesforce.live()) == 1
    assert scene.holds(contact) == {}
    scene.settles()


def test_r30_contacts_are_made_only_for_records_of_after_go_live_without_opt_out() -> None:
    scene = Scene()
    scene.lead("old@acme1.example", 1)
    scene.cycle()
    assert scene.world.hubspot.live() == []
    scene.lead("out@acme2.example", 2, HasOptedOutOfEmail=True)
    scene.lead("", 3)
    scene.lead("new@acme0.example", 0, City="Rome")
    scene.cycle()
    (contact,) = scene.world.hubspot.live()
    assert (contact.fields["email"], contact.fields["city"]) == ("new@acme0.example", "Rome")
    assert scene.writes_of_cycle() == []


def test_two_cycles_at_once_are_one_after_the_other() -> None:
    """A stalled cycle that lost its lease writes nothing more, whatever it had planned."""
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.marketer(contact, city="Oslo")
    assert scene.driver.go_to("A", "Write", 1)
    assert not scene.driver.start("B")
    scene.wait(minutes=6)
    scene.driver.whole("B")
    assert lead.fields["City"] == "Oslo"
    scene.edit(lead, REP, City="Rome")
    scene.edit(contact, MARKETER, phone="+1 555 0100")
    writes = len(scene.world.writes)
    scene.driver.whole("A")
    assert len(scene.world.writes) == writes
    assert "A" not in scene.driver.slots
    scene.cycle()
    assert contact.fields["city"] == "Rome"
    scene.settles()
