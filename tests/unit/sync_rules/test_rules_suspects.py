"""S45: a suspect's label stands on the records of both CRMs, set by people and by rules, and outlives stages."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER
from tests.unit.sync_rules.desk import Desk

from leadpact.errors import FixSettings
from leadpact.pact import load_pact
from leadpact_mappings import default_text

RIVAL = "ann@mail.rival.example"
HERE, THERE = "leadpact_suspect", "leadpact_suspect__c"


def both(**contact: str) -> tuple[Desk, Row, Row]:
    """One person in both CRMs, agreed."""
    desk = Desk()
    email = contact.get("email", "ann@acme.example")
    here, there = desk.contact(**contact), desk.lead(Email=email)
    desk.sync()
    desk.sync()
    return desk, here, there


def test_a_person_sets_it_in_one_crm_and_it_shows_in_both() -> None:
    desk, contact, lead = both()
    desk.put(lead, leadpact_suspect__c="pure_researcher")
    desk.sync()
    assert contact.fields[HERE] == "pure_researcher"
    desk.sync()
    assert desk.writes() == []
    assert desk.link(contact).base["suspect"] == "pure_researcher"


def test_a_rule_sets_it_and_says_why() -> None:
    desk, contact, lead = both(email=RIVAL)
    assert (contact.fields[HERE], lead.fields[THERE]) == ("competitor", "competitor")
    whys = {
        intent.rule[name]
        for intent in desk.store.intents(link_id=desk.link(contact).id)
        for name in (HERE, THERE)
        if name in intent.rule
    }
    assert whys == {"suspect: Works for a competitor"}


def test_what_a_person_took_away_no_rule_sets_again() -> None:
    desk, contact, lead = both(email=RIVAL)
    desk.sync()
    desk.put(contact, leadpact_suspect=None)
    desk.sync()
    assert not lead.fields[THERE]
    desk.put(contact, jobtitle="VP")
    desk.sync()
    desk.sync()
    assert (contact.fields[HERE], lead.fields[THERE]) == (None, None)


def test_a_label_that_a_person_set_is_not_overruled_by_a_rule() -> None:
    desk = Desk()
    contact, lead = desk.contact(email=RIVAL, leadpact_suspect="vendor"), desk.lead(Email=RIVAL)
    desk.sync()
    desk.sync()
    assert (contact.fields[HERE], lead.fields[THERE]) == ("vendor", "vendor")


def test_it_outlives_the_episode() -> None:
    desk, contact, _lead = both()
    desk.put(contact, leadpact_suspect="student")
    desk.put(contact, lifecyclestage="lead", hs_lead_status="BAD_TIMING")
    desk.sync()
    desk.put(contact, MARKETER, lifecyclestage="lead", hs_lead_status="")
    desk.sync()
    desk.sync()
    assert contact.fields[HERE] == "student"
    assert desk.link(contact).base["suspect"] == "student"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "by: competitr",
            '"competitr" is no disqualifier or exclusion; did you mean "competitor"?',
        ),
        ("by: [own_staff, own_staff]", '"own_staff" sets the label competitor already'),
    ],
)
def test_rules_that_there_are_not_are_refused_with_their_place(change: str, told: str) -> None:
    text = default_text("pact.yaml").replace("by: competitor}", f"{change}}}")
    with pytest.raises(FixSettings) as caught:
        load_pact(text, "pact.yaml")
    assert told in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.line == 1 + text[: text.index(change)].count("\n")


def test_its_field_is_made_with_the_labels_as_options() -> None:
    from tests.simulation.agreement import mapping

    (wanted,) = [one for one in mapping().wanted_fields("hubspot") if one.name == HERE]
    assert wanted.type == "picklist"
    assert wanted.options[:2] == (
        ("competitor", "Competitor"),
        ("pure_researcher", "Pure researcher"),
    )
    assert "stays" in wanted.description


def test_a_suspects_raised_hand_makes_no_mql() -> None:
    desk, contact, lead = both()
    desk.put(lead, leadpact_suspect__c="student")
    desk.sync()
    now = desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    desk.put(contact, last_demo_request=now)
    desk.sync()
    assert desk.stage(contact).stage == "lead"
    desk.put(lead, leadpact_suspect__c=None)
    desk.sync()
    desk.put(contact, last_demo_request=desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    desk.sync()
    assert desk.stage(contact).stage == "mql"
