"""R33: a lead of which something waits has what a backfill can tell of it all the same."""

from __future__ import annotations

from tests.unit.sync_rules.test_rules_backfill import MARCH, PastDesk, pair_of


def test_a_lead_whose_stage_waits_for_a_person_has_its_dates_and_keeps_what_it_shows() -> None:
    desk = PastDesk()
    contact, lead = pair_of(desk)
    desk.remembers(contact, "lifecyclestage", "lead", MARCH)
    desk.sync()
    desk.sync()
    desk.put(lead, Status="Working - Contacted")
    desk.put(contact, lifecyclestage="other")
    desk.sync()
    assert {one.field for one in desk.store.holds(waiting_only=True)} == {"stage"}
    report = desk.fill()
    assert report.counts["left_changed"] == 0
    assert contact.fields["leadpact_first_lead"] == "2025-03-03T09:00:00Z"
    assert contact.fields["lifecyclestage"] == "other"
