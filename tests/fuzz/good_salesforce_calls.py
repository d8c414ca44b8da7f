"""Calls that the emulated Salesforce answers well, one or more for every family of its paths."""

from __future__ import annotations

from urllib.parse import quote

from tests.fuzz.calling import Call
from tests.fuzz.good_calls import made

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


def salesforce_calls(leads: list[str], contact: str, token: str) -> list[Call]:
    """Good calls to an org that holds these Leads and this Contact."""
    one, two = leads[0], leads[1]
    row = {
        "attributes": {"type": "Lead"},
        "LastName": "New",
        "Company": "Firm",
        "Email": "A@b.example",
    }
    calls = [made("GET", f"{V}/query", query="q=" + quote(text)) for text in SOQL for _ in range(3)]
    calls += [
        made(
            "GET",
            f"{V}/queryAll",
            query="q=" + quote("SELECT Id, IsDeleted, MasterRecordId FROM Lead"),
        ),
        made(
            "GET",
            f"{V}/query",
            query="q=" + quote("SELECT Id FROM Lead"),
            **{"sforce-query-options": "batchSize=200"},
        ),
        made("GET", f"{V}/query/01g000000000001AAA-200"),
        made(
            "GET",
            f"{V}/tooling/query",
            query="q=" + quote("SELECT Id, DeveloperName FROM CustomField"),
        ),
        made(
            "POST",
            f"{V}/tooling/sobjects/CustomField",
            {"FullName": "Lead.Own__c", "Metadata": {"type": "Text", "label": "Own", "length": 80}},
        ),
        made("GET", f"{V}/sobjects"),
        made(
            "GET",
            f"{V}/sobjects/Lead/describe",
            **{"if-modified-since": "Sun, 22 Nov 2026 00:00:00 GMT"},
        ),
        made("GET", f"{V}/sobjects/Lead/{one}", query="fields=Name,Email"),
        made(
            "POST",
            f"{V}/sobjects/Lead",
            {key: value for key, value in row.items() if key != "attributes"},
        ),
        made(
            "PATCH",
            f"{V}/sobjects/Lead/{one}",
            {"Title": "CEO"},
            **{"if-unmodified-since": "Sun, 22 Nov 2026 00:00:00 GMT"},
        ),
        made("DELETE", f"{V}/sobjects/Lead/{leads[-1]}"),
        made(
            "PATCH",
            f"{V}/sobjects/Lead/leadpact_lead_id__c/key-1",
            {"LastName": "N", "Company": "F"},
            query="updateOnly=true",
        ),
        made(
            "GET",
            f"{V}/sobjects/Lead/updated",
            query="start=2026-11-01T00%3A00%3A00Z&end=2026-11-30T00%3A00%3A00Z",
        ),
        made(
            "GET",
            f"{V}/sobjects/Lead/deleted",
            query="start=2026-11-01T00%3A00%3A00Z&end=2026-11-30T00%3A00%3A00Z",
        ),
        made(
            "POST",
            f"{V}/composite/sobjects",
            {"allOrNone": False, "records": [row, row]},
            **{"sforce-duplicate-rule-header": "allowSave=true"},
        ),
        made(
            "PATCH",
            f"{V}/composite/sobjects",
            {
                "allOrNone": True,
                "records": [{"attributes": {"type": "Lead"}, "id": one, "Title": "A"}],
            },
        ),
        made(
            "PATCH",
            f"{V}/composite/sobjects/Lead/Id",
            {"records": [{"attributes": {"type": "Lead"}, "Id": one, "Title": "A"}]},
        ),
        made("DELETE", f"{V}/composite/sobjects", query=f"ids={leads[-2]}&allOrNone=false"),
        made(
            "POST", f"{V}/composite/sobjects/Lead", {"ids": [one, two], "fields": ["Name", "Email"]}
        ),
        made("POST", f"{V}/composite/tree/Account", TREE),
        made(
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
        made(
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
        made(
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
        made(
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
        made("PATCH", f"{V}/jobs/ingest/750Dn0000000001MAA", {"state": "UploadComplete"}),
        made("GET", f"{V}/jobs/ingest", query="isPkChunkingEnabled=false&jobType=V2Ingest"),
        made("GET", f"{V}/jobs/ingest/750Dn0000000001MAA/successfulResults"),
        made(
            "POST", f"{V}/jobs/query", {"operation": "query", "query": "SELECT Id, Name FROM Lead"}
        ),
        made("GET", f"{V}/jobs/query/750Dn0000000001MAA/results", query="maxRecords=10"),
        made("GET", f"{V}/limits"),
        made("GET", "/services/data"),
        made("GET", f"{V}/sobjects/Contact/{contact}"),
        made("PATCH", f"{V}/sobjects/Contact/{contact}", {"Title": "CEO"}),
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
