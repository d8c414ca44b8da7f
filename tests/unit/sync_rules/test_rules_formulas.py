"""R20: what a CRM computes has another value one day, and no feed says so: it is looked at each night."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.crm_salesforce import LEAD
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.effects import Observe


def computed(desk: Desk) -> None:
    """The Lead's title is a formula of the org."""
    crm = desk.world.salesforce
    schema = crm.schemas[LEAD]
    title = replace(schema.fields["Title"], calculated=True)
    crm.schemas = {**crm.schemas, LEAD: replace(schema, fields={**schema.fields, "Title": title})}


def test_a_formula_with_another_value_reaches_the_other_crm_within_a_day() -> None:
    desk = Desk()
    computed(desk)
    contact, lead = desk.contact(), desk.lead(Title="Buyer")
    for _cycle in range(4):
        desk.sync()
    assert contact.fields["jobtitle"] == "Buyer"
    lead.fields["Title"] = "Head of buying"
    desk.sync()
    assert contact.fields["jobtitle"] == "Buyer", "no feed shows it"
    desk.later(hours=24)
    report = desk.sync()
    assert report.counts["formula_sweep"] == 1
    assert contact.fields["jobtitle"] == "Head of buying"
    assert desk.sync().counts["formula_sweep"] == 0


def test_a_mapping_without_formulas_looks_at_nobody() -> None:
    desk = Desk()
    desk.contact()
    desk.lead()
    for _cycle in range(4):
        desk.sync()
    desk.later(hours=25)
    report = desk.sync()
    assert report.counts["formula_sweep"] == 0
    assert not any(isinstance(one, Observe) for one in desk.effects)
