"""R4: what comes into sight, or back, is looked at on every lead, though no record changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.simulation.crm_salesforce import LEAD
from tests.unit.sync_rules.desk import Desk

from leadpact.sync import fields_in_sight
from leadpact.sync.context import Limits
from leadpact.sync.effects import Effect, Observe, Write

CITY = frozenset({"City"})


def hidden_for_a_day(desk: Desk) -> None:
    """Nobody of ours sees cities in Salesforce, and a day goes by: what changed meanwhile has left every feed."""
    desk.world.salesforce.hidden = CITY
    for _cycle in range(3):
        desk.sync()
    desk.later(hours=24)
    desk.sync()


def test_what_was_typed_while_a_field_was_hidden_is_carried_over_once_it_is_seen() -> None:
    desk = Desk()
    contact, lead = desk.contact(city="Oslo"), desk.lead(City="Oslo")
    desk.sync()
    desk.world.salesforce.hidden = CITY
    desk.put(lead, City="Bergen")
    hidden_for_a_day(desk)
    assert contact.fields["city"] == "Oslo"
    desk.world.salesforce.hidden = frozenset()
    assert desk.sync().counts["new_fields_sweep"] == 1
    desk.sync()
    assert contact.fields["city"] == "Bergen"
    assert desk.sync().counts["new_fields_sweep"] == 0


def test_a_field_that_was_never_seen_before_is_filled_on_leads_that_are_agreed() -> None:
    desk = Desk()
    desk.world.salesforce.hidden = CITY
    contact, lead = desk.contact(city="Oslo"), desk.lead()
    hidden_for_a_day(desk)
    assert lead.fields["City"] is None
    desk.world.salesforce.hidden = frozenset()
    for _cycle in range(2):
        desk.sync()
    assert lead.fields["City"] == contact.fields["city"] == "Oslo"


def test_what_may_be_written_from_now_on_is_written() -> None:
    desk = Desk()
    crm = desk.world.salesforce
    open_, fields = crm.schemas, crm.schemas[LEAD].fields
    shut = {**fields, "City": replace(fields["City"], updateable=False)}
    crm.schemas = {**open_, LEAD: replace(open_[LEAD], fields=shut)}
    desk.contact(city="Oslo")
    lead = desk.lead()
    desk.sync()
    desk.later(hours=24)
    desk.sync()
    assert lead.fields["City"] is None
    crm.schemas = open_
    for _cycle in range(2):
        desk.sync()
    assert lead.fields["City"] == "Oslo"


def test_what_was_refused_for_want_of_the_field_is_tried_again() -> None:
    desk = Desk()
    desk.contact(city="Oslo")
    lead = desk.lead(City="Oslo")
    desk.sync()
    (contact,) = desk.world.hubspot.rows.values()
    desk.put(contact, city="Bergen")

    def taken_away(effect: Effect) -> None:
        if isinstance(effect, Write):
            desk.world.salesforce.hidden = CITY

    desk.before = taken_away
    desk.sync()
    (failure,) = desk.store.failures()
    assert (failure.fields, failure.retry_at) == (("City",), None)
    desk.before = lambda _effect: None
    hidden_for_a_day(desk)
    desk.world.salesforce.hidden = frozenset()
    for _cycle in range(2):
        desk.sync()
    assert lead.fields["City"] == "Bergen"
    assert desk.store.failures() == []


def test_it_goes_on_over_cycles_and_begins_anew_where_more_comes_into_sight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fields_in_sight, "MOST", 1)
    desk = Desk()
    desk.world.salesforce.hidden = CITY | {"Title"}
    for number in range(2):
        mine = {"email": f"ann{number}@example.com", "city": "Oslo", "jobtitle": "Buyer"}
        desk.contact(**mine)
        desk.lead(Email=mine["email"])
    hidden_for_a_day(desk)
    desk.world.salesforce.hidden = frozenset({"Title"})
    assert desk.sync().counts["new_fields_sweep"] == 1
    desk.world.salesforce.hidden = frozenset()
    looked = [desk.sync().counts["new_fields_sweep"] for _cycle in range(5)]
    assert looked == [1, 1, 0, 0, 0]
    leads = [row for row in desk.world.salesforce.rows.values() if row.ref.kind == LEAD]
    assert [(row.fields["City"], row.fields["Title"]) for row in leads] == [("Oslo", "Buyer")] * 2


def test_what_goes_out_of_sight_and_what_is_only_shown_moves_nobody() -> None:
    desk = Desk()
    desk.contact(city="Oslo")
    desk.lead(City="Oslo")
    for _cycle in range(3):
        desk.sync()
    desk.world.salesforce.hidden = CITY
    desk.later(hours=24)
    assert desk.sync().counts["new_fields_sweep"] == 0
    desk.world.salesforce.hidden = frozenset()
    desk.later(hours=24)
    assert desk.sync(dry=True).counts["new_fields_sweep"] == 0
    assert not any(isinstance(one, Observe) for one in desk.effects)


def test_a_cycle_that_waits_for_approval_looks_at_nobody_yet() -> None:
    desk = Desk()
    contact, lead = desk.contact(city="Oslo"), desk.lead(City="Oslo")
    hidden_for_a_day(desk)
    desk.put(contact, firstname="Anna")
    desk.put(lead, Title="VP")
    desk.world.salesforce.hidden = frozenset()
    report = desk.sync(limits=Limits(max_writes=0))
    assert report.status == "needs_approval"
    assert report.counts["new_fields_sweep"] == 0
    assert desk.sync().counts["new_fields_sweep"] == 1
