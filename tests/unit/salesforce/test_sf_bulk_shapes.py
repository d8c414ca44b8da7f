"""Bulk jobs and SOAP answers in shapes that the emulator does not give (facts §4, §6)."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from tests.unit.salesforce.acme import (
    ACME,
    LEAD_STATUSES,
    acme,
    describe,
    lead_id,
    on,
    refusal,
    reply,
)

from leadpact.errors import LeadpactError, SetAside, SignIn, Stop, WaitUntil
from leadpact.ports.connector import Refused, WriteRow, Written
from leadpact_salesforce.bulk_job import BulkJob
from leadpact_salesforce.soap import WrongXml, element, parse

ID = "7505g000001AbCdAAK"
JOB = BulkJob(ID, "Lead", "set", 2, 20)
ASKED = BulkJob(ID, "Lead", "query")
SOAP = f"{ACME}/services/Soap/u/66.0"
CSV = {"Content-Type": "text/csv"}


def bulk() -> Any:
    return acme().connector.bulk  # type: ignore[attr-defined]


def state(mocked: responses.RequestsMock, name: str, **more: Any) -> None:
    on(mocked, "GET", f"jobs/ingest/{ID}", lambda _: reply({"id": ID, "state": name, **more}))


def results(mocked: responses.RequestsMock, failed: str, done: str = "", left: str = "") -> None:
    for name, body in (
        ("failedResults", failed),
        ("successfulResults", done),
        ("unprocessedrecords", left),
    ):
        on(mocked, "GET", f"jobs/ingest/{ID}/{name}", lambda _, body=body: reply(body, headers=CSV))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "code", "fields"),
    [
        (
            "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
            "required_missing",
            ("Name",),
        ),
        (
            "DUPLICATE_VALUE:duplicate value found: X on record with id: 001:--",
            "duplicate_value",
            (),
        ),
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--", "row_locked", ()),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:UNABLE_TO_LOCK_ROW: x:--", "row_locked", ()),
        ("SOME_NEW_CODE:what:A__c B__c --", "some_new_code", ("A__c", "B__c")),
        ("no code at all", "no code at all", ()),
        ("", "row_refused", ()),
    ],
)
def test_row_errors_by_remedy(
    mocked: responses.RequestsMock, text: str, code: str, fields: tuple[str, ...]
) -> None:
    state(mocked, "JobComplete")
    results(mocked, f'"sf__Id","sf__Error","Id"\n"","{text}","00Q1"\n')
    ((key, result),) = bulk().outcomes(JOB)
    assert isinstance(result, Refused)
    assert isinstance(result.error, SetAside)
    assert (key, result.error.code, result.error.fields) == ("00Q1", code, fields)


def test_results_without_a_charset_are_read_as_utf_8(mocked: responses.RequestsMock) -> None:
    state(mocked, "JobComplete")
    done = f'"sf__Id","sf__Created","leadpact_lead_id__c"\n"{lead_id(1)}","true","Šimková"\n'
    results(mocked, "", done)
    job = BulkJob(ID, "Lead", "make")
    assert dict(bulk().outcomes(job)) == {"Šimková": Written(lead_id(1), created=True)}


@pytest.mark.parametrize("body", ['"sf__Id","sf__Error","Id"\n"a","b"\n', '"a"\n"open'])
def test_results_that_are_no_table_are_a_lost_answer(
    mocked: responses.RequestsMock, body: str
) -> None:
    state(mocked, "JobComplete")
    results(mocked, body)
    with pytest.raises(WaitUntil) as waiting:
        list(bulk().outcomes(JOB))
    assert waiting.value.code == "answer_lost"


@pytest.mark.parametrize(
    ("message", "kind", "code"),
    [
        ("InvalidBatch : Field name not found : X__c", SetAside, "field_unknown"),
        ("ExceededQuota : ApiBatchItems Limit exceeded.", WaitUntil, "daily_limit"),
        ("InternalServerError : try later", Stop, "bulk_failed"),
        (None, Stop, "bulk_failed"),
    ],
)
def test_a_failed_job_by_remedy(
    mocked: responses.RequestsMock, message: str | None, kind: type[LeadpactError], code: str
) -> None:
    state(mocked, "Failed", errorMessage=message, numberRecordsProcessed=1)
    ended = bulk().finished(JOB)
    assert isinstance(ended.error, kind)
    assert (ended.error.code, ended.done) == (code, 1)


@pytest.mark.parametrize("body", [[], {"state": 7}, {}, "x"])
def test_an_answer_without_a_state_is_lost(mocked: responses.RequestsMock, body: object) -> None:
    on(mocked, "GET", f"jobs/ingest/{ID}", lambda _: reply(body))
    with pytest.raises(WaitUntil):
        bulk().finished(JOB)


def test_polling_waits_two_seconds_at_most(mocked: responses.RequestsMock) -> None:
    state(mocked, "InProgress", numberRecordsProcessed=1)
    made = acme()
    with pytest.raises(WaitUntil) as waiting:
        made.connector.bulk.finished(BulkJob(ID, "Lead", "set", rows=1_000_000))  # type: ignore[attr-defined]
    assert (waiting.value.code, waiting.value.seconds) == ("bulk_running", 60.0)
    assert sum(made.clock.slept) <= 2


def test_a_second_abort_and_a_second_close_do_nothing(mocked: responses.RequestsMock) -> None:
    on(mocked, "PATCH", f"jobs/ingest/{ID}", lambda _: refusal("INVALIDJOBSTATE"))
    state(mocked, "JobComplete")
    bulk().abort(JOB)
    bulk().close(JOB)


def test_a_job_that_was_aborted_cannot_be_closed(mocked: responses.RequestsMock) -> None:
    on(mocked, "PATCH", f"jobs/ingest/{ID}", lambda _: refusal("INVALIDJOBSTATE"))
    state(mocked, "Aborted")
    with pytest.raises(Stop):
        bulk().close(JOB)


def test_an_id_that_is_none_never_enters_an_address(mocked: responses.RequestsMock) -> None:
    with pytest.raises(Stop, match="damaged"):
        bulk().finished(BulkJob("../../x", "Lead", "set"))
    assert not mocked.calls


def test_pages_end_where_no_locator_comes(mocked: responses.RequestsMock) -> None:
    on(
        mocked,
        "GET",
        f"jobs/query/{ID}/results",
        lambda request: reply(
            '"Id"\n"1"\n' if "locator" not in request.url else '"Id"\n"2"\n',  # type: ignore[operator]
            headers={**CSV, **({} if "locator" in request.url else {"Sforce-Locator": "abc"})},  # type: ignore[operator]
        ),
    )
    assert [row["Id"] for row in bulk().rows(ASKED)] == ["1", "2"]


def test_a_conflict_of_versions_stops(mocked: responses.RequestsMock) -> None:
    on(mocked, "GET", f"jobs/query/{ID}/results", lambda _: refusal("INVALIDJOB", status=409))
    with pytest.raises(Stop):
        list(bulk().rows(ASKED))


def fault(code: str, message: str = "no") -> str:
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{message}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )


def converted(body: str) -> str:
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<s:Body><convertLeadResponse>{body}</convertLeadResponse></s:Body></s:Envelope>"
    )


@pytest.fixture
def org(mocked: responses.RequestsMock) -> responses.RequestsMock:
    """An org whose Leads are open."""
    lead = {"attributes": {"type": "Lead"}, "Id": lead_id(1), "IsConverted": False}
    on(mocked, "POST", "composite/sobjects/Lead", lambda _: reply([lead]))
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(describe("Lead")))
    on(mocked, "GET", "query/", lambda _: reply(LEAD_STATUSES))
    return mocked


def convert(connector: Any) -> Any:
    (result,) = connector.write("Lead", [WriteRow("convert", lead_id(1), {})])
    return result


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (500, fault("sf:REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit"), WaitUntil, "daily_limit"),
        (500, fault("sf:SERVER_UNAVAILABLE"), WaitUntil, "crm_unavailable"),
        (500, fault("sf:API_DISABLED_FOR_ORG"), SignIn, "api_disabled"),
        (500, fault("sf:INSUFFICIENT_ACCESS"), SignIn, "rights_missing"),
        (500, fault("sf:UNABLE_TO_LOCK_ROW"), WaitUntil, "row_locked"),
        (500, fault("soapenv:Client", "Element x invalid"), Stop, "call_refused"),
        (503, "<html>Down for maintenance</html>", WaitUntil, "crm_unavailable"),
        (403, "<html>no</html>", SignIn, "rights_missing"),
    ],
)
def test_a_fault_refuses_the_whole_call(
    org: responses.RequestsMock, status: int, body: str, kind: type[LeadpactError], code: str
) -> None:
    org.post(SOAP, body=body, status=status)
    with pytest.raises(kind) as refused:
        convert(acme().connector)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>"),
        (200, ""),
        (200, converted("")),
        (200, converted("<result/><result/>")),
        (200, converted("<result/>").replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>', 1)),
        (500, fault("sf:UNKNOWN_EXCEPTION")),
        (500, fault("soapenv:Server")),
        (500, "<html>gateway</html>"),
        (502, "<html>gateway</html>"),
    ],
)
def test_an_answer_that_tells_nothing_leaves_the_conversion_unknown(
    org: responses.RequestsMock, status: int, body: str
) -> None:
    org.post(SOAP, body=body, status=status)
    result = convert(acme().connector)
    assert isinstance(result, Refused)
    assert result.unknown


def test_a_document_type_is_refused_even_around_a_good_answer(
    org: responses.RequestsMock,
) -> None:
    good = converted("<result><success>true</success></result>")
    org.post(SOAP, body=good.replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>', 1))
    result = convert(acme().connector)
    assert isinstance(result, Refused)
    assert result.unknown


def test_the_envelope_escapes_and_names_the_session(org: responses.RequestsMock) -> None:
    success = (
        "<result><accountId>001</accountId><contactId>003</contactId>"
        "<opportunityId xsi:nil='true'/><success>true</success></result>"
    )
    org.post(SOAP, body=converted(success))
    row = WriteRow("convert", lead_id(1), {"opportunityName": "</opportunityName><x a='&'>\r"})
    (done,) = acme().connector.write("Lead", [row])
    assert done == Written(
        lead_id(1),
        {"IsConverted": True, "ConvertedAccountId": "001", "ConvertedContactId": "003"},
    )
    sent = org.calls[-1].request
    body = sent.body
    assert isinstance(body, bytes)
    assert (
        b"<opportunityName>&lt;/opportunityName&gt;&lt;x a='&amp;'&gt;&#13;</opportunityName>"
        in body
    )
    assert b"<sessionId>00Dtoken!one</sessionId>" in body
    assert b"<doNotCreateOpportunity>false</doNotCreateOpportunity>" in body
    assert "Authorization" not in sent.headers
    assert body.index(b"<convertedStatus>") < body.index(b"<leadId>") < body.index(b"<sendNot")


def test_several_converted_statuses_must_be_chosen_from(mocked: responses.RequestsMock) -> None:
    rows = [
        {"ApiName": name, "MasterLabel": name, "IsConverted": True} for name in ("Won", "Partner")
    ]
    on(mocked, "GET", "sobjects/Lead/describe", lambda _: reply(describe("Lead")))
    on(mocked, "GET", "query/", lambda _: reply({"totalSize": 2, "done": True, "records": rows}))
    result = convert(acme().connector)
    assert isinstance(result, Refused)
    assert result.error.code == "picklist_value_unknown"
    assert "Partner, Won" in result.error.message


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\ufffe", "\ud800"])
def test_what_xml_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(SetAside):
        element("name", f"a{text}")


def test_names_are_ours_alone() -> None:
    with pytest.raises(ValueError, match="x y"):
        element("x y", "")


@pytest.mark.parametrize("content", [b"<a>" * 60, b"<a/>", b"\xff", b"<!DOCTYPE a><a/>"])
def test_wrong_xml_is_said(content: bytes) -> None:
    with pytest.raises(WrongXml):
        parse(content)
