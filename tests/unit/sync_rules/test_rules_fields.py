"""R10 and R21 through the engine: what is compared, what is held alone, when a score is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.simulation.world import REP, START
from tests.unit.sync_rules.desk import Desk

from leadpact.model.schema import FieldSchema, KindSchema, PicklistValue
from leadpact.sync.fields import refusal_ahead
from leadpact.sync.same import same_native

GROUP = {
    "leadpact_score",
    "leadpact_fit",
    "leadpact_engagement",
    "leadpact_grade",
    "leadpact_breakdown",
    "leadpact_scored_at",
}


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def with_schema(desk: Desk, kind: str, field: FieldSchema) -> None:
    crm = desk.world.salesforce if kind == "Lead" else desk.world.hubspot
    schema = crm.schemas[kind]
    crm.schemas[kind] = KindSchema(kind, kind, {**schema.fields, field.name: field})


class TestComparing:
    """R10."""

    @pytest.mark.parametrize(
        ("one", "other", "equal"),
        [
            ("50", 50.0, True),
            (50, "50.0", True),
            (50, 50.0, True),
            ("50", "50.0", False),
            ("true", True, True),
            (None, "", True),
            (0, None, False),
            ("Oslo", "oslo", False),
        ],
    )
    def test_values_as_a_crm_shows_them(self, one: object, other: object, equal: bool) -> None:
        assert same_native(one, other) is equal  # type: ignore[arg-type]
        assert same_native(other, one) is equal  # type: ignore[arg-type]

    def test_a_number_that_comes_back_as_text_is_no_edit(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(jobtitle="director"), desk.lead(NumberOfEmployees=130)
        desk.sync()
        assert isinstance(contact.fields["leadpact_score"], str)
        lead.fields["NumberOfEmployees"] = 130.0
        desk.put(lead)
        desk.sync()
        assert desk.writes() == []

    def test_a_picklist_value_that_vanished_holds_that_field_alone(self) -> None:
        desk = Desk()
        desk.contact()
        lead = desk.lead()
        desk.sync()
        schema = desk.world.salesforce.schemas["Lead"].fields["Industry"]
        choices = tuple(PicklistValue(one, one) for one in ("Biotechnology", "Banking"))
        with_schema(
            desk, "Lead", replace(schema, type="picklist", restricted=True, picklist=choices)
        )
        (contact,) = desk.world.hubspot.live()
        desk.put(contact, industry="Biotechnologie", city="Oslo")
        desk.sync()
        assert lead.fields["City"] == "Oslo"
        assert lead.fields["Industry"] is None
        hold = desk.holds(contact)["picklist_value_unknown"]
        assert hold.field == "industry"
        assert "renamed to 'Biotechnology'?" in hold.why

    def test_too_long_a_value_holds_that_field_alone(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, jobtitle="x" * 300, city="Oslo")
        desk.sync()
        assert desk.holds(contact)["value_too_long"].field == "title"
        assert (lead.fields["City"], lead.fields["Title"]) == ("Oslo", None)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"updateable": False}, "field_read_only"),
            ({"max_length": 2}, "value_too_long"),
            (
                {
                    "type": "picklist",
                    "restricted": True,
                    "picklist": (PicklistValue("Old", "Old", active=False),),
                },
                "picklist_value_unknown",
            ),
        ],
    )
    def test_what_the_schema_lets_us_foresee(self, change: dict[str, object], code: str) -> None:
        schema = FieldSchema("Title", "Title", "text")
        assert refusal_ahead("Old", schema) is None
        changed: FieldSchema = replace(schema, **change)  # type: ignore[arg-type]
        refusal = refusal_ahead("Old", changed)
        assert refusal is not None
        assert refusal[0] == code

    def test_a_field_that_we_may_not_see_is_told_so(self) -> None:
        refusal = refusal_ahead("x", None)
        assert refusal is not None
        assert refusal[0] == "field_missing"


class TestPublishing:
    """R21."""

    def scored(self) -> Desk:
        desk = Desk(("hubspot",))
        desk.contact(jobtitle="director", numemployees="100-500", last_demo_page_view=at(1))
        desk.world.now = START + timedelta(hours=2)
        desk.sync()
        return desk

    def test_the_score_is_written_as_one_group(self) -> None:
        desk = self.scored()
        (contact,) = desk.world.hubspot.live()
        assert contact.fields["leadpact_score"] == "60.0"
        assert contact.fields["leadpact_grade"] == "A3"
        assert set(desk.written(*GROUP)) == GROUP
        assert len([one for one in desk.writes() if GROUP & one[2].keys()]) == 1

    def test_a_new_reason_publishes_all_of_it_again(self) -> None:
        desk = self.scored()
        (contact,) = desk.world.hubspot.live()
        first = contact.fields["leadpact_scored_at"]
        desk.put(contact, last_pricing_page_view=at(2))
        desk.sync()
        assert contact.fields["leadpact_score"] == "80.0"
        assert contact.fields["leadpact_scored_at"] != first
        assert "pricing page" in str(contact.fields["leadpact_breakdown"])

    def test_another_edit_publishes_nothing(self) -> None:
        desk = self.scored()
        (contact,) = desk.world.hubspot.live()
        desk.put(contact, city="Oslo")
        desk.sync()
        assert desk.writes() == []

    def test_what_a_person_wrote_over_it_is_put_right_with_the_next_publication(self) -> None:
        desk = self.scored()
        (contact,) = desk.world.hubspot.live()
        desk.put(contact, leadpact_score="99")
        desk.sync()
        desk.put(contact, last_pricing_page_view=at(2))
        desk.sync()
        assert contact.fields["leadpact_score"] == "80.0"

    def test_points_that_end_are_published_when_they_end(self) -> None:
        desk = self.scored()
        (contact,) = desk.world.hubspot.live()
        desk.put(contact, REP, hs_lead_status="IN_PROGRESS")
        desk.sync()
        desk.later(days=91)
        desk.sync()
        assert contact.fields["leadpact_score"] == "35.0"
        assert contact.fields["leadpact_stage"] == "sal"


def test_a_value_that_the_mapping_cannot_read_holds_that_field_alone() -> None:
    """R10: it is neither taken over nor written over, and a person is told."""
    desk = Desk()
    contact, lead = desk.contact(), desk.lead(NumberOfEmployees=130)
    desk.sync()
    desk.put(lead, NumberOfEmployees="many", City="Oslo")
    desk.sync()
    hold = desk.holds(contact)["value_unreadable"]
    assert (hold.field, dict(hold.shown)) == ("employees", {"salesforce": "many"})
    assert contact.fields["city"] == "Oslo"
    assert contact.fields["numemployees"] == "100-500"
    assert lead.fields["NumberOfEmployees"] == "many"
    desk.put(lead, NumberOfEmployees=30)
    desk.sync()
    assert desk.holds(contact) == {}
    assert contact.fields["numemployees"] == "25-50"
