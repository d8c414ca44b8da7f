"""What is committed before and after each write, effect by effect (R2, DESIGN §4)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.driver import Driver
from tests.simulation.scene import Scene

from leadpact.ports.state_store import StateChanges
from leadpact.sync.effects import Commit, Effect, Gather, Write


def effects(driver: Driver) -> Iterator[Effect]:
    """The effects of one cycle, each told before it is carried out."""
    assert driver.start("A")
    while "A" in driver.slots:
        yield driver.slots["A"].effect
        driver.go_on("A", 1)


def writes(effect: Effect) -> list[Write]:
    parts = effect.effects if isinstance(effect, Gather) else (effect,)
    return [one for one in parts if isinstance(one, Write)]


def test_r2_no_row_is_sent_before_its_intent_is_durable() -> None:
    scene = Scene()
    contact, lead = scene.linked("sql")
    scene.marketer(contact, city="Oslo")
    scene.rep(lead, Status="Closed - Not Converted", leadpact_rejection_reason__c="bad_timing")
    sent = 0
    for effect in effects(scene.driver):
        for write in writes(effect):
            open_ids = {one.ref.id for one in scene.store.open_intents(100)}
            assert {row.id for row in write.rows} <= open_ids
            sent += len(write.rows)
    assert sent == 3  # HubSpot: blanked, then set; Salesforce: set
    assert scene.store.open_intents(1) == []


def test_r2_an_intent_keeps_what_stood_there_before() -> None:
    scene = Scene()
    contact, lead = scene.contact(city="Oslo"), scene.lead(City="Oslo")
    scene.cycle()
    scene.marketer(contact, city="Bergen")
    scene.cycle()
    intent = next(one for one in scene.store.intents(link_id=scene.link(lead).id))
    assert (intent.ref, intent.state) == (lead.ref, "written")
    assert (intent.before["City"], intent.wanted["City"]) == ("Oslo", "Bergen")
    assert intent.rule["City"] == "edited in HubSpot"


def test_r3_the_blanked_half_of_a_reset_is_noted_before_the_second() -> None:
    scene = Scene()
    _contact, lead = scene.linked("sql")
    scene.rep(lead, Status="Closed - Not Converted", leadpact_rejection_reason__c="bad_timing")
    states = []
    for effect in effects(scene.driver):
        for write in writes(effect):
            by_ref = {one.ref.id: one.state for one in scene.store.open_intents(100)}
            states.append(
                [(row.op, by_ref[row.id]) for row in write.rows if write.crm == "hubspot"]
            )
    assert [one for one in states if one] == [[("reset_blank", "open")], [("set", "cleared")]]


def test_the_checkpoint_moves_only_with_the_work_it_brought() -> None:
    scene = Scene()
    scene.contact()
    for effect in effects(scene.driver):
        if isinstance(effect, Commit) and ("hubspot", "contacts") in effect.changes.checkpoints:
            assert effect.changes.work
    assert scene.store.checkpoint("hubspot", "contacts")


def test_a_lead_that_changed_while_it_was_worked_on_stays_on_the_list() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.marketer(contact, city="Oslo")
    assert scene.driver.go_to("A", "Write", 1)
    scene.marketer(contact, city="Bergen")
    scene.driver.whole("A")
    assert lead.fields["City"] == "Oslo"
    scene.cycle()
    assert lead.fields["City"] == "Bergen"


def test_a_quiet_cycle_commits_its_run_and_nothing_else() -> None:
    scene = Scene()
    scene.linked("lead")
    scene.wait(minutes=30)
    scene.cycle()
    scene.wait(minutes=30)
    committed = [e.changes for e in effects(scene.driver) if isinstance(e, Commit)]
    assert all(_is_only_a_run(one) for one in committed)
    assert len(committed) == 2


def _is_only_a_run(changes: StateChanges) -> bool:
    return bool(changes.runs) and not (
        changes.links or changes.sides or changes.work or changes.intents or changes.checkpoints
    )


def test_what_stands_in_the_state_already_is_not_written_into_it_again() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.wait(minutes=30)
    scene.cycle()
    scene.wait(minutes=30)
    scene.marketer(contact, city="Bergen")
    commits = [e.changes for e in effects(scene.driver) if isinstance(e, Commit)]
    intended = next(one for one in commits if one.intents)
    assert not intended.links
    assert [side.ref for side in intended.sides] == [contact.ref]
    settled = next(one for one in commits if one.closings)
    assert [link.base["city"] for link in settled.links] == ["Bergen"]
    assert [side.ref for side in settled.sides] == [lead.ref]
