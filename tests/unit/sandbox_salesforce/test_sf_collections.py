"""Collections: 200 rows, an outcome each, in order (facts salesforce §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


def rows(*fields: dict[str, Any], kind: str = "Lead") -> list[dict[str, Any]]:
    return [{"attributes": {"type": kind}, **each} for each in fields]


def send(desk: Desk, method: str, records: Any, path: str = "", **body: Any) -> Any:
    response = desk.call(method, f"/composite/sobjects{path}", {"records": records, **body})
    assert response.status_code == 200, response.text
    return response.json()


GOOD = {"LastName": "Ito", "Company": "KK"}


def test_one_bad_row_leaves_the_others_and_the_order(desk: Desk) -> None:
    """§2: 200, results in input order, ``statusCode`` on the failed row."""
    made = send(desk, "POST", rows(GOOD, {"LastName": "x"}, GOOD))
    assert [each["success"] for each in made] == [True, False, True]
    assert made[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Company]",
                "fields": ["Company"],
            }
        ],
    }
    assert made[0]["id"] < made[2]["id"]


def test_all_or_none_undoes_every_row(desk: Desk, lead_id: str) -> None:
    before = desk.row("Lead", lead_id)
    change = rows({"id": lead_id, "Title": "New"}, {"id": lead_id, "Email": "bad"})
    done = send(desk, "PATCH", change, allOrNone=True)
    assert [each["errors"][0]["statusCode"] for each in done] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "INVALID_EMAIL_ADDRESS",
    ]
    assert desk.row("Lead", lead_id) == before
    count = desk.query("SELECT COUNT() FROM Lead").json()["totalSize"]
    send(desk, "POST", rows(GOOD, {}), allOrNone=True)
    assert desk.query("SELECT COUNT() FROM Lead").json()["totalSize"] == count


def test_updates_name_their_rows_by_id(desk: Desk, lead_id: str) -> None:
    gone = desk.lead()
    desk.call("DELETE", f"/sobjects/Lead/{gone}")
    done = send(
        desk,
        "PATCH",
        rows(
            {"Id": lead_id[:15], "Title": "Boss"},
            {"Title": "nobody"},
            {"id": "00QDn00000009zz", "Title": "x"},
            {"id": gone, "Title": "x"},
            {"id": "junk", "Title": "x"},
        ),
    )
    assert done[0] == {"id": lead_id, "success": True, "errors": []}
    assert [each["errors"][0]["statusCode"] for each in done[1:]] == [
        "MISSING_ARGUMENT",
        "INVALID_CROSS_REFERENCE_KEY",
        "ENTITY_IS_DELETED",
        "MALFORMED_ID",
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"records": rows(*[GOOD] * 201)}, "EXCEEDED_ID_LIMIT"),
        ({"records": [GOOD]}, "INVALID_TYPE"),
        ({"records": rows(GOOD, kind="Nope")}, "INVALID_TYPE"),
        ({"records": "x"}, "JSON_PARSER_ERROR"),
        ({"records": [], "allOrNone": "yes"}, "JSON_PARSER_ERROR"),
        ({"recrods": []}, "JSON_PARSER_ERROR"),
        ([], "JSON_PARSER_ERROR"),
        ({"records": rows(GOOD, {**GOOD, "Title": 5})}, "JSON_PARSER_ERROR"),
        ({"records": (rows(GOOD) + rows({"Name": "A"}, kind="Account")) * 6}, "LIMIT_EXCEEDED"),
    ],
)
def test_a_malformed_call_is_400_and_stores_nothing(desk: Desk, body: Any, code: str) -> None:
    count = desk.query("SELECT COUNT() FROM Lead").json()["totalSize"]
    response = desk.call("POST", "/composite/sobjects", body)
    assert response.status_code == 400
    assert response.json()[0]["errorCode"] == code
    assert desk.query("SELECT COUNT() FROM Lead").json()["totalSize"] == count


def test_types_may_mix_in_up_to_ten_runs(desk: Desk) -> None:
    done = send(desk, "POST", rows(GOOD) + rows({"Name": "A"}, kind="Account"))
    assert [each["id"][:3] for each in done] == ["00Q", "001"]


@pytest.fixture
def keyed(desk: Desk) -> Desk:
    desk.custom_field("Lead.Key__c", type="Text", length=64, externalId=True)
    desk.grant("Lead.Key__c")
    return desk


def test_upsert_by_external_id_tells_created_from_matched(keyed: Desk) -> None:
    first = send(keyed, "PATCH", rows({**GOOD, "Key__c": "k1"}), "/Lead/Key__c")
    assert first[0]["created"] is True
    again = send(
        keyed,
        "PATCH",
        rows(
            {"Key__c": "K1", "Title": "Boss"},
            {**GOOD, "Key__c": "k2"},
            {**GOOD, "Key__c": "k3"},
            {**GOOD, "Key__c": "K3"},
            {**GOOD, "Key__c": None},
        ),
        "/Lead/Key__c",
    )
    assert again[0] == {"id": first[0]["id"], "success": True, "errors": [], "created": False}
    assert again[1]["created"] is True
    assert [each["errors"][0]["statusCode"] for each in again[2:]] == [
        "DUPLICATE_VALUE",
        "DUPLICATE_VALUE",
        "MISSING_ARGUMENT",
    ]


def test_upsert_on_a_null_id_creates(desk: Desk, lead_id: str) -> None:
    """§2: recorded, though the docs say external ids only."""
    done = send(
        desk, "PATCH", rows({**GOOD, "Id": None}, {"Id": lead_id, "City": "Bonn"}), "/Lead/Id"
    )
    assert [each["created"] for each in done] == [True, False]


def test_several_matches_fail_their_row_only(keyed: Desk) -> None:
    keyed.lead(Key__c="twice")
    keyed.lead(Key__c="twice")
    done = send(keyed, "PATCH", rows({"Key__c": "twice"}, {**GOOD, "Key__c": "n"}), "/Lead/Key__c")
    assert done[0]["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"
    assert done[1]["success"] is True


def test_delete_takes_ids_in_the_address(desk: Desk, lead_id: str) -> None:
    answer = desk.call("DELETE", "/composite/sobjects", params={"ids": f"{lead_id},junk"})
    assert answer.status_code == 200
    assert [each["success"] for each in answer.json()] == [True, False]
    assert desk.call("DELETE", "/composite/sobjects").status_code == 400


def test_a_collection_read_keeps_order_and_answers_null_for_what_is_missing(
    desk: Desk, lead_id: str
) -> None:
    """§2 [b]: POST {ids, fields}; deleted ones are missing too."""
    gone = desk.lead()
    desk.call("DELETE", f"/sobjects/Lead/{gone}")
    body = {"ids": ["00QDn00000009zz", lead_id, gone, lead_id], "fields": ["city", "IsConverted"]}
    missing, found, deleted, again = desk.call("POST", "/composite/sobjects/Lead", body).json()
    assert missing is None
    assert deleted is None
    assert found == again
    assert (found["City"], found["IsConverted"], found["Id"]) == ("Köln", False, lead_id)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ids": [], "fields": ["Nope"]}, "INVALID_FIELD"),
        ({"ids": ["junk"], "fields": ["Id"]}, "MALFORMED_ID"),
        ({"ids": ["00QDn00000009zz"] * 2_001, "fields": ["Id"]}, "EXCEEDED_ID_LIMIT"),
        ({"ids": ["00QDn00000009zz"]}, "MISSING_ARGUMENT"),
    ],
)
def test_a_collection_read_is_strict(desk: Desk, body: Any, code: str) -> None:
    response = desk.call("POST", "/composite/sobjects/Lead", body)
    assert response.status_code == 400
    assert response.json()[0]["errorCode"] == code


def test_an_org_without_collection_reads_answers_404(desk: Desk) -> None:
    desk.world.switches["salesforce.2.collection_read"] = False
    body = {"ids": [], "fields": ["Id"]}
    assert desk.call("POST", "/composite/sobjects/Lead", body).status_code == 404


def test_a_row_lock_strikes_one_row_inside_a_200(desk: Desk, lead_id: str) -> None:
    """§1, §13.16: UNABLE_TO_LOCK_ROW per row; 400 on a single write; nothing on a read."""
    other = desk.lead()
    desk.strike("row_lock", "PATCH")
    done = send(desk, "PATCH", rows({"id": lead_id, "Title": "a"}, {"id": other, "Title": "b"}))
    assert [each["success"] for each in done] == [True, False]
    assert done[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert desk.row("Lead", other)["Title"] is None
    desk.strike("row_lock", "PATCH")
    single = desk.call("PATCH", f"/sobjects/Lead/{other}", {"Title": "c"})
    assert (single.status_code, single.json()[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")
    assert single.json()[0]["fields"] == []
    desk.strike("row_lock", "GET")
    assert desk.query("SELECT Id FROM Lead").status_code == 200
