"""R32: what a run wrote is put back where it still stands, stays so, and all else is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import Killed
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.model.pause import Pause
from leadpact.model.record import Native
from leadpact.ports.state_store import StateChanges
from leadpact.sync.effects import Effect, Write


def test_a_first_sync_undone_leaves_both_crms_as_before_and_stays_undone() -> None:
    desk = UndoDesk()
    desk.contact(jobtitle="CTO", lifecyclestage="lead", hs_email_open=3)
    desk.lead(Title="Head of IT", City="Bern")
    before = desk.shown()
    desk.sync()
    assert desk.shown() != before, "the sync wrote something"

    report = desk.undo()

    assert report.exit_code == 0
    assert report.counts["put_back"]
    assert not report.counts["changed_since"]
    assert desk.shown() == before
    for _cycle in range(3):
        desk.sync()
        assert desk.writes() == []
    assert desk.shown() == before


def test_an_undo_is_a_run_of_its_own_in_the_journal() -> None:
    desk = UndoDesk()
    desk.contact(jobtitle="CTO")
    desk.lead()
    desk.sync()
    undone = desk.last_run()

    desk.undo()

    row = desk.store.run(desk.last_run())
    assert row is not None
    assert row.kind == "undo"
    assert row.status == "done"
    assert (row.note, row.undoes) == (f"Undo of run {undone}.", undone)
    assert {one.state for one in desk.store.intents(run_id=row.id)} == {"written"}
    assert {one.result for one in desk.store.outcomes(run_id=row.id)} == {"written"}


def test_a_dry_undo_says_what_it_would_do_and_does_nothing() -> None:
    desk = UndoDesk()
    desk.contact(jobtitle="CTO")
    lead = desk.lead()
    desk.sync()
    shown = desk.shown()

    report = desk.undo(dry=True)

    assert desk.results(report)["salesforce.Title"] == "put back"
    assert not any(isinstance(one, Write) for one in desk.effects)
    assert desk.shown() == shown
    assert desk.store.pins([desk.link(lead).id]) == ()


def test_what_a_person_changed_since_is_left_and_told_with_who_and_when() -> None:
    desk = UndoDesk()
    contact = desk.contact(jobtitle="CTO", phone="030 1")
    lead = desk.lead()
    desk.sync()
    desk.put(lead, Title="Chief of everything")
    at = desk.world.now

    report = desk.undo()

    assert report.exit_code == 1
    line = next(one for one in report.undone if one.field == "Title")
    assert (line.result, line.ours, line.now) == ("changed since", "CTO", "Chief of everything")
    assert line.who == str(REP)
    assert line.at == at.replace(microsecond=0)
    assert lead.fields["Title"] == "Chief of everything"
    assert not lead.fields["Phone"]
    desk.sync()
    assert contact.fields["jobtitle"] == "Chief of everything", "the edit goes its way"
    assert not lead.fields["Phone"]
    assert contact.fields["phone"]


def test_base_becomes_the_restored_value_and_the_other_side_is_no_edit() -> None:
    desk = UndoDesk()
    contact = desk.contact(jobtitle="CTO")
    lead = desk.lead(Title="CTO")
    desk.sync()
    desk.put(contact, jobtitle="CEO")
    desk.sync()
    assert lead.fields["Title"] == "CEO"

    desk.undo()

    assert desk.link(lead).base["title"] == "CTO"
    assert lead.fields["Title"] == "CTO"
    assert contact.fields["jobtitle"] == "CEO"
    desk.sync()
    assert desk.written("Title", "jobtitle") == []


@pytest.mark.parametrize("where", ["hubspot", "salesforce"])
def test_a_pin_ends_with_a_persons_edit_on_either_side(where: str) -> None:
    desk = UndoDesk()
    contact = desk.contact(jobtitle="CTO")
    lead = desk.lead(Title="CTO")
    desk.sync()
    desk.put(contact, jobtitle="CEO")
    desk.sync()
    desk.undo()
    link_id = desk.link(lead).id
    assert [one.field for one in desk.store.pins([link_id])] == ["Title"]

    if where == "hubspot":
        desk.put(contact, jobtitle="CFO")
    else:
        desk.put(lead, Title="CFO")
    desk.sync()

    assert (contact.fields["jobtitle"], lead.fields["Title"]) == ("CFO", "CFO")
    assert desk.store.pins([link_id]) == ()


def test_only_the_named_field_is_put_back() -> None:
    desk = UndoDesk()
    desk.contact(jobtitle="CTO", phone="030 1")
    lead = desk.lead()
    desk.sync()

    report = desk.undo(fields=["title"])

    assert set(desk.results(report)) == {"salesforce.Title"}
    assert not lead.fields["Title"]
    assert lead.fields["Phone"]
    desk.sync()
    assert not lead.fields["Title"]
    assert lead.fields["Phone"]


def test_an_undo_undone_is_as_if_nothing_had_been_put_back() -> None:
    desk = UndoDesk()
    desk.contact(jobtitle="CTO", lifecyclestage="lead")
    lead = desk.lead()
    desk.sync()
    done = desk.shown()
    desk.undo()

    report = desk.undo()

    assert report.exit_code == 0
    assert desk.shown() == done
    assert desk.store.pins([desk.link(lead).id]) == ()
    desk.sync()
    assert desk.writes() == []
    assert desk.shown() == done


def test_an_undo_run_twice_does_nothing_the_second_time() -> None:
    desk = UndoDesk()
    desk.contact(jobtitle="CTO")
    desk.lead()
    desk.sync()
    first = desk.last_run()
    desk.undo(first)

    report = desk.undo(first)

    assert report.exit_code == 0
    assert report.undone == []
    assert desk.writes() == []


def test_consent_is_never_undone() -> None:
    desk = UndoDesk()
    contact = desk.contact()
    lead = desk.lead(Title="CTO")
    desk.sync()
    desk.put(contact, hs_email_optout=True, jobtitle="CEO")
    desk.sync()
    assert lead.fields["HasOptedOutOfEmail"] is True

    report = desk.undo()

    assert desk.results(report)["salesforce.HasOptedOutOfEmail"] == "never undone"
    assert lead.fields["HasOptedOutOfEmail"] is True
    assert lead.fields["Title"] == "CTO"
    assert report.exit_code == 0


def mql_by_score() -> tuple[UndoDesk, Row, Row]:
    """A lead that one act made an MQL, by the run that went last."""
    desk = UndoDesk()
    contact = desk.contact(jobtitle="Sales manager", lifecyclestage="lead")
    lead = desk.lead(Title="Sales manager", NumberOfEmployees=200)
    desk.sync()
    desk.sync()
    assert desk.stage(contact).stage == "lead"
    demo(desk, contact)
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    return desk, contact, lead


def without_clock(shown: dict[str, dict[str, Native]]) -> dict[str, dict[str, Native]]:
    return {
        ref: {name: value for name, value in fields.items() if "sla" not in name}
        for ref, fields in shown.items()
    }


def demo(desk: UndoDesk, contact: Row) -> None:
    """The person looks at the demo and the prices, now."""
    desk.later(minutes=5)
    now = desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    desk.put(contact, last_pricing_page_view=now, last_demo_page_view=now)


class TestStage:
    def test_it_goes_back_by_a_move_of_the_undo_and_by_the_two_step_reset(self) -> None:
        desk, contact, lead = mql_by_score()
        shown = {name: lead.fields[name] for name in ("Status", "leadpact_stage__c")}
        assert contact.fields["lifecyclestage"] == "marketingqualifiedlead"

        report = desk.undo()

        assert report.exit_code == 0
        assert desk.stage(contact).stage == "lead"
        assert contact.fields["lifecyclestage"] == "lead"
        assert ("hubspot", "reset_blank", {"lifecyclestage": None}) in desk.writes()
        last = desk.store.transitions(desk.link(contact).id)[-1]
        assert (last.result, last.from_stage, last.to_stage) == ("accepted", "mql", "lead")
        assert last.actor == "undo"
        assert shown != {name: lead.fields[name] for name in shown}

    @pytest.mark.parametrize("word", ["lifecyclestage", "leadpact_stage_reason", "Status"])
    def test_who_names_one_of_its_fields_names_them_all(self, word: str) -> None:
        desk, contact, lead = mql_by_score()
        run = desk.last_run()
        whole = desk.results(desk.undo(fields=["stage"], dry=True))
        assert desk.results(desk.undo(run, fields=[word])) == whole
        assert contact.fields["leadpact_stage"] == lead.fields["leadpact_stage__c"] == "lead"
        assert "hubspot.leadpact_score" not in whole
        desk.sync()
        told = [name.rpartition(".")[2] for name, result in whole.items() if result == "put back"]
        assert desk.written(*told) == [], "nothing of it is left to the next sync"

    def test_the_same_evidence_does_not_move_it_again_and_new_evidence_does(self) -> None:
        desk, contact, lead = mql_by_score()
        desk.undo()
        shown = desk.shown()
        for _cycle in range(3):
            desk.sync()
            assert desk.writes() == []
        desk.later(days=2)
        desk.sync()
        assert desk.stage(contact).stage == "lead"
        assert desk.shown() == shown

        demo(desk, contact)
        desk.sync()

        assert desk.stage(contact).stage == "mql"
        assert contact.fields["lifecyclestage"] == "marketingqualifiedlead"
        assert lead.fields["leadpact_stage__c"] == "mql"
        assert not [one for one in desk.store.pins() if one.field == "stage"]

    def test_a_person_who_sets_it_is_heard(self) -> None:
        desk, contact, lead = mql_by_score()
        desk.undo()
        desk.sync()

        desk.put(contact, lifecyclestage="marketingqualifiedlead")
        desk.sync()

        assert desk.stage(contact).stage == "mql"
        assert lead.fields["leadpact_stage__c"] == "mql"

    def test_who_moved_on_stays_where_they_are_and_it_is_told(self) -> None:
        desk, contact, lead = mql_by_score()
        run = desk.last_run()
        desk.put(lead, Status="Working - Contacted")
        desk.sync()
        assert desk.stage(contact).stage == "sal"

        report = desk.undo(run)

        assert report.exit_code == 1
        assert desk.stage(contact).stage == "sal"
        assert lead.fields["Status"] == "Working - Contacted"
        stage = next(one for one in report.undone if one.field == "stage")
        assert stage.result == "changed since"
        assert "sales" in stage.who
        desk.sync()
        assert desk.stage(contact).stage == "sal"

    @pytest.mark.parametrize("crm", ["", "salesforce"])
    def test_a_pause_of_either_crm_keeps_the_whole_stage(self, crm: str) -> None:
        desk, contact, lead = mql_by_score()
        run, natives = desk.last_run(), (contact.fields["lifecyclestage"], lead.fields["Status"])
        pause = Pause("p1", desk.world.now, "Dana Fox", crm=crm)
        desk.store.commit(StateChanges(pauses=[pause]), None, desk.world.now)
        report = desk.undo(run)
        stage = next(one for one in report.undone if one.field == "stage")
        assert (stage.result, stage.why) == ("not possible", "writing it is paused")

        over = replace(pause, ended_at=desk.world.now, ended_by="Dana Fox")
        desk.store.commit(StateChanges(pauses=[over]), None, desk.world.now)
        desk.sync()
        assert desk.stage(contact).stage == "mql"
        assert (contact.fields["lifecyclestage"], lead.fields["Status"]) == natives
        assert contact.fields["leadpact_stage"] == lead.fields["leadpact_stage__c"] == "mql"

    def test_an_edit_not_seen_yet_keeps_the_whole_stage_and_is_judged_next(self) -> None:
        desk, contact, lead = mql_by_score()
        desk.put(lead, Status="Working - Contacted")

        report = desk.undo()

        assert desk.stage(contact).stage == "mql"
        assert contact.fields["lifecyclestage"] == "marketingqualifiedlead"
        assert report.counts["changed_since"]
        desk.sync()
        assert desk.stage(contact).stage == "sal"

    def test_undone_and_redone_it_is_an_mql_again(self) -> None:
        desk, contact, _lead = mql_by_score()
        done = desk.shown()
        desk.undo()
        desk.undo()

        assert desk.stage(contact).stage == "mql"
        assert desk.store.pins() == ()
        desk.sync()
        assert without_clock(desk.shown()) == without_clock(done), "only the clock starts anew"


def test_a_process_killed_in_an_undo_is_finished_by_the_next() -> None:
    desk, contact, _lead = mql_by_score()
    run = desk.last_run()

    def die(effect: Effect) -> None:
        if isinstance(effect, Write) and effect.rows[0].op == "set":
            raise Killed

    desk.before = die
    with pytest.raises(Killed):
        desk.undo(run)
    desk.before = lambda _effect: None
    desk.undo(run)
    desk.sync()

    assert desk.stage(contact).stage == "lead"
    assert contact.fields["lifecyclestage"] == "lead"
    shown = desk.shown()
    desk.sync()
    assert desk.shown() == shown


def test_before_images_are_kept_for_90_days_and_pruned_once_a_day() -> None:
    desk = UndoDesk()
    contact = desk.contact(jobtitle="CTO")
    desk.lead()
    desk.sync()
    run = desk.last_run()
    desk.later(days=89)
    desk.put(contact, jobtitle="CEO")
    desk.sync()
    later = desk.last_run()
    assert desk.store.intents(run_id=run)

    desk.later(days=2)
    desk.sync()

    assert not desk.store.intents(run_id=run)
    assert desk.store.intents(run_id=later)
    assert desk.store.run(run) is not None, "that it ran, and its outcomes, are kept"
