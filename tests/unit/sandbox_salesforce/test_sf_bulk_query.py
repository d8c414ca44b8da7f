"""Bulk 2.0 query jobs: pages, locators, versions (facts salesforce §4)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

JOBS = "/jobs/query"


def ask(desk: Desk, query: str, operation: str = "query", **more: Any) -> str:
    """A job that has ended; its id."""
    response = desk.call("POST", JOBS, {"operation": operation, "query": query, **more})
    assert response.status_code == 200, response.text
    assert response.json()["state"] == "UploadComplete"
    desk.world.clock.advance(60)
    made: str = response.json()["id"]
    return made


def rows(response: requests.Response) -> list[list[str]]:
    """A page's rows, the header first."""
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "text/csv"
    return list(csv.reader(io.StringIO(response.content.decode(), newline="")))


def test_states_follow_the_clock(desk: Desk) -> None:
    body = {"operation": "query", "query": "SELECT Id FROM Lead"}
    job = desk.call("POST", JOBS, body).json()
    assert (job["object"], job["apiVersion"], job["id"][:3]) == ("Lead", 66.0, "750")
    assert desk.get(f"{JOBS}/{job['id']}/results").status_code == 400
    desk.world.clock.advance(0.3)
    assert desk.get(f"{JOBS}/{job['id']}").json()["state"] == "InProgress"
    desk.world.clock.advance(1)
    ended = desk.get(f"{JOBS}/{job['id']}").json()
    assert (ended["state"], ended["numberRecordsProcessed"]) == (
        "JobComplete",
        len(desk.ids("SELECT Id FROM Lead")),
    )


def test_columns_come_as_selected_and_values_as_text(desk: Desk, lead_id: str) -> None:
    soql = f"select id, owner.name, isconverted, City, CreatedDate, Website from Lead where Id = '{lead_id}'"
    header, found = rows(desk.get(f"{JOBS}/{ask(desk, soql)}/results"))
    assert header == ["Id", "Owner.Name", "IsConverted", "City", "CreatedDate", "Website"]
    assert found == [lead_id, "Sam Oyelaran", "false", "Köln", "2026-09-01T08:30:15.000Z", ""]


def test_pages_end_with_the_literal_null(desk: Desk) -> None:
    wanted = sorted(desk.ids("SELECT Id FROM Lead"))
    job = ask(desk, "SELECT Id FROM Lead")
    found: list[str] = []
    locator: str | None = None
    counts = []
    while locator != "null":
        extra = {} if locator is None else {"locator": locator}
        page = desk.get(f"{JOBS}/{job}/results", maxRecords=3, **extra)
        header, *more = rows(page)
        assert header == ["Id"]
        found += [each for (each,) in more]
        counts.append(int(page.headers["Sforce-NumberOfRecords"]))
        locator = page.headers["Sforce-Locator"]
    assert sorted(found) == wanted
    assert sum(counts) == len(wanted)
    assert counts[0] == 3


def test_nothing_found_is_a_header_alone(desk: Desk) -> None:
    job = ask(desk, "SELECT Id, Owner.Name FROM Lead WHERE City = 'Nowhere'")
    page = desk.get(f"{JOBS}/{job}/results")
    assert rows(page) == [["Id", "Owner.Name"]]
    assert (page.headers["Sforce-Locator"], page.headers["Sforce-NumberOfRecords"]) == ("null", "0")


def test_results_stay_as_they_were_found(desk: Desk, lead_id: str) -> None:
    job = ask(desk, f"SELECT City FROM Lead WHERE Id = '{lead_id}'")
    desk.get(f"{JOBS}/{job}")
    desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"City": "Bonn"})
    assert rows(desk.get(f"{JOBS}/{job}/results"))[1] == ["Köln"]


def test_query_all_finds_the_deleted(desk: Desk, lead_id: str) -> None:
    desk.call("DELETE", f"/sobjects/Lead/{lead_id}")
    soql = f"SELECT IsDeleted FROM Lead WHERE Id = '{lead_id}'"
    assert rows(desk.get(f"{JOBS}/{ask(desk, soql)}/results")) == [["IsDeleted"]]
    job = ask(desk, soql, "queryAll")
    assert rows(desk.get(f"{JOBS}/{job}/results"))[1] == ["true"]


def test_another_api_version_conflicts(desk: Desk) -> None:
    job = ask(desk, "SELECT Id FROM Lead")
    desk.version = "65.0"
    assert desk.get(f"{JOBS}/{job}/results").status_code == 409


@pytest.mark.parametrize(
    "options",
    [
        {"locator": "zz"},
        {"locator": "MTffff"},
        {"maxRecords": "x"},
        {"maxRecords": "0"},
        {"locator": "MT-1"},
    ],
)
def test_a_wrong_page_is_refused(desk: Desk, options: dict[str, str]) -> None:
    job = ask(desk, "SELECT Id FROM Lead")
    assert desk.get(f"{JOBS}/{job}/results", **options).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "SELECT",
        "SELECT Nope FROM Lead",
        "SELECT Id FROM Nope",
        "SELECT COUNT() FROM Lead",
        "SELECT Status FROM Lead GROUP BY Status",
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT FIELDS(ALL) FROM Lead LIMIT 10",
        "SELECT Id FROM Lead LIMIT 5 OFFSET 5",
    ],
)
def test_what_bulk_does_not_query_is_refused(desk: Desk, query: str) -> None:
    response = desk.call("POST", JOBS, {"operation": "query", "query": query})
    assert response.status_code in (400, 501)


def test_jobs_are_listed_aborted_and_deleted(desk: Desk) -> None:
    job = desk.call("POST", JOBS, {"operation": "query", "query": "SELECT Id FROM Lead"}).json()[
        "id"
    ]
    assert [each["id"] for each in desk.get(JOBS).json()["records"]] == [job]
    assert desk.call("DELETE", f"{JOBS}/{job}").status_code == 400
    aborted = desk.call("PATCH", f"{JOBS}/{job}", {"state": "Aborted"})
    assert aborted.json()["state"] == "Aborted"
    desk.world.clock.advance(60)
    assert desk.get(f"{JOBS}/{job}/results").status_code == 400
    assert desk.call("DELETE", f"{JOBS}/{job}").status_code == 204
    assert desk.get(f"{JOBS}/{job}").status_code == 404
    assert desk.get("/limits").json()["DailyBulkV2QueryJobs"]["Remaining"] == 9_999
