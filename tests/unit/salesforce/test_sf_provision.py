"""What provision sends, and what it refuses (facts/salesforce.md §7)."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from tests.unit.salesforce.acme import (
    ACME,
    LEAD_STATUSES,
    ORG,
    ROBOT,
    Reply,
    acme,
    describe,
    on,
    page,
    query_of,
    refusal,
    reply,
    sent,
)

from leadpact.errors import SetAside, SignIn
from leadpact.model.schema import FieldType, WantedField
from leadpact_salesforce.provision import metadata

FIELD_ID = "00N5g00000000AbAAI"
STAGE = WantedField(
    "Lead", "stage__c", "Stage", "picklist", "x", options=(("mql", "MQL"), ("sal", "SAL"))
)


def picklist(*values: str) -> dict[str, Any]:
    described = describe("Lead")
    field = {"name": "stage__c", "type": "picklist", "label": "Stage", "updateable": True}
    field["picklistValues"] = [{"value": each, "label": each, "active": True} for each in values]
    described["fields"].append(field)
    return described


def queries(request: Any) -> Reply:
    return reply(LEAD_STATUSES if "LeadStatus" in query_of(request) else page([]))


@pytest.mark.parametrize(
    ("type_", "more", "made"),
    [
        ("text", {"max_length": 64}, {"type": "Text", "length": 64}),
        ("text", {"max_length": 4000}, {"type": "LongTextArea", "length": 4000, "visibleLines": 6}),
        ("integer", {}, {"type": "Number", "precision": 18, "scale": 0}),
        ("number", {"scale": 2}, {"type": "Number", "precision": 18, "scale": 2}),
        ("boolean", {}, {"type": "Checkbox", "defaultValue": "false"}),
        ("date", {}, {"type": "Date"}),
        ("datetime", {}, {"type": "DateTime"}),
        (
            "text",
            {"external_id": True},
            {"type": "Text", "externalId": True, "unique": True, "caseSensitive": False},
        ),
    ],
)
def test_each_type_becomes_a_field_of_salesforce(
    type_: FieldType, more: dict[str, Any], made: dict[str, Any]
) -> None:
    body = metadata(WantedField("Lead", "x__c", "X", type_, "Why it is there.", **more))
    assert body.items() >= made.items()
    assert (body["label"], body["description"]) == ("X", "Why it is there.")


def test_a_picklist_of_ours_is_restricted() -> None:
    values = metadata(STAGE)["valueSet"]
    assert values["restricted"] is True
    assert [each["valueName"] for each in values["valueSetDefinition"]["value"]] == ["mql", "sal"]


def test_references_are_not_made() -> None:
    with pytest.raises(SetAside):
        metadata(WantedField("Lead", "x__c", "X", "reference", "x"))


def test_values_are_added_to_those_that_people_made(mocked: responses.RequestsMock) -> None:
    described = [picklist("mql", "their own"), picklist("mql", "their own", "sal")]
    on(
        mocked,
        "GET",
        "sobjects/Lead/describe",
        lambda _: reply(described.pop(0) if len(described) > 1 else described[0]),
    )
    on(mocked, "GET", "query/", queries)
    row = {"Id": FIELD_ID, "DeveloperName": "stage", "TableEnumOrId": "Lead"}
    on(mocked, "GET", "tooling/query/", lambda _: reply(page([row])))
    kept = [{"valueName": "mql", "label": "MQL"}, {"valueName": "their own", "label": "Own"}]
    value_set = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": kept}}
    record = {"Id": FIELD_ID, "Metadata": {"type": "Picklist", "label": "S", "valueSet": value_set}}
    on(mocked, "GET", f"tooling/sobjects/CustomField/{FIELD_ID}", lambda _: reply(record))
    on(mocked, "PATCH", f"tooling/sobjects/CustomField/{FIELD_ID}", lambda _: reply("", 204))
    made = {"id": "0PS5g00000000AbAAI", "success": True}
    on(mocked, "POST", "sobjects/PermissionSet", lambda _: reply(made, 201))
    on(mocked, "POST", "sobjects/PermissionSetAssignment", lambda _: reply(made, 201))
    who = {"organization_id": ORG, "user_id": ROBOT}
    on(mocked, "GET", f"{ACME}/services/oauth2/userinfo", lambda _: reply(who))
    (result,) = acme().connector.provision([STAGE], dry_run=False)
    assert (result.result, result.detail) == ("extended", "values sal")
    (patch,) = [call for call in mocked.calls if call.request.method == "PATCH"]
    values = sent(patch)["Metadata"]["valueSet"]["valueSetDefinition"]["value"]
    assert [each["valueName"] for each in values] == ["mql", "their own", "sal"]
    assert sent(patch)["Metadata"]["label"] == "S"


def test_a_global_value_set_is_left_to_its_admin(mocked: responses.RequestsMock) -> None:
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(picklist("mql")))
    on(mocked, "GET", "query/", queries)
    row = {"Id": FIELD_ID, "DeveloperName": "stage", "TableEnumOrId": "Lead"}
    on(mocked, "GET", "tooling/query/", lambda _: reply(page([row])))
    record = {"Id": FIELD_ID, "Metadata": {"type": "Picklist", "valueSet": {"valueSetName": "S"}}}
    on(mocked, "GET", f"tooling/sobjects/CustomField/{FIELD_ID}", lambda _: reply(record))
    (result,) = acme().connector.provision([STAGE], dry_run=False)
    assert result.result == "refused"
    assert "global value set" in result.detail
    assert all(call.request.method == "GET" for call in mocked.calls)


def test_a_field_of_the_same_name_and_another_type_is_refused(
    mocked: responses.RequestsMock,
) -> None:
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(describe("Lead", "stage__c")))
    on(mocked, "GET", "query/", queries)
    on(mocked, "GET", "tooling/query/", lambda _: reply(page([])))
    (result,) = acme().connector.provision([STAGE], dry_run=True)
    assert (result.result, result.detail) == (
        "refused",
        "There is a field of this name of type text.",
    )


def test_without_the_right_to_keep_permission_sets_the_sign_in_is_named(
    mocked: responses.RequestsMock,
) -> None:
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(picklist("mql", "sal")))
    on(mocked, "GET", "query/", queries)
    on(mocked, "GET", "tooling/query/", lambda _: reply(page([])))
    no = refusal("INSUFFICIENT_ACCESS_OR_READONLY", "entity type cannot be inserted")
    on(mocked, "POST", "sobjects/PermissionSet", lambda _: no)
    with pytest.raises(SignIn) as refused:
        acme().connector.provision([STAGE], dry_run=False)
    assert "permission set Leadpact" in refused.value.message
