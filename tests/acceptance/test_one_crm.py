"""One CRM alone: stages, scores and reasons on it, the other never asked (issue 2, Build 2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.acceptance.agreement import assert_native, assert_told, shown
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import Town

from leadpact.audit import explain

CONFIRMED = {"need": "pain", "authority": "decides", "budget": "allocated"}
LEADS_OF = "SELECT Id, Status, IsConverted, ConvertedContactId, leadpact_lead_id__c, leadpact_stage__c FROM Lead"


def contact_at(town: Town, stage: str, number: int = 0) -> dict[str, Any]:
    rows = [
        row
        for row in shown(town.world, "hubspot").hubspot.values()
        if row["leadpact_stage"] == stage
    ]
    return dict(rows[number])


def lead_at(town: Town, stage: str, number: int = 0) -> dict[str, Any]:
    rows = [
        row
        for row in town.world.query(LEADS_OF)
        if row["leadpact_stage__c"] == stage and not row["IsConverted"]
    ]
    return rows[number]


def test_hubspot_alone(make_town: MakeTown) -> None:
    town = make_town(60, only="hubspot")
    owners = town.world.owners()
    rep = f"person:{owners['aiko.tanabe@halden.example']}"
    marketer = f"person:{owners['ines.robledo@halden.example']}"
    with town.pair() as pair:
        assert list(pair.connectors) == ["hubspot"]
        town.go_live(pair)
        assert not pair.store.holds(waiting_only=True)

        asks, taken = contact_at(town, "lead"), contact_at(town, "mql", 0)
        rejected, dragged = contact_at(town, "mql", 1), contact_at(town, "mql", 2)
        at = datetime.fromisoformat(town.world.get("/clock")["now"]).astimezone(UTC)
        recent = (at - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        edit = town.world.edit_contact
        edit(asks["id"], {"last_demo_request": recent}, "workflow:7101")
        edit(taken["id"], {"hs_lead_status": "IN_PROGRESS"}, rep)
        edit(rejected["id"], {"leadpact_rejection_reason": "competitor"}, rep)
        edit(dragged["id"], {"lifecyclestage": "lead"}, marketer)
        town.later()
        pair.run_cycle()

        now = shown(town.world, "hubspot").hubspot
        assert now[asks["id"]]["leadpact_stage"] == "mql"
        assert now[asks["id"]]["lifecyclestage"] == "marketingqualifiedlead"
        assert "Asked for a demo" in now[asks["id"]]["leadpact_stage_reason"]
        assert now[taken["id"]]["leadpact_stage"] == "sal"
        assert now[rejected["id"]]["leadpact_stage"] == "disqualified"
        assert now[rejected["id"]]["hs_lead_status"] == "UNQUALIFIED"
        assert "Competitor" in now[rejected["id"]]["leadpact_stage_reason"]
        assert now[dragged["id"]]["lifecyclestage"] == "marketingqualifiedlead"
        assert "Still MQL" in now[dragged["id"]]["leadpact_stage_reason"]
        assert all(row["leadpact_score"] for row in now.values())
        for row in now.values():
            assert_native(pair, "hubspot", "contacts", row)
        town.until_quiet(pair)
        assert_told(pair, shown(town.world, "hubspot"))
    assert not town.routes()["salesforce"]


def test_salesforce_alone(make_town: MakeTown) -> None:
    town = make_town(60, only="salesforce")
    users = town.world.users()
    rep = f"person:{users['aiko.tanabe@halden.example']}"
    with town.pair() as pair:
        assert list(pair.connectors) == ["salesforce"]
        town.go_live(pair)

        taken, rejected = lead_at(town, "lead", 0), lead_at(town, "lead", 1)
        converted = lead_at(town, "sal")
        edit = town.world.edit_lead
        confirmed = {f"leadpact_{name}__c": value for name, value in CONFIRMED.items()}
        edit(taken["Id"], {"leadpact_stage__c": "sql", **confirmed}, rep)
        edit(
            rejected["Id"],
            {"Status": "Closed - Not Converted", "leadpact_rejection_reason__c": "no_response"},
            rep,
        )
        town.world.convert(converted["Id"], "First order", rep)
        town.later()
        pair.run_cycle()

        now = shown(town.world, "salesforce")
        assert now.leads[taken["Id"]]["leadpact_stage__c"] == "sql"
        assert now.leads[taken["Id"]]["Status"] == "Working - Contacted"
        row = now.leads[rejected["Id"]]
        assert (row["leadpact_stage__c"], row["leadpact_rejection_reason__c"]) == (
            "recycled",
            "no_response",
        )
        assert "No response" in row["leadpact_stage_reason__c"]
        person = now.contacts[now.leads[converted["Id"]]["ConvertedContactId"]]
        assert person["leadpact_lead_id__c"] == converted["leadpact_lead_id__c"]
        assert person["leadpact_stage__c"] == "opportunity"
        assert person["leadpact_score__c"] is not None
        story = explain(pair.store, pair.pact, person["leadpact_lead_id__c"])
        assert story is not None
        assert story.stage_label == "Opportunity"
        town.until_quiet(pair)
        assert_told(pair, shown(town.world, "salesforce"))
    assert not town.routes()["hubspot"]
