"""R34, R38: what is too much for one run waits for approval as one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import Desk, Killed
from tests.unit.sync_rules.test_rules_handoff import agreed, asks_for_a_demo, tasks

from leadpact.model.link import Hold, WorkItem
from leadpact.model.record import Author
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Limits
from leadpact.sync.effects import Commit, Effect
from leadpact.sync.report import CycleReport


def test_over_fifty_handoffs_wait_for_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    agreed(desk)
    for other in ("stage_moves", "creates"):
        monkeypatch.setattr(Limits, other, staticmethod(lambda links: 10**6))
    rows = [desk.contact(email=f"p{number}@firm{number}.example") for number in range(51)]
    desk.sync()
    desk.sync()
    for contact in rows:
        asks_for_a_demo(desk, contact)

    report = desk.sync(limits=Limits(max_writes=100_000))

    assert report.status == "needs_approval"
    assert "more than 50 leads to hand over" in report.note
    assert tasks(desk) == []
    assert desk.writes() == []


IMPORT = Author("import", "77")
MQL = "marketingqualifiedlead"
FEW = Limits(like=3, max_writes=100_000)
"""Three like words are few; the fourth makes a batch."""


class Friday:
    """Five people whom an import makes MQLs, and one whom a marketer makes one."""

    def __init__(self, people: int = 5) -> None:
        self.desk = Desk()
        agreed(self.desk)
        self.rows = [self._person(number) for number in range(people)]
        self.other = self._person(people)
        for _until_settled in range(3):
            self.desk.sync()

    def _person(self, number: int) -> Row:
        return self.desk.contact(
            email=f"p{number}@firm{number}.example",
            lastname=f"Doe{number}",
            company=f"Firm {number}",
        )

    def imported(self, limits: Limits = FEW, **also: str) -> CycleReport:
        """The import, and the marketer's own edit; then a sync."""
        self.desk.later(minutes=1)
        for row in self.rows:
            self.desk.world.hubspot.put(row, {"lifecyclestage": MQL, **also}, IMPORT)
        self.desk.world.hubspot.put(self.other, {"lifecyclestage": MQL}, MARKETER)
        return self.desk.sync(limits=limits)

    def batch(self) -> Hold:
        """The hold of the pair."""
        (found,) = self.desk.store.holds(link_ids=[""], waiting_only=True)
        return found

    def answer(self, word: str) -> None:
        """A person answers the batch, as ``leadpact review`` does: its leads have the same answer."""
        waiting = [one for one in self.desk.store.holds(waiting_only=True) if one.cause == LIKE]
        now = self.desk.world.now
        self.desk.store.commit(
            StateChanges(
                holds=[replace(one, status="answered", answer=word) for one in waiting],
                work=[WorkItem(one.link_id, "review", now, now) for one in waiting if one.link_id],
            ),
            None,
            now,
        )

    def stages(self) -> set[str]:
        """The agreed stages of those whom the import made MQLs."""
        return {self.desk.stage(row).stage for row in self.rows}


LIKE = "like_assertions"


class TestBatch:
    """R34: over so many like assertions from one import are one question."""

    def test_it_waits_nobody_is_handed_over_and_all_else_goes_on(self) -> None:
        friday = Friday()
        report = friday.imported(jobtitle="CFO", city="Oslo")
        assert (report.status, report.exit_code) == ("done", 6)
        hold = friday.batch()
        assert (hold.cause, hold.field) == (LIKE, "stage")
        assert "set 5 leads to" in hold.why
        assert "import:77" in hold.shown["by"]
        assert hold.why in report.note
        assert friday.stages() == {"lead"}
        begun = {one.link_id for one in friday.desk.store.waiting_handoffs(99)}
        assert begun <= {friday.desk.link(friday.other).id}
        assert tasks(friday.desk) == []
        assert {row.fields["lifecyclestage"] for row in friday.rows} == {MQL}
        assert {friday.desk.link(row).base["city"] for row in friday.rows} == {"Oslo"}
        assert friday.desk.stage(friday.other).stage == "mql"

    def test_it_is_asked_once_and_later_ones_of_it_join(self) -> None:
        friday = Friday()
        friday.imported()
        late = friday.desk.contact(email="late@late.example")
        friday.desk.sync(limits=FEW)
        friday.desk.sync(limits=FEW)
        friday.desk.put(late, by=IMPORT, lifecyclestage=MQL)
        report = friday.desk.sync(limits=FEW)
        assert (report.exit_code, report.counts["newly_held"]) == (6, 1)
        assert LIKE in friday.desk.holds(late)
        assert len(friday.desk.store.holds(link_ids=[""])) == 1

    def test_accepted_all_of_them_go_through(self) -> None:
        friday = Friday()
        friday.imported()
        friday.answer("accept")
        report = friday.desk.sync(limits=FEW)
        # An import is automation, which alone makes nobody an MQL (R12): it is judged as any other word of its kind.
        assert report.exit_code in (0, 1)
        assert list(friday.desk.store.holds(link_ids=[""])) == []
        told = [result for result, _why in friday.desk.told(friday.rows[0])]
        assert told[-1] in ("accepted", "refused")

    def test_a_persons_batch_that_is_accepted_moves_them(self) -> None:
        friday = Friday()
        friday.desk.later(minutes=1)
        for row in friday.rows:
            friday.desk.world.hubspot.put(row, {"lifecyclestage": MQL}, MARKETER)
        friday.desk.sync(limits=FEW)
        assert friday.stages() == {"lead"}
        friday.answer("accept")
        friday.desk.sync(limits=FEW)
        assert friday.stages() == {"mql"}

    def test_refused_all_of_them_are_set_back_and_told_why(self) -> None:
        friday = Friday()
        friday.imported()
        friday.answer("refuse")
        friday.desk.sync(limits=FEW)
        friday.desk.sync(limits=FEW)
        assert friday.stages() == {"lead"}
        assert {row.fields["lifecyclestage"] for row in friday.rows} == {"lead"}
        assert friday.desk.told(friday.rows[0])[-1] == (
            "refused",
            "A person refused the batch in which this was set.",
        )
        assert tasks(friday.desk) == []
        assert friday.desk.holds(friday.rows[0]) == {}

    def test_it_waits_on_and_is_set_back_though_we_touched_the_records_after_the_rep(self) -> None:
        """Salesforce names only who touched a record last: that we did, a batch of a rep's is one all the same."""
        friday = Friday()
        desk = friday.desk
        leads = [
            desk.lead(Email=row.fields["email"], LastName=row.fields["lastname"])
            for row in friday.rows
        ]
        for _until_settled in range(3):
            desk.sync(limits=FEW)
        desk.later(minutes=1)
        for lead in leads:
            desk.world.salesforce.put(lead, {"Status": "Closed - Not Converted"}, REP)
        desk.sync(limits=FEW)
        for row in friday.rows:
            desk.put(row, jobtitle="CFO")
        desk.sync(limits=FEW)
        desk.sync(limits=FEW)
        assert {lead.fields["Title"] for lead in leads} == {"CFO"}
        assert friday.stages() == {"lead"}
        friday.answer("refuse")
        desk.sync(limits=FEW)
        desk.sync(limits=FEW)
        assert friday.stages() == {"lead"}
        assert {lead.fields["Status"] for lead in leads} == {"Open - Not Contacted"}

    def test_taken_back_where_it_was_made_it_ends_by_itself(self) -> None:
        friday = Friday()
        friday.imported()
        for row in friday.rows[1:]:
            friday.desk.put(row, by=IMPORT, lifecyclestage="lead")
        assert friday.desk.sync(limits=FEW).exit_code == 6, "one of them still shows it"
        friday.desk.put(friday.rows[0], by=IMPORT, lifecyclestage="lead")
        assert friday.desk.sync(limits=FEW).exit_code == 0
        assert friday.desk.store.holds(waiting_only=True) == []
        assert friday.stages() == {"lead"}

    def test_a_plan_tells_it_too_and_holds_nothing(self) -> None:
        friday = Friday()
        friday.desk.later(minutes=1)
        for row in friday.rows:
            friday.desk.world.hubspot.put(row, {"lifecyclestage": MQL}, MARKETER)
        report = friday.desk.sync(limits=FEW, dry=True)
        assert report.held_causes[LIKE] == 5
        assert report.counts["planned_stage_moves"] == 0
        assert list(friday.desk.store.holds()) == []

    def test_two_hundred_are_few_and_an_approved_run_asks_nothing(self) -> None:
        assert Limits().like == 200
        friday = Friday()
        friday.imported(Limits(max_writes=100_000))
        assert list(friday.desk.store.holds(link_ids=[""])) == []
        again = Friday()
        again.imported(Limits(lifted=True, like=3))
        assert list(again.desk.store.holds(link_ids=[""])) == []


@pytest.mark.soak
def test_a_bad_friday_of_three_thousand() -> None:
    """Imported as MQL, a field hidden, the process killed: nothing reached a rep, and one answer sets it all back."""
    friday = Friday(people=3000)
    desk = friday.desk
    usual = Limits(max_writes=100_000)
    desk.later(minutes=1)
    for row in friday.rows:
        desk.world.hubspot.put(row, {"lifecyclestage": MQL}, IMPORT)
    desk.world.hubspot.hidden = frozenset({"jobtitle"})

    def die(effect: Effect) -> None:
        if isinstance(effect, Commit) and any(one.cause == LIKE for one in effect.changes.outcomes):
            raise Killed

    desk.before = die
    with pytest.raises(Killed):
        desk.sync(limits=usual)
    desk.before = lambda _effect: None
    desk.sync(limits=usual)
    report = desk.sync(limits=usual)
    assert (report.status, report.exit_code) == ("done", 6)
    batches = [one for one in desk.store.holds(link_ids=[""]) if one.cause == LIKE]
    assert len(batches) == 1
    assert "set 3,000 leads to" in batches[0].why
    assert tasks(desk) == []
    assert list(desk.store.waiting_handoffs(9)) == []
    assert friday.stages() == {"lead"}
    friday.answer("refuse")
    desk.sync(limits=Limits(lifted=True))
    desk.sync(limits=usual)
    assert {row.fields["lifecyclestage"] for row in friday.rows} == {"lead"}
    assert tasks(desk) == []
