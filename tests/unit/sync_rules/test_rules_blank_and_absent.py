"""R4: bulk blanks stop that field alone, until a person answers; a field that is not seen is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import Desk

from leadpact.model.link import Hold, WorkItem
from leadpact.model.record import Observation, Record
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Limits
from leadpact.sync.report import CycleReport
from leadpact.sync.suspending import _not_in_schemas

BLANKED = "blanked_in_bulk"
TITLE = "jobtitle"


def town(people: int, **fields: str) -> tuple[Desk, list[Row], list[Row]]:
    """People in both CRMs, agreed, each with a city and a title."""
    desk = Desk()
    contacts, leads = [], []
    for number in range(people):
        email = f"p{number}@acme.example"
        contacts.append(desk.contact(email=email, city="Oslo", jobtitle="VP", **fields))
        leads.append(desk.lead(Email=email, City="Oslo", Title="VP"))
    for _until_settled in range(3):
        desk.sync()
    desk.later(minutes=1)
    return desk, contacts, leads


def blank(desk: Desk, contacts: list[Row], **also: str) -> None:
    """An import empties the city of these contacts."""
    for row in contacts:
        desk.world.hubspot.put(row, {"city": "", **also}, MARKETER)


def of_the_field(desk: Desk) -> list[Hold]:
    """Holds of whole fields."""
    return list(desk.store.holds(link_ids=[""], waiting_only=True))


def answer(desk: Desk, word: str) -> None:
    """A person answers the field's hold, as ``leadpact review`` does: its leads have the same answer."""
    waiting = [one for one in desk.store.holds(waiting_only=True) if one.cause == BLANKED]
    now = desk.world.now
    desk.store.commit(
        StateChanges(
            holds=[replace(one, status="answered", answer=word) for one in waiting],
            work=[WorkItem(one.link_id, "review", now, now) for one in waiting if one.link_id],
        ),
        None,
        now,
    )


class TestBulkBlanks:
    """R4: more than 2 % of a field's known values, and more than 50."""

    @pytest.mark.parametrize("approved", [False, True], ids=["sync", "approved plan"])
    def test_other_fields_of_the_same_records_go_on(self, *, approved: bool) -> None:
        desk, contacts, leads = town(60)
        blank(desk, contacts[:55], jobtitle="CFO")
        report = desk.sync(limits=Limits(lifted=approved))
        assert (report.status, report.exit_code) == ("done", 6)
        assert report.counts["suspended_fields"] == 1
        assert {lead.fields["Title"] for lead in leads[:55]} == {"CFO"}
        assert {lead.fields["City"] for lead in leads} == {"Oslo"}
        (hold,) = of_the_field(desk)
        assert (hold.field, hold.cause) == ("city", BLANKED)
        assert "55 of 60 known values of city turned blank in HubSpot" in hold.why
        assert hold.why in report.note
        assert desk.link(contacts[0]).base["city"] == "Oslo"
        assert BLANKED in desk.holds(contacts[0])
        assert BLANKED not in desk.holds(contacts[59])

    def test_a_score_is_not_computed_with_the_blanks(self) -> None:
        desk, contacts, leads = town(60)
        scores = [row.fields["leadpact_fit"] for row in contacts]
        for row in contacts:
            desk.world.hubspot.put(row, {"jobtitle": ""}, MARKETER)
        desk.sync(limits=Limits())
        assert [row.fields["leadpact_fit"] for row in contacts] == scores
        assert [lead.fields["Title"] for lead in leads] == ["VP"] * 60

    def test_approved_the_blanks_go_through(self) -> None:
        desk, contacts, leads = town(60)
        blank(desk, contacts[:55])
        desk.sync(limits=Limits())
        answer(desk, "accept")
        report = desk.sync(limits=Limits())
        assert report.exit_code == 0
        assert {lead.fields["City"] for lead in leads[:55]} == {None}
        assert leads[59].fields["City"] == "Oslo"
        assert of_the_field(desk) == []
        assert desk.holds(contacts[0]) == {}
        assert desk.sync(limits=Limits()).exit_code == 0

    def test_refused_the_values_are_put_back(self) -> None:
        desk, contacts, leads = town(60)
        blank(desk, contacts[:55])
        desk.sync(limits=Limits())
        answer(desk, "refuse")
        desk.sync(limits=Limits())
        assert {row.fields["city"] for row in contacts} == {"Oslo"}
        assert {lead.fields["City"] for lead in leads} == {"Oslo"}
        assert of_the_field(desk) == []
        assert desk.holds(contacts[0]) == {}

    def test_while_it_waits_the_field_stands_still_on_every_lead(self) -> None:
        desk, contacts, leads = town(60)
        blank(desk, contacts[:55])
        desk.sync(limits=Limits())
        blank(desk, contacts[55:57])
        desk.world.salesforce.put(leads[59], {"City": "Bergen"}, REP)
        report = desk.sync(limits=Limits())
        assert report.exit_code == 6
        assert contacts[59].fields["city"] == "Oslo"
        assert {lead.fields["City"] for lead in leads[55:57]} == {"Oslo"}
        answer(desk, "accept")
        desk.sync(limits=Limits())
        assert contacts[59].fields["city"] == "Bergen"
        assert {lead.fields["City"] for lead in leads[55:57]} == {None}

    def test_a_value_that_comes_back_by_itself_waits_no_more(self) -> None:
        desk, contacts, _leads = town(60)
        blank(desk, contacts[:55])
        desk.sync(limits=Limits())
        desk.put(contacts[0], city="Oslo")
        desk.sync(limits=Limits())
        assert desk.holds(contacts[0]) == {}
        assert BLANKED in desk.holds(contacts[1])

    @pytest.mark.parametrize(
        ("blanks", "known", "stops"),
        [
            (50, 60, False),
            (51, 60, True),
            (51, 2550, False),
            (51, 2549, True),
            (200, 10_000, False),
        ],
    )
    def test_two_in_a_hundred_of_what_is_known_and_more_than_fifty(
        self, blanks: int, known: int, *, stops: bool
    ) -> None:
        assert Limits.too_blank(blanks, known) is stops

    def test_known_values_are_counted_by_field_not_by_link(self) -> None:
        desk, contacts, _leads = town(60)
        for number in range(200):
            desk.contact(email=f"bare{number}@acme.example")
        desk.sync()
        assert desk.store.known_values("city") == 60
        blank(desk, contacts[:51])
        report = desk.sync(limits=Limits())
        assert "51 of 60 known values of city" in report.note

    def test_a_plan_shows_it_and_keeps_nothing(self) -> None:
        desk, contacts, _leads = town(60)
        blank(desk, contacts[:55])
        report = desk.sync(dry=True)
        assert "55 of 60 known values" in report.note
        assert report.counts["planned_writes"] == 0
        assert of_the_field(desk) == []

    def test_known_values_are_asked_for_only_beyond_fifty_blanks(self) -> None:
        desk, contacts, _leads = town(60)
        asked: list[str] = []

        def known_values(field: str) -> int:
            asked.append(field)
            return 60

        desk.store.known_values = known_values  # type: ignore[method-assign]
        blank(desk, contacts[:50])
        desk.sync(limits=Limits())
        assert asked == []


class TestNotSeen:
    """R4: a field that is not in the live schema, or not in an answer, is unknown, suspended and reported."""

    def test_a_field_that_left_the_schema_is_reported_and_keeps_its_value(self) -> None:
        desk, contacts, leads = town(3)
        desk.world.salesforce.hidden = frozenset({"City"})
        desk.put(contacts[0], city="Bergen")
        report = desk.sync()
        assert report.exit_code == 1
        assert "Not seen and suspended: city (Salesforce Lead.City)" in report.note
        (hold,) = of_the_field(desk)
        assert (hold.field, hold.cause) == ("city", "field_missing")
        assert "(3 values)" in hold.why
        assert leads[0].fields["City"] == "Oslo"
        assert desk.link(contacts[0]).base["city"] == "Oslo"
        again = desk.sync()
        assert (again.exit_code, again.counts["missing_fields"]) == (0, 1)
        desk.world.salesforce.hidden = frozenset()
        desk.put(leads[0], Title="CEO")
        report = desk.sync()
        assert of_the_field(desk) == []
        assert report.note == ""
        assert leads[0].fields["City"] == "Bergen"

    def test_a_field_that_no_answer_holds_is_reported_with_the_number_of_records(self) -> None:
        desk, contacts, leads = town(3)
        fetch = desk.world.salesforce.fetch

        def poorer(kind: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[Observation]:
            return [
                replace(one, fields={k: v for k, v in one.fields.items() if k != "City"})
                if isinstance(one, Record)
                else one
                for one in fetch(kind, ids, fields)
            ]

        desk.world.salesforce.fetch = poorer  # type: ignore[method-assign]
        for row in contacts:
            desk.put(row, city="Bergen")
        report = desk.sync()
        assert told(report) == "city (Salesforce did not answer city for 3 records)"
        (hold,) = of_the_field(desk)
        assert hold.cause == "field_missing"
        assert report.exit_code == 1
        desk.world.salesforce.fetch = fetch  # type: ignore[method-assign]
        for lead in leads:
            desk.put(lead, Title="CEO")
        desk.sync()
        assert of_the_field(desk) == []
        assert {lead.fields["City"] for lead in leads} == {"Bergen"}

    def test_a_field_that_was_never_known_is_told_but_is_no_news(self) -> None:
        desk = Desk()
        desk.world.salesforce.hidden = frozenset({"City"})
        desk.contact(city="Oslo")
        desk.lead()
        report = desk.sync()
        assert "Salesforce Lead.City" in report.note
        assert report.exit_code == 0


def told(report: CycleReport) -> str:
    """What the run says of fields that were not seen."""
    return report.note.partition("Not seen and suspended: ")[2].removesuffix(".")


def test_leads_are_not_counted_again_for_a_field_that_is_suspended_already() -> None:
    asked: list[str] = []

    def known_values(field: str) -> int:
        asked.append(field)
        return 7 if field == "need" else 0

    side = SimpleNamespace(field="leadpact_need")
    rule = SimpleNamespace(provisioned=True, sides={("hubspot", "contacts"): side})
    schema = SimpleNamespace(fields={})
    context: Any = SimpleNamespace(
        mapping=SimpleNamespace(fields={"need": rule, "fax": rule}),
        crms={"hubspot": SimpleNamespace(schemas={"contacts": schema})},
        store=SimpleNamespace(known_values=known_values),
    )
    found = _not_in_schemas(context, {})
    assert found == {"need": [("hubspot", "contacts.leadpact_need")]}
    assert asked == ["need", "fax"]
    asked.clear()
    standing = Hold("h", "", "need", "field_missing", "", {}, context.store, "r")
    assert _not_in_schemas(context, {"need": standing}) == found
    assert asked == ["fax"]
