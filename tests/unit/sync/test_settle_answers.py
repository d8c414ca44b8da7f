"""What each answer to a write comes to: base, failures, retries (R2, R3, R10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.faults import Fault
from tests.simulation.scene import Scene


def struck(fault: str, place: int = 1, **edit: str) -> Scene:
    """Ann's marketer typed; Salesforce's half of the write meets the fault."""
    scene = Scene()
    contact, _lead = scene.linked("lead")
    scene.marketer(contact, **(edit or {"city": "Oslo"}))
    assert scene.driver.go_to("A", "Write", 1)
    scene.driver.go_on("A", 1, Fault(fault, place))
    scene.driver.whole("A")
    return scene


def test_a_refused_value_is_a_failure_and_not_tried_again_until_it_changes() -> None:
    scene = struck("row_refused")
    (contact,), (lead,) = scene.world.hubspot.live(), scene.world.salesforce.live()
    (failure,) = scene.store.failures()
    assert (failure.cause, failure.crm, failure.fields) == (
        "validation_rule",
        "salesforce",
        ("City",),
    )
    assert failure.retry_at is None
    for _time in range(3):
        scene.wait(hours=1)
        assert scene.writes_of_cycle() == []
    assert "city" not in scene.link(lead).base or scene.link(lead).base["city"] != "Oslo"
    scene.marketer(contact, city="Bergen")
    scene.cycle()
    assert lead.fields["City"] == "Bergen"
    assert list(scene.store.failures()) == []
    scene.settles()


def test_a_locked_row_is_tried_again_by_itself() -> None:
    scene = struck("row_later")
    (lead,) = scene.world.salesforce.live()
    (failure,) = scene.store.failures()
    assert failure.retry_at is not None
    assert failure.retry_at - failure.last_at == timedelta(minutes=2)
    scene.cycle()
    assert lead.fields["City"] is None
    scene.wait(minutes=3)
    scene.cycle()
    assert lead.fields["City"] == "Oslo"
    assert list(scene.store.failures()) == []
    scene.settles()


@pytest.mark.parametrize("fault", ["limit", "lost_before", "lost_after"])
def test_an_answer_that_did_not_come_ends_the_cycle_and_nothing_is_blamed(fault: str) -> None:
    scene = struck(fault, 0)
    (lead,) = scene.world.salesforce.live()
    report = scene.driver.reports[-1]
    assert (report.status, report.exit_code) == ("waiting", 4)
    assert list(scene.store.failures()) == []
    scene.cycle()
    assert lead.fields["City"] == "Oslo"
    assert scene.link(lead).base["city"] == "Oslo"
    scene.settles()


def test_r1_what_came_of_a_write_is_not_told_from_an_older_record() -> None:
    scene = struck("lost_after", 0)
    (contact,), (lead,) = scene.world.hubspot.live(), scene.world.salesforce.live()
    assert scene.driver.go_to("A", "Observe", 1)
    scene.driver.go_on("A", 1, Fault("stale", 0))
    scene.driver.whole("A")
    assert scene.driver.reports[-1].status == "waiting"
    assert scene.store.open_intents(1)
    scene.marketer(contact, city="Bergen")
    scene.cycle()
    assert lead.fields["City"] == "Bergen"
    scene.settles()


def test_a_refused_field_does_not_keep_the_others_back() -> None:
    scene = struck("row_refused", city="Oslo", jobtitle="buyer")
    (lead,) = scene.world.salesforce.live()
    scene.cycle()
    refused = {name for failure in scene.store.failures() for name in failure.fields}
    assert len(refused) == 1
    shown = {"City": lead.fields["City"], "Title": lead.fields["Title"]}
    assert {name for name, value in shown.items() if value is None} == refused


def test_the_exit_code_tells_a_new_failure_once() -> None:
    scene = struck("row_refused")
    assert scene.driver.reports[-1].exit_code == 1
    assert scene.cycle().exit_code == 0
