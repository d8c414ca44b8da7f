"""R19: what sales waits for is written while everything else still waits its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, LEAD
from tests.simulation.world import MARKETER
from tests.unit.sync_rules.desk import Desk

from leadpact.errors import SignIn, WaitUntil
from leadpact.model.lanes import hot_due, hot_until, is_hot
from leadpact.model.link import WorkItem
from leadpact.model.record import Change, ChangePage, Native, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context, Limits
from leadpact.sync.cycle import cycle
from leadpact.sync.effects import (
    CollectChanges,
    CollectHot,
    Effect,
    EnterLane,
    Observe,
    Steps,
    Write,
)
from leadpact.sync.hot_cycle import hot_cycle
from leadpact.sync.report import CycleReport

MANY = 30
SMALL = Limits(lifted=True, page=10, canary=0)
GUARDED = Limits(page=10, max_writes=5000, canary=0)


class HotDesk(Desk):
    """A desk with lanes, where calls take so long that a mass change takes minutes."""

    def __init__(self, people: int = MANY) -> None:
        super().__init__()
        for name, kinds, fields in (
            ("hubspot", (CONTACTS,), {"lifecyclestage", "hs_lead_status"}),
            ("salesforce", (LEAD, CONTACT), {"Status", "OwnerId"}),
        ):
            crm = self.world.crms[name]
            crm.capabilities = replace(crm.capabilities, hot=kinds)
            crm.hot_fields = frozenset(fields)
        self.hot_every = timedelta(seconds=60)
        self.rows = [self._pair(number) for number in range(people)]
        self.sync()
        self.sync()
        self.sync()

    def _pair(self, number: int) -> Row:
        email = f"person{number}@firm{number}.example"
        self.lead(Email=email, LastName=f"Doe{number}", Company=f"Firm {number}")
        return self.contact(
            email=email, lastname=f"Doe{number}", company=f"Firm {number}", lifecyclestage="lead"
        )

    @property
    def last(self) -> Row:
        """Whose turn comes last where everybody changed at once."""
        return max(self.rows, key=lambda row: self.link(row).id)

    def newsletter(self) -> None:
        """Something that is no matter of sales changes on everybody."""
        for row in self.rows:
            self.world.hubspot.put(row, {"jobtitle": "Head of everything"}, MARKETER)

    def request_after(self, number: int, row: Row) -> None:
        """A marketer makes this person an MQL when the cycle is at its so-manieth reading of records."""
        seen = 0

        def act(effect: Effect) -> None:
            nonlocal seen
            seen += isinstance(effect, Observe)
            if seen == number and isinstance(effect, Observe):
                self.world.hubspot.put(row, {"lifecyclestage": "marketingqualifiedlead"}, MARKETER)

        self.before = act

    def places(self) -> list[str]:
        """Whose job titles and statuses were written to Salesforce, in order."""
        lead_of = {row.ref.id: row for row in self.world.salesforce.live(LEAD)}
        told = []
        for one in self.effects:
            if isinstance(one, Write) and one.crm == "salesforce":
                for row in one.rows:
                    kind = (
                        "stage"
                        if "leadpact_stage__c" in {n.lower() for n in row.fields}
                        else "other"
                    )
                    if row.id in lead_of:
                        told.append(f"{kind}:{lead_of[row.id].fields['Email']}")
        return told


@pytest.mark.parametrize("limits", [SMALL, GUARDED], ids=["streamed", "planned first"])
def test_a_mass_change_never_delays_what_sales_waits_for(limits: Limits) -> None:
    desk = HotDesk()
    desk.newsletter()
    desk.slow = timedelta(seconds=4)
    last = desk.last
    desk.request_after(2, last)

    report = desk.sync(limits=limits)

    told = desk.places()
    hot = f"stage:{last.fields['email']}"
    assert report.status == "done"
    assert hot in told
    assert told.index(hot) < 15, "it was written among the first, long before its turn"
    assert desk.stage(last).stage == "mql"
    assert report.counts["hot_delay_p95_s"] < 300
    assert report.counts["bulk_delay_p95_s"] > 900
    assert len({one.partition(":")[2] for one in told}) == MANY, (
        "and everybody else was written too"
    )
    assert desk.store.count("due", desk.world.now) == 0


def test_without_lanes_it_waits_its_turn() -> None:
    desk = HotDesk()
    desk.hot_every = None
    desk.newsletter()
    desk.slow = timedelta(seconds=4)
    desk.request_after(2, desk.last)
    desk.sync(limits=SMALL)
    assert not any(isinstance(one, CollectHot | EnterLane) for one in desk.effects)
    assert f"stage:{desk.last.fields['email']}" not in desk.places()[:22]


def test_a_hot_cycle_reads_no_change_feed_and_leaves_no_row_where_nothing_is_new() -> None:
    desk = HotDesk(3)
    desk.steps_of = hot_cycle
    runs = len(desk.store.runs(100))

    quiet = desk.sync()
    assert quiet.exit_code == 0
    assert [type(one) for one in desk.effects if not isinstance(one, EnterLane)].count(
        CollectHot
    ) == 3
    assert not any(isinstance(one, CollectChanges | Observe | Write) for one in desk.effects)
    assert len(desk.store.runs(100)) == runs

    desk.put(desk.rows[0], lifecyclestage="marketingqualifiedlead")
    report = desk.sync()
    assert desk.stage(desk.rows[0]).stage == "mql"
    assert not any(isinstance(one, CollectChanges) for one in desk.effects)
    told = desk.store.runs(1)[0]
    assert told.counts["hot_leads"] == 1
    assert told.counts["hot_delay_p95_s"] == report.counts["hot_delay_p95_s"] < 1000


def test_hot_work_that_would_pass_a_cap_joins_the_bulk_lane_which_asks() -> None:
    desk = HotDesk()
    for row in desk.rows:
        desk.world.hubspot.put(row, {"lifecyclestage": "marketingqualifiedlead"}, MARKETER)
    desk.steps_of = hot_cycle
    few = Limits(page=10, max_writes=5)

    report = desk.sync(limits=few, approved=True)
    assert desk.writes() == []
    assert report.counts["hot_put_back"] == MANY
    assert desk.store.due(hot_until(desk.world.now), 10) == []
    assert desk.store.count("due", desk.world.now) == MANY


def test_a_clock_that_was_set_back_does_not_hold_what_passes_a_cap_in_the_hot_lane() -> None:
    desk = HotDesk(4)
    noted = desk.world.now + timedelta(hours=1)
    work = [WorkItem(desk.link(row).id, "changed", noted, hot_due(noted)) for row in desk.rows]
    desk.store.commit(StateChanges(work=work), None, desk.world.now)
    for row in desk.rows:
        desk.world.hubspot.put(row, {"lifecyclestage": "marketingqualifiedlead"}, MARKETER)
    desk.steps_of = hot_cycle

    def ends(_effect: Effect) -> None:
        assert len(desk.effects) < 100, "it puts back for ever"

    desk.before = ends
    report = desk.sync(limits=Limits(page=10, max_writes=2), approved=True)
    assert desk.writes() == []
    assert report.counts["hot_put_back"] == 4
    assert desk.store.due(hot_until(desk.world.now), 10) == []
    assert desk.store.count("due", noted) == 4


def test_work_of_the_hot_lane_comes_first_and_stays_hot() -> None:
    desk = HotDesk(4)
    now = desk.world.now
    first, second = (desk.link(row).id for row in desk.rows[:2])
    desk.store.commit(
        StateChanges(
            work=[
                WorkItem(first, "changed", now, now - timedelta(days=3)),
                WorkItem(second, "signal", now, hot_due(now)),
            ]
        ),
        None,
        now,
    )
    desk.store.commit(StateChanges(work=[WorkItem(second, "changed", now, now)]), None, now)
    due = desk.store.due(now, 10)
    assert [one.link_id for one in due][:2] == [second, first]
    assert is_hot(due[0].due_at, now)
    assert not is_hot(due[1].due_at, now)


def test_asked_to_end_it_stops_after_the_page_in_flight_and_loses_nothing() -> None:
    desk = HotDesk()
    desk.newsletter()
    asked = False
    told: list[int] = []

    def steps(context: Context) -> Steps[CycleReport]:
        return cycle(replace(context, stopping=lambda: asked))

    def act(effect: Effect) -> None:
        nonlocal asked
        if isinstance(effect, Write):
            asked = True
            told.append(len(effect.rows))

    desk.steps_of, desk.before = steps, act
    report = desk.sync(limits=SMALL)
    assert report.status == "waiting"
    assert "asked to end" in report.note
    assert len(told) == 2, "one page: a write to each CRM"
    asked = False
    desk.before = lambda _effect: None
    assert desk.sync(limits=SMALL).status == "done"
    assert desk.store.count("due", desk.world.now) == 0


def test_a_hot_feed_that_is_not_to_be_seen_holds_nothing_up() -> None:
    desk = HotDesk(2)
    desk.put(desk.rows[0], jobtitle="New")

    def refuse(_kind: str, _since: str, _fields: Sequence[str] = ()) -> ChangePage:
        raise SignIn("This sign-in may not see LeadHistory.", code="rights_missing")

    desk.world.salesforce.hot_changes = refuse  # type: ignore[method-assign,assignment]
    report = desk.sync()
    assert report.status == "done"
    assert "hot feed" in report.problems["salesforce"]
    assert desk.writes()

    def wait(_kind: str, _since: str, _fields: Sequence[str] = ()) -> ChangePage:
        raise WaitUntil("Later.", code="limit", until=desk.world.now + timedelta(hours=1))

    desk.world.salesforce.hot_changes = wait  # type: ignore[method-assign,assignment]
    report = desk.sync()
    assert report.status == "waiting"
    assert report.wait_until is not None


def test_what_has_no_date_is_hot_only_where_it_shows_something_new() -> None:
    desk = HotDesk(3)
    worked, known, stranger = desk.rows[0], desk.rows[1], RecordRef("hubspot", CONTACTS, "9999")
    desk.world.hubspot.put(worked, {"hs_lead_status": "IN_PROGRESS"}, MARKETER)
    refs = (worked.ref, known.ref, stranger)
    at = known.version

    def shows(_kind: str, since: str, _fields: Sequence[str] = ()) -> ChangePage:
        changes = tuple(Change(one, "changed", max(at, worked.version)) for one in refs)
        shown: dict[RecordRef, dict[str, Native]] = {
            one: {"hs_lead_status": desk.world.hubspot.rows[one].fields.get("hs_lead_status")}
            for one in refs[:2]
        }
        return ChangePage(
            changes, since or "x", done=True, shown={**shown, stranger: {"hs_lead_status": "NEW"}}
        )

    desk.world.hubspot.hot_changes = shows  # type: ignore[method-assign,assignment]
    desk.steps_of = hot_cycle
    report = desk.sync()
    assert report.counts["hot_leads"] == 1
    looked = {ref for one in desk.effects if isinstance(one, Observe) for ref in one.ids}
    assert worked.ref.id in looked
    assert not looked & {known.ref.id, stranger.id}


def test_a_merge_of_two_is_heard_of_with_the_record_that_it_made() -> None:
    desk = HotDesk(people=2)
    one, two = desk.rows
    for row in desk.rows:
        desk.put(row, lifecyclestage="marketingqualifiedlead")
        desk.sync()
    known = {desk.link(row).id for row in desk.rows}
    desk.later(minutes=5)
    made = desk.world.hubspot.merge(one, two, MARKETER)
    desk.carry_out(hot_cycle(desk.context()))
    assert desk.link(made).id in known
    assert desk.side_state(one.ref) == desk.side_state(two.ref) == "merged"
    assert desk.link(one).id == desk.link(two).id == desk.link(made).id
