"""R37: what a scope may say, what it means for blank and unknown values, and what is refused with its place."""

from __future__ import annotations

import pytest
from tests.simulation.agreement import mapping_of

from leadpact.errors import FixSettings
from leadpact.model.record import Native, Record, RecordRef
from leadpact_mappings import default_text

LEAD = "      Lead:\n        external_id: leadpact_lead_id__c\n"


def verdict(scope: str, **fields: Native) -> tuple[bool | None, str]:
    """Whether a Lead with these fields is in."""
    text = default_text("mapping.yaml")
    assert LEAD in text
    mapping = mapping_of(text.replace(LEAD, f"{LEAD}        scope: {scope}\n"))
    return mapping.in_scope(Record(RecordRef("salesforce", "Lead", "00Q1"), fields, "1"))


@pytest.mark.parametrize(
    ("scope", "shown", "held"),
    [
        ("{field: country, op: is, value: Germany}", {"Country": "DE"}, True),
        ("{field: country, op: is, value: Germany}", {"Country": ""}, False),
        ("{field: country, op: is, value: Germany}", {}, None),
        ("{not: {field: country, op: is, value: Germany}}", {"Country": None}, True),
        ("{field: employees, op: between, value: [50, 500]}", {"NumberOfEmployees": 500}, True),
        ("{field: employees, op: at_least, value: 50}", {"NumberOfEmployees": 49}, False),
        ("{field: email, op: domain_is, value: acme.example}", {"Email": "a@eu.acme.example"}, True),
        ("{field: email_opt_out, op: is, value: true}", {"HasOptedOutOfEmail": True}, True),
        ("{field: Region__c, op: one_of, value: [North, South]}", {"Region__c": "north"}, True),
        ("{field: Rating__c, op: above, value: 3}", {"Rating__c": "2.5"}, False),
        ("{field: IsTest__c, op: is, value: false}", {"IsTest__c": False}, True),
        ("{any: [{field: City, op: is, value: x}, {field: Fax, op: is_known}]}", {"Fax": "1"}, True),
        ("{all: [{field: City, op: is, value: x}, {field: Fax, op: is_known}]}", {"City": "y"}, False),
        ('{query: "country = \'Germany\' and employees >= 10"}', {"Country": "DE"}, None),
    ],
)  # fmt: skip
def test_who_is_in(scope: str, shown: dict[str, Native], held: bool | None) -> None:
    assert verdict(scope, **shown)[0] is held


def test_the_condition_that_fails_is_named() -> None:
    scope = (
        "{all: [{field: Fax, op: is_known}, {not: {field: country, op: one_of, value: [DE, FR]}}]}"
    )
    assert verdict(scope, Fax="1", Country="FR") == (True, "")
    assert verdict(scope, Fax="", Country="FR") == (False, "Fax is known")
    assert verdict(scope.replace("FR", "France"), Fax="1", Country="FR") == (
        False,
        "not (country is one of de, france)",
    )


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        ("{field: country, op: equals, value: DE}", 'there is no operation "equals"'),
        ("{field: country, op: above, value: 3}", '"above" cannot be asked of country (text)'),
        ("{field: employees, op: is, value: many}", "employees is integer"),
        ("{field: country, op: is}", '"is" of country needs a value'),
        ('{query: "contry = 1"}', "contry"),
        ("{field: country, op: is, list: targets}", "lists belong to the pact"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(scope: str, says: str) -> None:
    with pytest.raises(FixSettings) as refused:
        verdict(scope)
    assert says in str(refused.value)
    assert "mapping.yaml:" in str(refused.value)


def test_a_field_that_one_kind_does_not_keep_is_refused_for_all_kinds() -> None:
    crm = "  salesforce:\n    values: typed\n"
    text = default_text("mapping.yaml")
    assert crm in text
    with pytest.raises(FixSettings, match="company is not mapped for salesforce Contact"):
        mapping_of(text.replace(crm, f"{crm}    scope: {{field: company, op: is_known}}\n"))
