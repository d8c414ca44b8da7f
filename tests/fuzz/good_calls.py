"""Calls that the emulated HubSpot answers well, one or more for every family of its paths."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from tests.fuzz.calling import Call

JSON = "application/json"


def made(method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Call:
    sent = b"" if body is None else json.dumps(body).encode()
    return Call(method, path, query, sent, {"content-type": JSON, **headers})


def hubspot_calls(ids: list[str]) -> list[Call]:
    """Good calls to a portal that holds contacts of these ids."""
    one, two = ids[0], ids[1]
    calls = [
        made("GET", "/account-info/v3/details"),
        made("GET", "/account-info/v3/api-usage/daily/private-apps"),
        made("POST", "/oauth/v2/private-apps/get/access-token-info", {"tokenKey": "x"}),
        made("GET", "/crm/v3/owners", query="limit=5"),
        made("GET", "/crm/v3/owners/1"),
        made("GET", "/crm/v3/pipelines/deals"),
        made("POST", "/crm/v3/pipelines/deals", {"label": "New", "displayOrder": 3, "stages": []}),
        made("POST", "/crm/v3/properties/contacts/groups", {"name": "own", "label": "Own"}),
        made(
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
        made("PATCH", "/crm/v3/properties/contacts/jobtitle", {"label": "Job"}),
        made("GET", "/crm/v3/properties/contacts", query="archived=false"),
        made(
            "POST",
            "/crm/v3/properties/contacts/batch/read",
            {"inputs": [{"name": "email"}], "archived": False},
        ),
        made(
            "POST",
            "/crm/v3/objects/contacts/merge",
            {"primaryObjectId": one, "objectIdToMerge": two},
        ),
        made("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": ids[-1]}),
        made("GET", f"/crm/v4/objects/contacts/{one}/associations/companies"),
        made("PUT", f"/crm/v4/objects/contacts/{one}/associations/default/companies/{two}"),
        made(
            "PUT",
            f"/crm/v4/objects/contacts/{one}/associations/companies/1",
            [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
        ),
        made(
            "POST", "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": one}]}
        ),
        made(
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
        made("GET", "/crm/v4/associations/contacts/companies/labels"),
        made("GET", "/webhooks/v3/1/settings"),
        made(
            "PUT",
            "/webhooks/v3/1/settings",
            {"targetUrl": "http://127.0.0.1:9/x", "throttling": {"maxConcurrentRequests": 10}},
        ),
        made(
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
                made("GET", here, query=f"limit=3&properties={named}&archived=false"),
                made(
                    "GET",
                    f"{here}/{one}",
                    query=f"properties={named}&propertiesWithHistory={named}",
                ),
                made("POST", here, {"properties": {named: "New"}, "associations": []}),
                made(
                    "PATCH",
                    f"{here}/{one}",
                    {"properties": {named: "Other", "lifecyclestage": "lead"}},
                ),
                made("DELETE", f"{here}/{two}"),
                made(
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
                made(
                    "POST",
                    f"{here}/batch/read",
                    {
                        "inputs": [{"id": one}, {"id": two}],
                        "properties": [named],
                        "propertiesWithHistory": [named],
                    },
                ),
                made(
                    "POST",
                    f"{here}/batch/read",
                    {
                        "inputs": [{"id": "a@b.example"}],
                        "idProperty": "email",
                        "properties": [named],
                    },
                ),
                made(
                    "POST",
                    f"{here}/batch/update",
                    {
                        "inputs": [
                            {"id": one, "properties": {named: "B"}, "objectWriteTraceId": "t1"}
                        ]
                    },
                ),
                made(
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
                made(
                    "POST",
                    f"{here}/batch/upsert",
                    {
                        "inputs": [
                            {"id": "k@b.example", "idProperty": "email", "properties": {named: "D"}}
                        ]
                    },
                ),
                made("POST", f"{here}/batch/archive", {"inputs": [{"id": ids[-2]}]}),
            ]
    return calls
