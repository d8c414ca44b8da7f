"""R13 through the commands: HubSpot's own Salesforce connector is at work, and leadpact keeps out of its way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.cli.conftest import Shell
from tests.integration.sandbox.conftest import RunningSandbox

from leadpact_mappings import default_text

SWITCH = "hubspot.4.native_connector"
LEFT = ["email", "firstname", "hs_lead_status", "jobtitle", "lifecyclestage", "phone"]


@pytest.fixture(autouse=True)
def native(crms: RunningSandbox) -> Iterator[None]:
    crms.control("POST", "/switches", {SWITCH: True})
    crms.control("POST", "/reset")
    contact = _contacts(crms)[0]["id"]
    crms.control(
        "POST",
        "/hubspot/edit",
        {
            "object": "contacts",
            "id": contact,
            "properties": {"hs_lead_status": "OPEN", "lifecyclestage": "customer"},
            "by": "integration:salesforce",
        },
    )
    person = crms.hubspot("GET", "/crm/v3/owners?limit=1").json()["results"][0]["id"]
    phone = {"object": "contacts", "id": contact, "properties": {"phone": "+1 555 0100"}}
    crms.control("POST", "/hubspot/edit", {**phone, "by": f"person:{person}"})
    crms.control("POST", "/advance", {"seconds": 60})
    yield
    crms.control("POST", "/switches", {SWITCH: False})


def _contacts(crms: RunningSandbox) -> list[dict[str, Any]]:
    """Contacts that bear an id which the connector keeps."""
    query = {
        "filterGroups": [
            {"filters": [{"propertyName": "salesforceleadid", "operator": "HAS_PROPERTY"}]}
        ],
        "properties": ["salesforceleadid", "email"],
        "limit": 50,
    }
    answer = crms.hubspot("POST", "/crm/v3/objects/contacts/search", query).json()
    found: list[dict[str, Any]] = answer["results"]
    return found


def _authors(crms: RunningSandbox) -> dict[str, set[str]]:
    """Who ever wrote each of these properties, by source type."""
    body = {
        "properties": [],
        "propertiesWithHistory": [*LEFT, "leadpact_stage"],
        "inputs": [{"id": one["id"]} for one in _contacts(crms)],
    }
    rows = crms.hubspot("POST", "/crm/v3/objects/contacts/batch/read", body).json()["results"]
    authors: dict[str, set[str]] = {}
    for row in rows:
        for name, versions in row["propertiesWithHistory"].items():
            authors.setdefault(name, set()).update(one["sourceType"] for one in versions)
    return authors


def test_it_is_told_and_its_fields_are_left_alone(shell: Shell, crms: RunningSandbox) -> None:
    assert shell("provision").code == 0
    checked = shell("check", "--json").json
    assert "HubSpot's own Salesforce connector is at work" in checked["other_syncs"][0]
    assert "beside   HubSpot's own" in shell("check").out
    parked = shell("sync", "--json")
    assert parked.json["other_syncs"] == checked["other_syncs"]
    plan = shell("plan", "--json").json
    assert plan["other_syncs"] == checked["other_syncs"]
    assert not plan["counts"]["planned_creates"]
    assert not {one["field"] for one in plan["lines"]} & {*LEFT, "Phone"}
    assert "works beside it" in shell("plan").out
    assert shell("apply", "--yes").code in (0, 1)
    authors = _authors(crms)
    assert authors.pop("leadpact_stage") == {"INTEGRATION"}
    assert all("INTEGRATION" not in by for by in authors.values())
    assert "SALESFORCE" in authors["hs_lead_status"]


def test_two_with_different_addresses_are_one_by_the_kept_id(
    shell: Shell, crms: RunningSandbox
) -> None:
    contact = _contacts(crms)[0]
    lead = contact["properties"]["salesforceleadid"]
    act = {"object": "Lead", "id": lead, "fields": {"Email": "other@else.example"}}
    crms.control("POST", "/salesforce/edit", {**act, "by": "workflow:1"})
    assert shell("provision").code == 0
    assert shell("plan").code == 0
    assert shell("apply", "--yes").code in (0, 1)
    told = shell("explain", lead, "--offline", "--json").json["leads"]
    assert {one["id"] for one in told[0]["records"]} == {contact["id"], lead}


def test_replace_waits_for_a_confirmation(shell: Shell, crms: RunningSandbox) -> None:
    mapping = shell.folder / "mapping.yaml"
    text = default_text("mapping.yaml")
    mapping.write_text(text.replace("  hubspot:\n", "  hubspot:\n    coexist: replace\n", 1))
    shell.settings["MAPPING"] = str(mapping)
    assert shell("provision").code == 0
    refused = shell("plan")
    assert refused.code == 2
    assert "confirmed_by" in refused.err
    assert shell("check").code == 2
    said = "coexist: {mode: replace, confirmed_by: Ada Admin, confirmed_on: 2026-11-22}"
    mapping.write_text(text.replace("  hubspot:\n", f"  hubspot:\n    {said}\n", 1))
    plan = shell("plan", "--json")
    assert plan.code == 0
    assert "confirmed by Ada Admin on 2026-11-22" in plan.json["other_syncs"][0]
    assert {"phone", "Phone"} & {one["field"] for one in plan.json["lines"]}
