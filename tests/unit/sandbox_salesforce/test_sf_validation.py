"""Validation rules, their formulas, and record types (facts salesforce §1, §6, §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadpact_sandbox.acts import RefusedAct
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.formula import Facts, compiled

if TYPE_CHECKING:
    import requests
    from tests.unit.sandbox_salesforce.conftest import Desk

RULES = "/tooling/sobjects/ValidationRule"
TYPES = "/tooling/sobjects/RecordType"


def rule(desk: Desk, formula: str, name: str = "Guard", **more: Any) -> requests.Response:
    metadata = {
        "active": True,
        "errorConditionFormula": formula,
        "errorMessage": "Not like this.",
        **more,
    }
    return desk.call("POST", RULES, {"FullName": f"Lead.{name}", "Metadata": metadata})


def test_a_rule_refuses_in_its_own_words_until_it_sleeps(desk: Desk, lead_id: str) -> None:
    """§1: 400 FIELD_CUSTOM_VALIDATION_EXCEPTION with the rule's message and field."""
    formula = 'AND(ISPICKVAL(Status, "Working - Contacted"), ISBLANK(Phone))'
    made = rule(desk, formula, errorDisplayField="Phone")
    assert (made.status_code, made.json()["success"]) == (201, True)
    change = ("PATCH", f"/sobjects/Lead/{lead_id}", {"Status": "Working - Contacted"})
    refused = desk.call(*change)
    assert refused.status_code == 400
    assert refused.json() == [
        {
            "message": "Not like this.",
            "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "fields": ["Phone"],
        }
    ]
    assert desk.row("Lead", lead_id)["Status"] == "Open - Not Contacted"
    rows = [{"attributes": {"type": "Lead"}, "id": lead_id, "Status": "Working - Contacted"}]
    (outcome,) = desk.call("PATCH", "/composite/sobjects", {"records": rows}).json()
    assert outcome["errors"][0]["statusCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    at = f"{RULES}/{made.json()['id']}"
    sleeping = {**desk.get(at).json()["Metadata"], "active": False}
    assert desk.call("PATCH", at, {"Metadata": sleeping}).status_code == 204
    assert desk.call(*change).status_code == 204
    assert desk.call("DELETE", at).status_code == 204
    assert desk.get(at).status_code == 404


def test_rules_are_found_by_object_and_read_one_at_a_time(desk: Desk) -> None:
    """Metadata and FullName come with one row only."""
    rule(desk, "ISBLANK(Email)", "A")
    rule(desk, "ISBLANK(Phone)", "B")
    soql = "SELECT {} FROM ValidationRule WHERE EntityDefinition.QualifiedApiName = 'Lead'"
    plain = "Id, ValidationName, Active, ErrorMessage, EntityDefinition.DeveloperName"
    found = desk.records(soql.format(plain), "tooling/query")
    assert [each["ValidationName"] for each in found] == ["A", "B"]
    assert found[0]["EntityDefinition"]["DeveloperName"] == "Lead"
    refused = desk.query(soql.format("Id, Metadata"), "tooling/query")
    assert refused.json()[0]["errorCode"] == "MALFORMED_QUERY"
    (one,) = desk.records(soql.format("FullName, Metadata") + " LIMIT 1", "tooling/query")
    assert one["Metadata"]["errorConditionFormula"] == "ISBLANK(Email)"
    assert desk.query("SELECT Id FROM ValidationRule").json()[0]["errorCode"] == "INVALID_TYPE"


@pytest.mark.parametrize(
    ("formula", "status"),
    [
        ("ISBLANK(Nope)", 400),
        ('Status = "Open"', 400),
        ("AND(", 400),
        ("ISBLANK(Phone) ISBLANK(Email)", 400),
        ("NOT(TRUE, FALSE)", 400),
        ("ISPICKVAL(Phone, 'x')", 400),
        ("ISCHANGED('x')", 400),
        ("Poem(Phone)", 400),
        ("Phone = #", 400),
        ("(" * 500 + "TRUE" + ")" * 500, 400),
        ("-" * 500 + "1 = 1", 400),
        ("VLOOKUP(Phone, Phone, Phone)", 501),
        ("$Setup.X__c = 1", 501),
        ("Owner:User.Alias = 'x'", 501),
    ],
)
def test_a_formula_that_salesforce_would_not_save_is_refused(
    desk: Desk, formula: str, status: int
) -> None:
    response = rule(desk, formula)
    assert response.status_code == status
    code = "FIELD_INTEGRITY_EXCEPTION" if status == 400 else "NOT_IMPLEMENTED"
    assert response.json()[0]["errorCode"] == code


ROW = {
    "Id": "00Q",
    "LastName": "Ito",
    "Status": "Working - Contacted",
    "Email": "a@x.example",
    "NumberOfEmployees": 40,
    "AnnualRevenue": 10.5,
    "CreatedDate": "2026-01-31T10:00:00.000+0000",
    "HasOptedOutOfEmail": False,
}
OLD = {**ROW, "Status": "Open - Not Contacted", "NumberOfEmployees": None}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("TRUE", True),
        ("NOT(HasOptedOutOfEmail)", True),
        ("!HasOptedOutOfEmail && LEN(LastName) = 3", True),
        ("LastName = 'ito' || LastName == 'Ito'", True),
        ("LastName <> 'Ito'", False),
        ("ISPICKVAL(Status, 'Working - Contacted')", True),
        ("ISPICKVAL(PRIORVALUE(Status), 'Open - Not Contacted')", True),
        ("TEXT(PRIORVALUE(Status)) = 'Open - Not Contacted'", True),
        ("ISCHANGED(Status) && NOT(ISCHANGED(LastName))", True),
        ("ISNEW()", False),
        ("ISBLANK(Phone) && NOT(ISBLANK(Email))", True),
        ("Phone = ''", True),
        ("NumberOfEmployees > 39.5 && NumberOfEmployees <= 40", True),
        ("Rating_missing_number__c > 1", None),
        ("(NumberOfEmployees + 2) * 2 / 4 - 1 = 20", True),
        ("NumberOfEmployees / 0 = 1", False),
        ("-NumberOfEmployees = -40", True),
        ("LastName & '-' & TEXT(NumberOfEmployees) = \"Ito-40\"", True),
        ("LastName + 'x' = 'Itox'", True),
        ("IF(NumberOfEmployees > 10, 'big', 'small') = 'big'", True),
        ("CASE(Status, 'Working - Contacted', 2, 'x', 1, 0) = 2", True),
        ("CONTAINS(Email, '@x') && BEGINS(LastName, 'I')", True),
        ("REGEX(Email, '[a-z]+@.*')", True),
        ("REGEX(Email, '[')", False),
        ("YEAR(DATEVALUE(CreatedDate)) = 2026 && MONTH(DATEVALUE(CreatedDate)) = 1", True),
        ("DATEVALUE(CreatedDate) < TODAY() && CreatedDate < NOW()", True),
        ("BLANKVALUE(Phone, 'none') = 'none'", True),
        ("/* note */ UPPER(LastName) = 'ITO'", True),
        ("$User.Alias = 'rep'", True),
        ("VALUE('12.5') = 12.5 && ROUND(AnnualRevenue, 0) = 10", True),
        ("FIND('t', LastName) = 2 && LEFT(LastName, 1) = 'I' && RIGHT(LastName, 1) = 'o'", True),
    ],
)
def test_formulas_answer_as_salesforce_does(desk: Desk, formula: str, value: Any) -> None:
    org = desk.salesforce.org
    lead = org.catalog.objects["Lead"]
    facts = Facts(org, dict(ROW), dict(OLD), {"Alias": "rep"})
    if value is None:
        with pytest.raises(ApiError):
            compiled(org, lead, formula)
        return
    assert compiled(org, lead, formula)(facts) is value


def test_a_rule_sees_parents_and_new_rows(desk: Desk) -> None:
    rule(desk, "ISNEW() && ISBLANK(Email)", errorMessage="Email first.")
    body = {"LastName": "a", "Company": "b"}
    refused = desk.call("POST", "/sobjects/Lead", body).json()[0]
    assert (refused["message"], refused["fields"]) == ("Email first.", [])
    assert desk.call("POST", "/sobjects/Lead", {**body, "Email": "a@x.example"}).status_code == 201


def test_what_no_rule_may_be_is_refused(desk: Desk) -> None:
    rule(desk, "TRUE", "Taken", active=False)
    for response, code in (
        (rule(desk, "TRUE", "taken"), "DUPLICATE_DEVELOPER_NAME"),
        (rule(desk, "TRUE", "1bad"), "FIELD_INTEGRITY_EXCEPTION"),
        (rule(desk, "TRUE", "X", errorMessage=""), "FIELD_INTEGRITY_EXCEPTION"),
        (rule(desk, "TRUE", "X", errorDisplayField="Nope"), "FIELD_INTEGRITY_EXCEPTION"),
        (rule(desk, "TRUE", "X", active="yes"), "FIELD_INTEGRITY_EXCEPTION"),
        (desk.call("POST", RULES, {"FullName": "Lead.X"}), "REQUIRED_FIELD_MISSING"),
        (desk.call("POST", RULES, {"FullName": 5, "Metadata": {}}), "FIELD_INTEGRITY_EXCEPTION"),
    ):
        assert response.status_code == 400
        assert response.json()[0]["errorCode"] == code


def partner(desk: Desk) -> str:
    """A record type of Leads with one rating and one status."""
    values = [
        {"picklist": "Rating", "values": [{"fullName": "Hot"}]},
        {"picklist": "Status", "values": [{"fullName": "Open - Not Contacted"}]},
    ]
    metadata = {"label": "Partner", "active": True, "picklistValues": values}
    made = desk.call("POST", TYPES, {"FullName": "Lead.Partner", "Metadata": metadata})
    assert made.status_code == 201, made.text
    record_id: str = made.json()["id"]
    return record_id


def test_a_record_type_shows_in_describe_and_soql(desk: Desk) -> None:
    described = desk.get("/sobjects/Lead/describe").json()
    assert "RecordTypeId" not in {each["name"] for each in described["fields"]}
    made = partner(desk)
    described = desk.get("/sobjects/Lead/describe").json()
    assert "RecordTypeId" in {each["name"] for each in described["fields"]}
    infos = {each["developerName"]: each for each in described["recordTypeInfos"]}
    assert infos["Partner"]["recordTypeId"] == made
    assert infos["Master"]["defaultRecordTypeMapping"] is True
    lead = desk.lead(RecordTypeId=made, Rating="Hot")
    soql = f"SELECT RecordType.DeveloperName FROM Lead WHERE Id = '{lead}'"
    assert desk.records(soql)[0]["RecordType"]["DeveloperName"] == "Partner"
    (row,) = desk.records("SELECT Name FROM RecordType WHERE SobjectType = 'Lead'")
    assert row["Name"] == "Partner"
    contact = {"LastName": "a", "RecordTypeId": made}
    assert desk.call("POST", "/sobjects/Contact", contact).status_code == 400


def test_values_that_a_record_type_excludes_are_refused_where_they_bind(desk: Desk) -> None:
    """§1, §6: restricted picklists always, others with the switch."""
    values = [{"fullName": each} for each in ("hot", "cold")]
    restricted = {"restricted": True, "valueSetDefinition": {"value": values}}
    desk.custom_field("Lead.Heat__c", type="Picklist", valueSet=restricted)
    desk.grant("Lead.Heat__c")
    metadata = {
        "label": "Warm",
        "picklistValues": [
            {"picklist": "Heat__c", "values": [{"fullName": "hot"}]},
            {"picklist": "Rating", "values": [{"fullName": "Hot"}]},
        ],
    }
    body = {"FullName": "Lead.Warm", "Metadata": metadata}
    made = desk.call("POST", TYPES, body).json()["id"]
    lead = desk.lead(RecordTypeId=made, Heat__c="hot", Rating="Cold")
    refused = desk.call("PATCH", f"/sobjects/Lead/{lead}", {"Heat__c": "cold"})
    assert refused.json()[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert refused.json()[0]["fields"] == ["Heat__c"]
    desk.world.switches["salesforce.6.record_types_bind_all"] = True
    assert desk.call("PATCH", f"/sobjects/Lead/{lead}", {"Title": "x"}).status_code == 204
    refused = desk.call("PATCH", f"/sobjects/Lead/{lead}", {"Rating": "Warm"})
    assert refused.json()[0]["fields"] == ["Rating"]


def test_rules_and_record_types_outlive_a_restart(desk: Desk) -> None:
    made = partner(desk)
    rule(desk, "ISBLANK(Email)")
    desk.salesforce.restore(desk.salesforce.snapshot())
    body = {"LastName": "a", "Company": "b", "RecordTypeId": made}
    refused = desk.call("POST", "/sobjects/Lead", body).json()[0]
    assert refused["errorCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    desk.salesforce.reset()
    assert desk.call("POST", "/sobjects/Lead", body).json()[0]["errorCode"] == "INVALID_FIELD"
    assert desk.call("POST", "/sobjects/Lead", {**body, "RecordTypeId": None}).status_code == 400


def test_multi_select_picklists_are_filtered_by_includes(desk: Desk) -> None:
    values = [{"fullName": each} for each in ("a", "b", "c")]
    chosen = {"restricted": True, "valueSetDefinition": {"value": values}}
    desk.custom_field("Lead.Tags__c", type="MultiselectPicklist", valueSet=chosen, visibleLines=3)
    desk.grant("Lead.Tags__c")
    both, one = desk.lead(Tags__c="a;b"), desk.lead(Tags__c="c")
    soql = "SELECT Id FROM Lead WHERE Tags__c {} AND Company = 'Kyoto KK' ORDER BY Id"
    assert desk.ids(soql.format("INCLUDES ('a;b', 'c')")) == [both, one]
    assert desk.ids(soql.format("INCLUDES ('a;c')")) == []
    assert desk.ids(soql.format("EXCLUDES ('c')")) == [both]
    refused = desk.call("PATCH", f"/sobjects/Lead/{one}", {"Tags__c": "a;z"})
    assert refused.json()[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_a_rule_may_let_one_user_through(desk: Desk, lead_id: str) -> None:
    """Ids are 15 characters long in formulas, until CASESAFEID completes them."""
    user = desk.salesforce.staff["staff:int"]
    formula = (
        f'AND(CASESAFEID($User.Id) <> "{user}", OR(ISPICKVAL(Status, "Closed - Not Converted"), '
        'ISPICKVAL(Rating, "Cold")), ISBLANK(TEXT(Industry)))'
    )
    assert rule(desk, formula).status_code == 201
    change: dict[str, object] = {"Status": "Closed - Not Converted", "Industry": None}
    with pytest.raises(RefusedAct, match="FIELD_CUSTOM_VALIDATION_EXCEPTION"):
        desk.salesforce.edit("Lead", lead_id, change, desk.by())
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", change).status_code == 204
    assert rule(desk, f'$User.Id = "{user}"', "Long").status_code == 201
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "x"}).status_code == 204
    assert rule(desk, f'$User.Id = "{user[:15]}"', "Short").status_code == 201
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "y"}).status_code == 400
