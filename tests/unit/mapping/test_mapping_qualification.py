"""The mapping's `qualification`: where answers are kept, what `provision` makes of them, what a missing field is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.unit.mapping.conftest import REASONS, STAGES, TWO_CRMS
from tests.unit.sync_rules.desk import BANT_LEAD, Desk

from leadpact.errors import FixSettings
from leadpact.mapping import LeadMapping, load_mapping
from leadpact.mapping.schema_check import check_against_schemas
from leadpact.model.record import Record, RecordRef
from leadpact.model.schema import FieldSchema, KindSchema, PicklistValue, WantedField
from leadpact.pact.qualification import Counts, Criterion
from leadpact_mappings import default_text

NEED = Criterion(
    "need",
    "Need",
    "N",
    "Which pain is it?",
    "need",
    (("pain", "Real pain"), ("curious", "Curious")),
    Counts(frozenset({"pain"})),
)
BY_WHEN = Criterion("by_when", "By when", "B", "By when?", "by_when", (), Counts(within_days=90))
ROWS = "qualification:\n"
OURS = """\
  need: {north: need_n, south: {Lead: Need__c}}
  by_when: {type: date, north: by_n, south: {Lead: By__c}}
  size: {type: integer, north: size_n}
"""


def loaded(rows: str, answers: Sequence[Criterion] = (NEED, BY_WHEN)) -> LeadMapping:
    return load_mapping(
        TWO_CRMS + ROWS + rows, "m.yaml", stage_keys=STAGES, reason_keys=REASONS, answers=answers
    )


def wanted(mapping: LeadMapping, crm: str, name: str) -> WantedField:
    (found,) = [one for one in mapping.wanted_fields(crm) if one.name == name]
    return found


def test_a_row_is_an_ordinary_field_with_its_own_defaults() -> None:
    rule = loaded(OURS).fields["need"]
    assert (rule.type, rule.policy, rule.initial) == ("picklist", "system_of_record", "keep_known")
    assert rule.provisioned
    assert set(rule.sides) == {("north", "people"), ("south", "Lead")}
    record = Record(
        RecordRef("south", "Lead", "1"), {"Need__c": "pain", "By__c": "2026-12-01"}, "v"
    )
    assert loaded(OURS).read(record)["need"] == "pain"
    assert loaded(OURS).read(record)["by_when"] == "2026-12-01"


def test_provision_makes_them_with_the_pacts_words() -> None:
    need = wanted(loaded(OURS), "south", "Need__c")
    assert (need.kind, need.label, need.type) == ("Lead", "Leadpact: Need", "picklist")
    assert need.description == "Which pain is it?"
    assert need.options == (("pain", "Real pain"), ("curious", "Curious"))
    assert wanted(loaded(OURS), "north", "by_n").type == "date"
    assert wanted(loaded(OURS), "north", "size_n").label == "Leadpact: Size"


def test_a_field_of_your_own_is_not_made_and_its_words_are_read() -> None:
    mine = "  need:\n    provision: false\n    south: {Lead: {field: Pain__c, values: {pain: Yes, curious: No}}}\n"
    mapping = loaded(mine)
    assert not mapping.fields["need"].provisioned
    assert "Pain__c" not in {one.name for one in mapping.wanted_fields("south")}
    record = Record(RecordRef("south", "Lead", "1"), {"Pain__c": "Yes"}, "v")
    assert mapping.read(record)["need"] == "pain"


def test_what_no_deal_is_asked_is_not_made() -> None:
    assert "Need__c" not in {one.name for one in loaded(OURS, ()).wanted_fields("south")}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("  need: {type: text, south: {Lead: Need__c}}\n", "say `type: picklist`"),
        ("  by_when: {south: {Lead: By__c}}\n", "say `type: date`"),
        (
            "  need: {south: {Lead: {field: Pain__c, values: {pane: Yes}}}}\n",
            'mean "pain"?',
        ),
        ("  email: {south: {Lead: Mail2__c}}\n", "email is a row of `fields`, too"),
        ("  need: {south: {Leed: Need__c}}\n", "Leed"),
        ("  need: {provisions: false, south: {Lead: Need__c}}\n", 'did you mean "provision"?'),
    ],
)
def test_a_slip_is_told_with_its_place(rows: str, said: str) -> None:
    with pytest.raises(FixSettings) as caught:
        loaded(rows)
    assert said in str(caught.value)
    assert caught.value.place is not None
    assert caught.value.place.line is not None


def test_a_field_that_is_not_there_yet_is_no_error() -> None:
    mapping = loaded(OURS)
    options = (PicklistValue("pain", "Real pain"),)
    there = FieldSchema("Need__c", "Need", "picklist", picklist=options, restricted=True)
    email = FieldSchema("Email", "Email", "text")
    ours = FieldSchema("Our__c", "Our", "text", unique=True)
    fields = {one.name: one for one in (there, email, ours)}
    found = check_against_schemas(mapping, {("south", "Lead"): KindSchema("Lead", "Lead", fields)})
    told = {one.message: one for one in found if one.code == "own_field_missing"}
    assert all(one.level == "warning" for one in told.values())
    assert any("Lead.Need__c lacks curious; `leadpact provision` adds them" in one for one in told)
    assert any("By__c is not there yet; `leadpact provision` makes it" in one for one in told)


def test_the_shipped_mapping_keeps_what_the_shipped_agreement_asks() -> None:
    desk = Desk()
    mapping = load_mapping(
        default_text("mapping.yaml"),
        "mapping.yaml",
        stage_keys=list(desk.pact.stages),
        reason_keys=list(desk.pact.reasons),
        answers=desk.pact.answers,
    )
    asked = {one.fact for one in desk.pact.answers} | {"deal_size"}
    assert asked <= mapping.fields.keys()
    assert set(BANT_LEAD) <= {one.name for one in mapping.wanted_fields("salesforce")}
    timeline = wanted(mapping, "hubspot", "leadpact_timeline")
    assert next(value for value, _label in timeline.options) == "within_30_days"


def test_before_provision_nothing_is_held_for_want_of_our_own_fields() -> None:
    desk = Desk()
    contact, _lead = desk.contact(), desk.lead()
    for crm in desk.world.crms.values():
        for kind, schema in list(crm.schemas.items()):
            kept = {n: f for n, f in schema.fields.items() if "budget" not in n}
            crm.schemas[kind] = KindSchema(schema.kind, schema.label, kept)
    report = desk.sync()
    assert report.missing == {}
    assert desk.holds(contact) == {}
