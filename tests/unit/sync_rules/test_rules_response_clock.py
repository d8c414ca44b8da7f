"""S86..S91, S112: the clock of first contact starts with the lead's act, ends with an answer of sales, and shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP, START
from tests.unit.sync_rules.desk import Desk

from leadpact.audit.response_times import recomputed, unlike
from leadpact.model.link import WorkItem
from leadpact.model.record import Native
from leadpact.model.response_clock import ResponseClock
from leadpact.ports.state_store import StateChanges

STATE, STATE_THERE = "leadpact_sla_state", "leadpact_sla_state__c"


def text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def pair(**fields: Native) -> tuple[Desk, Row, Row]:
    """A lead that both CRMs know, adopted as found."""
    desk = Desk()
    contact, lead = desk.contact(lifecyclestage="lead", **fields), desk.lead()
    desk.sync()
    return desk, contact, lead


def after(desk: Desk, minutes: float) -> None:
    """A cycle so many minutes from now."""
    desk.later(minutes=minutes - 15)
    desk.sync()


def clocks(desk: Desk, row: Row, kind: str = "contact") -> list[ResponseClock]:
    link_id = desk.link(row).id
    return [one for one in desk.store.clocks_of([link_id]).get(link_id, ()) if one.kind == kind]


def asked(desk: Desk, contact: Row) -> datetime:
    """A demo request right now; a minute passes."""
    at = desk.world.now.replace(microsecond=0)
    desk.put(contact, last_demo_request=text(at))
    return at


def test_a_demo_request_is_due_five_minutes_after_itself_on_both_records() -> None:
    desk, contact, lead = pair()
    at = asked(desk, contact)
    after(desk, 1)
    (clock,) = clocks(desk, contact)
    assert (clock.started_at, clock.due_at) == (at, at + timedelta(minutes=5))
    assert (clock.tier, clock.intent, clock.cause, clock.told) == (
        "high",
        "high",
        "demo_request",
        "running",
    )
    assert contact.fields["leadpact_sla_due_at"] == text(at + timedelta(minutes=5))
    assert lead.fields["leadpact_sla_due_at__c"] == text(at + timedelta(minutes=5))
    assert (contact.fields[STATE], lead.fields[STATE_THERE]) == ("running", "running")
    assert lead.fields["leadpact_sla_tier__c"] == "First contact within 5 minutes"


def test_time_alone_brings_it_near_and_late_and_says_so_once() -> None:
    desk, contact, lead = pair()
    at = asked(desk, contact)
    after(desk, 0)
    link_id = desk.link(contact).id
    due = [item.due_at for item in desk.store.due(at + timedelta(days=400), 9)]
    assert min(due) == at + timedelta(minutes=4)
    desk.world.now = at + timedelta(minutes=4)
    after(desk, 0.1)
    assert (contact.fields[STATE], lead.fields[STATE_THERE]) == ("near_breach", "near_breach")
    after(desk, 0.1)
    assert desk.writes() == []
    desk.world.now = at + timedelta(minutes=5)
    report = _counts(desk)
    assert report["sla_contact_breached"] == 1
    assert (contact.fields[STATE], lead.fields[STATE_THERE]) == ("breached", "breached")
    assert [one.link_id for one in desk.store.running_clocks() if one.told == "breached"] == [
        link_id
    ]
    assert "sla_contact_breached" not in _counts(desk)


def test_the_owner_is_reminded_once_before_and_once_when_it_is_late() -> None:
    desk, contact, _lead = pair()
    desk.channels = frozenset({"owner", "managers"})
    at = asked(desk, contact)
    after(desk, 0)
    for minutes in (4, 4.5, 5, 6, 9):
        desk.world.now = at + timedelta(minutes=minutes)
        after(desk, 0)
    told = [
        one.kind
        for one in reversed(desk.store.notices(link_id=desk.link(contact).id))
        if one.kind in ("near_breach", "breach") and one.to == "owner"
    ]
    assert told == ["near_breach", "breach"]


def _counts(desk: Desk) -> dict[str, int]:
    desk.later(minutes=-14)
    return dict(desk.sync().counts)


def test_a_rep_who_takes_the_lead_in_time_has_answered() -> None:
    desk, contact, lead = pair()
    at = asked(desk, contact)
    after(desk, 0)
    desk.put(lead, REP, Status="Working - Contacted")
    said = desk.world.now
    after(desk, 10)  # seen long after it was due
    (clock,) = clocks(desk, contact)
    assert desk.stage(contact).stage == "sal"
    assert clock.answered
    assert clock.ended_by == "stage:sal"
    assert clock.ended_at is not None
    assert at < clock.ended_at <= said
    assert clock.told == contact.fields[STATE] == lead.fields[STATE_THERE] == "met"
    assert lead.fields["leadpact_sla_contacted_at__c"] == text(clock.ended_at)


def test_a_call_that_was_logged_ends_it_and_the_earliest_counts() -> None:
    desk, contact, lead = pair()
    at = asked(desk, contact)
    after(desk, 0)
    called = at + timedelta(minutes=3)
    desk.put(contact, notes_last_contacted=text(called))
    after(desk, 30)
    desk.put(lead, REP, Status="Working - Contacted")
    after(desk, 30)
    (clock,) = clocks(desk, contact)
    assert (clock.ended_at, clock.ended_by) == (called, "hubspot.notes_last_contacted")
    assert clock.told == "met"


def test_a_rejection_is_an_answer_and_ageing_is_none() -> None:
    desk, contact, lead = pair()
    asked(desk, contact)
    after(desk, 0)
    desk.put(lead, REP, leadpact_rejection_reason__c="bad_timing")
    after(desk, 1)
    (clock,) = clocks(desk, contact)
    assert (desk.stage(contact).stage, clock.answered, clock.ended_by) == (
        "recycled",
        True,
        "rejected",
    )
    (qualification,) = clocks(desk, contact, "qualification")
    assert (qualification.answered, qualification.ended_by) == (True, "rejected")


def test_a_marketers_own_mql_is_of_medium_intent_from_when_it_was_said() -> None:
    desk, contact, _lead = pair()
    desk.put(contact, MARKETER, lifecyclestage="marketingqualifiedlead")
    said = desk.world.now
    after(desk, 9)
    (clock,) = clocks(desk, contact)
    assert (clock.started_at, clock.tier, clock.cause) == (said, "medium", "mql")
    assert clock.due_at - said > timedelta(days=2)


def test_what_was_found_at_first_sight_or_before_go_live_starts_none() -> None:
    desk = Desk()
    contact = desk.contact(
        lifecyclestage="marketingqualifiedlead",
        last_demo_request=text(START - timedelta(days=2)),
    )
    desk.lead()
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    assert clocks(desk, contact) == []
    assert contact.fields.get(STATE) in (None, "")


def test_who_asks_while_waiting_is_due_sooner() -> None:
    desk, contact, _lead = pair()
    desk.put(contact, MARKETER, lifecyclestage="marketingqualifiedlead")
    after(desk, 1)
    at = asked(desk, contact)
    after(desk, 0)
    slow, quick = clocks(desk, contact)
    assert (slow.tier, slow.told, slow.ended_by) == ("medium", "stopped", "signal:demo_request")
    assert (quick.tier, quick.started_at, quick.told) == ("high", at, "running")
    assert contact.fields["leadpact_sla_due_at"] == text(at + timedelta(minutes=5))


def test_a_fact_that_completes_the_case_starts_it_now() -> None:
    desk, contact, _lead = pair()
    seen = desk.world.now.replace(microsecond=0)
    desk.put(contact, last_demo_page_view=text(seen), last_pricing_page_view=text(seen))
    after(desk, 5)
    assert desk.stage(contact).stage == "lead"
    desk.later(days=2)
    desk.put(contact, jobtitle="director of sales")
    after(desk, 5)
    assert desk.stage(contact).stage == "mql"
    (clock,) = clocks(desk, contact)
    assert clock.started_at > seen + timedelta(days=2)


def test_a_deleted_lead_waits_no_more() -> None:
    desk, contact, lead = pair()
    asked(desk, contact)
    after(desk, 0)
    link_id = desk.link(contact).id
    for row in (contact, lead):
        row.gone = True
        desk.put(row)
    desk.store.commit(
        StateChanges(work=[WorkItem(link_id, "deleted", desk.world.now, desk.world.now)]),
        None,
        desk.world.now,
    )
    after(desk, 1)
    ended = [(one.kind, one.ended_by, one.told) for one in desk.store.clocks_of([link_id])[link_id]]
    assert ended == [("contact", "deleted", "stopped"), ("qualification", "deleted", "stopped")]
    assert desk.store.running_clocks() == []


def test_an_act_that_comes_to_light_when_the_wait_is_over_had_its_clock() -> None:
    """As an audit computes it from the history: it began with the act, and ended with the stage."""
    desk = Desk()
    contact, _lead = desk.contact(lifecyclestage="marketingqualifiedlead"), desk.lead()
    desk.sync()
    at = desk.world.now.replace(microsecond=0)
    desk.put(contact, leadpact_stage="recycled", leadpact_rejection_reason="bad_timing")
    desk.sync()
    assert desk.stage(contact).stage == "recycled"
    assert clocks(desk, contact) == []
    desk.put(contact, last_demo_request=text(at))
    desk.sync()
    found = [one for one in clocks(desk, contact) if one.started_at == at]
    assert [one.ended_at is not None for one in found] == [True]
    kept = desk.store.clocks_of([desk.link(contact).id])[desk.link(contact).id]
    computed = recomputed(desk.store, desk.pact, desk.link(contact), START, desk.world.now)
    assert unlike(kept, computed) == ((), ())
