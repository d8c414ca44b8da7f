"""SOAP: conversion, merging, faults (facts salesforce §0, §6, §13 points 12 and 13)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

PARTNER = "urn:partner.soap.sforce.com"
STATUS = "<convertedStatus>Closed - Converted</convertedStatus>"
FLAGS = (
    "<overwriteLeadSource>{over}</overwriteLeadSource>"
    "<sendNotificationEmail>false</sendNotificationEmail>"
)


def post(
    desk: Desk, body: str, *, version: str = "66.0", token: str | None = None, flavour: str = "u"
) -> requests.Response:
    """One SOAP call with the desk's session."""
    session = (
        str(desk.http.headers["Authorization"]).removeprefix("Bearer ") if token is None else token
    )
    content = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<s:Header><SessionHeader xmlns="{PARTNER}"><sessionId>{session}</sessionId>'
        f"</SessionHeader></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
    return raw(desk, content.encode(), version, flavour)


def raw(desk: Desk, content: bytes, version: str = "66.0", flavour: str = "u") -> requests.Response:
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    url = f"{desk.url}/services/Soap/{flavour}/{version}"
    return requests.post(url, content, headers=headers, timeout=10)


def lead_convert(lead: str, *, opportunity: bool = False, over: str = "false", **more: str) -> str:
    """One ``leadConverts`` element."""
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
    return (
        f"<leadConverts>{fields}{STATUS}"
        f"<doNotCreateOpportunity>{str(not opportunity).lower()}</doNotCreateOpportunity>"
        f"<leadId>{lead}</leadId>{FLAGS.format(over=over)}</leadConverts>"
    )


def local(element: ET.Element) -> Any:
    """An element as text, None or a mapping of its children."""
    if element.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true":
        return None
    if not len(element):
        return element.text or ""
    made: dict[str, Any] = {}
    for child in element:
        name, value = child.tag.rpartition("}")[2], local(child)
        if name in made:
            made[name] = [*(made[name] if isinstance(made[name], list) else [made[name]]), value]
        else:
            made[name] = value
    return made


def results(response: requests.Response) -> list[dict[str, Any]]:
    """The results of a call that was answered."""
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("text/xml")
    answer = ET.fromstring(response.content)[0][0]
    return [local(each) for each in answer]


def convert(desk: Desk, *converts: str) -> list[dict[str, Any]]:
    """The results of ``convertLead``."""
    return results(post(desk, f'<convertLead xmlns="{PARTNER}">{"".join(converts)}</convertLead>'))


def fault(response: requests.Response) -> tuple[str, str]:
    """(faultcode, sf:exceptionCode) of a fault, which is HTTP 500."""
    assert response.status_code == 500, response.text
    found = local(ET.fromstring(response.content)[0][0])
    detail = found.get("detail") or {}
    inner: dict[str, Any] = next(iter(detail.values()), {}) if isinstance(detail, dict) else {}
    return found["faultcode"], inner.get("exceptionCode", "")


def test_a_lead_becomes_account_contact_and_opportunity(desk: Desk, lead_id: str) -> None:
    (result,) = convert(desk, lead_convert(lead_id, opportunity=True))
    assert result["success"] == "true"
    assert result["leadId"] == lead_id
    lead = desk.row("Lead", lead_id)
    assert (lead["IsConverted"], lead["Status"]) == (True, "Closed - Converted")
    for kind in ("Account", "Contact", "Opportunity"):
        assert result[f"{kind.lower()}Id"] == lead[f"Converted{kind}Id"]
    opportunity = desk.row("Opportunity", result["opportunityId"])
    assert opportunity["Name"] == lead["Company"]
    roles = desk.records(
        "SELECT ContactId, Role, IsPrimary FROM OpportunityContactRole "
        f"WHERE OpportunityId = '{result['opportunityId']}'"
    )
    assert [(each["ContactId"], each["Role"], each["IsPrimary"]) for each in roles] == [
        (result["contactId"], None, True)
    ]


def test_without_an_opportunity_its_id_is_nil(desk: Desk, lead_id: str) -> None:
    (result,) = convert(desk, lead_convert(lead_id))
    assert result["opportunityId"] is None
    assert not desk.ids("SELECT Id FROM Opportunity WHERE Name = 'Lima GmbH'")


def test_only_empty_fields_are_filled(desk: Desk, lead_id: str) -> None:
    account = desk.call("POST", "/sobjects/Account", {"Name": "Held", "Industry": "Energy"}).json()[
        "id"
    ]
    body = {"LastName": "Held", "AccountId": account, "Title": None, "LeadSource": "Other"}
    contact = desk.call("POST", "/sobjects/Contact", body).json()["id"]
    convert(desk, lead_convert(lead_id, accountId=account, contactId=contact))
    kept = desk.row("Contact", contact)
    assert (kept["LastName"], kept["LeadSource"], kept["Title"]) == (
        "Held",
        "Other",
        "Head of Data",
    )
    assert desk.row("Account", account)["Industry"] == "Energy"
    assert desk.row("Account", account)["NumberOfEmployees"] == 40


def test_lead_source_is_overwritten_when_asked(desk: Desk, lead_id: str) -> None:
    account = desk.call("POST", "/sobjects/Account", {"Name": "Held"}).json()["id"]
    body = {"LastName": "Held", "AccountId": account, "LeadSource": "Other"}
    contact = desk.call("POST", "/sobjects/Contact", body).json()["id"]
    convert(desk, lead_convert(lead_id, over="true", accountId=account, contactId=contact))
    assert desk.row("Contact", contact)["LeadSource"] == "Web"


def test_mapped_custom_fields_go_over_and_others_do_not(desk: Desk) -> None:
    names = [f"{kind}.{name}" for kind in ("Lead", "Contact") for name in ("Score__c", "Other__c")]
    for name in names:
        desk.custom_field(name, type="Text", length=20)
    desk.grant(*names)
    desk.salesforce.map_on_convert({"Lead.Score__c": "Contact.Score__c"})
    lead = desk.lead(Score__c="60", Other__c="x")
    (result,) = convert(desk, lead_convert(lead))
    contact = desk.row("Contact", result["contactId"])
    assert (contact["Score__c"], contact["Other__c"]) == ("60", None)


def test_each_lead_is_refused_by_itself(desk: Desk, lead_id: str) -> None:
    queued = desk.ids("SELECT Id FROM Lead WHERE Owner.Type = 'Queue'")[0]
    gone = desk.lead()
    desk.call("DELETE", f"/sobjects/Lead/{gone}")
    done, of_queue, twice, deleted, orphan = convert(
        desk,
        lead_convert(lead_id),
        lead_convert(queued),
        lead_convert(lead_id),
        lead_convert(gone),
        lead_convert(desk.lead(), contactId="003000000000001"),
    )
    assert done["success"] == "true"
    codes = [each["errors"]["statusCode"] for each in (of_queue, twice, deleted, orphan)]
    assert codes == [
        "INVALID_CROSS_REFERENCE_KEY",
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "ENTITY_IS_DELETED",
        "REQUIRED_FIELD_MISSING",
    ]
    assert {each["success"] for each in (of_queue, twice, deleted, orphan)} == {"false"}


def test_a_duplicate_rule_may_stop_a_conversion(desk: Desk, lead_id: str) -> None:
    desk.world.switches["salesforce.6.duplicate_rules"] = True
    body = {"LastName": "Held", "Email": "ana.p1@lima.example"}
    assert desk.call("POST", "/sobjects/Contact", body).status_code == 201
    accounts = len(desk.ids("SELECT Id FROM Account"))
    (stopped,) = convert(desk, lead_convert(lead_id))
    assert stopped["errors"]["statusCode"] == "DUPLICATES_DETECTED"
    assert desk.row("Lead", lead_id)["IsConverted"] is False
    assert len(desk.ids("SELECT Id FROM Account")) == accounts
    (done,) = convert(desk, lead_convert(lead_id, bypassContactDedupeCheck="true"))
    assert done["success"] == "true"


def test_a_lead_of_a_queue_is_converted_with_an_owner(desk: Desk) -> None:
    queued = desk.ids("SELECT Id FROM Lead WHERE Owner.Type = 'Queue'")[0]
    (result,) = convert(desk, lead_convert(queued, ownerId=desk.salesforce.staff["staff:rep"]))
    assert desk.row("Contact", result["contactId"])["OwnerId"] == desk.salesforce.staff["staff:rep"]
    left = desk.salesforce.staff["staff:left"]
    (refused,) = convert(desk, lead_convert(desk.lead(), ownerId=left))
    assert refused["errors"]["statusCode"] == "INACTIVE_OWNER_OR_USER"


def test_a_converted_lead_is_frozen_unless_the_org_allows(desk: Desk, lead_id: str) -> None:
    convert(desk, lead_convert(lead_id))
    refused = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"City": "Bonn"})
    assert refused.json()[0]["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"
    desk.world.switches["salesforce.6.converted_lead_editable"] = True
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"City": "Bonn"}).status_code == 204


def merge(desk: Desk, kind: str, master: str, *losers: str, **values: str) -> dict[str, Any]:
    """The result of one merge request."""
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    gone = "".join(f"<recordToMergeIds>{each}</recordToMergeIds>" for each in losers)
    body = (
        f'<merge xmlns="{PARTNER}"><request><masterRecord><type>{kind}</type><Id>{master}</Id>'
        f"{fields}</masterRecord>{gone}</request></merge>"
    )
    (result,) = results(post(desk, body))
    return result


@pytest.mark.parametrize("kind", ["Lead", "Contact", "Account"])
def test_losers_are_deleted_and_name_their_master(desk: Desk, kind: str) -> None:
    body: dict[str, dict[str, Any]] = {
        "Lead": {"LastName": "Ito", "Company": "K"},
        "Contact": {"LastName": "Ito"},
        "Account": {"Name": "K"},
    }
    one, two, three = (
        desk.call("POST", f"/sobjects/{kind}", body[kind]).json()["id"] for _ in "abc"
    )
    result = merge(desk, kind, one, two, three)
    assert result["success"] == "true"
    assert result["mergedRecordIds"] == [two, three]
    soql = f"SELECT Id, IsDeleted, MasterRecordId FROM {kind} WHERE Id IN ('{two}', '{three}')"
    assert desk.records(soql) == []
    shown = desk.records(soql, "queryAll")
    assert [(each["IsDeleted"], each["MasterRecordId"]) for each in shown] == [(True, one)] * 2
    assert desk.get(f"/sobjects/{kind}/{two}").status_code == 404


def test_children_move_to_the_master_whose_fields_may_change(desk: Desk) -> None:
    one, two = (
        desk.call("POST", "/sobjects/Account", {"Name": name}).json()["id"] for name in "KL"
    )
    child = desk.call("POST", "/sobjects/Contact", {"LastName": "Ito", "AccountId": two}).json()[
        "id"
    ]
    result = merge(desk, "Account", one, two, Industry="Energy")
    assert result["updatedRelatedIds"] == child
    assert desk.row("Contact", child)["AccountId"] == one
    assert desk.row("Account", one)["Industry"] == "Energy"


def test_what_cannot_be_merged_is_refused(desk: Desk, lead_id: str) -> None:
    contact = desk.call("POST", "/sobjects/Contact", {"LastName": "Ito"}).json()["id"]
    assert merge(desk, "Lead", lead_id, contact)["errors"]["statusCode"] == "MALFORMED_ID"
    assert merge(desk, "Lead", lead_id, lead_id)["success"] == "false"
    others = [desk.lead() for _ in range(3)]
    assert merge(desk, "Lead", lead_id, *others)["success"] == "false"
    assert merge(desk, "User", lead_id, lead_id)["errors"]["statusCode"] == "INVALID_TYPE"
    assert merge(desk, "Lead", lead_id, others[0], Email="no")["success"] == "false"
    assert desk.row("Lead", others[0])["IsDeleted"] is False


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("64.0", "INVALID_LOGIN"),
        ("65.0", "UNSUPPORTED_API_VERSION"),
        ("66.0", "UNSUPPORTED_API_VERSION"),
        ("30.0", "UNSUPPORTED_API_VERSION"),
        ("99.0", "UNSUPPORTED_API_VERSION"),
    ],
)
def test_login_is_refused(desk: Desk, version: str, code: str) -> None:
    body = f'<login xmlns="{PARTNER}"><username>a</username><password>b</password></login>'
    assert fault(post(desk, body, version=version, token="")) == (f"sf:{code}", code)


def test_a_wrong_session_is_a_fault(desk: Desk, lead_id: str) -> None:
    body = f'<convertLead xmlns="{PARTNER}">{lead_convert(lead_id)}</convertLead>'
    expected = ("sf:INVALID_SESSION_ID", "INVALID_SESSION_ID")
    assert fault(post(desk, body, token="00Dno!t")) == expected
    assert fault(post(desk, body, token="")) == expected
    desk.world.clock.advance(7_201)
    assert fault(post(desk, body)) == expected


def test_faults_in_force_come_as_soap_faults(desk: Desk, lead_id: str) -> None:
    body = f'<convertLead xmlns="{PARTNER}">{lead_convert(lead_id)}</convertLead>'
    route = "POST /services/Soap/u/{version}"
    desk.strike("expired_token", route)
    assert fault(post(desk, body))[1] == "INVALID_SESSION_ID"
    desk.use(desk.salesforce.connection("")["access_token"])
    desk.salesforce.reset()
    desk.strike("server_error", route)
    assert fault(post(desk, body))[1] == "UNKNOWN_EXCEPTION"
    desk.strike("unavailable", route)
    assert post(desk, body).status_code == 503
    desk.strike("row_lock", route)
    (result,) = results(post(desk, body))
    assert result["errors"]["statusCode"] == "UNABLE_TO_LOCK_ROW"


def test_the_enterprise_flavour_has_its_own_namespace(desk: Desk, lead_id: str) -> None:
    enterprise = "urn:enterprise.soap.sforce.com"
    body = f'<convertLead xmlns="{enterprise}">{lead_convert(lead_id)}</convertLead>'
    assert fault(post(desk, body))[0] == "soapenv:Client"
    assert results(post(desk, body, flavour="c"))[0]["success"] == "true"


def test_what_is_not_covered_says_501(desk: Desk) -> None:
    response = post(desk, f'<getUserInfo xmlns="{PARTNER}"/>')
    assert response.status_code == 501
    assert "getUserInfo" in response.text


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"\xff\xfe\x00",
        BOMB,
        b"<a/>",
        b"<a>" * 60 + b"</a>" * 60,
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b'<?php x?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
    ],
)
def test_what_is_no_envelope_is_a_client_fault(desk: Desk, content: bytes) -> None:
    assert fault(raw(desk, content)) == ("soapenv:Client", "")


def test_an_entity_is_refused_even_in_a_whole_envelope(desk: Desk, lead_id: str) -> None:
    session = str(desk.http.headers["Authorization"]).removeprefix("Bearer ")
    content = (
        f'<!DOCTYPE a [<!ENTITY lead "{lead_id}">]>'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
        f'<SessionHeader xmlns="{PARTNER}"><sessionId>{session}</sessionId></SessionHeader>'
        f'</s:Header><s:Body><convertLead xmlns="{PARTNER}">{lead_convert("&lead;")}</convertLead>'
        "</s:Body></s:Envelope>"
    )
    answer = raw(desk, content.encode())
    assert fault(answer)[0] == "soapenv:Client"
    assert "document types" in answer.text
    assert raw(desk, content.partition("]>")[2].encode()).status_code == 500
    assert desk.row("Lead", lead_id)["IsConverted"] is False


@pytest.mark.parametrize(
    "converts",
    [
        "<leadConverts/>",
        "<leadConverts><leadId>x</leadId></leadConverts>",
        lead_convert("x", surprise="y"),
        lead_convert("x", over="maybe"),
    ],
)
def test_a_message_that_does_not_follow_the_wsdl_is_a_client_fault(
    desk: Desk, converts: str
) -> None:
    body = f'<convertLead xmlns="{PARTNER}">{converts}</convertLead>'
    assert fault(post(desk, body))[0] == "soapenv:Client"


def test_over_a_hundred_leads_are_refused(desk: Desk) -> None:
    body = f'<convertLead xmlns="{PARTNER}">{lead_convert("x") * 101}</convertLead>'
    assert fault(post(desk, body))[1] == "EXCEEDED_ID_LIMIT"
