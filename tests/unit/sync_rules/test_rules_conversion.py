"""R24 through the engine: a Lead that becomes a Contact which has a link of its own."""

from __future__ import annotations

from typing import NamedTuple

from tests.simulation.agreement import pact
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import Desk

from leadpact.audit import explain
from leadpact.model.link import Link
from leadpact.sync.effects import Write

HOME = "ann.doe@home.example"
DEMO = "2026-03-02T08:00:00Z"


class Scene(NamedTuple):
    """Ann's Contact is linked to one HubSpot contact; her Lead, linked to another, was converted into that Contact."""

    desk: Desk
    contact: Row
    person: Row
    other: Row
    lead: Row
    joined: Link

    def written(self) -> set[str]:
        return {row.id for one in self.desk.effects if isinstance(one, Write) for row in one.rows}


def scene(*, at: str = "lead", deal: bool = False, **other: str) -> Scene:
    desk = Desk()
    contact = desk.contact(city="Oslo")
    person = desk.world.salesforce.make(
        CONTACT, {"Email": "ann@acme.example", "FirstName": "Ann", "LastName": "Doe"}, 0, REP
    )
    desk.sync()
    second = desk.contact(email=HOME, city="Bergen", lifecyclestage=at, **other)
    lead = desk.lead(Email=HOME, City="Bergen", Phone="+1 555 0100")
    desk.sync()
    joined = desk.link(lead)
    assert joined.id == desk.link(second).id != desk.link(person).id
    desk.world.salesforce.convert(lead, REP, into=person, deal=deal, carry_ours=False)
    desk.sync()
    return Scene(desk, contact, person, second, lead, joined)


def test_the_contact_keeps_its_link_and_the_lead_joins_it() -> None:
    here = scene()
    desk = here.desk
    link = desk.link(here.person)
    assert link.id == desk.link(here.contact).id == desk.link(here.lead).id
    assert desk.side_state(here.lead.ref) == "converted"
    folded = next(one for one in desk.store.joined(link.id) if one.id == here.joined.id)
    assert (folded.status, folded.folded_into) == ("folded", link.id)
    assert folded.stage == here.joined.stage


def test_its_hubspot_contact_is_held_as_a_duplicate_and_nothing_is_written_to_it() -> None:
    here = scene(at="marketingqualifiedlead", last_demo_request=DEMO)
    desk = here.desk
    assert desk.side_state(here.other.ref) == "duplicate"
    assert here.other.ref.id in desk.holds(here.contact)["several_records_one_person"].why
    before = dict(here.other.fields)
    made = len(desk.world.salesforce.rows)
    for title in ("VP", "CEO"):
        desk.put(here.other, MARKETER, jobtitle=title, lifecyclestage="salesqualifiedlead")
        desk.sync()
        assert here.other.ref.id not in here.written()
        assert here.contact.fields["jobtitle"] is None
        assert here.person.fields["Title"] is None
        assert "several_records_one_person" in desk.holds(here.contact)
    desk.later(days=3)
    desk.sync()
    # No Lead for it, though it asks for a demo: it is Ann, who is a Contact.
    assert len(desk.world.salesforce.rows) == made
    assert {
        n: v for n, v in here.other.fields.items() if n not in ("jobtitle", "lifecyclestage")
    } == {n: v for n, v in before.items() if n not in ("jobtitle", "lifecyclestage")}


def test_the_converted_lead_is_never_written() -> None:
    here = scene()
    desk = here.desk
    desk.put(here.contact, city="Tromsø")
    desk.sync()
    assert here.person.fields["MailingCity"] == "Tromsø"
    assert here.lead.ref.id not in here.written()


def test_what_it_filled_on_the_contact_has_no_base_and_the_rest_stays_agreed() -> None:
    here = scene()
    # The Contact's phone was blank and agreed to be; the conversion filled it.
    assert here.person.fields["Phone"] == "+1 555 0100"
    assert str(here.contact.fields["phone"]).endswith("15550100")
    assert here.contact.fields["city"] == here.person.fields["MailingCity"] == "Oslo"
    assert here.desk.stage(here.contact).episode == 1
    assert here.desk.link(here.contact).base["city"] == "Oslo"


def test_merged_in_hubspot_the_question_is_gone() -> None:
    here = scene()
    desk = here.desk
    merged = desk.world.hubspot.merge(here.contact, here.other, MARKETER)
    desk.sync()
    link = desk.link(here.person)
    assert link.id == desk.link(merged).id
    assert desk.holds(merged) == {}
    desk.put(merged, city="Bodø")
    desk.sync()
    assert here.person.fields["MailingCity"] == "Bodø"


def test_the_standing_one_deleted_the_other_takes_its_place() -> None:
    here = scene()
    desk = here.desk
    here.contact.gone = True
    desk.world.hubspot.put(here.contact, {}, MARKETER)
    desk.put(here.person, REP, Title="VP")
    desk.sync()
    desk.put(here.other, MARKETER, city="Bodø")
    desk.sync()
    assert desk.side_state(here.other.ref) == "live"
    assert desk.link(here.other).id == desk.link(here.person).id


def test_explain_of_either_id_tells_both_stories() -> None:
    here = scene(at="marketingqualifiedlead")
    story = explain(here.desk.store, pact(), here.desk.link(here.person).id)
    assert story is not None
    (earlier,) = story.joined
    assert earlier.link.id == here.joined.id
    assert [one.transition.to_stage for one in earlier.history] == ["mql"]
    told = explain(here.desk.store, pact(), here.joined.id)
    assert told is not None
    assert "became part of another lead" in told.headlines[0]


def test_an_opportunity_from_it_moves_the_standing_link() -> None:
    here = scene(deal=True)
    assert here.desk.stage(here.contact).stage == "opportunity"
    assert here.contact.fields["lifecyclestage"] == "opportunity"
