"""R33: a backfill writes our own fields and original dates; it hands nobody off, makes nobody, sets nobody back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import START
from tests.unit.sync_rules.desk import Desk, Killed
from tests.unit.sync_rules.past_desk import MARCH, MAY, NOBODY, PastDesk, pair_of

from leadpact.model.pause import Pause
from leadpact.model.record import Author, FieldChange
from leadpact.model.run_order import RunOrder
from leadpact.ports.past import Past
from leadpact.ports.state_store import StateChanges
from leadpact.sync import backfill as engine
from leadpact.sync.backfill import backfill, forecast
from leadpact.sync.effects import Effect, ReadPast, Write

OWN = ("leadpact_", "leadpact:")


@pytest.fixture
def desk() -> PastDesk:
    return PastDesk()


def natives(desk: Desk) -> dict[str, Any]:
    """All that the CRMs show that is not ours."""
    return {
        str(ref): {n: v for n, v in row.fields.items() if not n.startswith(OWN)}
        for crm in desk.world.crms.values()
        for ref, row in crm.rows.items()
    }


def test_original_dates_stand_in_our_own_fields_and_nothing_else_moves(desk: PastDesk) -> None:
    contact, lead = pair_of(desk)
    desk.remembers(contact, "lifecyclestage", "marketingqualifiedlead", MARCH)
    desk.remembers(contact, "lifecyclestage", "lead", MAY)
    desk.sync()
    desk.sync()
    before = natives(desk)

    report = desk.fill()

    assert (report.status, report.exit_code) == ("done", 0)
    for row, suffix in ((contact, ""), (lead, "__c")):
        assert row.fields[f"leadpact_first_mql{suffix}"] == "2025-03-03T09:00:00Z"
        assert row.fields[f"leadpact_first_lead{suffix}"] == "2025-05-05T09:00:00Z"
        assert row.fields[f"leadpact_backfilled_at{suffix}"] is not None
        assert row.fields[f"leadpact_first_customer{suffix}"] is None
    assert natives(desk) == before
    assert desk.stage(contact).stage == "lead"
    assert (
        desk.store.episodes([desk.link(contact).id])[desk.link(contact).id][0].reached["mql"]
        == MARCH
    )


def test_a_second_backfill_and_the_next_sync_write_nothing(desk: PastDesk) -> None:
    contact, _lead = pair_of(desk)
    desk.remembers(contact, "lifecyclestage", "lead", MARCH)
    desk.sync()
    desk.sync()
    desk.fill()

    desk.fill(order=RunOrder("fill2", "backfill", START, {"watch_seconds": "0"}))
    assert desk.writes() == []
    desk.sync()
    assert desk.writes() == []


def test_history_that_shows_a_lead_further_on_moves_our_stage_and_starts_nothing(
    desk: PastDesk,
) -> None:
    contact, lead = pair_of(desk)
    desk.sync()
    desk.sync()
    before = natives(desk)
    standing = [FieldChange("lifecyclestage", "marketingqualifiedlead", MARCH, NOBODY)]

    def past(effect: ReadPast) -> Iterator[tuple[str, Past]]:
        for one in effect.ids:
            yield one, Past(tuple(standing) if effect.crm == "hubspot" else (), (), {})

    desk._past = past  # type: ignore[method-assign]
    desk.fill()

    assert desk.stage(contact).stage == "mql"
    assert contact.fields["leadpact_stage"] == "mql"
    assert lead.fields["leadpact_stage__c"] == "mql"
    assert natives(desk) == before
    desk.sync()
    desk.later(days=2)
    desk.sync()
    assert natives(desk) == before
    link_id = desk.link(contact).id
    assert not desk.store.clocks_of([link_id]).get(link_id)
    assert not desk.store.handoffs([link_id]).get(link_id)
    assert [one.result for one in desk.store.transitions(link_id)] == ["adopted", "adopted"]


def test_a_lead_that_somebody_moved_or_that_waits_is_not_judged_anew(desk: PastDesk) -> None:
    contact, _lead = pair_of(desk)
    desk.sync()
    desk.sync()
    desk.put(contact, lifecyclestage="marketingqualifiedlead")

    counts = desk.forecast()
    assert counts["left_changed"] == 1
    assert desk.fill().counts["left_changed"] == 1
    assert contact.fields["leadpact_backfilled_at"] is None

    desk.sync()
    assert desk.stage(contact).stage == "mql"


def test_what_a_person_edited_before_it_is_still_heard_after_it(desk: PastDesk) -> None:
    contact, lead = pair_of(desk)
    desk.remembers(contact, "lifecyclestage", "lead", MARCH)
    desk.sync()
    desk.sync()
    desk.put(contact, city="Oslo")
    desk.fill()
    assert contact.fields["leadpact_first_lead"] is not None
    assert lead.fields["City"] is None

    desk.sync()
    assert lead.fields["City"] == "Oslo"


def test_it_makes_no_record_and_touches_no_opt_out(desk: PastDesk) -> None:
    contact = desk.contact(
        email="solo@acme.example",
        lifecyclestage="marketingqualifiedlead",
        hs_email_optout="true",
    )
    desk.remembers(contact, "lifecyclestage", "marketingqualifiedlead", MARCH)
    desk.sync()
    desk.sync()
    known = {crm: len(one.rows) for crm, one in desk.world.crms.items()}
    desk.fill()

    assert {crm: len(one.rows) for crm, one in desk.world.crms.items()} == known
    assert contact.fields["hs_email_optout"] == "true"
    assert all(op == "set" for _crm, op, _fields in desk.writes())
    assert all(
        name.startswith("leadpact_") for _crm, _op, fields in desk.writes() for name in fields
    )


def many(desk: PastDesk, count: int) -> list[Row]:
    """So many leads that HubSpot remembers."""
    rows = []
    for number in range(count):
        contact, _lead = pair_of(desk, number)
        desk.remembers(contact, "lifecyclestage", "lead", MARCH)
        rows.append(contact)
    desk.sync()
    desk.sync()
    return rows


def test_a_storm_after_the_canaries_parks_the_run_until_a_person_lets_it_go_on(
    desk: PastDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CANARIES", 5)
    rows = many(desk, 8)
    workflow = Author("workflow", "7")

    def enrol(effect: Effect) -> None:
        if isinstance(effect, ReadPast):
            return
        for row in rows:
            if row.fields["leadpact_backfilled_at"] and row.fields["city"] is None:
                desk.world.hubspot.put(row, {"city": "Stormtown"}, workflow)

    desk.before = enrol
    report = desk.fill()

    assert (report.status, report.exit_code) == ("needs_approval", 6)
    assert "hubspot contacts.city on 5" in report.note
    assert sum(row.fields["leadpact_backfilled_at"] is not None for row in rows) == 5

    report = desk.fill()
    assert report.status == "done"
    assert all(row.fields["leadpact_first_lead"] for row in rows)


def test_it_stops_between_two_pages_when_asked_and_goes_on_from_there(
    desk: PastDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many(desk, 8)
    monkeypatch.setattr(engine, "CANARIES", 5)

    def pause(effect: Effect) -> None:
        if isinstance(effect, Write):
            asked = RunOrder("fill", "backfill", START, asked="pause", asked_at=START)
            desk.store.commit(StateChanges(asks=[asked]), None, desk.world.now)

    desk.before = pause
    report = desk.fill()
    assert report.status == "paused"
    assert sum(row.fields["leadpact_first_lead"] is not None for row in rows) == 5

    desk.before = lambda _effect: None
    asked = RunOrder("fill", "backfill", START)
    desk.store.commit(StateChanges(asks=[asked]), None, desk.world.now)
    assert desk.fill().status == "done"
    assert all(row.fields["leadpact_first_lead"] for row in rows)


def test_a_process_that_dies_loses_no_page_and_doubles_none(
    desk: PastDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many(desk, 12)
    monkeypatch.setattr(engine, "CANARIES", 4)
    sent: list[str] = []

    def count(effect: Effect) -> None:
        if isinstance(effect, Write):
            sent.extend(row.id for row in effect.rows)
            if len(sent) > 8 and not died:
                died.append(1)
                raise Killed

    died: list[int] = []
    desk.before = count
    with pytest.raises(Killed):
        desk.fill()
    assert desk.fill().status == "done"

    assert all(row.fields["leadpact_first_lead"] for row in rows)
    assert max(sent.count(one) for one in sent) <= 2
    doubled: Sequence[str] = sorted({one for one in sent if sent.count(one) == 2})
    assert len(doubled) <= 16, "only the page that was in flight"


def test_native_stages_follow_only_where_asked_forward_and_behind_the_mark(desk: PastDesk) -> None:
    contact, lead = pair_of(desk)
    desk.sync()
    desk.sync()

    def past(effect: ReadPast) -> Iterator[tuple[str, Past]]:
        sql = FieldChange("lifecyclestage", "salesqualifiedlead", MARCH, NOBODY)
        for one in effect.ids:
            yield one, Past((sql,) if effect.crm == "hubspot" else (), (), {})

    desk._past = past  # type: ignore[method-assign]
    order = RunOrder("fill", "backfill", START, {"watch_seconds": "0", "native_stages": "yes"})
    marked_before: list[bool] = []

    def look(effect: Effect) -> None:
        if isinstance(effect, Write) and any("lifecyclestage" in row.fields for row in effect.rows):
            marked_before.append(contact.fields["leadpact_backfilled_at"] is not None)

    desk.before = look
    desk.fill(order=order)
    assert marked_before == [True]
    assert contact.fields["lifecyclestage"] == "salesqualifiedlead"
    assert lead.fields["Status"] == "Working - Contacted"
    desk.before = lambda _effect: None
    desk.later(hours=1)
    desk.sync()
    assert desk.stage(contact).stage == "sql"
    assert not desk.written("lifecyclestage", "hs_lead_status", "Status")


def test_the_forecast_counts_and_foresees_refusals(desk: PastDesk) -> None:
    many(desk, 5)
    counts = desk.forecast()
    assert (counts["looked"], counts["rows_hubspot"], counts["rows_salesforce"]) == (5, 5, 5)
    assert counts["dates"] == 10
    assert desk.writes() == []

    some: Mapping[str, int] = desk.drive(forecast(desk.context(dry=True), 2))
    assert (some["looked"], some["rows_hubspot"]) == (2, 2), "every third of five"

    desk.world.salesforce.hidden = frozenset({"leadpact_first_lead__c"})
    counts = desk.forecast()
    assert counts["reject_field_missing"] == 5
    assert counts["rows_salesforce"] == 0


def test_what_a_person_has_stopped_is_left_and_a_stopped_crm_parks_it(desk: PastDesk) -> None:
    (contact,) = many(desk, 1)
    lead = next(iter(desk.world.salesforce.rows.values()))
    one = Pause("p1", desk.world.now, "ann", field="leadpact_first_lead", crm="hubspot")
    desk.store.commit(StateChanges(pauses=[one]), None, desk.world.now)
    assert desk.fill().counts["left_paused"] > 0
    assert contact.fields["leadpact_backfilled_at"] is None
    assert lead.fields["leadpact_first_lead__c"] is not None

    whole = Pause("p2", desk.world.now, "ann", crm="hubspot")
    desk.store.commit(StateChanges(pauses=[whole]), None, desk.world.now)
    again = RunOrder("fill2", "backfill", START, {"watch_seconds": "0"})
    report = desk.fill(order=again)
    assert (report.status, report.exit_code) == ("waiting", 4)
    assert "Paused by ann" in report.note


def test_very_many_rows_go_the_crms_own_way_and_few_do_not(
    desk: PastDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(desk, 6)
    crm = desk.world.salesforce
    told = replace(crm.capabilities, mass_from=4, mass_batch=100, write_batch=2)
    monkeypatch.setattr(crm, "capabilities", told)
    for mass, batches in ((True, [6]), (False, [2, 2, 2])):
        order = RunOrder(f"fill {mass}", "backfill", START, {"watch_seconds": "0"})
        context = replace(desk.context(), run_id=order.run_id, mass=mass)
        desk.drive(backfill(context, order))
        sent = [one for one in desk.effects if isinstance(one, Write) and one.crm == "salesforce"]
        assert [len(one.rows) for one in sent] == batches
        assert [one.mass for one in sent] == [mass] * len(batches)
        for row in crm.rows.values():
            row.fields["leadpact_first_lead__c"] = None
