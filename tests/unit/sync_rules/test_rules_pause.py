"""R38: the stop button: what is paused is neither lost nor agreed, and goes on when it is let go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import START
from tests.unit.sync_rules.desk import ANN, Desk

from leadpact.model.pause import Pause
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Limits
from leadpact.sync.effects import Effect, Write


def agreed(**fields: Any) -> tuple[Desk, Row, Row]:
    """Ann in both CRMs, agreed and quiet."""
    desk = Desk()
    contact, lead = desk.contact(jobtitle="VP", city="Oslo"), desk.lead(Title="VP", City="Oslo")
    for _until_settled in range(3):
        desk.sync()
    desk.later(minutes=1)
    return desk, contact, lead


def press(desk: Desk, **what: Any) -> Pause:
    """A person presses the button."""
    one = Pause(f"p{desk.runs}", desk.world.now, "Ann", **what)
    desk.store.commit(StateChanges(pauses=[one]), None, desk.world.now)
    return one


def let_go(desk: Desk, one: Pause) -> None:
    """And lets it go."""
    desk.later(minutes=1)
    ended = replace(one, ended_at=desk.world.now, ended_by="Ann")
    desk.store.commit(StateChanges(pauses=[ended]), None, desk.world.now)


class TestFields:
    def test_an_edit_waits_for_the_other_crm_and_goes_on_at_the_end(self) -> None:
        desk, contact, lead = agreed()
        pressed = press(desk, crm="salesforce", direction="to_crm")
        desk.put(contact, jobtitle="CFO")
        report = desk.sync()
        assert not [crm for crm, _op, _fields in desk.writes() if crm == "salesforce"]
        assert lead.fields["Title"] == "VP"
        assert desk.link(contact).base["title"] == "VP"
        assert report.counts["paused"] == 1
        assert "Paused by Ann" in report.note
        assert "1 lead waits" in report.note
        let_go(desk, pressed)
        desk.sync()
        assert lead.fields["Title"] == "CFO"
        assert desk.link(contact).base["title"] == "CFO"
        assert desk.store.parked_count() == 0

    def test_the_other_direction_goes_on_meanwhile(self) -> None:
        desk, contact, lead = agreed()
        press(desk, crm="salesforce", direction="to_crm")
        desk.put(lead, Title="CTO")
        desk.sync()
        assert contact.fields["jobtitle"] == "CTO"
        assert desk.link(contact).base["title"] == "CTO"

    def test_what_is_not_heard_is_not_written_over_either(self) -> None:
        desk, contact, lead = agreed()
        pressed = press(desk, crm="hubspot", direction="from_crm")
        desk.put(contact, jobtitle="CFO")
        desk.put(lead, Title="CTO")
        desk.sync()
        assert (contact.fields["jobtitle"], lead.fields["Title"]) == ("CFO", "CTO")
        let_go(desk, pressed)
        desk.sync()
        # A conflict as any other: the system of record has it.
        assert (contact.fields["jobtitle"], lead.fields["Title"]) == ("CTO", "CTO")

    def test_one_field_waits_and_the_others_go_on(self) -> None:
        desk, contact, lead = agreed()
        pressed = press(desk, field="title")
        desk.put(contact, jobtitle="CFO", city="Bergen")
        desk.sync()
        assert (lead.fields["Title"], lead.fields["City"]) == ("VP", "Bergen")
        let_go(desk, pressed)
        desk.sync()
        assert lead.fields["Title"] == "CFO"

    def test_changed_back_meanwhile_nothing_is_left_to_do(self) -> None:
        desk, contact, lead = agreed()
        pressed = press(desk, field="title")
        desk.put(contact, jobtitle="CFO")
        desk.sync()
        desk.put(contact, jobtitle="VP")
        desk.sync()
        let_go(desk, pressed)
        desk.sync()
        assert desk.writes() == []
        assert lead.fields["Title"] == "VP"

    def test_a_field_of_the_crm_may_be_named_too(self) -> None:
        desk, contact, lead = agreed()
        press(desk, crm="salesforce", field="Title")
        desk.put(contact, jobtitle="CFO", city="Bergen")
        desk.sync()
        assert (lead.fields["Title"], lead.fields["City"]) == ("VP", "Bergen")

    def test_an_answer_that_was_given_is_kept_for_the_end(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(email="ann@acme.example"), desk.lead()
        for _until_settled in range(3):
            desk.sync()
        desk.put(contact, email="new@acme.example")
        desk.sync()
        (cause,) = desk.holds(contact)
        pressed = press(desk, field="email")
        desk.answer(contact, cause, "accept")
        desk.sync()
        assert lead.fields["Email"] == "ann@acme.example"
        let_go(desk, pressed)
        desk.sync()
        assert lead.fields["Email"] == "new@acme.example"


class TestStage:
    def test_it_is_not_judged_while_it_may_not_be_heard(self) -> None:
        desk, contact, lead = agreed()
        before = desk.stage(contact)
        pressed = press(desk, field="stage")
        desk.put(contact, lifecyclestage="marketingqualifiedlead")
        desk.sync()
        assert desk.stage(contact) == before
        assert contact.fields["lifecyclestage"] == "marketingqualifiedlead"
        assert desk.written("leadpact_stage", "leadpact_stage__c", "lifecyclestage") == []
        let_go(desk, pressed)
        desk.sync()
        assert desk.stage(contact).stage == "mql"
        assert lead.fields["leadpact_stage__c"] == "mql"

    def test_where_only_writing_is_paused_it_is_agreed_and_shown_at_the_end(self) -> None:
        desk, contact, lead = agreed()
        pressed = press(desk, crm="salesforce", direction="to_crm", field="stage")
        desk.put(contact, lifecyclestage="marketingqualifiedlead")
        desk.sync()
        assert desk.stage(contact).stage == "mql"
        assert lead.fields["leadpact_stage__c"] != "mql"
        let_go(desk, pressed)
        desk.sync()
        assert lead.fields["leadpact_stage__c"] == "mql"
        assert len([one for one in desk.told(contact) if one[0] == "accepted"]) == 1


class TestNewRecords:
    @pytest.mark.parametrize(
        "what",
        [
            {"crm": "salesforce"},
            {"kind": "Lead"},
            {"crm": "hubspot", "direction": "from_crm"},
            {"field": "stage", "direction": "to_crm"},
        ],
    )
    def test_none_is_made_until_the_end(self, what: dict[str, str]) -> None:
        desk = Desk()
        pressed = press(desk, **what)
        contact = desk.contact(lifecyclestage="marketingqualifiedlead", **ANN)
        desk.sync()
        desk.sync()
        assert not [op for _crm, op, _fields in desk.writes() if op == "make"]
        assert desk.store.parked([desk.link(contact).id])
        let_go(desk, pressed)
        desk.sync()
        assert "make" in [op for _crm, op, _fields in desk.writes()]

    def test_one_is_made_without_a_field_that_is_paused_which_follows(self) -> None:
        desk = Desk()
        pressed = press(desk, field="title")
        contact = desk.contact(lifecyclestage="marketingqualifiedlead", jobtitle="VP", **ANN)
        desk.sync()
        (made,) = [fields for _crm, op, fields in desk.writes() if op == "make"]
        assert "Title" not in made
        assert "title" not in desk.link(contact).base
        desk.sync()
        let_go(desk, pressed)
        desk.sync()
        assert desk.link(contact).base["title"] == "VP"
        assert [fields["Title"] for _crm, _op, fields in desk.writes() if "Title" in fields] == [
            "VP"
        ]


class TestEverything:
    def test_nothing_is_written_and_the_work_stays(self) -> None:
        desk, contact, lead = agreed()
        pressed = press(desk, why="audit week")
        desk.put(contact, jobtitle="CFO")
        report = desk.sync()
        assert (desk.writes(), report.status, report.exit_code) == ([], "done", 0)
        assert "everything (audit week)" in report.note
        assert desk.store.count("due", desk.world.now) == 1
        let_go(desk, pressed)
        desk.sync()
        assert lead.fields["Title"] == "CFO"

    @pytest.mark.parametrize("limits", [Limits(), Limits(lifted=True)], ids=["guarded", "streamed"])
    def test_pressed_while_a_page_is_planned_no_row_of_it_is_sent(self, limits: Limits) -> None:
        desk, contact, lead = agreed()
        desk.put(contact, jobtitle="CFO")
        pressed: list[Pause] = []

        def press_once(effect: Effect) -> None:
            if not pressed and type(effect).__name__ == "Observe":
                pressed.append(press(desk))

        desk.before = press_once
        desk.sync(limits=limits)
        assert desk.writes() == []
        assert desk.store.count("due", desk.world.now) == 1
        let_go(desk, pressed[0])
        desk.sync()
        assert lead.fields["Title"] == "CFO"

    def test_let_go_while_a_page_is_planned_nothing_stays_parked(self) -> None:
        desk, contact, lead = agreed()
        pressed = press(desk, field="title")
        desk.put(contact, jobtitle="CFO")
        done: list[bool] = []

        def let_go_once(effect: Effect) -> None:
            if not done and type(effect).__name__ == "Observe":
                done.append(True)
                let_go(desk, pressed)

        desk.before = let_go_once
        desk.sync()
        assert lead.fields["Title"] == "CFO"
        assert desk.store.parked_count() == 0


class TestScore:
    def test_a_score_that_waited_is_published_at_the_end(self) -> None:
        desk, contact, lead = agreed()
        before = contact.fields["leadpact_score"]
        pressed = press(desk, crm="salesforce", field="score")
        desk.put(contact, jobtitle="", numemployees="200")
        desk.put(contact, jobtitle="intern")
        desk.sync()
        assert contact.fields["leadpact_score"] != before
        assert lead.fields["leadpact_score__c"] == float(str(before))
        let_go(desk, pressed)
        desk.sync()
        assert str(lead.fields["leadpact_score__c"]) == str(
            float(str(contact.fields["leadpact_score"]))
        )


def test_nothing_is_asked_beside_the_two_looks_per_page() -> None:
    desk, contact, _lead = agreed()
    looks = 0
    real = desk.store.pauses

    def counted() -> Any:
        nonlocal looks
        looks += 1
        return real()

    desk.store.pauses = counted  # type: ignore[method-assign]
    desk.put(contact, jobtitle="CFO")
    desk.sync()
    assert any(isinstance(one, Write) for one in desk.effects)
    assert looks <= 8
    assert desk.go_live == START
