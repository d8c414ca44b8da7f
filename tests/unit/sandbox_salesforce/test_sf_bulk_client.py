"""The real simple-salesforce's Bulk 2.0 client against the emulator (facts salesforce §11 point 14)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceOperationError

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


class PlainLoopback(HTTPAdapter):
    """simple-salesforce always builds https addresses; the emulator speaks http (§11.1)."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, *args, **more)


@pytest.fixture
def bulk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Its ``bulk2``; waiting moves the sandbox's clock."""
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", desk.world.clock.advance)
    session = requests.Session()
    session.mount("https://127.0.0.1", PlainLoopback())
    token = desk.salesforce.connection(desk.url)["access_token"]
    sf = Salesforce(instance_url=desk.url, session_id=token, version="66.0", session=session)
    yield sf.bulk2
    session.close()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_inserts_updates_and_deletes(bulk: Any, desk: Desk) -> None:
    records = [{"LastName": f"Ñandú {n}", "Company": "Kyoto"} for n in range(20)]
    (told,) = bulk.Lead.insert(records=[*records, {"LastName": "", "Company": "x"}])
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (21, 1)
    (failed,) = rows(bulk.Lead.get_failed_records(told["job_id"]))
    assert failed["sf__Error"].startswith("REQUIRED_FIELD_MISSING")
    done = rows(bulk.Lead.get_successful_records(told["job_id"]))
    ids = [each["sf__Id"] for each in done]
    assert sorted(ids) == desk.ids("SELECT Id FROM Lead WHERE Company = 'Kyoto' ORDER BY Id")
    # No charset is said, so requests guesses latin-1: what a client of its own must decode.
    assert done[0]["LastName"].encode("latin-1").decode().startswith("Ñandú")
    bulk.Lead.update(records=[{"Id": each, "City": "Bonn"} for each in ids])
    assert len(desk.ids("SELECT Id FROM Lead WHERE City = 'Bonn'")) == 20
    bulk.Lead.delete(records=[{"Id": each} for each in ids])
    assert not desk.ids("SELECT Id FROM Lead WHERE Company = 'Kyoto'")


def test_a_failed_job_raises(bulk: Any) -> None:
    with pytest.raises(SalesforceOperationError, match="Field name not found : Nope"):
        bulk.Lead.insert(records=[{"Nope": "x"}])


def test_queries_page_by_locator(bulk: Any, desk: Desk) -> None:
    wanted = sorted(desk.ids("SELECT Id FROM Lead"))
    pages = list(bulk.Lead.query("SELECT Id, City FROM Lead", max_records=2))
    assert len(pages) > 1
    assert sorted(row["Id"] for page in pages for row in rows(page)) == wanted
