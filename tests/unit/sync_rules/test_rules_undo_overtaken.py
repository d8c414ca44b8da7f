"""R32: an undo tells of each field what became of it, also where a person or the CRM was quicker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.faults import Fault
from tests.simulation.world import MARKETER, SEEDER
from tests.unit.sync_rules.desk import Killed
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.sync.effects import Commit, Effect, Observe, Write
from leadpact.sync.undo_lines import AGAIN

STAGE = "lifecyclestage"
OURS = ("leadpact_stage", "leadpact_stage_reason")


class Forward:
    """A sync has made a lead an MQL, by what she looked at, and taken her city to HubSpot."""

    def __init__(self) -> None:
        self.desk = UndoDesk()
        known = {"jobtitle": "Sales manager", "lifecyclestage": "lead", "city": "Oslo"}
        self.contact = self.desk.contact(**known)
        self.lead = self.desk.lead(Title="Sales manager", NumberOfEmployees=200, City="Oslo")
        self.desk.sync()
        self.desk.sync()
        now = self.desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.desk.put(self.contact, last_pricing_page_view=now, last_demo_page_view=now)
        self.desk.put(self.lead, City="Bern")
        self.desk.sync()
        shown = self.contact.fields
        assert (shown[STAGE], shown["city"]) == ("marketingqualifiedlead", "Bern")

    def once(self, when: Callable[[Effect], bool], does: Callable[[], None]) -> None:
        done: list[Effect] = []

        def looks(effect: Effect) -> None:
            if when(effect) and not done:
                done.append(effect)
                does()

        self.desk.before = looks

    def pinned(self) -> set[str]:
        return {one.field for one in self.desk.store.pins() if one.ref == self.contact.ref}

    def outcome(self, row: Row) -> list[tuple[str, str]]:
        found = self.desk.store.outcomes(run_id=self.desk.last_run())
        return [(one.result, one.cause) for one in found if one.crm == row.ref.crm]


def _cleared(effect: Effect) -> bool:
    return isinstance(effect, Commit) and any(
        intent.state == "cleared" for intent in effect.changes.intents
    )


def test_who_sets_the_stage_in_the_reset_window_is_told_and_the_rest_is_put_back() -> None:
    here = Forward()
    edit = {STAGE: "opportunity"}
    here.once(_cleared, lambda: here.desk.world.hubspot.put(here.contact, edit, MARKETER))
    report = here.desk.undo()
    assert here.contact.fields[STAGE] == "opportunity"
    results = here.desk.results(report)
    left = {name for name, result in results.items() if result != "put back"}
    assert left == {f"hubspot.{one}" for one in (STAGE, *OURS)}
    told = next(one for one in report.undone if one.field == STAGE)
    assert (told.result, told.who) == ("changed since", str(MARKETER))
    assert (results["hubspot.city"], here.contact.fields["city"]) == ("put back", "Oslo")
    assert results[".stage"] == "put back"
    assert here.desk.stage(here.contact).stage == "lead"
    assert report.exit_code == 1
    assert here.pinned().isdisjoint({STAGE, *OURS}), "what was not put back is kept by nothing"
    here.desk.sync()
    assert "opportunity" in here.desk.told(here.contact)[-1][1].lower(), "the word is judged"


def test_who_types_the_undone_stage_after_the_undo_was_killed_in_that_window_is_heard() -> None:
    here = Forward()

    def dies(effect: Effect) -> None:
        if isinstance(effect, Write) and any(row.op == "set" for row in effect.rows):
            raise Killed

    here.desk.before = dies
    with pytest.raises(Killed):
        here.desk.undo()
    here.desk.before = lambda _effect: None
    assert here.contact.fields[STAGE] is None
    told = here.desk.told(here.contact)
    here.desk.put(here.contact, SEEDER, lifecyclestage="marketingqualifiedlead")
    here.desk.sync()
    heard = here.desk.told(here.contact)[len(told) :]
    assert [result for result, _why in heard] == ["refused"], heard
    assert "automation" in heard[0][1]
    assert here.contact.fields[STAGE] == "lead"
    here.desk.put(here.contact, SEEDER, lifecyclestage="marketingqualifiedlead")
    here.desk.sync()
    assert "contested" in here.desk.holds(here.contact), "no war, also of what was heard so (R13)"


def test_another_edit_in_the_reset_window_leaves_no_stage_blank() -> None:
    here = Forward()
    here.once(
        _cleared, lambda: here.desk.world.hubspot.put(here.contact, {"city": "Rome"}, MARKETER)
    )
    report = here.desk.undo()
    results = here.desk.results(report)
    assert {name for name, result in results.items() if result != "put back"} == {"hubspot.city"}
    assert (here.contact.fields[STAGE], here.contact.fields["city"]) == ("lead", "Rome")
    kept = [one.undone for one in here.desk.store.pins() if one.field == "stage"]
    assert kept == ["mql"], "what made her an MQL makes her none again"
    here.desk.sync()
    assert here.lead.fields["City"] == "Rome"


def test_one_whose_record_never_stands_still_is_told_so() -> None:
    here = Forward()
    phones = iter(range(99))

    def moves(effect: Effect) -> None:
        if isinstance(effect, Observe):
            here.desk.world.hubspot.put(here.contact, {"phone": f"+1 {next(phones)}"}, MARKETER)

    here.desk.slow, here.desk.before = timedelta(seconds=3), moves
    report = here.desk.undo()
    assert {(one.result, one.why) for one in report.undone} == {("changed since", AGAIN)}
    assert report.exit_code == 1
    untouched = [("unchanged", "changed_since")]
    assert here.outcome(here.contact) == here.outcome(here.lead) == untouched
    assert here.desk.stage(here.contact).stage == "mql"


@pytest.mark.parametrize(
    ("fault", "why"), [("row_refused", "HubSpot refused it: "), ("lost_before", "")]
)
def test_what_a_crm_refuses_or_does_not_answer_is_not_told_to_be_put_back(
    fault: str, why: str
) -> None:
    here = Forward()
    here.desk.fault = lambda one: (
        Fault(fault, 0) if isinstance(one, Write) and one.crm == "hubspot" else None
    )
    report = here.desk.undo()
    results = here.desk.results(report)
    of_hubspot = {result for name, result in results.items() if name.startswith("hubspot.")}
    assert of_hubspot == {"not possible"}
    assert results["salesforce.leadpact_stage__c"] == "put back"
    told = next(one for one in report.undone if one.field == STAGE)
    assert told.why.startswith(why or "HubSpot gave no answer: ")
