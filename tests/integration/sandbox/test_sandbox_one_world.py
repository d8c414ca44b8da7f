"""Both CRMs over HTTP are one world: same people, one clock, one set of faults and counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from tests.integration.sandbox.conftest import RunningSandbox

from leadpact_sandbox.seed import generate
from leadpact_sandbox.world import FAULTS

CONTACTS = "/crm/v3/objects/contacts"
PAGES = {"bad_gateway", "gateway_timeout", "edge_timeout"}
"""Answered in HTML by what stands before HubSpot."""


def all_contacts(sandbox: RunningSandbox, properties: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        path = f"{CONTACTS}?limit=100&properties={properties}{after}"
        page = sandbox.hubspot("GET", path).json()
        rows += page["results"]
        if "paging" not in page:
            return rows
        after = f"&after={page['paging']['next']['after']}"


def query(sandbox: RunningSandbox, soql: str) -> list[dict[str, Any]]:
    answer = sandbox.salesforce("GET", "/query", params={"q": soql})
    assert answer.ok, answer.text
    rows: list[dict[str, Any]] = answer.json()["records"]
    return rows


def first_lead(sandbox: RunningSandbox) -> dict[str, Any]:
    return query(
        sandbox, "SELECT Id, City FROM Lead WHERE IsConverted = false ORDER BY Id LIMIT 1"
    )[0]


def test_both_crms_tell_of_the_seeded_people(sandbox: RunningSandbox) -> None:
    people = generate(200, 7, datetime.now(UTC)).people
    contacts = all_contacts(sandbox, "email,lastname,lifecyclestage")
    assert len(contacts) == sum(person.in_hubspot for person in people)
    leads = query(sandbox, "SELECT Email, LastName, Status, IsConverted FROM Lead")
    assert len(leads) == sum(person.in_salesforce for person in people)
    assert sum(lead["IsConverted"] for lead in leads) == sum(bool(p.converted) for p in people)

    stages = {row["properties"]["email"]: row["properties"]["lifecyclestage"] for row in contacts}
    statuses = {lead["Email"]: lead["Status"] for lead in leads if lead["Email"]}
    for person in people:
        if person.email and person.in_hubspot:
            assert stages[person.email.lower()] == person.hubspot_stage
        if person.email and person.in_salesforce and not person.duplicate_of:
            assert person.email.lower() in statuses
    assert len(stages.keys() & statuses.keys()) > 80


def test_the_same_staff_own_records_in_both(sandbox: RunningSandbox) -> None:
    owners = sandbox.hubspot("GET", "/crm/v3/owners/?limit=100").json()["results"]
    users = query(sandbox, "SELECT Email FROM User WHERE IsActive = true")
    addresses = {owner["email"] for owner in owners}
    assert "dan.whitlock@halden.example" in addresses
    assert addresses & {user["Email"] for user in users} >= {
        "aiko.tanabe@halden.example",
        "ines.robledo@halden.example",
    }


def test_a_marketer_and_a_rep_edit_and_the_apis_show_it(sandbox: RunningSandbox) -> None:
    contact = sandbox.hubspot("GET", f"{CONTACTS}?limit=1").json()["results"][0]["id"]
    owner = sandbox.hubspot("GET", "/crm/v3/owners?limit=1").json()["results"][0]["id"]
    edited = sandbox.control(
        "POST",
        "/hubspot/edit",
        {
            "object": "contacts",
            "id": contact,
            "properties": {"city": "Köln"},
            "by": f"person:{owner}",
        },
    )
    assert edited["id"] == contact
    read = sandbox.hubspot("GET", f"{CONTACTS}/{contact}?properties=city").json()
    assert read["properties"]["city"] == "Köln"

    lead = first_lead(sandbox)
    user = query(sandbox, "SELECT Id FROM User WHERE IsActive = true LIMIT 1")[0]["Id"]
    edit = {"object": "Lead", "id": lead["Id"], "fields": {"City": "Łódź"}, "by": f"person:{user}"}
    sandbox.control("POST", "/salesforce/edit", edit)
    assert sandbox.salesforce("GET", f"/sobjects/Lead/{lead['Id']}").json()["City"] == "Łódź"


@pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
def test_acts_on_records_that_do_not_exist_are_refused(sandbox: RunningSandbox, crm: str) -> None:
    key, name = ("properties", "contacts") if crm == "hubspot" else ("fields", "Lead")
    unknown = "999999999999" if crm == "hubspot" else "00Q000000000zzz"
    headers = {"X-Control-Token": sandbox.ready["control_token"]}
    for kind, record, statuses in ((name, unknown, {404}), ("spaceships", "1", {400, 404, 501})):
        body: Any = {"object": kind, "id": record, key: {"City": "x"}, "by": "workflow:1"}
        answer = requests.post(
            f"{sandbox.ready['control_url']}/{crm}/edit", json=body, headers=headers, timeout=20
        )
        assert answer.status_code in statuses, answer.text
        assert answer.json()


def test_calls_of_both_crms_are_counted_by_template(sandbox: RunningSandbox) -> None:
    contact = sandbox.hubspot("GET", f"{CONTACTS}?limit=1").json()["results"][0]["id"]
    sandbox.hubspot("PATCH", f"{CONTACTS}/{contact}", {"properties": {"city": "Bo"}})
    sandbox.salesforce("GET", f"/sobjects/Lead/{first_lead(sandbox)['Id']}")
    calls = sandbox.control("GET", "/calls")
    assert calls["hubspot"] == {
        "GET /crm/v3/objects/contacts": 1,
        "PATCH /crm/v3/objects/contacts/{id}": 1,
    }
    assert calls["salesforce"] == {
        "GET /services/data/{version}/query": 1,
        "GET /services/data/{version}/sobjects/Lead/{id}": 1,
    }


def test_time_moves_in_both_at_once(sandbox: RunningSandbox) -> None:
    lead = first_lead(sandbox)["Id"]
    before = datetime.fromisoformat(sandbox.control("GET", "/clock")["now"])
    sandbox.control("POST", "/advance", {"seconds": 86_400})
    contact = sandbox.hubspot("GET", f"{CONTACTS}?limit=1").json()["results"][0]["id"]
    changed = sandbox.hubspot("PATCH", f"{CONTACTS}/{contact}", {"properties": {"city": "Bo"}})
    assert (datetime.fromisoformat(changed.json()["updatedAt"]) - before).days == 1
    assert sandbox.salesforce("GET", "/limits").status_code == 401
    edit = {"object": "Lead", "id": lead, "fields": {"City": "Bo"}, "by": "workflow:1"}
    stamp = sandbox.control("POST", "/salesforce/edit", edit)
    moved = datetime.fromisoformat(stamp["SystemModstamp"])
    assert (moved - before).total_seconds() >= 86_399


def test_a_lost_answer_was_written(sandbox: RunningSandbox) -> None:
    contact = sandbox.hubspot("GET", f"{CONTACTS}?limit=1").json()["results"][0]["id"]
    sandbox.control(
        "POST",
        "/faults",
        [{"crm": "hubspot", "route": f"PATCH {CONTACTS}", "nth": 1, "fault": "lost_answer"}],
    )
    with pytest.raises(requests.ConnectionError):
        sandbox.hubspot("PATCH", f"{CONTACTS}/{contact}", {"properties": {"city": "Lund"}})
    read = sandbox.hubspot("GET", f"{CONTACTS}/{contact}?properties=city").json()
    assert read["properties"]["city"] == "Lund"


def test_a_cut_body_is_not_mistaken_for_an_answer(sandbox: RunningSandbox) -> None:
    sandbox.control(
        "POST", "/faults", [{"crm": "salesforce", "route": "*", "nth": 1, "fault": "cut_body"}]
    )
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        sandbox.salesforce("GET", "/query", params={"q": "SELECT Id FROM Lead"})
    assert query(sandbox, "SELECT Id FROM Lead LIMIT 1")


DONE_BY_THE_GATE = {"lost_answer", "cut_body", "slow", "stale_index", "skew"}


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - DONE_BY_THE_GATE))
@pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
def test_every_fault_is_an_error_answer_of_that_crm(
    sandbox: RunningSandbox, crm: str, fault: str
) -> None:
    lead = first_lead(sandbox)["Id"]
    sandbox.control("POST", "/faults", [{"crm": crm, "route": "*", "nth": 1, "fault": fault}])

    def ask() -> requests.Response:
        if crm == "hubspot":
            return sandbox.hubspot("GET", f"{CONTACTS}?limit=1")
        return sandbox.salesforce("PATCH", f"/sobjects/Lead/{lead}", {"City": "Bo"})

    struck = ask()
    assert struck.status_code >= 400
    is_html = "html" in struck.headers["content-type"]
    pages = {"html_503"} | (PAGES if crm == "hubspot" else set())
    assert is_html == (fault in pages)
    if not is_html:
        assert struck.json()
    cured = (crm, fault) != ("salesforce", "expired_token")
    assert ask().ok == cured


def test_an_expired_session_is_cured_by_signing_in_again(sandbox: RunningSandbox) -> None:
    rule = {"crm": "salesforce", "route": "*", "nth": 1, "fault": "expired_token"}
    sandbox.control("POST", "/faults", [rule])
    assert sandbox.salesforce("GET", "/limits").status_code == 401
    crm = sandbox.ready["salesforce"]
    form = {"grant_type": "client_credentials"}
    form |= {key: crm[key] for key in ("client_id", "client_secret")}
    signed_in = requests.post(f"{crm['login_url']}/services/oauth2/token", data=form, timeout=20)
    answer = requests.get(
        f"{crm['instance_url']}/services/data/v66.0/limits",
        headers={"Authorization": f"Bearer {signed_in.json()['access_token']}"},
        timeout=20,
    )
    assert answer.ok


def test_an_unknown_path_gets_the_crms_own_404(sandbox: RunningSandbox) -> None:
    assert sandbox.hubspot("GET", "/crm/v3/nowhere").status_code == 404
    assert sandbox.salesforce("GET", "/nowhere").status_code == 404


def test_reset_brings_back_the_seed(sandbox: RunningSandbox) -> None:
    before = all_contacts(sandbox, "city")
    contact = before[0]["id"]
    sandbox.hubspot("PATCH", f"{CONTACTS}/{contact}", {"properties": {"city": "Lund"}})
    sandbox.hubspot("DELETE", f"{CONTACTS}/{before[1]['id']}")
    sandbox.control("POST", "/reset")
    after = all_contacts(sandbox, "city")
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert [row["properties"]["city"] for row in after] == [
        row["properties"]["city"] for row in before
    ]
