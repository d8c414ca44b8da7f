"""R13: beside another sync leadpact makes nothing, writes nothing that it writes, and matches by the ids it keeps."""

from __future__ import annotations

import pytest
from tests.simulation.agreement import mapping, pact
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import Desk

from leadpact.errors import FixSettings
from leadpact.mapping import LeadMapping, load_mapping
from leadpact.mapping.coexistence import beside
from leadpact.model.other_sync import OtherSync
from leadpact.model.record import Author
from leadpact.sync.effects import FindMatches
from leadpact_mappings import default_text

NATIVE = OtherSync(
    name="The old sync",
    partner="salesforce",
    kept_ids={"contacts": {"Lead": "their_lead_id", "Contact": "their_contact_id"}},
    id_form=r"00[Q3][A-Za-z0-9]{15}",
    writes={
        "contacts": frozenset({"firstname", "email", "jobtitle", "numemployees", "lifecyclestage"})
    },
    seen="12 contacts bear an id",
)
THEIRS = Author("integration", "old-sync")


def beside_it() -> Desk:
    desk = Desk()
    desk.other_syncs = {"hubspot": (NATIVE,)}
    return desk


def written(words: str) -> LeadMapping:
    """The default mapping, with these words under crms.hubspot."""
    text = default_text("mapping.yaml").replace("  hubspot:\n", f"  hubspot:\n    {words}\n", 1)
    return load_mapping(
        text,
        "mapping.yaml",
        stage_keys=[key for key, stage in pact().stages.items() if stage.synced],
        reason_keys=list(pact().reasons),
    )


class TestMatching:
    def test_the_kept_id_goes_before_any_address(self) -> None:
        desk = beside_it()
        lead = desk.lead(Email="ann.private@mail.example")
        contact = desk.contact(their_lead_id=lead.ref.id)
        desk.sync()
        assert desk.link(contact).id == desk.link(lead).id

    def test_it_is_followed_from_the_other_side_too(self) -> None:
        desk = beside_it()
        contact = desk.contact()
        desk.sync()
        lead = desk.lead(Email="ann.private@mail.example")
        contact.fields["their_lead_id"] = lead.ref.id
        desk.sync()
        assert desk.link(contact).id == desk.link(lead).id
        asked = [one.key for one in desk.effects if isinstance(one, FindMatches)]
        assert "their_lead_id" in asked

    @pytest.mark.parametrize("stale", ["00Q000000000999AAA", "not an id", "00Q12"])
    def test_an_id_that_answers_nothing_says_nothing(self, stale: str) -> None:
        desk = beside_it()
        contact = desk.contact(their_lead_id=stale)
        lead = desk.lead()
        desk.sync()
        assert desk.holds(contact) == {}
        assert desk.link(contact).id == desk.link(lead).id

    def test_one_address_under_two_surnames_is_settled_by_the_id(self) -> None:
        desk = beside_it()
        lead = desk.lead(LastName="Miller")
        contact = desk.contact(lastname="Doe", their_lead_id=lead.ref.id)
        desk.sync()
        assert desk.link(contact).id == desk.link(lead).id
        assert "two_surnames" not in desk.holds(contact)


class TestWriting:
    def test_what_it_writes_is_left_to_it_at_both_ends(self) -> None:
        desk = beside_it()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, MARKETER, firstname="Anna", city="Oslo")
        desk.sync()
        assert desk.writes() == [("salesforce", "set", {"City": "Oslo"})]
        desk.put(lead, THEIRS, FirstName="Anna")
        desk.sync()
        assert desk.link(contact).base["first_name"] == "Anna"
        assert desk.writes() == []

    def test_an_address_that_it_changes_waits_for_nobody(self) -> None:
        desk = beside_it()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, MARKETER, email="ann.doe@acme.example")
        desk.sync()
        desk.put(lead, THEIRS, Email="ann.doe@acme.example")
        desk.sync()
        assert desk.holds(contact) == {}
        assert desk.link(contact).base["email"] == "ann.doe@acme.example"

    def test_the_native_stage_is_left_and_our_own_goes_on(self) -> None:
        desk = beside_it()
        contact, lead = desk.contact(lifecyclestage="lead"), desk.lead()
        desk.sync()
        now = desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        desk.put(contact, last_demo_request=now)
        desk.sync()
        assert desk.stage(contact).stage == "mql"
        assert contact.fields["leadpact_stage"] == lead.fields["leadpact_stage__c"] == "mql"
        assert contact.fields["lifecyclestage"] == "lead"
        desk.put(lead, REP, Status="Working - Contacted")
        desk.sync()
        assert desk.stage(contact).stage == "sal"
        assert contact.fields["hs_lead_status"] == "IN_PROGRESS"

    def test_nothing_is_made(self) -> None:
        desk = beside_it()
        contact = desk.contact()
        desk.sync()
        now = desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        desk.put(contact, last_demo_request=now)
        desk.sync()
        assert desk.stage(contact).stage == "mql"
        assert desk.world.salesforce.live() == []


class TestWord:
    def test_without_a_word_it_is_native_and_said_so(self) -> None:
        left, (neighbour,) = beside(mapping(), {"hubspot": (NATIVE,)}, {"hubspot": "HubSpot"})
        assert neighbour.mode == "native"
        assert left.creation == {}
        assert ("salesforce", "Lead", "FirstName") in neighbour.left
        assert "The old sync is at work (12 contacts bear an id)" in neighbour.told[0]
        assert "HubSpot contacts:" in neighbour.told[2]
        assert left.hash == mapping().hash

    def test_nothing_found_changes_nothing(self) -> None:
        assert beside(mapping(), {"hubspot": ()}) == (mapping(), ())

    def test_replace_needs_a_confirmation(self) -> None:
        with pytest.raises(FixSettings) as refused:
            beside(written("coexist: replace"), {"hubspot": (NATIVE,)})
        assert refused.value.code == "replace_unconfirmed"
        assert "confirmed_by" in str(refused.value)
        assert refused.value.place is not None

    def test_replace_confirmed_writes_everything_and_names_who_said_so(self) -> None:
        said = written(
            "coexist: {mode: replace, confirmed_by: Ada Admin, confirmed_on: 2026-11-22}"
        )
        changed, (neighbour,) = beside(said, {"hubspot": (NATIVE,)})
        assert changed is said
        assert "confirmed by Ada Admin on 2026-11-22" in neighbour.told[0]

    def test_native_said_and_not_found_makes_no_record_all_the_same(self) -> None:
        changed, (neighbour,) = beside(written("coexist: native"), {})
        assert changed.creation == {}
        assert "no trace" in neighbour.told[0]

    def test_replace_without_anything_found_needs_nothing(self) -> None:
        said = written("coexist: replace")
        assert beside(said, {"hubspot": ()}) == (said, ())

    def test_another_word_is_refused_with_its_place(self) -> None:
        with pytest.raises(FixSettings, match="coexist"):
            written("coexist: both")

    def test_own_fields_are_never_left_to_it(self) -> None:
        greedy = OtherSync("It", "salesforce", writes={"contacts": frozenset({"leadpact_stage"})})
        _changed, (neighbour,) = beside(mapping(), {"hubspot": (greedy,)})
        assert neighbour.left == ()
        assert "leadpact_stage" in neighbour.told[-1]
