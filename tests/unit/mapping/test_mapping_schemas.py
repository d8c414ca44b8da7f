"""The mapping against live schemas: what a CRM does not give is found before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.unit.mapping.conftest import REASONS, STAGES, TWO_CRMS, Load

from leadpact.mapping import LeadMapping
from leadpact.mapping.schema_check import Finding, check_against_schemas
from leadpact.mapping.wanted import OUTPUTS
from leadpact.model.schema import FieldSchema, FieldType, KindSchema, PicklistValue

Schemas = dict[tuple[str, str], KindSchema]
LEAD = ("salesforce", "Lead")
CONTACTS = ("hubspot", "contacts")


def _picklist(name: str, values: list[str], *, restricted: bool = True) -> FieldSchema:
    options = tuple(PicklistValue(value, value.title()) for value in values)
    return FieldSchema(name, name, "picklist", picklist=options, restricted=restricted)


def _fields(mapping: LeadMapping, side: tuple[str, str]) -> Iterator[FieldSchema]:
    rule = mapping.kind_rules[side]
    for each in mapping.fields.values():
        if side in each.sides:
            type_: FieldType = "text" if each.type == "picklist" else each.type
            yield FieldSchema(each.sides[side].field, each.name, type_)
    for output, crm_field in rule.outputs.items():
        yield FieldSchema(crm_field, output, OUTPUTS[output].type)
    yield FieldSchema(rule.external_id, "id", "text", unique=True)
    if "stage" in rule.outputs:
        yield _picklist(rule.outputs["stage"], STAGES)
        yield _picklist(rule.outputs["rejection_reason"], list(REASONS))
    for signal in mapping.signals:
        if (signal.crm, signal.kind) == side:
            yield FieldSchema(signal.field, signal.name, "datetime")
            if signal.asset_field:
                yield FieldSchema(signal.asset_field, signal.name, "text")
    if side == CONTACTS:
        yield _picklist("lifecyclestage", list(rule.stages.order))
        statuses = ["NEW", "OPEN", "IN_PROGRESS", "UNQUALIFIED", "BAD_TIMING"]
        yield _picklist("hs_lead_status", statuses)
        yield _picklist("numemployees", ["1-5", "5-25", "50-100"])
    if side == LEAD:
        values = sorted({value for row in rule.stages.rows for value in row.when["Status"]})
        yield _picklist("Status", values, restricted=False)


@pytest.fixture
def schemas(default: LeadMapping) -> Schemas:
    """Schemas that give all the default mapping asks."""
    return {
        side: KindSchema(side[1], side[1], {each.name: each for each in _fields(default, side)})
        for side in default.kind_rules
    }


def _change(schemas: Schemas, side: tuple[str, str], name: str, **changed: object) -> Schemas:
    fields = dict(schemas[side].fields)
    fields[name] = replace(fields[name], **changed)  # type: ignore[arg-type]
    return {**schemas, side: replace(schemas[side], fields=fields)}


def _drop(schemas: Schemas, side: tuple[str, str], name: str) -> Schemas:
    fields = {each: field for each, field in schemas[side].fields.items() if each != name}
    return {**schemas, side: replace(schemas[side], fields=fields)}


def _only(findings: tuple[Finding, ...]) -> Finding:
    new = [each for each in findings if each.code != "value_unmapped"]
    assert len(new) == 1, new
    return new[0]


def test_the_default_mapping_fits_a_new_portal_and_org(
    default: LeadMapping, schemas: Schemas
) -> None:
    findings = check_against_schemas(default, schemas)

    assert [(each.level, each.code) for each in findings] == [("warning", "value_unmapped")]
    assert '"other"' in findings[0].message


def test_a_crm_without_schemas_is_not_checked(default: LeadMapping, schemas: Schemas) -> None:
    here = {side: schema for side, schema in schemas.items() if side[0] == "salesforce"}

    assert check_against_schemas(default, here) == ()
    assert check_against_schemas(default, {}) == ()


def test_a_kind_that_cannot_be_seen_is_an_error(default: LeadMapping, schemas: Schemas) -> None:
    del schemas["salesforce", "Contact"]

    found = _only(check_against_schemas(default, schemas))

    assert (found.level, found.code) == ("error", "kind_missing")


def test_a_missing_field_is_told_with_its_line_and_the_nearest_name(
    default: LeadMapping, schemas: Schemas
) -> None:
    less = _drop(schemas, CONTACTS, "jobtitle")
    less[CONTACTS].fields["job_title"] = FieldSchema("job_title", "", "text")  # type: ignore[index]

    found = _only(check_against_schemas(default, less))

    assert (found.level, found.code) == ("error", "field_missing")
    assert 'did you mean "job_title"?' in found.message
    assert found.place.file == "mapping.yaml"
    assert found.place.line is not None


def test_a_field_of_ours_that_is_missing_only_warns(default: LeadMapping, schemas: Schemas) -> None:
    found = _only(check_against_schemas(default, _drop(schemas, LEAD, "leadpact_grade__c")))

    assert (found.level, found.code) == ("warning", "own_field_missing")
    assert "provision" in found.message


def test_a_signal_without_its_field_only_warns(default: LeadMapping, schemas: Schemas) -> None:
    found = _only(check_against_schemas(default, _drop(schemas, CONTACTS, "last_webinar_name")))

    assert (found.level, found.code) == ("warning", "field_missing")
    assert "webinar" in found.message


@pytest.mark.parametrize(
    ("side", "name", "changed", "code"),
    [
        (LEAD, "City", {"readable": False}, "not_readable"),
        (LEAD, "City", {"updateable": False}, "not_writable"),
        (LEAD, "Status", {"updateable": False}, "not_writable"),
        (LEAD, "City", {"type": "boolean"}, "type_differs"),
        (LEAD, "NumberOfEmployees", {"type": "date"}, "type_differs"),
        (LEAD, "City", {"type": "integer"}, "narrower_type"),
        (LEAD, "leadpact_score__c", {"type": "text"}, "own_field_differs"),
        (LEAD, "leadpact_lead_id__c", {"unique": False}, "own_field_differs"),
        (LEAD, "leadpact_stage__c", {"updateable": False}, "not_writable"),
        (LEAD, "FirstName", {"required": True}, "required_not_provided"),
        (LEAD, "Industry", {"required": True}, "required_not_provided"),
    ],
)
def test_what_writes_would_be_refused_for_is_an_error(
    default: LeadMapping,
    schemas: Schemas,
    side: tuple[str, str],
    name: str,
    changed: dict[str, object],
    code: str,
) -> None:
    found = _only(check_against_schemas(default, _change(schemas, side, name, **changed)))

    assert (found.level, found.code) == ("error", code)


def test_a_field_that_is_never_written_may_be_read_only(
    default: LeadMapping, schemas: Schemas
) -> None:
    changed = _change(schemas, CONTACTS, "hs_email_optout", updateable=False)

    assert [each.code for each in check_against_schemas(default, changed)] == ["value_unmapped"]


def test_a_required_field_that_nothing_gives_is_an_error(
    default: LeadMapping, schemas: Schemas
) -> None:
    schemas[LEAD].fields["Region__c"] = FieldSchema(  # type: ignore[index]
        "Region__c", "Region", "text", required=True
    )

    found = _only(check_against_schemas(default, schemas))

    assert found.code == "required_not_provided"
    assert "Region__c" in found.message


def test_a_renamed_picklist_value_is_guessed(default: LeadMapping, schemas: Schemas) -> None:
    values = ["NEW", "INPROGRESS", "UNQUALIFIED", "BAD_TIMING"]
    restricted = {**schemas[CONTACTS].fields, "hs_lead_status": _picklist("hs_lead_status", values)}
    changed = {**schemas, CONTACTS: replace(schemas[CONTACTS], fields=restricted)}

    found = _only(check_against_schemas(default, changed))

    assert (found.level, found.code) == ("error", "value_absent")
    assert '"IN_PROGRESS"; renamed to "INPROGRESS"?' in found.message


def test_a_value_absent_from_an_open_picklist_or_inactive_only_warns(
    default: LeadMapping, schemas: Schemas
) -> None:
    options = schemas[LEAD].fields["Status"].picklist
    inactive = tuple(replace(each, active=each.value != "Working - Contacted") for each in options)

    found = _only(
        check_against_schemas(default, _change(schemas, LEAD, "Status", picklist=inactive))
    )

    assert (found.level, found.code) == ("warning", "value_absent")
    assert "not active any more" in found.message


def test_a_stage_that_our_picklist_lacks_is_told(default: LeadMapping, schemas: Schemas) -> None:
    options = schemas[LEAD].fields["leadpact_stage__c"].picklist[1:]

    found = _only(
        check_against_schemas(
            default, _change(schemas, LEAD, "leadpact_stage__c", picklist=options)
        )
    )

    assert (found.level, found.code) == ("warning", "own_field_missing")
    assert "lacks subscriber" in found.message


def test_another_order_of_the_lifecycle_is_an_error(default: LeadMapping, schemas: Schemas) -> None:
    turned = schemas[CONTACTS].fields["lifecyclestage"].picklist[::-1]

    found = _only(
        check_against_schemas(
            default, _change(schemas, CONTACTS, "lifecyclestage", picklist=turned)
        )
    )

    assert (found.level, found.code) == ("error", "order_differs")


def test_shorter_fields_are_told_once_per_kind(default: LeadMapping, schemas: Schemas) -> None:
    shorter = _change(schemas, LEAD, "FirstName", max_length=40)
    shorter = _change(shorter, LEAD, "City", max_length=40)
    for field in default.fields.values():
        if field.type == "text" and field.name != "first_name":
            shorter = _change(shorter, CONTACTS, field.sides[CONTACTS].field, max_length=40)
    for name in (
        "LastName",
        "Email",
        "Phone",
        "Title",
        "Company",
        "Website",
        "Industry",
        "Country",
        "leadpact_stakeholders__c",
    ):
        shorter = _change(shorter, LEAD, name, max_length=40)
    shorter.pop(("salesforce", "Contact"))

    found = next(
        each for each in check_against_schemas(default, shorter) if each.code == "too_short"
    )

    assert found.level == "warning"
    assert "salesforce Lead keeps fewer characters" in found.message
    assert "first_name (40); a longer value" in found.message


def test_a_picklist_never_outgrows_a_text_field(default: LeadMapping, schemas: Schemas) -> None:
    sides = _change(schemas, CONTACTS, "industry", max_length=40)
    sides = _change(sides, LEAD, "Industry", type="picklist")

    assert [each.code for each in check_against_schemas(default, sides)] == ["value_unmapped"]


def test_a_side_that_says_how_it_cuts_is_content(load: Load) -> None:
    mapping = load(
        TWO_CRMS + "  t: {type: text, policy: hold, north: t, "
        "south: {Lead: {field: T, cut: 40, lossy: true}}}\n"
    )
    given: Schemas = {
        ("north", "people"): KindSchema(
            "people",
            "",
            {name: FieldSchema(name, "", "text", unique=True) for name in ("our_id", "mail", "t")},
        ),
        ("south", "Lead"): KindSchema(
            "Lead",
            "",
            {
                "Our__c": FieldSchema("Our__c", "", "text", unique=True),
                "Email": FieldSchema("Email", "", "text"),
                "T": FieldSchema("T", "", "text", max_length=40),
            },
        ),
        ("south", "Contact"): KindSchema(
            "Contact",
            "",
            {
                "Our__c": FieldSchema("Our__c", "", "text", unique=True),
                "Email": FieldSchema("Email", "", "text"),
            },
        ),
    }

    assert check_against_schemas(mapping, given) == ()
