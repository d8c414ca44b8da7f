"""R3: HubSpot takes a step back only as clear, then set; one journaled intent of two states."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.faults import Fault
from tests.simulation.world import MARKETER
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.effects import Commit, Effect, Write

STAGE, STATUS = "lifecyclestage", "hs_lead_status"


def rejected() -> tuple[Desk, Row, Row]:
    """An agreed MQL that sales has just rejected with a reason: HubSpot must step back to lead."""
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead", leadpact_stage="mql")
    lead = desk.lead(leadpact_stage__c="mql")
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    desk.put(lead, Status="Closed - Not Converted", leadpact_rejection_reason__c="bad_timing")
    return desk, contact, lead


def is_set(effect: Effect) -> bool:
    return (
        isinstance(effect, Write)
        and effect.crm == "hubspot"
        and any(row.op == "set" and STAGE in row.fields for row in effect.rows)
    )


def is_blank(effect: Effect) -> bool:
    return isinstance(effect, Write) and any(row.op == "reset_blank" for row in effect.rows)


def is_noted(effect: Effect) -> bool:
    return isinstance(effect, Commit) and any(
        intent.state == "cleared" for intent in effect.changes.intents
    )


def at_the_end(desk: Desk, contact: Row) -> None:
    assert contact.fields[STAGE] == "lead"
    assert contact.fields[STATUS] == "BAD_TIMING"
    assert contact.fields["leadpact_stage"] == "recycled"
    assert desk.stage(contact).stage == "recycled"
    assert desk.stage(contact).reason == "bad_timing"
    assert desk.holds(contact) == {}
    desk.sync()
    assert desk.writes() == []


def test_a_step_back_is_cleared_then_set_under_one_intent() -> None:
    desk, contact, _lead = rejected()
    desk.sync()
    hubspot = [(op, fields.get(STAGE)) for crm, op, fields in desk.writes() if crm == "hubspot"]
    assert hubspot == [("reset_blank", None), ("set", "lead")]
    commits = [one.changes for one in desk.effects if isinstance(one, Commit)]
    resets = [one for changes in commits for one in changes.intents if one.op == "reset"]
    assert [one.state for one in resets] == ["open", "cleared"]
    closings = [one for changes in commits for one in changes.closings]
    assert [one.state for one in closings if one.id == resets[0].id] == ["written"]
    at_the_end(desk, contact)


def test_killed_between_the_two_steps_the_next_cycle_finishes() -> None:
    desk, contact, _lead = rejected()
    desk.killed(is_set)
    assert contact.fields[STAGE] is None
    desk.sync()
    at_the_end(desk, contact)
    assert [result for result, _why in desk.told(contact)].count("accepted") == 1


def test_an_emptied_lifecycle_stage_is_no_assertion_and_is_filled_again() -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead", leadpact_stage="mql")
    desk.lead(leadpact_stage__c="mql")
    desk.sync()
    told = desk.told(contact)
    desk.put(contact, lifecyclestage="")
    desk.sync()
    assert desk.told(contact) == told
    assert contact.fields[STAGE] == "marketingqualifiedlead"
    assert desk.writes()[0][1] == "set"


def test_step_two_runs_only_while_the_field_is_still_blank() -> None:
    desk, contact, _lead = rejected()
    typed: list[int] = []

    def types(effect: Effect) -> None:
        cleared = isinstance(effect, Commit) and any(
            intent.state == "cleared" for intent in effect.changes.intents
        )
        if cleared and not typed:
            typed.append(1)
            desk.world.hubspot.put(contact, {STAGE: "salesqualifiedlead"}, MARKETER)

    desk.before = types
    desk.sync()
    assert typed
    desk.before = lambda _effect: None
    desk.sync()
    # The marketer's value was not written over unseen: it was judged, refused, and told.
    assert {"refused", "overtaken"} & {result for result, _why in desk.told(contact)}
    assert contact.fields[STAGE] == "lead"


@pytest.mark.parametrize(
    "when", ["while the cycle runs", "after it was killed", "after it was killed before noting it"]
)
def test_what_stood_there_before_and_is_typed_again_between_the_steps_is_heard(when: str) -> None:
    desk, contact, _lead = rejected()
    if "killed" in when:
        desk.killed(is_noted if "noting" in when else is_set)
        assert contact.fields[STAGE] is None
        desk.put(contact, lifecyclestage="marketingqualifiedlead")
    else:
        typed: list[Effect] = []

        def types(effect: Effect) -> None:
            if is_noted(effect) and not typed:
                typed.append(effect)
                desk.world.hubspot.put(contact, {STAGE: "marketingqualifiedlead"}, MARKETER)

        desk.before = types
        desk.sync()
        assert typed
        desk.before = lambda _effect: None
    desk.sync()
    assert "Marketing (HubSpot) set MQL." in desk.told(contact)[-1][1]
    assert desk.stage(contact).stage == "mql"
    assert contact.fields[STAGE] == "marketingqualifiedlead"


def test_one_that_was_never_begun_makes_nothing_of_what_stands_there() -> None:
    desk, contact, _lead = rejected()
    desk.killed(is_blank)
    desk.sync()
    at_the_end(desk, contact)
    assert [result for result, _why in desk.told(contact)] == ["adopted", "accepted"]


def test_forward_again_is_one_plain_write() -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="salesqualifiedlead", leadpact_stage="sql")
    desk.lead(Status="Working - Contacted", leadpact_stage__c="sql")
    desk.sync()
    assert desk.stage(contact).stage == "sql"
    desk.put(contact, lifecyclestage="lead")
    desk.sync()
    assert [op for crm, op, _fields in desk.writes() if crm == "hubspot"] == ["set"]
    assert contact.fields[STAGE] == "salesqualifiedlead"


def test_after_three_failed_tries_it_is_held_with_the_stage_named() -> None:
    desk, contact, _lead = rejected()
    desk.fault = lambda one: Fault("row_refused", 0) if is_blank(one) else None
    tries = 0
    for _cycle in range(6):
        desk.sync()
        tries += sum(is_blank(one) for one in desk.effects)
        if "reset_failed" in desk.holds(contact):
            break
        desk.later(hours=1)
    assert tries == 3
    hold = desk.holds(contact)["reset_failed"]
    assert "Recycled" in hold.why
    desk.later(days=2)
    desk.put(contact, city="Oslo")
    desk.sync()
    assert not any(is_blank(one) for one in desk.effects)
    assert contact.fields[STAGE] == "marketingqualifiedlead"


def test_two_failed_tries_are_not_yet_held() -> None:
    desk, contact, _lead = rejected()
    refused: list[int] = []

    def twice(one: Effect) -> Fault | None:
        if is_blank(one) and len(refused) < 2:
            refused.append(1)
            return Fault("row_refused", 0)
        return None

    desk.fault = twice
    for _cycle in range(3):
        desk.sync()
        assert desk.holds(contact) == {}
        desk.world.now += timedelta(hours=1)
    at_the_end(desk, contact)


def test_a_second_step_that_is_refused_three_times_is_held_too() -> None:
    desk, contact, _lead = rejected()
    desk.fault = lambda one: Fault("row_refused", 0) if is_set(one) else None
    for _cycle in range(8):
        desk.sync()
        desk.later(hours=1)
    assert "reset_failed" in desk.holds(contact)
