"""Fields that come and go, and what a new record lacks: stories that the histories found, reduced (R4, R6, R24)."""

from __future__ import annotations

from tests.simulation.operator import give
from tests.simulation.scene import Scene
from tests.simulation.weather import hide_field
from tests.simulation.world import REP

NOW = "2026-03-02T09:00:00Z"


def test_a_field_hidden_when_its_record_was_made_is_filled_and_empties_nothing() -> None:
    """Title was hidden while the Lead was made; the blank that it shows later is nobody's edit."""
    scene = Scene()
    contact = scene.contact(jobtitle="director")
    scene.cycle()
    hide_field(scene.world.salesforce, "Title")
    scene.workflow(contact, last_demo_request=NOW)
    scene.cycle()
    (lead,) = scene.world.salesforce.live()
    assert lead.fields["Title"] is None
    hide_field(scene.world.salesforce, "Title")
    scene.rep(lead, City="Rome")
    scene.cycle()
    assert contact.fields["jobtitle"] == "director"
    assert lead.fields["Title"] == "director"
    scene.settles()


def test_a_value_that_a_new_record_cannot_take_is_held_and_stays_where_it_is() -> None:
    scene = Scene()
    long = "director of everything " * 20
    contact = scene.contact(jobtitle=long)
    scene.workflow(contact, last_demo_request="2026-03-02T09:00:05Z")
    scene.cycle()
    (lead,) = scene.world.salesforce.live()
    scene.rep(lead, City="Rome")
    scene.cycle()
    assert contact.fields["jobtitle"] == long
    assert ("title", "value_too_long") in scene.holds(contact)
    scene.settles()


def test_a_field_hidden_while_another_record_takes_over_empties_nothing() -> None:
    """The Lead that was written is merged into one without a title, while Title may not be seen."""
    for crm, name in (("salesforce", "Title"), ("hubspot", "jobtitle")):
        scene = Scene()
        contact, lead = scene.linked("lead")
        scene.marketer(contact, jobtitle="director")
        scene.cycle()
        assert lead.fields["Title"] == "director"
        other = scene.lead()
        hide_field(scene.world.crms[crm], name)
        scene.world.salesforce.merge(lead, other, REP)
        scene.wait(seconds=10)
        scene.cycle()
        hide_field(scene.world.crms[crm], name)
        scene.rep(other, City="Rome")
        scene.cycle()
        assert (contact.fields["jobtitle"], other.fields["Title"]) == ("director", "director"), crm
        scene.settles()


def test_a_stage_that_could_not_be_seen_at_first_sight_is_held_and_not_written_over() -> None:
    scene = Scene()
    contact, lead = scene.contact(), scene.lead(Status="Working - Contacted")
    hide_field(scene.world.salesforce, "Status")
    scene.cycle()
    assert scene.stage(contact).stage == "lead"
    hide_field(scene.world.salesforce, "Status")
    scene.rep(lead, City="Rome")
    scene.cycle()
    assert lead.fields["Status"] == "Working - Contacted"
    assert "can be seen whole only now" in scene.holds(contact)["stage", "stages_differ"].why
    give(scene.driver, scene.holds(contact)["stage", "stages_differ"], "set:sal")
    scene.cycle()
    assert scene.stage(contact).stage == "sal"
    scene.settles()


def test_a_stage_edited_while_it_was_out_of_sight_is_heard_when_it_is_seen_again() -> None:
    scene = Scene()
    contact, lead = scene.linked("mql")
    hide_field(scene.world.salesforce, "Status")
    scene.rep(lead, City="Rome")
    scene.cycle()
    scene.rep(lead, Status="Working - Contacted")
    scene.cycle()
    assert scene.stage(contact).stage == "mql"
    hide_field(scene.world.salesforce, "Status")
    scene.rep(lead, City="Oslo")
    scene.cycle()
    assert scene.stage(contact).stage == "sal"
    scene.settles()


def test_what_was_edited_after_the_question_is_told_where_the_answer_stands() -> None:
    scene = Scene()
    contact, _lead = scene.linked("mql")
    scene.marketer(contact, lifecyclestage="other")
    scene.cycle()
    give(scene.driver, scene.holds(contact)["stage", "status_unmapped"], "set:mql")
    scene.marketer(contact, leadpact_stage="evangelist")
    scene.cycle()
    assert contact.fields["leadpact_stage"] == "mql"
    (told,) = scene.history(contact, "overtaken")
    assert told.to_stage == "evangelist"
    assert "review" in told.why
    scene.settles()


def test_a_handoff_that_nothing_brings_on_makes_no_work() -> None:
    """The Lead shows SQL, which waits for its criteria, while the form says MQL: nothing to hand over yet."""
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.workflow(contact, last_demo_request="2026-03-02T09:00:05Z")
    scene.rep(lead, leadpact_stage__c="sql")
    scene.cycle()
    (handoff,) = scene.store.handoffs([scene.link(contact).id])[scene.link(contact).id]
    assert (handoff.step, handoff.next_try) == ("pending", None)
    assert "does not show the agreed stage" in handoff.why
    for _echo in range(2):  # the breach of the response clock, and what is seen of our own write
        scene.wait(minutes=11)
        scene.cycle()
    scene.wait(minutes=11)
    assert scene.cycle().counts["leads"] == 0
    scene.settles()
