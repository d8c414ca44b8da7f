"""Writes: each row by itself, lost answers unknown, guards before sending (R2, R14, facts §1-2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
import requests
import responses
from tests.unit.salesforce.acme import (
    DATA,
    LEAD_STATUSES,
    Acme,
    Reply,
    acme,
    describe,
    lead_id,
    on,
    refusal,
    reply,
    sent,
)
from urllib3.exceptions import NewConnectionError, ProtocolError

from leadpact.errors import LeadpactError, SetAside, SignIn, WaitUntil
from leadpact.ports.connector import Refused, WriteResult, WriteRow, Written

UPSERT = "composite/sobjects/Lead/leadpact_lead_id__c"


def rows(count: int, **fields: Any) -> list[WriteRow]:
    return [WriteRow("set", lead_id(n), fields or {"Company": f"Firm {n}"}) for n in range(count)]


def good(record: dict[str, Any]) -> dict[str, Any]:
    return {"id": record["id"], "success": True, "errors": []}


def bad(code: str, message: str = "no", fields: Sequence[str] = ()) -> dict[str, Any]:
    error = {"statusCode": code, "message": message, "fields": list(fields)}
    return {"success": False, "errors": [error]}


def answering(
    judge: Callable[[dict[str, Any]], dict[str, Any]], poisoned: Callable[[Any], bool] | None = None
) -> Callable[[Any], Reply]:
    """Answer a collection row by row; refuse it whole where a record is poisoned."""

    def answer(request: Any) -> Reply:
        body = orjson.loads(request.body)
        assert body["allOrNone"] is False
        if poisoned is not None and any(map(poisoned, body["records"])):
            return refusal("JSON_PARSER_ERROR", "Cannot deserialize instance of double")
        return reply([judge(record) for record in body["records"]])

    return answer


def error_of(result: WriteResult) -> LeadpactError:
    assert isinstance(result, Refused)
    return result.error


def write(it: Acme, *batch: WriteRow) -> Sequence[WriteResult]:
    return it.connector.write("Lead", batch)


def test_200_updates_are_one_call_with_one_result_each(mocked: responses.RequestsMock) -> None:
    on(mocked, "PATCH", "composite/sobjects", answering(good))
    results = write(acme(), *rows(200))
    assert [each.id for each in results if isinstance(each, Written)] == [
        lead_id(n) for n in range(200)
    ]
    assert len(mocked.calls) == 1
    assert sent(mocked.calls[0])["records"][7] == {
        "attributes": {"type": "Lead"},
        "id": lead_id(7),
        "Company": "Firm 7",
    }
    assert mocked.calls[0].request.headers["Sforce-Auto-Assign"] == "FALSE"


def test_a_row_that_is_refused_leaves_the_other_199_alone(mocked: responses.RequestsMock) -> None:
    def judge(record: dict[str, Any]) -> dict[str, Any]:
        if record["id"] == lead_id(77):
            return bad("STRING_TOO_LONG", "Company: data value too large", ["Company"])
        return good(record)

    on(mocked, "PATCH", "composite/sobjects", answering(judge))
    results = write(acme(), *rows(200))
    refused = [place for place, each in enumerate(results) if isinstance(each, Refused)]
    assert refused == [77]
    error = error_of(results[77])
    assert isinstance(error, SetAside)
    assert (error.code, error.fields, error.transient) == ("value_too_long", ("Company",), False)


@pytest.mark.parametrize(
    ("code", "message", "ours", "transient"),
    [
        ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", "row_locked", True),
        (
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "LeadTrigger: execution of BeforeUpdate caused by: UNABLE_TO_LOCK_ROW, unable to obtain",
            "row_locked",
            True,
        ),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: null", "automation_failed", False),
        (
            "CANNOT_UPDATE_CONVERTED_LEAD",
            "cannot reference converted lead",
            "lead_converted",
            False,
        ),
        ("DUPLICATES_DETECTED", "Use one of these records?", "duplicate_rule", False),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value", "picklist_value_unknown", False),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Reason owed", "validation_rule", False),
        ("ENTITY_IS_DELETED", "entity is deleted", "record_deleted", False),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update", "field_read_only", False),
        ("SOMETHING_NEW", "who knows", "something_new", False),
    ],
)
def test_each_refusal_of_a_row_has_its_cause(
    mocked: responses.RequestsMock, code: str, message: str, ours: str, transient: bool
) -> None:
    on(mocked, "PATCH", "composite/sobjects", answering(lambda _: bad(code, message, ["Status"])))
    error = error_of(write(acme(), *rows(1))[0])
    assert isinstance(error, SetAside)
    assert (error.code, error.transient, error.fields) == (ours, transient, ("Status",))


def test_a_row_whose_value_spoils_the_whole_call_is_found(mocked: responses.RequestsMock) -> None:
    poisoned = lead_id(123)
    on(
        mocked,
        "PATCH",
        "composite/sobjects",
        answering(good, lambda record: record["id"] == poisoned),
    )
    results = write(acme(), *rows(200))
    assert [place for place, each in enumerate(results) if isinstance(each, Refused)] == [123]
    assert error_of(results[123]).code == "value_refused"
    assert len(mocked.calls) <= 1 + 2 * 8


def test_a_call_spoilt_by_every_row_ends_soon(mocked: responses.RequestsMock) -> None:
    on(mocked, "PATCH", "composite/sobjects", answering(good, lambda _: True))
    results = write(acme(), *rows(200))
    codes = {error_of(each).code for each in results}
    assert codes == {"value_refused", "batch_refused"}
    assert len(mocked.calls) <= 25


LOST = requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError()))


@pytest.mark.parametrize(
    "answer",
    [
        LOST,
        requests.ReadTimeout("too late"),
        reply('[{"id":"00Q', 200),
        reply([good({"id": lead_id(0)})]),
        reply("<html>gateway", 504),
        refusal("UNKNOWN_EXCEPTION", status=500),
    ],
)
def test_a_lost_answer_leaves_each_row_unknown_and_is_not_sent_again(
    mocked: responses.RequestsMock, answer: Any
) -> None:
    if isinstance(answer, Exception):
        mocked.patch(f"{DATA}/composite/sobjects", body=answer)
    else:
        on(mocked, "PATCH", "composite/sobjects", lambda _: answer)
    results = write(acme(), *rows(3))
    assert [isinstance(each, Refused) and each.unknown for each in results] == [True] * 3
    assert isinstance(error_of(results[0]), WaitUntil)
    assert len(mocked.calls) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "calls"),
    [
        (NewConnectionError(None, "refused"), WaitUntil, 4),  # type: ignore[arg-type]
        (refusal("SERVER_UNAVAILABLE", status=503), WaitUntil, 4),
        (reply("<html>maintenance", 503), WaitUntil, 4),
        (refusal("REQUEST_LIMIT_EXCEEDED", status=403), WaitUntil, 1),
        (refusal("INVALID_SESSION_ID", "not valid for use with the REST API", 401), SignIn, 1),
    ],
)
def test_where_nothing_was_done_the_batch_is_raised(
    mocked: responses.RequestsMock, answer: Any, kind: type, calls: int
) -> None:
    if isinstance(answer, Exception):
        mocked.patch(f"{DATA}/composite/sobjects", body=answer)
    else:
        on(mocked, "PATCH", "composite/sobjects", lambda _: answer)
    with pytest.raises(kind):
        write(acme(), *rows(2))
    assert len(mocked.calls) == calls


def test_where_a_part_was_done_the_rest_is_refused_row_by_row(
    mocked: responses.RequestsMock,
) -> None:
    on(mocked, "PATCH", "composite/sobjects", answering(good))
    on(mocked, "PATCH", UPSERT, lambda _: refusal("REQUEST_LIMIT_EXCEEDED", status=403))
    done, waits = write(acme(), *rows(1), WriteRow("make", "", {"LastName": "X"}, "key-1"))
    assert isinstance(done, Written)
    assert isinstance(waits, Refused)
    assert not waits.unknown
    assert error_of(waits).code == "daily_limit"


def test_new_records_are_upserts_on_our_external_id(mocked: responses.RequestsMock) -> None:
    def judge(record: dict[str, Any]) -> dict[str, Any]:
        first = record["leadpact_lead_id__c"] == "key-1"
        number = 1 if first else 2
        return {"id": lead_id(number), "success": True, "errors": [], "created": first}

    on(mocked, "PATCH", UPSERT, answering(judge))
    first, second = write(
        acme(),
        WriteRow("make", "", {"LastName": "A", "Company": "B"}, "key-1"),
        WriteRow("make", "", {"LastName": "C", "leadpact_lead_id__c": "other"}, "key-2"),
    )
    assert first == Written(lead_id(1), created=True)
    assert second == Written(lead_id(2), created=False)
    assert sent(mocked.calls[0])["records"][1] == {
        "attributes": {"type": "Lead"},
        "leadpact_lead_id__c": "key-2",
        "LastName": "C",
    }


def test_results_keep_the_order_of_mixed_rows(mocked: responses.RequestsMock) -> None:
    on(mocked, "PATCH", "composite/sobjects", answering(good))
    made = {"id": lead_id(9), "success": True, "errors": [], "created": True}
    on(mocked, "PATCH", UPSERT, answering(lambda _: made))
    results = write(
        acme(),
        WriteRow("set", lead_id(1), {"Title": "x"}),
        WriteRow("make", "", {"LastName": "x"}, "key"),
        WriteRow("set", "bad id", {"Title": "x"}),
        WriteRow("set", lead_id(2), {"Title": None}),
        WriteRow("reset_blank", lead_id(3), {"Title": None}),
    )
    ids = [each.id if isinstance(each, Written) else each.error.code for each in results]
    assert ids == [lead_id(1), lead_id(9), "bad_id", lead_id(2), "op_not_offered"]
    assert sent(mocked.calls[0])["records"][1]["Title"] is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Status": "Closed - Converted"}, "converted_status"),
        ({"Status": "Nurture"}, "picklist_value_unknown"),
        ({"Company)": "x"}, "field_name_invalid"),
        ({"Account.Name": "x"}, "field_name_invalid"),
        ({"Id": "x"}, "field_name_invalid"),
        ({"AnnualRevenue": float("nan")}, "value_refused"),
        ({"Company": "lone \ud800"}, "value_refused"),
    ],
)
def test_what_must_not_be_written_is_not_sent(
    mocked: responses.RequestsMock, fields: dict[str, Any], code: str
) -> None:
    on(mocked, "GET", "query/", lambda _: reply(LEAD_STATUSES))
    error = error_of(write(acme(), WriteRow("set", lead_id(1), fields))[0])
    assert (type(error), error.code) == (SetAside, code)
    assert all(call.request.method == "GET" for call in mocked.calls)


def test_a_status_that_the_org_has_is_written(mocked: responses.RequestsMock) -> None:
    on(mocked, "GET", "query/", lambda _: reply(LEAD_STATUSES))
    on(mocked, "PATCH", "composite/sobjects", answering(good))
    results = write(acme(), *rows(2, Status="Working - Contacted"))
    assert all(isinstance(each, Written) for each in results)
    assert len(mocked.calls) == 2


def test_a_field_that_became_hidden_sets_aside_only_the_rows_that_have_it(
    mocked: responses.RequestsMock,
) -> None:
    def answer(request: Any) -> Reply:
        records = orjson.loads(request.body)["records"]
        if any("Score__c" in record for record in records):
            return refusal("INVALID_FIELD", "No such column 'Score__c' on sobject of type Lead")
        return reply([good(record) for record in records])

    on(mocked, "PATCH", "composite/sobjects", answer)
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(describe("Lead", "Title")))
    on(mocked, "GET", "query/", lambda _: reply(LEAD_STATUSES))
    it = acme()
    hidden, plain = write(
        it,
        WriteRow("set", lead_id(1), {"Score__c": 5, "Title": "x"}),
        WriteRow("set", lead_id(2), {"Title": "x"}),
    )
    error = error_of(hidden)
    assert isinstance(error, SetAside)
    assert (error.code, error.fields) == ("field_unknown", ("Score__c",))
    assert isinstance(plain, Written)
    calls = len(mocked.calls)
    assert (
        error_of(write(it, WriteRow("set", lead_id(1), {"Score__c": 5}))[0]).code == "field_unknown"
    )
    assert len(mocked.calls) == calls


def test_without_our_external_id_field_nothing_is_made(mocked: responses.RequestsMock) -> None:
    missing = "Provided external ID field does not exist or is not accessible"
    on(mocked, "PATCH", UPSERT, lambda _: refusal("NOT_FOUND", missing, 404))
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(describe("Lead", "LastName")))
    on(mocked, "GET", "query/", lambda _: reply(LEAD_STATUSES))
    batch = [WriteRow("make", "", {"LastName": "X"}, f"key-{n}") for n in range(50)]
    results = write(acme(), *batch)
    assert {error_of(each).code for each in results} == {"field_unknown"}
    assert sum(call.request.method == "PATCH" for call in mocked.calls) == 1


def test_nothing_to_write_calls_nobody(mocked: responses.RequestsMock) -> None:
    assert list(acme().connector.write("Lead", [])) == []
    assert len(mocked.calls) == 0
