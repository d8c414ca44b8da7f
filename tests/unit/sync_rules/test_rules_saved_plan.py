"""A saved plan is applied only where nothing moved since it was made; what moved is told, with who (R32, R38)."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.crm_rows import Row
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.applying import Applying
from leadpact.sync.cycle import cycle
from leadpact.sync.pausing import write_only_to
from leadpact.sync.report import CycleReport


class PlanDesk(Desk):
    """A desk at which plans are kept and applied."""

    def apply(self, plan_id: str) -> CycleReport:
        self.begin()
        context = replace(self.context(), applying=Applying(plan_id))
        return self.carry_out(cycle(context))


def two_leads() -> tuple[PlanDesk, Row, Row, Row, Row]:
    desk = PlanDesk()
    ann, ann_lead = desk.contact(), desk.lead()
    bob = {"email": "bob@birch.example", "firstname": "Bob", "lastname": "Roe", "company": "Birch"}
    bob_lead = {
        "Email": "bob@birch.example",
        "FirstName": "Bob",
        "LastName": "Roe",
        "Company": "Birch",
    }
    other, other_lead = desk.contact(**bob), desk.lead(**bob_lead)
    desk.sync()
    desk.sync()
    desk.put(ann, jobtitle="CTO")
    desk.put(other, jobtitle="CFO")
    return desk, ann, ann_lead, other, other_lead


def test_what_did_not_move_is_applied_as_planned() -> None:
    desk, _ann, ann_lead, _bob, bob_lead = two_leads()
    plan = desk.sync(dry=True)
    assert len(desk.store.leads_of_plan(plan.plan_id)) == 2

    report = desk.apply(plan.plan_id)

    assert report.exit_code == 0
    assert (ann_lead.fields["Title"], bob_lead.fields["Title"]) == ("CTO", "CFO")
    assert not report.refused
    run = desk.store.run(f"run{desk.runs}")
    assert run is not None
    assert run.kind == "apply"


def test_a_lead_whose_record_moved_is_refused_with_what_moved_and_the_rest_goes() -> None:
    desk, _ann, ann_lead, bob, bob_lead = two_leads()
    plan = desk.sync(dry=True)
    desk.put(bob_lead, Phone="030 1")

    report = desk.apply(plan.plan_id)

    assert report.exit_code == 1
    assert report.counts["moved_since_plan"] == 1
    assert ann_lead.fields["Title"] == "CTO"
    assert not bob_lead.fields["Title"]
    (line,) = report.refused
    assert (line.ref, line.field, line.before, line.now) == (
        bob_lead.ref,
        "Phone",
        None,
        "030 1",
    )
    assert line.who == str(REP)
    desk.sync()
    assert (bob_lead.fields["Title"], bob.fields["phone"]) == ("CFO", "0301"), "decided anew"


def test_what_the_plan_did_not_have_waits_for_the_next_sync() -> None:
    desk, _ann, ann_lead, _bob, bob_lead = two_leads()
    desk.sync()
    desk.put(_ann, jobtitle="CEO")
    plan = desk.sync(dry=True)
    desk.put(_bob, jobtitle="COO")

    report = desk.apply(plan.plan_id)

    assert report.exit_code == 0
    assert report.counts["not_in_plan"] == 1
    assert (ann_lead.fields["Title"], bob_lead.fields["Title"]) == ("CEO", "CFO")
    desk.sync()
    assert bob_lead.fields["Title"] == "COO"


def test_a_lead_that_another_run_settled_meanwhile_is_not_written_twice() -> None:
    desk, ann, ann_lead, _bob, _bob_lead = two_leads()
    plan = desk.sync(dry=True)
    desk.sync()
    desk.put(ann, jobtitle="CEO")

    report = desk.apply(plan.plan_id)

    assert report.counts["moved_since_plan"] == 1
    assert ann_lead.fields["Title"] == "CTO"
    assert {one.field for one in report.refused} >= {"jobtitle"}


def test_one_crm_alone_is_written_and_the_rest_is_due_afterwards() -> None:
    desk, ann, ann_lead, _bob, _bob_lead = two_leads()
    desk.put(ann_lead, Phone="030 5")
    plan = desk.sync(dry=True)

    desk.begin()
    shut = write_only_to("salesforce", desk.names, desk.world.now)
    context = replace(desk.context(), applying=Applying(plan.plan_id), shut=shut)
    report = desk.carry_out(cycle(context))

    assert {crm for crm, _op, _fields in desk.writes()} == {"salesforce"}
    assert ann_lead.fields["Title"] == "CTO"
    assert not ann.fields["phone"]
    assert not report.refused, "what waits was not decided otherwise"
    assert "writes nothing to HubSpot" in report.note
    assert "leadpact resume" not in report.note
    assert desk.store.parked_count() == 0

    desk.sync()

    assert ann.fields["phone"]
    assert {crm for crm, _op, _fields in desk.writes()} == {"hubspot"}
    desk.sync()
    assert desk.writes() == []
