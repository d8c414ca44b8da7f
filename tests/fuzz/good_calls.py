"""Calls that each emulated CRM answers well, one or more for every family of its paths: what spoiling starts from."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from tests.fuzz.calling import Call

JSON = "application/json"
V = "/services/data/v66.0"
TREE = {"records": [{"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Firm"}]}
SOQL = (
    "SELECT Id, Name, Email FROM Lead WHERE IsConverted = false ORDER BY CreatedDate DESC LIMIT 5",
    "SELECT Status, COUNT(Id) n FROM Lead GROUP BY Status HAVING COUNT(Id) > 1",
    "SELECT Id, Owner.Name, Account.Name FROM Contact WHERE Account.Name LIKE 'A%'",
    "SELECT Id, (SELECT Id, Email FROM Contacts) FROM Account LIMIT 3",
    "SELECT COUNT() FROM Opportunity WHERE CloseDate = THIS_MONTH",
    "SELECT Id FROM Lead WHERE Email IN ('a@b.example', 'c@d.example') AND CreatedDate > 2026-01-01T00:00:00Z",
    "SELECT FIELDS(ALL) FROM Lead LIMIT 10",
    "SELECT Id FROM Contact WHERE Id IN (SELECT ContactId FROM OpportunityContactRole)",
    "SELECT MAX(SystemModstamp), CALENDAR_YEAR(CreatedDate) y FROM Lead GROUP BY CALENDAR_YEAR(CreatedDate)",
)
SOAP = (
    '<?xml version="1.0" encoding="utf-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com">'
    "<soapenv:Header><urn:SessionHeader><urn:sessionId>{token}</urn:sessionId></urn:SessionHeader>"
    "</soapenv:Header><soapenv:Body><urn:convertLead><urn:leadConverts><urn:leadId>{lead}</urn:leadId>"
    "<urn:convertedStatus>Closed - Converted</urn:convertedStatus>"
    "<urn:doNotCreateOpportunity>true</urn:doNotCreateOpportunity>"
    "<urn:overwriteLeadSource>false</urn:overwriteLeadSource>"
    "<urn:sendNotificationEmail>false</urn:sendNotificationEmail>"
    "</urn:leadConverts></urn:convertLead></soapenv:Body></soapenv:Envelope>"
)


def _call(method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Call:
    sent = b"" if body is None else json.dumps(body).encode()
    return Call(method, path, query, sent, {"content-type": JSON, **headers})


def hubspot_calls(ids: list[str]) -> list[Call]:
    """Good calls to a portal that holds contacts of these ids."""
    one, two = ids[0], ids[1]
    calls = [
        _call("GET", "/account-info/v3/details"),
        _call("GET", "/account-info/v3/api-usage/daily/private-apps"),
        _call("POST", "/oauth/v2/private-apps/get/access-token-info", {"tokenKey": "x"}),
        _call("GET", "/crm/v3/owners", query="limit=5"),
        _call("GET", "/crm/v3/owners/1"),
        _call("GET", "/crm/v3/pipelines/deals"),
        _call("POST", "/crm/v3/pipelines/deals", {"label": "New", "displayOrder": 3, "stages": []}),
        _call("POST", "/crm/v3/properties/contacts/groups", {"name": "own", "label": "Own"}),
        _call(
            "POST",
            "/crm/v3/properties/contacts",
            {
                "name": "pick",
                "label": "Pick",
                "groupName": "contactinformation",
                "type": "enumeration",
                "fieldType": "select",
                "options": [{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}],
            },
        ),
        _call("PATCH", "/crm/v3/properties/contacts/jobtitle", {"label": "Job"}),
        _call("GET", "/crm/v3/properties/contacts", query="archived=false"),
        _call(
            "POST",
            "/crm/v3/properties/contacts/batch/read",
            {"inputs": [{"name": "email"}], "archived": False},
        ),
        _call(
            "POST",
            "/crm/v3/objects/contacts/merge",
            {"primaryObjectId": one, "objectIdToMerge": two},
        ),
        _call("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": ids[-1]}),
        _call("GET", f"/crm/v4/objects/contacts/{one}/associations/companies"),
        _call("PUT", f"/crm/v4/objects/contacts/{one}/associations/default/companies/{two}"),
        _call(
            "PUT",
            f"/crm/v4/objects/contacts/{one}/associations/companies/1",
            [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
        ),
        _call(
            "POST", "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": one}]}
        ),
        _call(
            "POST",
            "/crm/v4/associations/contacts/companies/batch/create",
            {
                "inputs": [
                    {
                        "from": {"id": one},
                        "to": {"id": "1"},
                        "types": [
                            {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
                        ],
                    }
                ]
            },
        ),
        _call("GET", "/crm/v4/associations/contacts/companies/labels"),
        _call("GET", "/webhooks/v3/1/settings"),
        _call(
            "PUT",
            "/webhooks/v3/1/settings",
            {"targetUrl": "http://127.0.0.1:9/x", "throttling": {"maxConcurrentRequests": 10}},
        ),
        _call(
            "POST",
            "/webhooks/v3/1/subscriptions",
            {"eventType": "contact.propertyChange", "propertyName": "email", "active": True},
        ),
        Call(
            "POST",
            "/oauth/v3/token",
            "",
            urlencode(
                {
                    "grant_type": "refresh_token",
                    "refresh_token": "x",
                    "client_id": "1",
                    "client_secret": "y",
                }
            ).encode(),
            {"content-type": "application/x-www-form-urlencoded"},
        ),
    ]
    for base in ("/crm/v3/objects", "/crm/objects/2026-03"):
        for kind, named in (
            ("contacts", "firstname"),
            ("companies", "name"),
            ("deals", "dealname"),
        ):
            here = f"{base}/{kind}"
            calls += [
                _call("GET", here, query=f"limit=3&properties={named}&archived=false"),
                _call(
                    "GET",
                    f"{here}/{one}",
                    query=f"properties={named}&propertiesWithHistory={named}",
                ),
                _call("POST", here, {"properties": {named: "New"}, "associations": []}),
                _call(
                    "PATCH",
                    f"{here}/{one}",
                    {"properties": {named: "Other", "lifecyclestage": "lead"}},
                ),
                _call("DELETE", f"{here}/{two}"),
                _call(
                    "POST",
                    f"{here}/search",
                    {
                        "filterGroups": [
                            {
                                "filters": [
                                    {"propertyName": named, "operator": "EQ", "value": "New"},
                                    {
                                        "propertyName": "createdate",
                                        "operator": "BETWEEN",
                                        "value": "1",
                                        "highValue": "9",
                                    },
                                    {"propertyName": named, "operator": "IN", "values": ["a", "b"]},
                                ]
                            }
                        ],
                        "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
                        "properties": [named],
                        "query": "a",
                        "limit": 10,
                        "after": "0",
                    },
                ),
                _call(
                    "POST",
                    f"{here}/batch/read",
                    {
                        "inputs": [{"id": one}, {"id": two}],
                        "properties": [named],
                        "propertiesWithHistory": [named],
                    },
                ),
                _call(
                    "POST",
                    f"{here}/batch/read",
                    {
                        "inputs": [{"id": "a@b.example"}],
                        "idProperty": "email",
                        "properties": [named],
                    },
                ),
                _call(
                    "POST",
                    f"{here}/batch/update",
                    {
                        "inputs": [
                            {"id": one, "properties": {named: "B"}, "objectWriteTraceId": "t1"}
                        ]
                    },
                ),
                _call(
                    "POST",
                    f"{here}/batch/create",
                    {
                        "inputs": [
                            {
                                "properties": {named: "C"},
                                "objectWriteTraceId": "t2",
                                "associations": [],
                            }
                        ]
                    },
                ),
                _call(
                    "POST",
                    f"{here}/batch/upsert",
                    {
                        "inputs": [
                            {"id": "k@b.example", "idProperty": "email", "properties": {named: "D"}}
                        ]
                    },
                ),
                _call("POST", f"{here}/batch/archive", {"inputs": [{"id": ids[-2]}]}),
            ]
    return calls


def salesforce_calls(leads: list[str], contact: str, token: str) -> list[Call]:
    """Good calls to an org that holds these Leads and this Contact."""
    one, two = leads[0], leads[1]
    row = {
        "attributes": {"type": "Lead"},
        "LastName": "New",
        "Company": "Firm",
        "Email": "A@b.example",
    }
    calls = [
        _call("GET", f"{V}/query", query="q=" + quote(text)) for text in SOQL for _ in range(3)
    ]
    calls += [
        _call(
            "GET",
            f"{V}/queryAll",
            query="q=" + quote("SELECT Id, IsDeleted, MasterRecordId FROM Lead"),
        ),
        _call(
            "GET",
            f"{V}/query",
            query="q=" + quote("SELECT Id FROM Lead"),
            **{"sforce-query-options": "batchSize=200"},
        ),
        _call("GET", f"{V}/query/01g000000000001AAA-200"),
        _call(
            "GET",
            f"{V}/tooling/query",
            query="q=" + quote("SELECT Id, DeveloperName FROM CustomField"),
        ),
        _call(
            "POST",
            f"{V}/tooling/sobjects/CustomField",
            {"FullName": "Lead.Own__c", "Metadata": {"type": "Text", "label": "Own", "length": 80}},
        ),
        _call("GET", f"{V}/sobjects"),
        _call(
            "GET",
            f"{V}/sobjects/Lead/describe",
            **{"if-modified-since": "Sun, 22 Nov 2026 00:00:00 GMT"},
        ),
        _call("GET", f"{V}/sobjects/Lead/{one}", query="fields=Name,Email"),
        _call(
            "POST",
            f"{V}/sobjects/Lead",
            {key: value for key, value in row.items() if key != "attributes"},
        ),
        _call(
            "PATCH",
            f"{V}/sobjects/Lead/{one}",
            {"Title": "CEO"},
            **{"if-unmodified-since": "Sun, 22 Nov 2026 00:00:00 GMT"},
        ),
        _call("DELETE", f"{V}/sobjects/Lead/{leads[-1]}"),
        _call(
            "PATCH",
            f"{V}/sobjects/Lead/leadpact_lead_id__c/key-1",
            {"LastName": "N", "Company": "F"},
            query="updateOnly=true",
        ),
        _call(
            "GET",
            f"{V}/sobjects/Lead/updated",
            query="start=2026-11-01T00%3A00%3A00Z&end=2026-11-30T00%3A00%3A00Z",
        ),
        _call(
            "GET",
            f"{V}/sobjects/Lead/deleted",
            query="start=2026-11-01T00%3A00%3A00Z&end=2026-11-30T00%3A00%3A00Z",
        ),
        _call(
            "POST",
            f"{V}/composite/sobjects",
            {"allOrNone": False, "records": [row, row]},
            **{"sforce-duplicate-rule-header": "allowSave=true"},
        ),
        _call(
            "PATCH",
            f"{V}/composite/sobjects",
            {
                "allOrNone": True,
                "records": [{"attributes": {"type": "Lead"}, "id": one, "Title": "A"}],
            },
        ),
        _call(
            "PATCH",
            f"{V}/composite/sobjects/Lead/Id",
            {"records": [{"attributes": {"type": "Lead"}, "Id": one, "Title": "A"}]},
        ),
        _call("DELETE", f"{V}/composite/sobjects", query=f"ids={leads[-2]}&allOrNone=false"),
        _call(
            "POST", f"{V}/composite/sobjects/Lead", {"ids": [one, two], "fields": ["Name", "Email"]}
        ),
        _call("POST", f"{V}/composite/tree/Account", TREE),
        _call(
            "POST",
            f"{V}/composite",
            {
                "allOrNone": True,
                "compositeRequest": [
                    {
                        "method": "POST",
                        "url": f"{V}/sobjects/Account",
                        "referenceId": "a",
                        "body": {"Name": "X"},
                    },
                    {"method": "GET", "url": f"{V}/sobjects/Account/@{{a.id}}", "referenceId": "b"},
                    {
                        "method": "GET",
                        "url": f"{V}/query?q=SELECT+Id+FROM+Lead+LIMIT+1",
                        "referenceId": "c",
                    },
                ],
            },
        ),
        _call(
            "POST",
            f"{V}/composite/batch",
            {
                "haltOnError": False,
                "batchRequests": [
                    {"method": "GET", "url": "v66.0/limits"},
                    {
                        "method": "PATCH",
                        "url": f"v66.0/sobjects/Lead/{one}",
                        "richInput": {"Title": "B"},
                    },
                ],
            },
        ),
        _call(
            "POST",
            f"{V}/composite/graph",
            {
                "graphs": [
                    {
                        "graphId": "1",
                        "compositeRequest": [
                            {
                                "method": "POST",
                                "url": f"{V}/sobjects/Account",
                                "referenceId": "a",
                                "body": {"Name": "X"},
                            }
                        ],
                    }
                ]
            },
        ),
        _call(
            "POST",
            f"{V}/jobs/ingest",
            {
                "object": "Lead",
                "operation": "insert",
                "contentType": "CSV",
                "lineEnding": "LF",
                "columnDelimiter": "COMMA",
            },
        ),
        Call(
            "PUT",
            f"{V}/jobs/ingest/750Dn0000000001MAA/batches",
            "",
            b'LastName,Company\nA,B\n#N/A,"C"\n',
            {"content-type": "text/csv"},
        ),
        _call("PATCH", f"{V}/jobs/ingest/750Dn0000000001MAA", {"state": "UploadComplete"}),
        _call("GET", f"{V}/jobs/ingest", query="isPkChunkingEnabled=false&jobType=V2Ingest"),
        _call("GET", f"{V}/jobs/ingest/750Dn0000000001MAA/successfulResults"),
        _call(
            "POST", f"{V}/jobs/query", {"operation": "query", "query": "SELECT Id, Name FROM Lead"}
        ),
        _call("GET", f"{V}/jobs/query/750Dn0000000001MAA/results", query="maxRecords=10"),
        _call("GET", f"{V}/limits"),
        _call("GET", "/services/data"),
        _call("GET", f"{V}/sobjects/Contact/{contact}"),
        _call("PATCH", f"{V}/sobjects/Contact/{contact}", {"Title": "CEO"}),
        Call(
            "POST",
            "/services/oauth2/token",
            "",
            b"grant_type=client_credentials&client_id=a&client_secret=b",
            {"content-type": "application/x-www-form-urlencoded"},
        ),
        Call(
            "POST",
            "/services/Soap/u/58.0",
            "",
            SOAP.format(token=token, lead=two).encode(),
            {"content-type": "text/xml", "soapaction": "x"},
        ),
        Call(
            "POST",
            "/services/Soap/c/66.0",
            "",
            SOAP.format(token=token, lead=leads[2]).encode(),
            {"content-type": "text/xml", "soapaction": "x"},
        ),
    ]
    return calls
