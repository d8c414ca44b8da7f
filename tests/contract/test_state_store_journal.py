"""The journal by run, pins, rows of saved plans, and what is forgotten of them after 90 days (R27, R32)."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.state_rows import NOW, at, intent, link_id, plan, run

from leadpact.model.pin import NOWHERE, STAGE, Pin, PlanRow
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges, StateStore

LEAD = RecordRef("salesforce", "Lead", "00Q1")


def _commit(store: StateStore, **rows: object) -> None:
    store.commit(StateChanges(**rows), None, NOW)  # type: ignore[arg-type]


def _pin(field: str = "Title", **changed: object) -> Pin:
    pin = Pin(link_id(1), LEAD, field, "CTO", None, NOW, "undo-1")
    return replace(pin, **changed)  # type: ignore[arg-type]


def test_the_journal_of_a_run_comes_by_lead_and_oldest_first(store: StateStore) -> None:
    first = intent("i1", created=-9, run_id="r1")
    later = intent("i2", created=-3, run_id="r1")
    other = intent("i3", 2, run_id="r1")
    _commit(store, intents=[later, first, other, intent("i4", run_id="r2")])

    assert list(store.journal("r1", [link_id(1)])) == [first, later]
    assert list(store.leads_of_run("r1")) == sorted([link_id(1), link_id(2)])
    assert list(store.leads_of_run("nobody's")) == []


def test_a_pin_is_one_per_record_and_field_until_it_is_released(store: StateStore) -> None:
    stage = _pin(STAGE, ref=NOWHERE, kept="lead", undone="mql")
    _commit(store, pins=[_pin(), stage, _pin(link_id=link_id(2))])
    _commit(store, pins=[_pin(kept="CEO", run_id="undo-2")])

    assert list(store.pins([link_id(1)])) == [stage, _pin(kept="CEO", run_id="undo-2")]
    assert len(store.pins()) == 3

    _commit(store, released=[_pin(kept="whatever it keeps by now")])

    assert list(store.pins([link_id(1)])) == [stage]
    assert list(store.pins([])) == []


def test_rows_of_a_plan_go_with_it(store: StateStore) -> None:
    own, row = PlanRow("p1", "", '"friday"'), PlanRow("p1", link_id(1), "[1]")
    saved = plan("p1", status="proposed")
    _commit(store, plans=[saved], plan_rows=[own, row, PlanRow("p2", link_id(1), "[2]")])

    assert store.plan_rows("p1", ["", link_id(1), link_id(2)]) == {"": own.body, link_id(1): "[1]"}
    assert list(store.leads_of_plan("p1")) == [link_id(1)]

    _commit(store, plans=[replace(saved, status="approved")])
    assert store.plan_rows("p1", [link_id(1)]) == {link_id(1): "[1]"}
    _commit(store, plans=[replace(saved, status="applied")])
    assert store.plan_rows("p1", ["", link_id(1)]) == {}
    assert store.plan_rows("p2", [link_id(1)]) == {link_id(1): "[2]"}


def test_before_images_of_old_runs_are_forgotten_and_open_writes_stay(store: StateStore) -> None:
    runs = [run("old", -100), run("edge", -50), run("new")]
    intents = [
        intent("closed", run_id="old", state="written"),
        intent("open", run_id="old", state="open"),
        intent("edge", run_id="edge", state="overtaken"),
        intent("new", run_id="new", state="written"),
    ]
    _commit(store, runs=runs, intents=intents)

    _commit(store, forget_before=(at(-1000), at(-50)))

    left = {one.id for one in store.intents(limit=10)}
    assert left == {"open", "new"}
    assert [one.id for one in store.open_intents(10)] == ["open"]
    assert store.run("old") is not None
