"""R16, S96, S138: silent rejections are found, counted and told; a finer word stands beside the reason."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.agreement import mapping, pact
from tests.simulation.crm_rows import Row
from tests.simulation.world import REP, START
from tests.unit.sync_rules.desk import Desk

from leadpact.audit.queue import by_rep, rejecting_values, silent, unreviewed

WORKING, REJECTED = "Working - Contacted", "Closed - Not Converted"
EVERY = 99


def mql() -> tuple[Desk, Row, Row]:
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead", leadpact_stage="mql")
    lead = desk.lead(leadpact_stage__c="mql")
    desk.sync()
    desk.sync()
    return desk, contact, lead


def test_a_rejection_without_a_reason_is_the_reps_and_goes_to_the_manager_in_time() -> None:
    desk, contact, lead = mql()
    desk.put(lead, Status=REJECTED)
    desk.sync()
    (one,) = silent(desk.store, pact(), desk.world.now, EVERY)
    assert (one.what, one.rep, one.escalated) == ("rejected", "salesforce:005REP", False)
    assert one.manager_at is not None
    assert one.manager_at - one.since >= timedelta(days=2)
    (late,) = silent(desk.store, pact(), one.manager_at, EVERY)
    assert late.escalated
    assert by_rep([one.rep, "", one.rep]) == [("salesforce:005REP", 2), ("", 1)]
    desk.put(lead, leadpact_rejection_reason__c="other")
    desk.sync()
    assert silent(desk.store, pact(), desk.world.now, EVERY) == []
    assert desk.stage(contact).reason == "other"


def test_a_step_back_without_a_reason_is_put_right_and_listed_until_the_lead_moves_on() -> None:
    desk, contact, lead = mql()
    desk.put(lead, Status=WORKING)
    desk.sync()
    assert desk.stage(contact).stage == "sal"
    desk.put(lead, leadpact_stage__c="lead")
    desk.sync()
    assert desk.stage(contact).stage == "sal"
    assert lead.fields["leadpact_stage__c"] == "sal"
    (one,) = silent(desk.store, pact(), desk.world.now, EVERY)
    assert (one.what, one.rep, one.manager_at) == ("set_back", "salesforce:005REP", None)
    assert desk.store.count("owing", desk.world.now) == 1
    desk.put(lead, Status=REJECTED, leadpact_rejection_reason__c="no_budget")
    desk.sync()
    assert silent(desk.store, pact(), desk.world.now, EVERY) == []


def test_the_finer_word_goes_to_both_crms_and_onto_the_episode() -> None:
    desk, contact, lead = mql()
    desk.put(
        lead,
        Status=REJECTED,
        leadpact_rejection_reason__c="bad_timing",
        leadpact_rejection_detail__c="next_quarter",
    )
    desk.sync()
    assert desk.stage(contact).sub_reason == "next_quarter"
    assert contact.fields["leadpact_rejection_detail"] == "next_quarter"
    (episode,) = desk.store.episodes([desk.link(contact).id])[desk.link(contact).id]
    assert episode.sub_reason == "next_quarter"
    desk.sync()
    assert desk.writes() == []


def test_a_finer_word_of_another_reason_is_not_taken() -> None:
    desk, contact, lead = mql()
    desk.put(
        lead,
        Status=REJECTED,
        leadpact_rejection_reason__c="bad_timing",
        leadpact_rejection_detail__c="budget_cut",
    )
    desk.sync()
    assert desk.stage(contact).sub_reason == ""
    assert lead.fields["leadpact_rejection_detail__c"] in (None, "")


def test_a_finer_word_given_later_is_taken() -> None:
    desk, contact, lead = mql()
    desk.put(lead, Status=REJECTED, leadpact_rejection_reason__c="no_budget")
    desk.sync()
    desk.put(contact, REP, leadpact_rejection_detail="budget_cut")
    desk.sync()
    state = desk.stage(contact)
    assert (state.reason, state.sub_reason) == ("no_budget", "budget_cut")
    assert lead.fields["leadpact_rejection_detail__c"] == "budget_cut"


def test_a_reason_for_another_stage_waits_for_a_person() -> None:
    desk, contact, lead = mql()
    desk.put(lead, Status=REJECTED, leadpact_rejection_reason__c="contract_ended")
    desk.sync()
    assert desk.stage(contact).stage == "mql"


def test_the_queue_is_told_longest_waiting_first_until_sales_takes_it() -> None:
    desk, _contact, lead = mql()
    queue = unreviewed(desk.store, pact(), START, desk.world.now, EVERY)
    assert [(one.stage, one.late, one.days) for one in queue] == [("mql", False, 0)]
    (one,) = queue
    assert one.alarm_at is not None
    assert one.recycled_at == one.since + timedelta(days=30)
    (late,) = unreviewed(desk.store, pact(), START, one.alarm_at, EVERY)
    assert (late.late, late.days) == (True, 3)
    desk.put(lead, Status=WORKING)
    desk.sync()
    assert unreviewed(desk.store, pact(), START, desk.world.now, EVERY) == []


def told(desk: Desk, row: Row) -> list[tuple[str, str, str]]:
    """(kind, to, owner) of the notices about this lead, oldest first."""
    found = desk.store.notices(link_id=desk.link(row).id)
    return [(one.kind, one.to, one.owner) for one in reversed(found)]


def test_rep_at_once_manager_later_each_once() -> None:
    desk, contact, lead = mql()
    desk.channels = frozenset({"owner", "sales_managers"})
    desk.put(lead, Status=REJECTED)
    desk.sync()
    desk.sync()
    assert told(desk, contact) == [("reason_owed", "owner", "salesforce:005REP")]
    desk.later(days=4)
    desk.sync()
    desk.later(days=4)
    desk.sync()
    assert told(desk, contact)[1:] == [("reason_overdue", "sales_managers", "")]


def test_who_waits_too_long_is_told_once() -> None:
    desk, contact, _lead = mql()
    desk.channels = frozenset({"owner", "sales_managers"})
    desk.later(days=2)
    desk.sync()
    assert not [one for one in told(desk, contact) if one[0] == "queue_age"]
    for _day in range(3):
        desk.later(days=2)
        desk.sync()
    assert [one[1] for one in told(desk, contact) if one[0] == "queue_age"] == ["sales_managers"]


def test_a_lead_left_at_a_rejecting_status_that_nobody_settled_is_found() -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead")
    desk.lead(Status=REJECTED)
    desk.sync()
    assert "stages_differ" in desk.holds(contact)
    rejecting = rejecting_values(mapping())
    assert REJECTED in rejecting["salesforce"]
    (one,) = silent(desk.store, pact(), desk.world.now, EVERY, rejecting)
    assert (one.what, one.stage, one.manager_at) == ("sitting", "", None)
    assert "It shows Closed - Not Converted" in one.why
    desk.answer(contact, "stages_differ", "set:mql")
    desk.sync()
    assert silent(desk.store, pact(), desk.world.now, EVERY, rejecting) == []
