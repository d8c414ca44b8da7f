"""The real simple-salesforce against the emulator over loopback (facts salesforce §11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_soql

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


class PlainLoopback(HTTPAdapter):
    """simple-salesforce always builds https addresses; the emulator speaks http (§11.1)."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, *args, **more)


@pytest.fixture
def client(desk: Desk) -> Iterator[Any]:
    session = requests.Session()
    session.mount("https://127.0.0.1", PlainLoopback())
    token = desk.salesforce.connection(desk.url)["access_token"]
    yield Salesforce(instance_url=desk.url, session_id=token, version="66.0", session=session)
    session.close()


def test_a_record_lives_its_life(client: Any) -> None:
    made = client.Lead.create({"LastName": "Šimková", "Company": "Plzeň", "Email": "P@x.example"})
    assert made["success"] is True
    assert client.Lead.update(made["id"], {"Title": "Head"}) == 204
    row = client.Lead.get(made["id"])
    assert (row["Title"], row["Email"]) == ("Head", "p@x.example")
    assert client.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Lead.get(made["id"])
    client.query("SELECT Id FROM Lead LIMIT 1")
    assert client.api_usage["api-usage"].total == 100_000


def test_queries_page_through(client: Any, desk: Desk) -> None:
    records = [
        {"attributes": {"type": "Lead"}, "LastName": f"N{each}", "Company": "Pages"}
        for each in range(200)
    ]
    for _ in range(3):
        done = client.restful("composite/sobjects", method="POST", json={"records": records})
        assert all(each["success"] for each in done)
    soql = format_soql("SELECT Id FROM Lead WHERE Company = {}", "Pages")
    many = client.query_all_iter(soql, headers={"Sforce-Query-Options": "batchSize=200"})
    assert len({each["Id"] for each in many}) == 600
    counts = desk.world.calls.counts()["salesforce"]
    assert counts["GET /services/data/{version}/query/{locator}"] == 2


def test_refusals_become_its_exceptions(client: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.query("SELECT * FROM Lead")
    content: Any = refused.value.content
    assert content[0]["errorCode"] == "MALFORMED_QUERY"
    client.session_id = "gone"
    client.headers["Authorization"] = "Bearer gone"
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Lead")


def test_describe_updated_and_upsert_are_understood(client: Any, desk: Desk) -> None:
    assert client.Lead.describe()["keyPrefix"] == "00Q"
    desk.custom_field("Lead.Key__c", type="Text", length=64, externalId=True)
    desk.grant("Lead.Key__c")
    body = {"LastName": "a", "Company": "b"}
    assert client.Lead.upsert("Key__c/k 1", body) == 201
    assert client.Lead.upsert("Key__c/k 1", body) == 200
    now = desk.world.clock.now()
    changed = client.Lead.updated(now - timedelta(minutes=5), now + timedelta(minutes=1))
    assert len(changed["ids"]) == 1
    limits = client.limits()
    assert limits["DailyApiRequests"]["Max"] == 100_000
