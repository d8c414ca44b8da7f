"""Stages told step by step: refused and restored, rejected in both, and no war with a workflow (R3, R13, R16)."""

from __future__ import annotations

import pytest
from tests.simulation.scene import Scene
from tests.simulation.world import MARKETER, REP

LIFECYCLE, STATUS = "lifecyclestage", "Status"
REJECTED = "Closed - Not Converted"


def test_r3_backward_edit_without_reason_is_refused_and_restored_by_one_forward_write() -> None:
    scene = Scene()
    contact, _lead = scene.linked("sql")
    scene.marketer(contact, lifecyclestage="lead")
    writes = scene.writes_of_cycle()
    assert [(row.op, row.fields[LIFECYCLE]) for row in writes] == [("set", "salesqualifiedlead")]
    assert not {"leadpact_stage", "hs_lead_status"} & writes[0].fields.keys()
    assert contact.fields[LIFECYCLE] == "salesqualifiedlead"
    (refused,) = scene.history(contact, "refused")
    assert "reason" in refused.why
    assert refused.crm == "hubspot"
    assert scene.stage(contact).stage == "sql"
    assert scene.writes_of_cycle() == []
    scene.settles()


def test_r16_rejection_with_a_reason_recycles_in_both_by_a_two_step_reset() -> None:
    scene = Scene()
    contact, lead = scene.linked("sql")
    scene.rep(lead, Status=REJECTED, leadpact_rejection_reason__c="bad_timing")
    writes = scene.writes_of_cycle()
    assert [row.op for row in writes if row.id == contact.ref.id] == ["reset_blank", "set"]
    _assert_recycled(scene)
    assert scene.stage(contact).reason == "bad_timing"
    assert not scene.stage(contact).reason_owed
    scene.settles()


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it, unheard"])
@pytest.mark.parametrize("boundary", ["Write", "Commit", "Observe"])
@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_r3_reset_killed_anywhere_ends_recycled_in_both(
    boundary: str, times: int, after: bool
) -> None:
    scene = Scene()
    contact, lead = scene.linked("sql")
    scene.rep(lead, Status=REJECTED, leadpact_rejection_reason__c="bad_timing")
    scene.driver.go_to("A", boundary, times)
    scene.driver.crash("A", after=after)
    scene.cycle()
    scene.cycle()
    _assert_recycled(scene)
    assert [one.to_stage for one in scene.history(contact, "accepted")] == ["recycled"]
    scene.settles()


def _assert_recycled(scene: Scene) -> None:
    (contact,), (lead,) = scene.world.hubspot.live(), scene.world.salesforce.live()
    assert contact.fields["leadpact_stage"] == lead.fields["leadpact_stage__c"] == "recycled"
    assert contact.fields[LIFECYCLE] == "lead"
    assert contact.fields["hs_lead_status"] == "BAD_TIMING"
    assert lead.fields[STATUS] == REJECTED
    assert contact.fields["leadpact_rejection_reason"] == "bad_timing"


def test_r3_second_step_gives_way_to_a_person_who_set_the_stage_meanwhile() -> None:
    scene = Scene()
    contact, lead = scene.linked("sql")
    scene.rep(lead, Status=REJECTED, leadpact_rejection_reason__c="bad_timing")
    assert scene.driver.go_to("A", "Write", 1)
    scene.driver.go_on("A", 1)
    assert contact.fields[LIFECYCLE] is None
    scene.world.put(contact, {LIFECYCLE: "customer"}, MARKETER)
    scene.driver.go_on("A", 6)
    assert contact.fields[LIFECYCLE] == "customer"  # step two was not taken over it
    scene.cycle()
    scene.cycle()
    (refused,) = scene.history(contact, "refused")
    assert (refused.to_stage, refused.crm) == ("customer", "hubspot")
    _assert_recycled(scene)
    scene.settles()


def test_r3_an_emptied_stage_is_no_assertion() -> None:
    scene = Scene()
    contact, _lead = scene.linked("mql")
    before = len(scene.history(contact, "refused", "accepted"))
    scene.marketer(contact, lifecyclestage="")
    scene.cycle()
    assert contact.fields[LIFECYCLE] == "marketingqualifiedlead"
    assert len(scene.history(contact, "refused", "accepted")) == before
    scene.settles()


def test_r13_the_same_edit_again_is_contested_and_nothing_more_is_written() -> None:
    scene = Scene()
    contact, _lead = scene.linked("sql")
    scene.workflow(contact, lifecyclestage="lead")
    assert len(scene.writes_of_cycle()) == 1
    scene.workflow(contact, lifecyclestage="lead")
    assert scene.writes_of_cycle() == []
    (hold,) = scene.holds(contact).values()
    assert (hold.field, hold.cause) == ("stage", "contested")
    assert "workflow" in hold.why
    for _time in range(5):
        scene.wait(hours=9)
        scene.workflow(contact, lifecyclestage="subscriber")
        scene.workflow(contact, lifecyclestage="lead")
        assert scene.writes_of_cycle() == []
    assert contact.fields[LIFECYCLE] == "lead"
    assert ("stage", "contested") in scene.holds(contact)


def test_r13_a_person_ends_the_contest() -> None:
    scene = Scene()
    contact, _lead = scene.linked("sql")
    for _time in range(2):
        scene.workflow(contact, lifecyclestage="lead")
        scene.cycle()
    scene.answer(scene.holds(contact)["stage", "contested"], "refuse")
    scene.cycle()
    assert contact.fields[LIFECYCLE] == "salesqualifiedlead"
    assert scene.holds(contact) == {}
    assert scene.writes_of_cycle() == []


@pytest.mark.parametrize("swapped", [False, True])
def test_r11_quarrel_has_one_outcome_and_the_loser_is_told(swapped: bool) -> None:
    scene = Scene(swapped=swapped)
    contact, lead = scene.linked("mql")
    scene.marketer(contact, leadpact_stage="sql")
    scene.rep(lead, Status=REJECTED, leadpact_rejection_reason__c="bad_timing")
    scene.cycle()
    _assert_recycled(scene)
    (accepted,) = scene.history(contact, "accepted")
    assert (accepted.crm, accepted.to_stage) == ("salesforce", "recycled")
    (other,) = scene.history(contact, "refused", "overtaken")
    assert (other.crm, other.to_stage) == ("hubspot", "sql")
    scene.settles()


@pytest.mark.parametrize("swapped", [False, True])
def test_r11_two_of_equal_strength_are_held_and_left_as_they_are(swapped: bool) -> None:
    scene = Scene(swapped=swapped)
    contact, lead = scene.linked("lead")
    scene.rep(contact, leadpact_stage="sql", leadpact_budget="allocated", leadpact_need="pain")
    scene.rep(contact, leadpact_authority="decides", leadpact_timeline="within_30_days")
    scene.rep(lead, Status="Working - Contacted")
    scene.rep(lead, leadpact_stage__c="opportunity")
    stage_fields = {"leadpact_stage", "leadpact_stage__c", "lifecyclestage", "Status"}
    assert not any(stage_fields & row.fields.keys() for row in scene.writes_of_cycle())
    assert ("stage", "equal_rank") in scene.holds(contact)
    assert contact.fields["leadpact_stage"] == "sql"
    assert lead.fields["leadpact_stage__c"] == "opportunity"
    scene.answer(scene.holds(contact)["stage", "equal_rank"], "set:sql")
    scene.cycle()
    assert scene.stage(contact).stage == "sql"
    scene.settles()


def test_r16_rejection_without_a_reason_recycles_and_the_reason_is_owed() -> None:
    scene = Scene()
    contact, lead = scene.linked("sql")
    scene.rep(lead, Status=REJECTED)
    scene.cycle()
    state = scene.stage(contact)
    assert (state.stage, state.reason, state.reason_owed) == ("recycled", "", True)
    scene.rep(lead, leadpact_rejection_reason__c="no_budget")
    scene.cycle()
    state = scene.stage(contact)
    assert (state.stage, state.reason, state.reason_owed) == ("recycled", "no_budget", False)
    assert contact.fields["leadpact_rejection_reason"] == "no_budget"
    scene.settles()


@pytest.mark.parametrize(("deal", "stage"), [(False, "sql"), (True, "opportunity")])
def test_r16_conversion_says_sql_or_opportunity_with_the_steps_implied(
    deal: bool, stage: str
) -> None:
    scene = Scene()
    contact, lead = scene.linked("mql")
    scene.world.salesforce.convert(lead, REP, into=None, deal=deal, carry_ours=False)
    scene.wait(seconds=10)
    scene.cycle()
    assert scene.stage(contact).stage == stage
    implied = [one.to_stage for one in scene.history(contact, "implied")]
    assert implied[:1] == ["sal"]
    assert contact.fields["leadpact_stage"] == stage
    (person,) = scene.world.salesforce.live("Contact")
    assert person.fields["leadpact_stage__c"] == stage
    scene.settles()


def test_r12_an_automation_moves_nobody_without_an_opportunity() -> None:
    scene = Scene()
    contact, lead = scene.linked("mql")
    scene.workflow(lead, leadpact_stage__c="sql")
    scene.cycle()
    assert lead.fields["leadpact_stage__c"] == "mql"
    assert scene.stage(contact).stage == "mql"
    assert len(scene.history(contact, "refused")) == 1


def test_r12_a_rep_is_heard_although_we_touched_the_record_after_him() -> None:
    """Salesforce names only who touched a record last; that we did so is not that we set its status."""
    scene = Scene()
    contact, lead = scene.linked("mql")
    scene.marketer(contact, city="Oslo")
    assert scene.driver.go_to("A", "Write", 1)
    scene.world.put(lead, {"Status": REJECTED}, REP)
    scene.cycle()
    scene.cycle()
    assert scene.stage(contact).stage == "recycled"
    scene.settles()
