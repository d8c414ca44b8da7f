"""Field values told step by step: R1, R2, R4, R5, R6, R7, R10, R21."""

from __future__ import annotations

from tests.simulation.faults import Fault
from tests.simulation.scene import Scene
from tests.simulation.weather import set_option
from tests.simulation.world import MARKETER, REP

from leadpact.sync.context import Limits


def test_r1_an_observation_older_than_a_settled_one_changes_nothing() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.rep(lead, City="Rome")
    scene.cycle()
    scene.wait(minutes=15)
    scene.cycle()
    scene.marketer(contact, phone="+1 555 0199")
    assert scene.driver.go_to("A", "Observe", 1)
    scene.driver.go_on("A", 1, Fault("stale", 1))
    assert any("as it was at" in told for told in scene.world.told)
    scene.driver.whole("A")
    assert (contact.fields["city"], lead.fields["City"]) == ("Rome", "Rome")
    scene.settles()
    assert lead.fields["Phone"] == "+15550199"


def test_r2_a_write_whose_answer_was_lost_is_ours_and_no_edit() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.marketer(contact, jobtitle="buyer")
    assert scene.driver.go_to("A", "Write", 1)
    scene.driver.go_on("A", 1, Fault("lost_after", 0))
    assert lead.fields["Title"] == "buyer"
    scene.driver.crash("A", after=False)
    scene.marketer(contact, jobtitle="head of buying")
    scene.cycle()
    assert (contact.fields["jobtitle"], lead.fields["Title"]) == ("head of buying",) * 2
    scene.settles()


def test_r2_a_write_that_never_arrived_is_still_to_be_done() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.marketer(contact, jobtitle="buyer")
    assert scene.driver.go_to("A", "Write", 1)
    scene.driver.go_on("A", 1, Fault("lost_before", 0))
    scene.driver.whole("A")
    assert lead.fields["Title"] is None
    scene.cycle()
    assert lead.fields["Title"] == "buyer"
    scene.settles()


def test_r4_a_field_that_is_not_in_the_answer_is_neither_changed_nor_written() -> None:
    scene = Scene()
    contact, lead = scene.contact(city="Rome"), scene.lead(City="Rome")
    scene.cycle()
    scene.world.salesforce.hidden = frozenset({"City"})
    scene.marketer(contact, city="Oslo", phone="+1 555 0100")
    scene.cycle()
    assert lead.fields["City"] == "Rome"
    assert contact.fields["city"] == "Oslo"
    assert lead.fields["Phone"] == "+15550100"
    scene.world.salesforce.hidden = frozenset()
    scene.rep(lead, Title="buyer")
    scene.cycle()
    assert lead.fields["City"] == "Oslo"
    scene.settles()


def test_r4_a_field_that_turns_blank_for_many_stops_for_approval() -> None:
    scene = Scene()
    pairs = []
    for number in range(60):
        email = f"p{number}@acme{number}.example"
        scene.contact(email, number, city="Rome")
        pairs.append(scene.lead(email, number, City="Rome"))
    scene.cycle()
    for lead in pairs:
        scene.world.put(lead, {"City": ""}, REP)
    scene.driver.limits = Limits()
    scene.wait(seconds=10)
    assert scene.writes_of_cycle() == []
    report = scene.driver.reports[-1]
    assert (report.status, report.exit_code) == ("done", 6)
    assert "60 of 60 known values of city turned blank in Salesforce" in report.note


def test_r5_what_a_crm_makes_of_a_value_is_no_edit() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.marketer(contact, phone="+1 (555) 010-99", jobtitle="buyer  ")
    scene.rep(lead, City="  Rome ")
    scene.cycle()
    assert lead.fields["Phone"] == "+155501099"
    assert lead.fields["Title"] == "buyer"
    assert contact.fields["city"] == "Rome"
    for _time in range(3):
        scene.wait(minutes=11)
        assert scene.writes_of_cycle() == []
    assert contact.fields["phone"] == "+1 (555) 010-99"
    scene.settles()


def test_r5_a_lossy_side_never_sends_its_loss_back() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.rep(lead, NumberOfEmployees=506)
    scene.cycle()
    assert contact.fields["numemployees"] == "500-1000"
    scene.rep(lead, NumberOfEmployees=507)  # the same band
    assert scene.writes_of_cycle() == []
    assert (lead.fields["NumberOfEmployees"], contact.fields["numemployees"]) == (507, "500-1000")
    scene.settles()


def test_r6_equal_is_adopted_blank_is_filled_different_follows_the_initial_policy() -> None:
    scene = Scene()
    contact = scene.contact(city="Oslo", jobtitle="buyer", country="Norway")
    lead = scene.lead(City="Rome", Country="Norway")
    scene.cycle()
    assert (contact.fields["city"], lead.fields["City"]) == ("Rome", "Rome")  # system of record
    assert lead.fields["Title"] == "buyer"
    told = scene.history(contact, "adopted", "accepted", "implied")
    assert [(one.result, one.to_stage) for one in told] == [("adopted", "lead")]
    written = {name for row in scene.world.writes for name in row.fields}
    assert not {"country", "Country", "lifecyclestage", "Status"} & written
    scene.settles()


def test_r6_stage_and_consent_that_differ_wait_for_a_person() -> None:
    scene = Scene()
    contact = scene.contact(lifecyclestage="salesqualifiedlead", hs_email_optout=True)
    lead = scene.lead()
    scene.cycle()
    assert ("stage", "stages_differ") in scene.holds(contact)
    assert contact.fields["lifecyclestage"] == "salesqualifiedlead"
    assert lead.fields["Status"] == "Open - Not Contacted"
    assert lead.fields["leadpact_stage__c"] is None
    scene.answer(scene.holds(contact)["stage", "stages_differ"], "take:hubspot")
    scene.cycle()
    assert lead.fields["Status"] == "Working - Contacted"
    assert scene.stage(contact).stage == "sql"


def test_r6_nothing_is_written_before_the_first_plan_is_approved() -> None:
    scene = Scene()
    scene.contact(city="Oslo")
    scene.lead(City="Rome")
    scene.driver.go_live = None
    assert scene.writes_of_cycle() == []
    report = scene.driver.reports[-1]
    assert (report.status, report.exit_code) == ("needs_approval", 6)
    assert report.counts["planned_writes"] == 2


def test_r7_a_row_that_moved_between_read_and_write_is_merged_again() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.marketer(contact, city="Oslo", phone="+1 555 0100")
    assert scene.driver.go_to("A", "Observe", 1)
    scene.driver.go_on("A", 1)
    scene.edit(lead, REP, City="Rome")  # ten seconds pass before the write
    scene.driver.whole("A")
    assert (contact.fields["city"], lead.fields["City"]) == ("Rome", "Rome")
    assert lead.fields["Phone"] == "+15550100"
    assert scene.world.near_misses == []
    scene.settles()


def test_r10_numbers_compare_as_numbers() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.workflow(contact, last_pricing_page_view="2026-03-02T09:00:00Z")
    scene.cycle()
    assert contact.fields["leadpact_score"] == "20.0"
    assert lead.fields["leadpact_score__c"] == 20.0
    scene.edit(contact, MARKETER, leadpact_score="20")
    assert scene.writes_of_cycle() == []


def test_r10_an_unknown_picklist_value_holds_its_field_and_not_the_record() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    _rename_band(scene)
    scene.rep(lead, NumberOfEmployees=506, City="Rome")
    scene.cycle()
    assert contact.fields["city"] == "Rome"
    assert contact.fields["numemployees"] is None
    (hold,) = scene.holds(contact).values()
    assert (hold.field, hold.cause) == ("employees", "picklist_value_unknown")
    assert "500-1,000" in hold.why


def _rename_band(scene: Scene) -> None:
    set_option(scene.world.hubspot, "contacts", "numemployees", "500-1000", "500-1,000")


def test_r10_a_stage_that_no_row_knows_holds_the_stage_alone() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.marketer(contact, lifecyclestage="other", city="Oslo")
    scene.cycle()
    assert lead.fields["City"] == "Oslo"
    assert contact.fields["lifecyclestage"] == "other"
    assert ("stage", "status_unmapped") in scene.holds(contact)
    scene.marketer(contact, lifecyclestage="lead")
    scene.cycle()
    assert scene.holds(contact) == {}
    scene.settles()


def test_r21_a_score_is_written_as_a_group_when_it_moved_enough() -> None:
    scene = Scene()
    contact, lead = scene.linked("lead")
    scene.workflow(contact, last_pricing_page_view="2026-03-02T09:00:00Z")
    (first, second) = scene.writes_of_cycle()
    assert {"leadpact_score", "leadpact_engagement", "leadpact_grade"} <= first.fields.keys()
    assert second.id == lead.ref.id
    published = scene.link(contact).published
    assert published is not None
    assert published.total == 2000
    for days in (0.1, 1, 1):
        scene.wait(days=days)
        scene.marketer(contact, city=f"Oslo {days}")
        assert not any("leadpact_score" in one.fields for one in scene.writes_of_cycle())
    scene.settles()
