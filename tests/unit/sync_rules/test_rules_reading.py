"""R1, R2, R4, R5, R7: what is read, when it is believed, and what is journaled before it is written."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.faults import Fault
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import BANT_LEAD, Desk

from leadpact.model.record import Record
from leadpact.sync.context import Limits
from leadpact.sync.effects import Commit, Effect, FindMatches, Observe, Write


def is_write(effect: Effect, crm: str = "") -> bool:
    return isinstance(effect, Write) and crm in ("", effect.crm)


class TestSearchIsStale:
    """R1."""

    def test_what_search_shows_is_never_taken_as_a_value(self) -> None:
        desk = Desk()
        contact = desk.contact(city="Oslo")
        lead = desk.lead(City=None)
        find = desk.world.hubspot.find

        def stale(*asked: object) -> list[Record]:
            return [
                replace(one, fields={**one.fields, "city": "Stale", "jobtitle": "Stale"})
                for one in find(*asked)  # type: ignore[arg-type]
            ]

        desk.world.hubspot.find = stale  # type: ignore[method-assign,assignment]
        desk.sync()
        assert any(isinstance(one, FindMatches) for one in desk.effects)
        assert lead.fields["City"] == "Oslo"
        assert lead.fields["Title"] is None
        assert contact.fields["jobtitle"] is None

    def test_both_sides_are_read_by_id_before_an_edit_is_merged(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, city="Oslo")
        desk.sync()
        first_write = next(i for i, one in enumerate(desk.effects) if is_write(one))
        read = {
            (one.crm, record_id)
            for one in desk.effects[:first_write]
            if isinstance(one, Observe)
            for record_id in one.ids
        }
        assert {("hubspot", contact.ref.id), ("salesforce", lead.ref.id)} <= read
        assert lead.fields["City"] == "Oslo"

    def test_who_changed_in_both_crms_is_on_the_list_once_with_both_checkpoints(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.sync()
        desk.put(contact, city="Oslo")
        desk.put(lead, Title="VP")
        desk.sync()
        told = [one.changes for one in desk.effects if isinstance(one, Commit)]
        (collected,) = [one for one in told if one.work and one.checkpoints]
        assert [one.link_id for one in collected.work] == [desk.link(contact).id]
        assert {crm for crm, _kind in collected.checkpoints} == {"hubspot", "salesforce"}
        assert (lead.fields["City"], contact.fields["jobtitle"]) == ("Oslo", "VP")

    def test_an_observation_older_than_a_settled_one_says_nothing(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo"), desk.lead(City="Oslo")
        desk.sync()
        desk.put(contact, city="Bergen")
        desk.sync()
        desk.put(lead, Title="VP")
        desk.fault = lambda one: (
            Fault("stale", 0) if isinstance(one, Observe) and one.crm == "hubspot" else None
        )
        desk.sync()
        assert desk.writes() == []
        assert contact.fields["city"] == lead.fields["City"] == "Bergen"
        desk.fault = lambda _one: None
        desk.sync()
        assert contact.fields["jobtitle"] == "VP"
        assert contact.fields["city"] == lead.fields["City"] == "Bergen"


class TestIntentBeforeWrite:
    """R2."""

    def test_intents_are_committed_before_their_rows_are_sent(self) -> None:
        desk = Desk()
        contact = desk.contact()
        desk.lead()
        desk.sync()
        desk.put(contact, city="Oslo")
        desk.sync()
        for number, one in enumerate(desk.effects):
            if isinstance(one, Write):
                journaled = [
                    intent
                    for earlier in desk.effects[:number]
                    if isinstance(earlier, Commit)
                    for intent in earlier.changes.intents
                ]
                assert {row.id for row in one.rows} <= {intent.ref.id for intent in journaled}
                break
        else:
            raise AssertionError("nothing was written")
        (intent,) = [one for one in journaled if one.ref.crm == "salesforce"]
        assert intent.before["City"] is None
        assert intent.wanted["City"] == "Oslo"
        assert intent.rule["City"] == "edited in HubSpot"

    def test_a_value_that_a_killed_cycle_wrote_is_ours_and_no_edit(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(lead, Status="Working - Contacted", **BANT_LEAD)
        settled: list[Effect] = []

        def after_writing(effect: Effect) -> bool:
            settled.extend([effect] if is_write(effect) else [])
            return isinstance(effect, Commit) and bool(settled)

        desk.killed(after_writing)
        assert contact.fields["leadpact_stage"] == "sql"
        before = desk.told(contact)
        desk.sync()
        assert desk.store.open_intents(10) == []
        assert desk.told(contact) == before
        assert desk.stage(contact).stage == "sql"
        assert desk.holds(contact) == {}

    def test_what_was_not_sent_is_done_by_the_next_cycle(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, city="Oslo")
        desk.killed(is_write)
        assert lead.fields["City"] is None
        desk.sync()
        assert lead.fields["City"] == "Oslo"
        assert desk.written("City") == ["City"]

    def test_a_persons_value_typed_after_a_lost_write_stands(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, city="Oslo")
        sent: list[Effect] = []

        def after_writing(effect: Effect) -> bool:
            sent.extend([effect] if is_write(effect) else [])
            return isinstance(effect, Commit) and bool(sent)

        desk.killed(after_writing)
        assert lead.fields["City"] == "Oslo"
        desk.put(lead, City="Bergen")
        desk.sync()
        assert contact.fields["city"] == lead.fields["City"] == "Bergen"

    def test_open_intents_are_settled_before_anything_new_is_read(self) -> None:
        desk = Desk()
        contact = desk.contact()
        desk.lead()
        desk.sync()
        desk.put(contact, city="Oslo")
        desk.killed(is_write)
        (intent,) = desk.store.open_intents(10)
        desk.sync()
        first = next(one for one in desk.effects if not isinstance(one, Commit))
        assert isinstance(first, Observe)
        assert first.ids == (intent.ref.id,)


class TestAbsentIsNotBlank:
    """R4."""

    def test_a_field_missing_in_the_answer_changes_nothing(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo"), desk.lead(City="Oslo")
        desk.sync()
        fetch = desk.world.salesforce.fetch

        def poorer(*asked: object) -> list[object]:
            return [
                replace(one, fields={k: v for k, v in one.fields.items() if k != "City"})
                if isinstance(one, Record)
                else one
                for one in fetch(*asked)  # type: ignore[arg-type]
            ]

        desk.world.salesforce.fetch = poorer  # type: ignore[method-assign,assignment]
        desk.put(contact, city="Bergen")
        desk.put(lead, Title="VP")
        desk.sync()
        assert lead.fields["City"] == "Oslo"
        assert desk.written("City", "city") == []
        assert contact.fields["city"] == "Bergen"
        assert contact.fields["jobtitle"] == "VP"
        desk.world.salesforce.fetch = fetch  # type: ignore[method-assign]
        desk.put(lead, Title="SVP")
        desk.sync()
        assert lead.fields["City"] == "Bergen"

    def test_one_field_that_turns_blank_in_bulk_stops_for_approval(self) -> None:
        desk = Desk()
        rows = []
        for number in range(55):
            email = f"p{number}@acme.example"
            rows.append(desk.contact(email=email, city="Oslo"))
            desk.lead(Email=email, City="Oslo")
        desk.sync()
        desk.later(minutes=1)
        for row in rows[:51]:
            desk.world.hubspot.put(row, {"city": ""}, MARKETER)
        report = desk.sync(limits=Limits())
        assert (report.status, report.exit_code) == ("done", 6)
        assert "51 of 55 known values of city turned blank in HubSpot" in report.note
        assert desk.writes() == []

    def test_fifty_blanks_do_not(self) -> None:
        desk = Desk()
        rows = []
        for number in range(55):
            email = f"p{number}@acme.example"
            rows.append(desk.contact(email=email, city="Oslo"))
            desk.lead(Email=email, City="Oslo")
        desk.sync()
        desk.later(minutes=1)
        for row in rows[:50]:
            desk.world.hubspot.put(row, {"city": ""}, MARKETER)
        report = desk.sync(limits=Limits())
        assert report.status == "done"
        assert report.counts["written_salesforce"] == 50


class TestEachCrmHasItsOwnImage:
    """R5."""

    def test_a_crms_way_of_storing_is_no_edit(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, city="  Oslo  ")
        desk.sync()
        assert lead.fields["City"] == "Oslo"
        desk.sync()
        desk.put(lead, Title="VP")
        desk.sync()
        assert contact.fields["city"] == "  Oslo  "
        assert lead.fields["City"] == "Oslo"

    def test_a_lossy_field_never_sends_its_loss_back(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead(NumberOfEmployees=130)
        desk.sync()
        assert contact.fields["numemployees"] == "100-500"
        desk.put(contact, city="Oslo")
        desk.put(lead, NumberOfEmployees=140)
        desk.sync()
        assert lead.fields["NumberOfEmployees"] == 140
        assert desk.written("numemployees", "NumberOfEmployees") == []


class TestEditBetweenReadAndWrite:
    """R7."""

    def test_rows_are_read_again_and_what_moved_is_merged_again(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo"), desk.lead(City="Oslo")
        desk.sync()
        desk.put(contact, city="Bergen")
        desk.slow = desk.slow * 60
        reads: list[Effect] = []

        def types(effect: Effect) -> None:
            if isinstance(effect, Observe) and lead.ref.id in effect.ids:
                reads.append(effect)
                if len(reads) == 2:
                    desk.world.salesforce.put(lead, {"City": "Molde"}, REP)

        desk.before = types
        desk.sync()
        assert len(reads) > 2
        # Two edits of one field: the system of record wins, and nothing was written over it unseen.
        assert contact.fields["city"] == lead.fields["City"] == "Molde"

    def test_a_fresh_reading_is_not_read_again(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, city="Bergen")
        desk.sync()
        reads = [
            one
            for one in desk.effects
            if isinstance(one, Observe) and one.kind == "Lead" and lead.ref.id in one.ids
        ]
        writes = next(i for i, one in enumerate(desk.effects) if is_write(one, "salesforce"))
        assert [desk.effects.index(one) < writes for one in reads].count(True) == 1

    def test_the_window_that_remains_is_measured(self) -> None:
        desk = Desk()
        contact = desk.contact()
        desk.lead()
        desk.sync()
        desk.put(contact, city="Bergen")
        report = desk.sync()
        assert 0 < report.counts["window_p95_ms"] <= 1000
        run = desk.store.run(f"run{desk.runs}")
        assert run is not None
        assert run.counts["window_p95_ms"] == report.counts["window_p95_ms"]
