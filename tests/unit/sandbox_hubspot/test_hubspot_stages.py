"""Lifecycle stages, history and who wrote: facts/hubspot.md §4, §6, §8."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.acts import RefusedAct
from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.seed import generate
from leadpact_sandbox.world import World

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)


def stage(client: Client, number: str) -> str | None:
    value: str | None = client.values(number, "lifecyclestage")["lifecyclestage"]
    return value


def move(client: Client, number: str, to: str) -> dict[str, Any]:
    answer = client.patch(f"{CONTACTS}/{number}", {"properties": {"lifecyclestage": to}})
    assert answer.status == 200
    return dict(answer.body["properties"])


def history(client: Client, number: str, name: str) -> list[dict[str, Any]]:
    body = client.get(f"{CONTACTS}/{number}", propertiesWithHistory=name).body
    return list(body["propertiesWithHistory"][name])


def test_a_backward_stage_is_a_success_that_changes_nothing(client: Client, world: World) -> None:
    """§4 "Forward only": 200, the answer shows the old stage, the stamp stands."""
    number = client.made(lifecyclestage="salesqualifiedlead")
    before = client.values(number)["lastmodifieddate"]
    world.clock.advance(1)
    assert move(client, number, "lead")["lifecyclestage"] == "salesqualifiedlead"
    assert client.values(number)["lastmodifieddate"] == before
    assert move(client, number, "customer")["lifecyclestage"] == "customer"
    assert move(client, number, "evangelist")["lifecyclestage"] == "evangelist"
    assert move(client, number, "customer")["lifecyclestage"] == "evangelist"


def test_the_rest_of_a_write_with_a_backward_stage_is_done(client: Client) -> None:
    number = client.made(lifecyclestage="customer")
    body = {"properties": {"lifecyclestage": "lead", "city": "Rom"}}
    answer = client.patch(f"{CONTACTS}/{number}", body)
    assert answer.body["properties"]["city"] == "Rom"
    assert answer.body["properties"]["lifecyclestage"] == "customer"


def test_clear_then_set_goes_backwards(client: Client) -> None:
    """§4: clear with an empty text in one request, set in a second."""
    number = client.made(lifecyclestage="customer")
    assert move(client, number, "")["lifecyclestage"] is None
    assert move(client, number, "lead")["lifecyclestage"] == "lead"
    assert [row["value"] for row in history(client, number, "lifecyclestage")] == [
        "lead",
        "",
        "customer",
    ]


def test_stages_leave_their_dates(client: Client, world: World) -> None:
    """§4 "Stage dates": entered and exited, read-only."""
    number = client.made(city="x")
    born = client.values(number)["createdate"]
    world.clock.advance(60)
    moved = move(client, number, "marketingqualifiedlead")["lastmodifieddate"]
    dates = client.values(
        number,
        "hs_lifecyclestage_lead_date",
        "hs_v2_date_exited_lead",
        "hs_lifecyclestage_marketingqualifiedlead_date",
        "hs_v2_date_entered_marketingqualifiedlead",
        "hs_v2_date_entered_current_stage",
    )
    assert dates["hs_lifecyclestage_lead_date"] == born
    assert dates["hs_v2_date_exited_lead"] == moved
    assert dates["hs_lifecyclestage_marketingqualifiedlead_date"] == moved
    assert dates["hs_v2_date_entered_marketingqualifiedlead"] == moved
    assert dates["hs_v2_date_entered_current_stage"] == moved


def test_the_portals_own_order_decides(client: Client) -> None:
    """§4: custom stages have numeric ids; the live options give the order and bring dates."""
    path = "/crm/v3/properties/contacts/lifecyclestage"
    options = client.get(path).body["options"]
    assert [one["value"] for one in options][:3] == ["subscriber", "lead", "marketingqualifiedlead"]
    custom = {"label": "SAL", "value": "51439524", "displayOrder": 3, "hidden": False}
    later = [{**one, "displayOrder": one["displayOrder"] + 1} for one in options[3:]]
    assert client.patch(path, {"options": [*options[:3], custom, *later]}).status == 200
    number = client.made(lifecyclestage="marketingqualifiedlead")
    assert move(client, number, "51439524")["lifecyclestage"] == "51439524"
    assert move(client, number, "marketingqualifiedlead")["lifecyclestage"] == "51439524"
    assert client.values(number, "hs_v2_date_entered_51439524")["hs_v2_date_entered_51439524"]


def test_a_person_may_go_back_and_nobody_else(portal: HubSpot, client: Client) -> None:
    number = client.made(lifecyclestage="customer")
    for by in ("workflow:1", "import:1", "integration:9"):
        portal.edit("contacts", number, {"lifecyclestage": "lead"}, by)
        assert stage(client, number) == "customer"
    portal.edit("contacts", number, {"lifecyclestage": "lead"}, "person:1")
    assert stage(client, number) == "lead"


def test_a_person_may_not_go_back_with_the_switch_off() -> None:
    portal = HubSpot(World(switches={"hubspot.4.person_may_go_back": False}))
    client = Client(portal.app, portal.token)
    number = client.made(lifecyclestage="customer")
    portal.edit("contacts", number, {"lifecyclestage": "lead"}, "person:1")
    assert stage(client, number) == "customer"


def test_history_says_who(portal: HubSpot, client: Client) -> None:
    """§8: INTEGRATION with the app's id, CRM_UI with the user's id, automation, import."""
    portal.load(generate(20, 7, AS_OF))
    owner = client.get("/crm/v3/owners").body["results"][0]
    number = client.made(city="api")
    for by, city in (
        (f"person:{owner['id']}", "person"),
        ("workflow:44", "workflow"),
        ("import:55", "import"),
        ("integration:66", "other app"),
    ):
        assert portal.edit("contacts", number, {"city": city}, by)["properties"]["city"] == city  # type: ignore[index]
    rows = {row["value"]: row for row in history(client, number, "city")}
    introspection = {"tokenKey": portal.token}
    app = client.post("/oauth/v2/private-apps/get/access-token-info", introspection).body["appId"]
    assert (rows["api"]["sourceType"], rows["api"]["sourceId"]) == ("INTEGRATION", str(app))
    assert rows["person"]["sourceType"] == "CRM_UI"
    assert rows["person"]["sourceId"] == f"userId:{owner['userId']}"
    assert rows["person"]["updatedByUserId"] == owner["userId"]
    assert rows["workflow"]["sourceType"] == "AUTOMATION_PLATFORM"
    assert (rows["import"]["sourceType"], rows["import"]["sourceId"]) == ("IMPORT", "55")
    assert (rows["other app"]["sourceType"], rows["other app"]["sourceId"]) == ("INTEGRATION", "66")
    assert "updatedByUserId" not in rows["workflow"]


def test_history_comes_newest_first_on_read_list_and_batch_read(client: Client) -> None:
    number = client.made(city="a")
    client.patch(f"{CONTACTS}/{number}", {"properties": {"city": "b"}})
    single = history(client, number, "city")
    assert [row["value"] for row in single] == ["b", "a"]
    listed = client.get(CONTACTS, propertiesWithHistory="city,nope").body["results"][0]
    assert listed["propertiesWithHistory"] == {"city": single}
    request = {"inputs": [{"id": number}], "propertiesWithHistory": ["city"]}
    batch = client.post(f"{CONTACTS}/batch/read", request).body["results"][0]
    assert batch["propertiesWithHistory"] == {"city": single}


def test_acts_are_refused_as_the_screen_would(portal: HubSpot, client: Client) -> None:
    number = client.made(email="a@example.com")
    other = client.made(email="b@example.com")
    refusals: list[tuple[int, Callable[[], object]]] = [
        (404, lambda: portal.edit("contacts", "999", {"city": "x"}, "person:1")),
        (400, lambda: portal.edit("contacts", number, {"nope": "x"}, "person:1")),
        (400, lambda: portal.edit("contacts", number, {"createdate": "1"}, "person:1")),
        (400, lambda: portal.edit("contacts", other, {"email": "a@example.com"}, "person:1")),
        (400, lambda: portal.edit("contacts", number, {"city": {}}, "person:1")),
        (400, lambda: portal.edit("contacts", number, {"city": "x"}, "ghost:1")),
        (409, lambda: portal.create("contacts", {"email": "A@example.com"}, "person:1")),
        (501, lambda: portal.edit("tickets", number, {"city": "x"}, "person:1")),
        (400, lambda: portal.merge("contacts", number, number)),
    ]
    for status, act in refusals:
        with pytest.raises(RefusedAct) as refused:
            act()
        assert refused.value.status == status


def test_create_and_archive_as_acts(portal: HubSpot, client: Client) -> None:
    made = portal.create("contacts", {"email": "a@example.com"}, "import:1")
    number = str(made["id"])
    assert history(client, number, "email")[0]["sourceType"] == "IMPORT"
    assert portal.archive("contacts", number, "person:1")["archived"] is True
    assert client.get(f"{CONTACTS}/{number}").status == 404


def test_an_owner_brings_its_date(portal: HubSpot, client: Client) -> None:
    portal.load(generate(5, 7, AS_OF))
    owners = client.get("/crm/v3/owners").body["results"]
    number = client.made(hubspot_owner_id=owners[0]["id"])
    names = ("hubspot_owner_id", "hubspot_owner_assigneddate")
    assert client.values(number, *names)["hubspot_owner_assigneddate"] is not None
    client.patch(f"{CONTACTS}/{number}", {"properties": {"hubspot_owner_id": ""}})
    assert client.values(number, *names)["hubspot_owner_assigneddate"] is None


def test_opt_out_and_tracking_come_from_people_and_from_hubspot_itself(
    portal: HubSpot, client: Client
) -> None:
    """§7: read-only for the API, yet they change in a real portal."""
    number = client.made(email="a@example.com")
    opened = "2026-11-20T10:00:00Z"
    portal.edit("contacts", number, {"hs_email_optout": "true"}, "person:1")
    portal.edit("contacts", number, {"hs_email_last_open_date": opened}, "workflow:1")
    values = client.values(number, "hs_email_optout", "hs_email_last_open_date")
    assert (values["hs_email_optout"], values["hs_email_last_open_date"]) == ("true", opened)
    for fields, by in (
        ({"hs_email_last_open_date": opened}, "person:1"),
        ({"hs_email_optout": ""}, "import:1"),
        ({"lastmodifieddate": opened}, "workflow:1"),
        ({"hs_lifecyclestage_lead_date": opened}, "workflow:1"),
    ):
        with pytest.raises(RefusedAct):
            portal.edit("contacts", number, fields, by)
