"""Single rows: create, read, update, delete, upsert and their refusals (facts salesforce §1, §10)."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from leadpact_sandbox.salesforce.ids import checksum, mint, normalised

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


def only(response: Any, status: int) -> dict[str, Any]:
    """The one error of a refused call."""
    assert response.status_code == status, response.text
    errors = response.json()
    assert isinstance(errors, list)
    assert len(errors) == 1
    error: dict[str, Any] = errors[0]
    return error


def test_ids_of_15_and_18_characters_follow_the_recorded_checksum() -> None:
    """§10: real recorded ids reproduce; a wrong checksum is no id."""
    assert "0013000000BfzIB" + checksum("0013000000BfzIB") == "0013000000BfzIBAAZ"
    assert normalised("0013000000BfzIB") == "0013000000BfzIBAAZ"
    assert normalised("0013000000BfzIBAAA") is None
    assert normalised("0013000000BfzI") is None
    assert mint("00Q", 61) < mint("00Q", 62) < mint("00Q", 4_000)


def test_create_answers_201_and_stores_canonical_values(desk: Desk) -> None:
    """§1: e-mail lower-cased, ends trimmed, an empty text is null, status defaulted."""
    made = desk.call(
        "POST",
        "/sobjects/Lead/",
        {"LastName": " Ōe ", "Company": "Åbo", "Email": "Chloe.Myers@X.Example", "Title": ""},
    )
    assert made.status_code == 201
    body = made.json()
    assert body == {"id": body["id"], "success": True, "errors": []}
    assert len(body["id"]) == 18
    assert body["id"].startswith("00Q")
    row = desk.row("Lead", body["id"][:15])
    assert row["LastName"] == "Ōe"
    assert row["Email"] == "chloe.myers@x.example"
    assert row["Title"] is None
    assert row["Status"] == "Open - Not Contacted"
    assert row["OwnerId"] == row["CreatedById"] == desk.salesforce.staff["staff:int"]
    assert row["CreatedDate"].endswith(".000+0000")
    assert row["CreatedDate"] == row["SystemModstamp"] == row["LastModifiedDate"]
    assert row["attributes"]["url"] == f"/services/data/v66.0/sobjects/Lead/{body['id']}"


def test_update_answers_204_and_moves_the_stamps_even_without_a_change(desk: Desk) -> None:
    """§1: 204 with an empty body; the stamps move to the second of the call."""
    made = desk.lead(Title="Boss")
    before = desk.row("Lead", made)
    desk.world.clock.advance(5)
    answer = desk.call("PATCH", f"/sobjects/Lead/{made}", {"Title": "Boss"})
    assert (answer.status_code, answer.content) == (204, b"")
    after = desk.row("Lead", made)
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert after["CreatedDate"] == before["CreatedDate"]


def test_chosen_fields_only_are_read(desk: Desk, lead_id: str) -> None:
    shown = desk.get(f"/sobjects/Lead/{lead_id}", fields="city,Email").json()
    assert shown.keys() == {"attributes", "City", "Email", "Id"}
    assert shown["City"] == "Köln"
    error = only(desk.get(f"/sobjects/Lead/{lead_id}", fields="Nope"), 400)
    assert error["errorCode"] == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"LastName": None}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ({"Status": None}, "REQUIRED_FIELD_MISSING", ["Status"]),
        ({"LastName": "x" * 81}, "STRING_TOO_LONG", ["LastName"]),
        ({"Title": "x" * 129}, "STRING_TOO_LONG", ["Title"]),
        ({"Email": "no address"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ({"Email": "a@b"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ({"NumberOfEmployees": 123_456_789}, "NUMBER_OUTSIDE_VALID_RANGE", ["NumberOfEmployees"]),
        ({"OwnerId": "junk"}, "MALFORMED_ID", ["OwnerId"]),
        ({"Id": "00QDn0000000001"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Id"]),
        ({"CreatedDate": None}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedDate"]),
        ({"IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsConverted"]),
    ],
)
def test_an_update_is_refused_with_its_code_and_fields(
    desk: Desk, lead_id: str, fields: dict[str, Any], code: str, named: list[str]
) -> None:
    """§1's table of 400s; nothing is stored."""
    before = desk.row("Lead", lead_id)
    error = only(desk.call("PATCH", f"/sobjects/Lead/{lead_id}", fields), 400)
    assert (error["errorCode"], error["fields"]) == (code, named)
    assert desk.row("Lead", lead_id) == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Nope__c": 1}, "INVALID_FIELD"),
        ({"DoNotCall": True}, "INVALID_FIELD"),
        ({"Title": 5}, "JSON_PARSER_ERROR"),
        ({"NumberOfEmployees": "many"}, "JSON_PARSER_ERROR"),
        ({"HasOptedOutOfEmail": 1}, "JSON_PARSER_ERROR"),
        ({"OwnerId": "005Dn00000000zz"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"OwnerId": "001Dn0000000001"}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_what_does_not_fit_a_field_is_refused(
    desk: Desk, lead_id: str, fields: dict[str, Any], code: str
) -> None:
    error = only(desk.call("PATCH", f"/sobjects/Lead/{lead_id}", fields), 400)
    assert error["errorCode"] == code


def test_a_hidden_field_is_told_like_an_absent_one(desk: Desk, lead_id: str) -> None:
    """§1: without field-level security a field is simply missing."""
    error = only(desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"DoNotCall": True}), 400)
    assert error["message"] == "No such column 'DoNotCall' on sobject of type Lead"


def test_an_inactive_user_owns_nothing_new(desk: Desk, lead_id: str) -> None:
    left = desk.salesforce.staff["staff:left"]
    error = only(desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"OwnerId": left}), 400)
    assert error["errorCode"] == "INACTIVE_OWNER_OR_USER"


def test_an_unrestricted_status_stores_junk(desk: Desk, lead_id: str) -> None:
    """§6: restrictedPicklist is false, so that nobody is told."""
    answer = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Status": "Recylced"})
    assert answer.status_code == 204
    assert desk.row("Lead", lead_id)["Status"] == "Recylced"


def test_a_converted_status_is_not_set_by_an_update(desk: Desk, lead_id: str) -> None:
    """§6: convert instead; the switch lets it through."""
    change = {"Status": "Closed - Converted"}
    assert only(desk.call("PATCH", f"/sobjects/Lead/{lead_id}", change), 400)["fields"] == [
        "Status"
    ]
    desk.world.switches["salesforce.6.converted_status_by_update"] = True
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", change).status_code == 204


def test_all_missing_fields_are_named_together(desk: Desk) -> None:
    error = only(desk.call("POST", "/sobjects/Lead", {"Title": "x"}), 400)
    assert error["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert error["fields"] == ["LastName", "Company"]
    assert error["message"] == "Required fields are missing: [LastName, Company]"


def test_a_deleted_row_is_gone_from_reads_and_writes(desk: Desk) -> None:
    made = desk.lead()
    assert desk.call("DELETE", f"/sobjects/Lead/{made}").status_code == 204
    for method, body in (("GET", None), ("PATCH", {"Title": "x"}), ("DELETE", None)):
        error = only(desk.call(method, f"/sobjects/Lead/{made}", body), 404)
        assert error["errorCode"] == "ENTITY_IS_DELETED"


def test_absent_and_malformed_ids_differ(desk: Desk) -> None:
    assert only(desk.get(f"/sobjects/Lead/{mint('00Q', 9_999)}"), 404)["errorCode"] == "NOT_FOUND"
    for bad in ("00Q", "00QDn0000000001MAB", mint("003", 1)):
        assert only(desk.get(f"/sobjects/Lead/{bad}"), 400)["errorCode"] == "MALFORMED_ID"


@pytest.fixture
def keyed(desk: Desk) -> Desk:
    """An org with a unique external id on Lead and one that is not unique."""
    desk.custom_field("Lead.Key__c", type="Text", length=64, unique=True, externalId=True)
    desk.custom_field("Lead.Batch__c", type="Text", length=64, externalId=True)
    desk.grant("Lead.Key__c", "Lead.Batch__c")
    return desk


def test_upsert_answers_201_then_200_and_before_v46_204(keyed: Desk) -> None:
    """§1: created 201; matched 200 with created=false from v46, 204 before."""
    body = {"LastName": "Ito", "Company": "KK"}
    path = "/sobjects/Lead/Key__c/a%2Fb%20c"
    first = keyed.call("PATCH", path, body)
    assert first.status_code == 201
    assert first.json()["created"] is True
    again = keyed.call("PATCH", path, {"Title": "Boss"})
    assert again.status_code == 200
    assert again.json() == {**first.json(), "created": False}
    assert keyed.row("Lead", first.json()["id"])["Key__c"] == "a/b c"
    keyed.version = "45.0"
    old = keyed.call("PATCH", path.upper().replace("SOBJECTS/LEAD", "sobjects/Lead"), {})
    assert (old.status_code, old.content) == (204, b"")


def test_upsert_of_several_is_300_and_of_none_with_update_only_404(keyed: Desk) -> None:
    twins = [keyed.lead(Batch__c="b1") for _ in range(2)]
    several = keyed.call("PATCH", "/sobjects/Lead/Batch__c/B1", {"Title": "x"})
    assert several.status_code == 300
    assert several.json() == [f"/services/data/v66.0/sobjects/Lead/{each}" for each in twins]
    path = "/sobjects/Lead/Key__c/none"
    assert only(keyed.call("PATCH", path, {}, params={"updateOnly": "true"}), 404)["errorCode"] == (
        "NOT_FOUND"
    )


def test_upsert_by_a_field_that_is_no_external_id_is_404(keyed: Desk) -> None:
    error = only(keyed.call("PATCH", "/sobjects/Lead/Title/Boss", {}), 404)
    assert error["message"].startswith("Provided external ID field does not exist")


def test_the_key_does_not_belong_into_the_upsert_body(keyed: Desk) -> None:
    body = {"LastName": "Ito", "Company": "KK", "Key__c": "k1"}
    error = only(keyed.call("PATCH", "/sobjects/Lead/Key__c/k1", body), 400)
    assert error["errorCode"] == "INVALID_FIELD"
    keyed.world.switches["salesforce.1.id_in_upsert_body_refused"] = False
    assert keyed.call("PATCH", "/sobjects/Lead/Key__c/k1", body).status_code == 201


def test_a_unique_field_refuses_a_second_holder_until_the_first_is_deleted(keyed: Desk) -> None:
    """§1 DUPLICATE_VALUE names the other id; compared without case."""
    first = keyed.lead(Key__c="Same")
    body = {"LastName": "B", "Company": "C", "Key__c": "sAME"}
    error = only(keyed.call("POST", "/sobjects/Lead", body), 400)
    assert error["errorCode"] == "DUPLICATE_VALUE"
    assert first[:15] in error["message"]
    keyed.call("DELETE", f"/sobjects/Lead/{first}")
    assert keyed.call("POST", "/sobjects/Lead", body).status_code == 201


def test_if_unmodified_since_guards_an_update(desk: Desk, lead_id: str) -> None:
    """§1: 412 when the row changed after; 400 for a malformed header."""
    desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "1"})
    now = desk.world.clock.now()
    for moment, status in ((now - timedelta(hours=1), 412), (now + timedelta(hours=1), 204)):
        headers = {"If-Unmodified-Since": format_datetime(moment, usegmt=True)}
        got = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "2"}, headers=headers)
        assert got.status_code == status
    bad = {"If-Unmodified-Since": "yesterday"}
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {}, headers=bad).status_code == 400


def test_the_address_of_no_key_creates(desk: Desk) -> None:
    """§1: POST to the external-id route of ``Id``."""
    made = desk.call("POST", "/sobjects/Lead/Id", {"LastName": "L", "Company": "C"})
    assert (made.status_code, made.json()["success"]) == (201, True)
    assert desk.row("Lead", made.json()["id"])["LastName"] == "L"


def test_etags_of_accounts_are_not_covered(desk: Desk, lead_id: str) -> None:
    """§1: Account rows alone take If-Match; a client that relies on it must not be misled."""
    account = desk.call("POST", "/sobjects/Account", {"Name": "Lima"}).json()["id"]
    tag = {"If-Match": '"one"'}
    guarded = desk.call("PATCH", f"/sobjects/Account/{account}", {"Name": "Li"}, headers=tag)
    assert guarded.status_code == 501
    unguarded = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "2"}, headers=tag)
    assert unguarded.status_code == 204


def test_duplicate_rules_answer_with_the_misspelt_key(desk: Desk) -> None:
    """§6: duplicateResut in single rows; allowSave overrides the alert."""
    desk.world.switches["salesforce.6.duplicate_rules"] = True
    body = {"LastName": "L", "Company": "C", "Email": "ANA.p1@lima.example"}
    error = only(desk.call("POST", "/sobjects/Lead", body), 400)
    assert error["errorCode"] == "DUPLICATES_DETECTED"
    assert error["duplicateResut"]["matchResults"][0]["size"] == 1
    row = {"attributes": {"type": "Lead"}, **body}
    many = desk.call("POST", "/composite/sobjects", {"records": [row]}).json()[0]
    assert many["errors"][0].keys() == {"statusCode", "message", "fields"}
    allowed = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert desk.call("POST", "/sobjects/Lead", body, headers=allowed).status_code == 201


def test_assignment_rules_run_unless_the_header_says_not(desk: Desk, lead_id: str) -> None:
    """§6: Sforce-Auto-Assign is TRUE when absent; rules are off here unless switched on."""
    rep = desk.salesforce.staff["staff:rep"]
    desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "a"})
    assert desk.row("Lead", lead_id)["OwnerId"] == rep
    desk.world.switches["salesforce.6.assignment_rules"] = True
    off = {"Sforce-Auto-Assign": "FALSE"}
    desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "b"}, headers=off)
    assert desk.row("Lead", lead_id)["OwnerId"] == rep
    desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "c"})
    assert desk.row("Lead", lead_id)["OwnerId"] == desk.salesforce.org.queue_id
