"""HubSpot alone, its deals read as evidence: open ones and won ones move the stage, and support an automation (R12)."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from tests.acceptance.agreement import shown
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import Town

from leadpact_mappings import default_text


def call(town: Town, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {town.world.ready['hubspot']['token']}"}
    url = town.world.hubspot_url + path
    answer = requests.request(method, url, json=body, headers=headers, timeout=10)
    answer.raise_for_status()
    return answer.json()


def deal_of(town: Town, contact: str) -> str:
    told = {"dealname": "First order", "pipeline": "default", "dealstage": "qualifiedtobuy"}
    made = call(town, "POST", "/crm/v3/objects/deals", {"properties": told})
    link = f"/crm/v4/objects/deals/{made['id']}/associations/default/contacts/{contact}"
    call(town, "PUT", link)
    return str(made["id"])


def win(town: Town, deal: str) -> None:
    call(town, "PATCH", f"/crm/v3/objects/deals/{deal}", {"properties": {"dealstage": "closedwon"}})


@pytest.mark.parametrize("deals", [True, False])
def test_hubspot_alone_with_deals(make_town: MakeTown, deals: bool) -> None:
    town = make_town(60, only="hubspot")
    town.tables["hubspot"]["deals"] = deals
    with town.pair() as pair:
        town.go_live(pair)
        people = shown(town.world, "hubspot").hubspot.values()
        mqls = [str(row["id"]) for row in people if row["leadpact_stage"] == "mql"]
        bought, wins, claimed, backed = mqls[:4]
        deal_of(town, bought)
        won = deal_of(town, wins)
        deal_of(town, backed)
        for who in (claimed, backed):
            town.world.edit_contact(who, {"lifecyclestage": "opportunity"}, "workflow:7101")
        town.later()
        pair.run_cycle()
        now = shown(town.world, "hubspot").hubspot
        # What an automation sets counts only where a deal supports it (R12).
        assert now[claimed]["leadpact_stage"] == "mql"
        expected = "opportunity" if deals else "mql"
        for who in (bought, wins, backed):
            assert now[who]["leadpact_stage"] == expected, who
        win(town, won)
        town.later()
        pair.run_cycle()
        now = shown(town.world, "hubspot").hubspot
        assert now[wins]["leadpact_stage"] == ("customer" if deals else "mql")
        assert now[bought]["leadpact_stage"] == expected
        if deals:
            assert now[wins]["lifecyclestage"] == "customer"
            assert "pportunity" in now[wins]["leadpact_stage_reason"]
        asked = " ".join(town.routes()["hubspot"])
        assert ("POST /crm/v4/associations/" in asked) is deals


def test_a_companys_field_reaches_the_lead_and_costs_nothing_while_all_is_quiet(
    make_town: MakeTown,
) -> None:
    town = make_town(40)
    text = default_text("mapping.yaml")
    start = text.index("    hubspot:      ", text.index("  employees:"))
    end = text.index("    salesforce: {Lead: NumberOfEmployees}")
    row = "    hubspot: {field: company.numberofemployees, direction: from_crm}\n"
    mapping = town.folder / "mapping.yaml"
    mapping.write_text(text[:start] + row + text[end:])
    town.tables["mapping"] = str(mapping)
    town.tables["hubspot"]["company_fields"] = "numberofemployees"
    with town.pair() as pair:
        town.begin(pair)
        town.answer_differences(pair)
        town.until_quiet(pair)
        leads = {one["leadpact_lead_id__c"]: one for one in town.world.query(LEADS)}
        contact = next(
            one
            for one in shown(town.world, "hubspot").hubspot.values()
            if leads.get(one["leadpact_lead_id"], {}).get("NumberOfEmployees") is None
            and one["leadpact_lead_id"] in leads
        )
        told = {"properties": {"name": "Acme", "numberofemployees": "320"}}
        company = call(town, "POST", "/crm/v3/objects/companies", told)["id"]
        link = f"/crm/v4/objects/contacts/{contact['id']}/associations/default/companies/{company}"
        call(town, "PUT", link)
        town.world.edit_contact(contact["id"], {"city": "Oslo"}, "import:1")
        town.later()
        pair.run_cycle()
        (lead,) = [
            one
            for one in town.world.query(LEADS)
            if one["leadpact_lead_id__c"] == contact["leadpact_lead_id"]
        ]
        assert lead["NumberOfEmployees"] == 320
        town.until_quiet(pair)
        town.calm(pair, 3600)
        for _look_back in range(3):
            town.later(660)
            report, calls = town.calls_of(pair)
        assert report.counts["written"] == 0
        assert list(calls.made["hubspot"]) == ["POST /crm/v3/objects/contacts/search"]

        # Nobody touches the contact: its company alone changes, and is asked for within the hour (R20).
        path = f"/crm/v3/objects/companies/{company}"
        call(town, "PATCH", path, {"properties": {"numberofemployees": "500"}})
        town.later(3700)
        pair.run_cycle()
        (lead,) = [
            one
            for one in town.world.query(LEADS)
            if one["leadpact_lead_id__c"] == contact["leadpact_lead_id"]
        ]
        assert lead["NumberOfEmployees"] == 500


LEADS = "SELECT Id, leadpact_lead_id__c, NumberOfEmployees FROM Lead WHERE IsConverted = false"
