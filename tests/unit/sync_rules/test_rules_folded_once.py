"""R25, R29, R32: what else belongs to two people whom a merge makes one: an address, their links, what was put back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.agreement import pact
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.audit.explain import explain
from leadpact.sync.cycle import cycle
from leadpact_app.cli.finding import standing

HOME = "ann.doe@home.example"


def test_the_address_that_a_merge_brings_is_looked_for_in_the_other_crm() -> None:
    """The one that was agreed stays on the merged contact, as a further one."""
    desk = UndoDesk()
    desk.go_live = desk.world.now + timedelta(days=1)
    known, lead = desk.contact(email=HOME), desk.lead()
    desk.sync()
    assert desk.link(known).id != desk.link(lead).id
    new = desk.contact()
    merged = desk.world.hubspot.merge(new, known, MARKETER)
    assert merged.fields["email"] == lead.fields["Email"]
    desk.sync()
    assert desk.link(merged).id == desk.link(lead).id


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("looked_at", [0, 1])
def test_two_leads_are_folded_once_and_one_of_them_lives(first: int, looked_at: int) -> None:
    """One is known by the other's address already when the other finds that they are one."""
    desk, contacts, leads = twice()
    alone = desk.link(leads[looked_at]).id
    merged = desk.world.hubspot.merge(contacts[first], contacts[1 - first], MARKETER)
    desk.begin()
    desk.carry_out(cycle(desk.context(only=(alone,))))
    desk.sync()
    assert desk.link(merged).status == "live"
    desk.put(merged, city="Bodø")
    desk.sync()
    assert desk.link(merged).base["city"] == "Bodø"


def twice() -> tuple[UndoDesk, tuple[Row, Row], tuple[Row, Row]]:
    """Ann, twice in both CRMs; all that a first sync gave her is in the journal."""
    desk = UndoDesk()
    contacts = desk.contact(jobtitle="CTO"), desk.contact(email=HOME, jobtitle="CTO")
    leads = desk.lead(), desk.lead(Email=HOME)
    desk.sync()
    return desk, contacts, leads


@pytest.mark.parametrize("first", [0, 1])
def test_what_was_put_back_of_either_stays_so_on_the_records_that_stand(first: int) -> None:
    desk, contacts, leads = twice()
    desk.undo()
    assert [one.fields["Title"] for one in leads] == [None, None]
    merged = desk.world.hubspot.merge(contacts[first], contacts[1 - first], MARKETER)
    for _cycle in range(2):
        desk.sync()
    pins = desk.store.pins()
    assert {one.link_id for one in pins} == {desk.link(merged).id}
    assert {one.ref for one in pins if one.field == "Title"} == {one.ref for one in leads}
    assert [one.fields["Title"] for one in leads] == [None, None]


def test_who_became_part_of_another_by_way_of_a_third_is_told_of_and_undone_with_it() -> None:
    desk = UndoDesk()
    mails = ("ann@acme.example", HOME, "ann.d@third.example")
    contacts = [desk.contact(email=one, jobtitle="CTO") for one in mails]
    leads = [desk.lead(Email=one) for one in mails]
    desk.sync()
    first = {desk.link(row).id: row for row in contacts}
    # Of two leads the one with the smaller id lives on: the last one takes in the second, and the first both.
    one, second, last = sorted(first)
    merged = desk.world.hubspot.merge(first[second], first[last], MARKETER)
    desk.sync()
    assert desk.link(merged).id == second
    merged = desk.world.hubspot.merge(first[one], merged, MARKETER)
    desk.sync()
    assert desk.link(merged).id == standing(desk.store, last) == one
    story = explain(desk.store, pact(), one)
    assert story is not None
    assert {joined.link.id for joined in story.joined} == {second, last}
    desk.undo("run1")
    assert [row.fields["Title"] for row in leads] == [None, None, None]
