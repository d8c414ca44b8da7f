"""The next page is read and decided while one is written; what hangs on that one waits for it (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import LEAD
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import Desk

from leadpact.errors import LeadpactError, WaitUntil
from leadpact.sync.context import Limits
from leadpact.sync.effects import (
    UNDER_WAY,
    Commit,
    Effect,
    FirstOf,
    Gather,
    Instant,
    Observe,
    Steps,
    Write,
)
from leadpact.sync.side_by_side import side_by_side

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAGES = Limits(lifted=True, page=4, canary=0)
PEOPLE = 12
DOWN = WaitUntil("The CRM is down.", code="unreachable")


def one_call(name: str, then: Callable[[Any], Steps[str]] | None = None) -> Steps[str]:
    yield Instant()
    answer = yield Observe("hubspot", "contacts", (name,), ())
    if then is not None:
        answer = yield from then(answer)
    return f"{name}: {answer}"


def two_calls(name: str) -> Steps[str]:
    answers = yield Gather(tuple(Observe("hubspot", "contacts", (f"{name}{n}",), ()) for n in "12"))
    return f"{name}: {answers}"


def run(steps: Steps[Any], fails: str = "") -> tuple[Any, list[Effect]]:
    asked: list[Effect] = []

    def answer(effect: Effect) -> Any:
        if isinstance(effect, Instant):
            return NOW
        if not isinstance(effect, Observe):
            return None
        if effect.ids[0] == fails:
            raise DOWN
        return effect.ids[0]

    effect = next(steps)
    try:
        while True:
            asked.append(effect)
            if isinstance(effect, Gather):
                answers: list[Any] = []
                for one in effect.effects:
                    try:
                        answers.append(answer(one))
                    except LeadpactError as error:
                        answers.append(error)
                effect = steps.send(answers)
                continue
            try:
                told = answer(effect)
            except LeadpactError as error:
                effect = steps.throw(error)
            else:
                effect = steps.send(told)
    except StopIteration as ended:
        return ended.value, asked


def test_both_ask_at_once_and_each_gets_its_own() -> None:
    both, asked = run(side_by_side(one_call("a"), two_calls("b")))
    assert both == ("a: a", "b: ['b1', 'b2']")
    assert [type(one) for one in asked] == [Instant, FirstOf]
    assert [one.ids for one in asked[1].effects] == [("a",), ("b1",), ("b2",)]  # type: ignore[union-attr]


def test_the_longer_one_goes_on_alone() -> None:
    def more(answer: Any) -> Steps[str]:
        told = yield Observe("hubspot", "contacts", (f"{answer}+",), ())
        return str(told)

    assert run(side_by_side(one_call("a", more), one_call("b")))[0] == ("a: a+", "b: b")
    assert run(side_by_side(one_call("a"), one_call("b", more)))[0] == ("a: a", "b: b+")


def test_one_goes_on_while_what_the_other_asked_is_under_way() -> None:
    told: list[str] = []

    def asks(name: str) -> Steps[str]:
        for turn in "12":
            yield Observe("hubspot", "contacts", (f"{name}{turn}",), ())
            told.append(f"{name}{turn}")
        return name

    steps = side_by_side(asks("a"), asks("b"))
    effect = next(steps)
    assert isinstance(effect, FirstOf)
    under_way = effect.groups[0]
    for name in ("b1", "b2"):
        effect = steps.send([UNDER_WAY, name])
        assert isinstance(effect, FirstOf)
        assert effect.groups[0] is under_way, "its call is not begun anew"
    assert effect.groups == (under_way,), "b has ended"
    effect = steps.send(["a1"])
    assert isinstance(effect, Observe)
    with pytest.raises(StopIteration) as ended:
        steps.send("a2")
    assert (ended.value.value, told) == (("a", "b"), ["b1", "b2", "a1", "a2"])


def test_the_second_ones_error_waits_until_the_first_is_done() -> None:
    both, _asked = run(side_by_side(one_call("a"), one_call("b")), fails="b")
    assert both == ("a: a", DOWN)


def test_the_first_ones_error_ends_both() -> None:
    with pytest.raises(WaitUntil, match="down"):
        run(side_by_side(one_call("a"), one_call("b")), fails="a")


class Pages(Desk):
    """A desk with three pages of people who agree, and what each call of the CRMs went out with."""

    def __init__(self) -> None:
        super().__init__()
        self.together: list[list[str]] = []
        self.rows = [self._pair(number) for number in range(PEOPLE)]
        for _ in range(3):
            self.sync()

    def _pair(self, number: int) -> Row:
        email = f"person{number}@firm{number}.example"
        shared = {"lastname": f"Doe{number}", "company": f"Firm {number}"}
        self.lead(Email=email, LastName=shared["lastname"], Company=shared["company"])
        return self.contact(email=email, lifecyclestage="lead", **shared)

    def change_all(self) -> None:
        self.later(minutes=1)
        for row in self.rows:
            self.put(row, city="Trondheim")

    def _answer(self, effect: Effect) -> Any:
        if isinstance(effect, Gather):
            self.together.append([type(one).__name__ for one in effect.effects])
        return super()._answer(effect)


def test_the_next_page_is_read_while_one_is_written() -> None:
    desk = Pages()
    desk.change_all()
    desk.together.clear()
    report = desk.sync(limits=PAGES)
    assert report.counts["written"] == PEOPLE
    joined = [one for one in desk.together if "Write" in one]
    assert ["Observe" in one for one in joined] == [True, True, False], desk.together
    assert desk.sync().counts["written"] == 0


def test_a_page_is_settled_though_the_next_one_cannot_be_read() -> None:
    desk = Pages()
    desk.change_all()
    written = 0

    def down(effect: Effect) -> None:
        nonlocal written
        written += isinstance(effect, Write)
        if written and isinstance(effect, Observe):
            raise DOWN

    desk.before = down
    report = desk.sync(limits=PAGES)
    assert report.status == "waiting"
    assert report.counts["written"] == PAGES.page
    assert not desk.store.open_intents(100)
    desk.before = lambda _effect: None
    assert desk.sync(limits=PAGES).counts["written"] == PEOPLE - PAGES.page


def test_an_edit_of_the_next_page_after_it_was_read_is_not_lost() -> None:
    desk = Pages()
    desk.change_all()
    places = {row.ref.id: row for row in desk.world.salesforce.live(LEAD)}
    edited: list[Row] = []

    def edit(effect: Effect) -> None:
        """While the first page is settled, a rep edits every other Lead."""
        if isinstance(effect, Commit) and effect.changes.closings and not edited:
            edited.extend(places.values())
            for row in edited:
                desk.world.salesforce.put(row, {"Title": "Head of all"}, REP)

    desk.before = edit
    desk.sync(limits=PAGES)
    desk.before = lambda _effect: None
    assert len(edited) == PEOPLE
    for _ in range(2):
        desk.sync(limits=PAGES)
    assert {row.fields["jobtitle"] for row in desk.rows} == {"Head of all"}
    assert {row.fields["City"] for row in places.values()} == {"Trondheim"}
    assert desk.sync().counts["written"] == 0


def test_so_it_is_where_everybody_is_new_and_joined() -> None:
    desk = Pages()
    desk.later(minutes=1)
    desk.rows += [desk._pair(number) for number in range(PEOPLE, 2 * PEOPLE)]
    desk.together.clear()
    report = desk.sync(limits=PAGES)
    assert report.counts["written"] >= PEOPLE
    assert [one for one in desk.together if "Write" in one and "Observe" in one]
    assert desk.sync().counts["written"] == 0


def test_a_page_that_makes_records_is_settled_before_the_next_one_is_read() -> None:
    desk = Pages()
    desk.later(minutes=1)
    for number in range(PEOPLE, 2 * PEOPLE):
        person = f"person{number}@firm{number}.example"
        desk.contact(email=person, lastname=f"Doe{number}", lifecyclestage="marketingqualifiedlead")
    desk.together.clear()
    desk.sync(limits=PAGES)
    assert [op for _crm, op, _fields in desk.writes()].count("make") == PEOPLE
    assert not [one for one in desk.together if "Write" in one and "Observe" in one]
