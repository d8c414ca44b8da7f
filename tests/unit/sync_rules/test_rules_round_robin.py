"""R31, R34, R36: turns of a strict round-robin, kept across runs; a customer's request goes to whose account it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.test_rules_handoff import (
    ANN,
    BOB,
    EVE,
    agreed,
    asks_for_a_demo,
    tasks,
)

from leadpact.model.owner import Owner

KIM = Owner("7004", "Kim Rep", "kim.rep@acme.example")
RING = (ANN.email, EVE.email, BOB.email, KIM.email)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.world.salesforce.tasks.staff = {one.id: one for one in (ANN, BOB, EVE, KIM)}
    agreed(made, reps=RING, strict=True)
    return made


def leads(desk: Desk, many: int) -> list[Row]:
    rows = []
    for number in range(many):
        address, name = f"p{number}@firm{number}.example", f"Doe{number}"
        rows.append(desk.contact(email=address, lastname=name))
        desk.lead(Email=address, LastName=name, OwnerId=EVE.id)
    desk.sync()
    desk.sync()
    return rows


def given(desk: Desk) -> list[str]:
    return [str(said["owner"]) for _person, _key, said in tasks(desk)]


def test_one_after_the_other_across_runs_and_who_left_is_passed_over(desk: Desk) -> None:
    for contact in leads(desk, 7):
        asks_for_a_demo(desk, contact)
        desk.sync()
    assert given(desk) == [ANN.id, BOB.id, KIM.id, ANN.id, BOB.id, KIM.id, ANN.id]


def test_many_in_one_run_are_spread_alike(desk: Desk) -> None:
    for contact in leads(desk, 6):
        asks_for_a_demo(desk, contact)
    desk.sync()
    assert Counter(given(desk)) == {ANN.id: 2, BOB.id: 2, KIM.id: 2}


def test_a_second_request_in_the_same_episode_stays_with_its_rep_and_uses_no_turn(
    desk: Desk,
) -> None:
    first, second = leads(desk, 2)
    desk.pact = replace(
        desk.pact, handoff=replace(desk.pact.handoff, on=frozenset({"mql", "fast_lane"}))
    )
    desk.put(first, leadpact_stage="mql")
    desk.sync()
    asks_for_a_demo(desk, first)
    desk.sync()
    asks_for_a_demo(desk, second)
    desk.sync()
    assert given(desk) == [ANN.id, ANN.id, BOB.id]


def test_whose_day_is_full_is_passed_over_while_others_have_room(desk: Desk) -> None:
    agreed(desk, reps=(ANN.email, BOB.email), strict=True, per_rep_per_day=2)
    for contact in leads(desk, 5):
        asks_for_a_demo(desk, contact)
    report = desk.sync()
    assert Counter(given(desk)) == {ANN.id: 2, BOB.id: 2}
    assert report.counts["handoffs_capped"] == 1


class TestCustomers:
    def customer(self, desk: Desk, **fields: str) -> Row:
        contact = desk.contact(lifecyclestage="customer", leadpact_stage="customer")
        known = {"Email": "ann@acme.example", "LastName": "Doe", "leadpact_stage__c": "customer"}
        desk.world.salesforce.make(CONTACT, {**known, "OwnerId": BOB.id, **fields}, 0, REP)
        desk.sync()
        desk.sync()
        return contact

    def test_their_request_goes_to_whose_account_it_is(self, desk: Desk) -> None:
        asks_for_a_demo(desk, self.customer(desk, **{"Account.OwnerId": KIM.id}))
        desk.sync()
        assert given(desk) == [KIM.id]
        ((person, _key, _said),) = tasks(desk)
        (record,) = (row for row in desk.world.salesforce.rows.values() if row.ref.id == person)
        assert record.fields["OwnerId"] == BOB.id, "the record keeps its owner"

    @pytest.mark.parametrize("account", [{}, {"Account.OwnerId": EVE.id}])
    def test_else_to_whose_record_it_is_and_never_round(
        self, desk: Desk, account: dict[str, str]
    ) -> None:
        asks_for_a_demo(desk, self.customer(desk, **account))
        desk.sync()
        assert given(desk) == [BOB.id]
