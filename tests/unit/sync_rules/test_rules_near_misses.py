"""R7: what a person typed between our reading and our write is found in field history, or refused by the CRM."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP, WORKFLOW
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import Author, Native
from leadpact.sync.effects import Effect, Observe, ReadHistory, Write

COVERED = "overwritten_meanwhile"


def agreed(**fields: Native) -> tuple[Desk, Row, Row]:
    """Two records that agree, with nothing left to look up."""
    desk = Desk()
    contact, lead = desk.contact(city="Oslo", **fields), desk.lead(City="Oslo")
    for _until_settled in range(3):
        desk.sync()
    return desk, contact, lead


def typed_in_the_window(desk: Desk, row: Row, by: Author = MARKETER, **fields: Native) -> None:
    """Somebody types into a record right before our next write to it arrives."""
    done: list[Effect] = []

    def types(effect: Effect) -> None:
        if isinstance(effect, Write) and effect.crm == row.ref.crm and not done:
            done.append(effect)
            desk.world.crms[row.ref.crm].put(row, fields, by)

    desk.before = types
    desk.sync()
    desk.before = lambda _effect: None
    assert done, "nothing was written there"


def histories(desk: Desk) -> list[ReadHistory]:
    """What the last cycle asked of field histories."""
    return [one for one in desk.effects if isinstance(one, ReadHistory)]


class TestNearMisses:
    """R7: the window that remains is looked into afterwards."""

    def test_a_covered_value_becomes_a_review_item_and_is_counted(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, City="Bergen")
        typed_in_the_window(desk, contact, city="Molde")
        assert contact.fields["city"] == "Bergen"
        report = desk.sync()
        hold = desk.holds(contact)[COVERED]
        assert (hold.field, dict(hold.shown)) == ("city", {"hubspot": "Molde", "agreed": "Bergen"})
        assert "'Molde'" in hold.why
        assert report.counts["near_misses"] == 1
        assert report.exit_code == 1
        report = desk.sync()
        assert COVERED in desk.holds(contact), "it waits until a person has answered"
        assert report.counts["near_misses"] == 0

    def test_accepted_it_goes_back_to_both(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, City="Bergen")
        typed_in_the_window(desk, contact, city="Molde")
        desk.sync()
        desk.answer(contact, COVERED, "take:hubspot")
        desk.sync()
        assert contact.fields["city"] == lead.fields["City"] == "Molde"
        assert desk.holds(contact) == {}
        desk.sync()
        assert desk.writes() == []

    def test_refused_what_stands_stays(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, City="Bergen")
        typed_in_the_window(desk, contact, city="Molde")
        desk.sync()
        desk.answer(contact, COVERED, "refuse")
        desk.sync()
        assert contact.fields["city"] == lead.fields["City"] == "Bergen"
        assert desk.holds(contact) == {}

    def test_a_covered_stage_is_one_too(self) -> None:
        desk, contact, lead = agreed(lifecyclestage="marketingqualifiedlead")
        desk.put(lead, Status="Working - Contacted")
        typed_in_the_window(desk, contact, hs_lead_status="UNQUALIFIED")
        assert contact.fields["hs_lead_status"] == "IN_PROGRESS"
        desk.sync()
        hold = desk.holds(contact)[COVERED]
        assert (hold.field, hold.shown["hubspot"]) == ("stage", "disqualified")
        assert desk.stage(contact).stage == "sal"
        desk.answer(contact, COVERED, "take:hubspot")
        desk.sync()
        assert desk.stage(contact).stage == "disqualified"
        assert desk.holds(contact) == {}

    @pytest.mark.parametrize(
        ("by", "city"),
        [(WORKFLOW, "Molde"), (MARKETER, "Bergen")],
        ids=["automation", "same value"],
    )
    def test_an_automations_value_or_the_same_value_is_none(self, by: Author, city: str) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, City="Bergen")
        typed_in_the_window(desk, contact, by, city=city)
        report = desk.sync()
        assert COVERED not in desk.holds(contact)
        assert report.counts["near_misses"] == 0

    def test_what_we_had_seen_is_none(self) -> None:
        desk, contact, lead = agreed()
        desk.put(contact, city="Molde")
        desk.put(lead, City="Bergen")
        desk.sync()
        # Both changed it and the system of record won: seen, and told in the plan; no near miss.
        assert contact.fields["city"] == "Bergen"
        report = desk.sync()
        assert report.counts["near_miss_looked_up"] == 1
        assert desk.holds(contact) == {}

    def test_a_value_typed_after_our_write_is_an_edit(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, City="Bergen")
        desk.sync()
        desk.put(contact, city="Molde")
        desk.sync()
        assert contact.fields["city"] == lead.fields["City"] == "Molde"
        assert desk.holds(contact) == {}

    def test_it_is_found_though_the_cycle_died_after_the_write(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, City="Bergen")
        done: list[Effect] = []

        def dies(effect: Effect) -> bool:
            if isinstance(effect, Write) and effect.crm == "hubspot":
                desk.world.hubspot.put(contact, {"city": "Molde"}, MARKETER)
                done.append(effect)
                return False
            return bool(done)

        desk.killed(dies)
        assert contact.fields["city"] == "Bergen"
        desk.later(hours=2)
        desk.sync()
        assert COVERED in desk.holds(contact)

    def test_history_is_asked_once_and_only_of_what_people_fill_in(self) -> None:
        desk, _contact, lead = agreed()
        desk.put(lead, City="Bergen")
        desk.sync()
        assert histories(desk) == []
        desk.sync()
        asked = histories(desk)
        assert [(one.crm, one.fields) for one in asked] == [("hubspot", ("city",))]
        desk.sync()
        assert histories(desk) == []

    def test_of_many_one_batch_is_looked_up_and_the_rest_is_counted(self) -> None:
        desk = Desk()
        leads = []
        for number in range(60):
            desk.contact(email=f"p{number}@acme.example", city="Oslo")
            leads.append(desk.lead(Email=f"p{number}@acme.example", City="Oslo"))
        for _until_settled in range(3):
            desk.sync()
        for lead in leads:
            desk.world.salesforce.put(lead, {"City": "Bergen"}, REP)
        desk.sync()
        report = desk.sync()
        assert [len(one.ids) for one in histories(desk)] == [50]
        assert report.counts["near_miss_looked_up"] == 50
        assert report.counts["near_miss_not_looked_up"] == 10

    def test_a_plan_looks_nothing_up(self) -> None:
        desk, _contact, lead = agreed()
        desk.put(lead, City="Bergen")
        desk.sync()
        desk.sync(dry=True)
        assert histories(desk) == []


class TestStrictGuard:
    """R7: ``guard: strict`` lets the CRM refuse what changed meanwhile."""

    def test_a_row_that_moved_is_refused_and_merged_again_in_the_same_cycle(self) -> None:
        desk, contact, lead = agreed()
        desk.strict = frozenset({"salesforce"})
        desk.put(contact, city="Bergen")
        typed_in_the_window(desk, lead, REP, City="Molde")
        assert lead.fields["City"] == "Molde"
        desk.later(minutes=5)
        desk.sync()
        # Both sides changed it: the system of record wins, by the mapping's own rule, and nothing was lost unseen.
        assert contact.fields["city"] == lead.fields["City"] == "Molde"

    def test_without_it_the_same_edit_is_covered(self) -> None:
        desk, contact, lead = agreed()
        desk.put(contact, city="Bergen")
        typed_in_the_window(desk, lead, REP, City="Molde")
        assert lead.fields["City"] == "Bergen"

    def test_the_refusal_is_counted_and_no_failure(self) -> None:
        desk, contact, lead = agreed()
        desk.strict = frozenset({"salesforce"})
        desk.put(contact, city="Bergen")
        done: list[Effect] = []

        def types(effect: Effect) -> None:
            if isinstance(effect, Write) and effect.crm == "salesforce" and not done:
                done.append(effect)
                desk.world.salesforce.put(lead, {"Title": "VP"}, REP)

        desk.before = types
        report = desk.sync()
        assert report.counts["moved_before_write"] == 1
        assert (report.counts["failed"], list(desk.store.failures())) == (0, [])
        desk.before = lambda _effect: None
        desk.sync()
        assert (lead.fields["City"], contact.fields["jobtitle"]) == ("Bergen", "VP")

    def test_only_there_and_only_updates_carry_the_stamp(self) -> None:
        desk, contact, lead = agreed()
        desk.strict = frozenset({"salesforce"})
        desk.put(contact, city="Bergen")
        version = lead.version
        desk.sync()
        stamps = {
            (one.crm, row.unchanged_since)
            for one in desk.effects
            if isinstance(one, Write)
            for row in one.rows
        }
        assert stamps <= {("salesforce", version), ("hubspot", "")}
        assert ("salesforce", version) in stamps

    def test_a_stamp_of_this_very_second_waits(self) -> None:
        desk, contact, lead = agreed()
        desk.strict = frozenset({"salesforce"})
        desk.put(contact, city="Bergen")
        reads: list[Effect] = []

        def types(effect: Effect) -> None:
            if isinstance(effect, Observe) and effect.crm == "salesforce" and not reads:
                reads.append(effect)
                desk.world.salesforce.put(lead, {"Title": "VP"}, REP)

        desk.before = types
        desk.sync()
        assert lead.fields["City"] == "Oslo", (
            "an edit in the same second could hide behind its stamp"
        )
        desk.before = lambda _effect: None
        desk.sync()
        assert lead.fields["City"] == "Bergen"

    def test_a_large_page_goes_in_small_parts(self) -> None:
        desk = Desk(("hubspot", "salesforce"))
        rows = []
        for number in range(60):
            rows.append(desk.contact(email=f"p{number}@acme.example", city="Oslo"))
            desk.lead(Email=f"p{number}@acme.example", City="Oslo")
        desk.sync()
        desk.strict = frozenset({"salesforce"})
        for row in rows:
            desk.world.hubspot.put(row, {"city": "Bergen"}, MARKETER)
        desk.later(minutes=1)
        desk.slow = timedelta(0)
        desk.sync()
        sizes = [
            len(one.rows)
            for one in desk.effects
            if isinstance(one, Write) and one.crm == "salesforce"
        ]
        assert sizes == [25, 25, 10]
