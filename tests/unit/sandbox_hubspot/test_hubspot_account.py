"""Token, scopes, limits, faults, owners and the account: facts/hubspot.md §1, §3, §6, §9."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.gate import DroppedConnectionError
from leadpact_sandbox.hubspot import SCOPES, HubSpot
from leadpact_sandbox.hubspot.stamp import parse_instant, to_ms
from leadpact_sandbox.seed import generate
from leadpact_sandbox.world import Fault, World

INTROSPECTION = "/oauth/v2/private-apps/get/access-token-info"
USAGE = "/account-info/v3/api-usage/daily/private-apps"
AS_OF = datetime(2026, 11, 21, tzinfo=UTC)
DAILY = {"x-hubspot-ratelimit-daily", "x-hubspot-ratelimit-daily-remaining"}


def rate_headers(headers: Any) -> set[str]:
    return {name for name in headers if name.startswith("x-hubspot-ratelimit")}


@pytest.mark.parametrize("token", ["wrong", ""])
def test_a_wrong_or_absent_token_is_401(client: Client, token: str) -> None:
    answer = client.call("GET", CONTACTS, token=token)
    assert (answer.status, answer.body["category"]) == (401, "INVALID_AUTHENTICATION")


def test_an_expired_token_says_when(portal: HubSpot, client: Client, world: World) -> None:
    """§1: EXPIRED_AUTHENTICATION with ``expire time`` in the context."""
    portal.grant("short", SCOPES, expires_ms=to_ms(world.clock.now()) + 60_000)
    assert client.call("GET", CONTACTS, token="short").status == 200
    world.clock.advance(61)
    answer = client.call("GET", CONTACTS, token="short")
    assert (answer.status, answer.body["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert parse_instant(answer.body["context"]["expire time"][0])


@pytest.mark.parametrize(
    ("lost", "method", "path", "named"),
    [
        ("crm.objects.contacts.read", "GET", CONTACTS, "crm.objects.contacts.read"),
        ("crm.objects.contacts.read", "POST", f"{CONTACTS}/search", "crm.objects.contacts.read"),
        ("crm.objects.contacts.write", "POST", CONTACTS, "crm.objects.contacts.write"),
        ("crm.objects.owners.read", "GET", "/crm/v3/owners", "crm.objects.owners.read"),
        (
            "crm.schemas.contacts.write",
            "POST",
            "/crm/v3/properties/contacts",
            "crm.schemas.contacts.write",
        ),
    ],
)
def test_a_missing_scope_is_403_and_named(lost: str, method: str, path: str, named: str) -> None:
    """§1: MISSING_SCOPES with ``requiredGranularScopes`` and ``links.scopes``."""
    portal = HubSpot(World(), scopes=SCOPES - {lost})
    answer = Client(portal.app, portal.token).call(method, path, {})
    assert (answer.status, answer.body["category"]) == (403, "MISSING_SCOPES")
    assert answer.body["errors"][0]["context"] == {"requiredGranularScopes": [named]}
    assert answer.body["links"]["scopes"].startswith("https://")


def test_introspection_tells_whose_token_it_is(portal: HubSpot, client: Client) -> None:
    """§9: no Authorization is needed."""
    answer = client.call("POST", INTROSPECTION, {"tokenKey": portal.token}, token="")
    assert answer.body["hubId"] == portal.portal_id
    assert set(answer.body["scopes"]) == SCOPES
    assert {"userId", "appId"} <= answer.body.keys()
    assert client.post(INTROSPECTION, {"tokenKey": "other"}).status == 401
    assert client.post(INTROSPECTION, {}).status == 400


def test_account_details_and_usage(portal: HubSpot, client: Client, world: World) -> None:
    details = client.get("/account-info/v3/details").body
    assert (details["portalId"], details["accountType"]) == (portal.portal_id, "STANDARD")
    assert {"timeZone", "utcOffset"} <= details.keys()
    usage = client.get(USAGE).body["results"][0]
    assert (usage["usageLimit"], usage["currentUsage"]) == (650_000, 2)
    world.clock.advance(86_400)
    assert client.get(USAGE).body["results"][0]["currentUsage"] == 1


def test_rate_headers_on_search_are_the_daily_pair_only(client: Client) -> None:
    """§3 "Headers"."""
    plain = client.get(CONTACTS).headers
    assert rate_headers(plain) > DAILY
    assert plain["x-hubspot-ratelimit-interval-milliseconds"] == "10000"
    assert rate_headers(client.found().headers) == DAILY


def test_the_ten_second_bucket() -> None:
    """§3 form (a): ``policyName``, and search is outside the bucket."""
    world = World(limits="real")
    portal = HubSpot(world)
    client = Client(portal.app, portal.token)
    for left in range(189, -1, -1):
        answer = client.get("/account-info/v3/details")
        assert answer.headers["x-hubspot-ratelimit-remaining"] == str(left)
    refused = client.get("/account-info/v3/details")
    assert refused.status == 429
    assert refused.body["policyName"] == "TEN_SECONDLY_ROLLING"
    assert refused.body["errorType"] == "RATE_LIMIT"
    assert "retry-after" not in refused.headers
    assert client.found().status == 200
    world.clock.advance(10)
    assert client.get("/account-info/v3/details").status == 200


def test_search_has_five_a_second_and_its_own_body() -> None:
    """§2, §3 form (b): no ``policyName``, no Retry-After, other calls go on."""
    world = World(limits="real")
    portal = HubSpot(world)
    client = Client(portal.app, portal.token)
    assert [client.found().status for _ in range(6)] == [200] * 5 + [429]
    refused = client.found()
    assert refused.body["message"] == "You have reached your secondly limit."
    assert refused.body["category"] == "RATE_LIMITS"
    assert "policyName" not in refused.body
    assert "retry-after" not in refused.headers
    assert client.get(CONTACTS).status == 200
    world.clock.advance(1)
    assert client.found().status == 200


def test_the_day_ends_and_begins() -> None:
    world = World(limits=0.00001)
    portal = HubSpot(world)
    client = Client(portal.app, portal.token)
    answers = []
    for _ in range(7):
        world.clock.advance(10)
        answers.append(client.get(CONTACTS))
    assert [one.status for one in answers] == [200] * 6 + [429]
    assert answers[-1].body["policyName"] == "DAILY"
    world.clock.advance(86_400)
    assert client.get(CONTACTS).status == 200
    portal.reset()


@pytest.mark.parametrize(
    ("fault", "status", "part"),
    [
        ("throttle", 429, {"policyName": "TEN_SECONDLY_ROLLING"}),
        ("daily_limit", 429, {"policyName": "DAILY"}),
        ("unavailable", 503, {"status": "error"}),
        ("server_error", 500, {"status": "error"}),
        ("expired_token", 401, {"category": "EXPIRED_AUTHENTICATION"}),
        ("policy_401", 401, {"category": "INVALID_AUTHENTICATION"}),
        ("row_lock", 423, {"category": "LOCKED"}),
    ],
)
def test_faults_have_hubspots_shapes(
    client: Client, world: World, fault: str, status: int, part: dict[str, str]
) -> None:
    world.faults.replace([Fault("hubspot", "*", fault, nth=1)])
    answer = client.get(CONTACTS)
    assert answer.status == status
    assert part.items() <= answer.body.items()
    assert client.get(CONTACTS).status == 200


def test_throttled_search_and_an_html_page(client: Client, world: World) -> None:
    search = f"POST {CONTACTS}/search"
    world.faults.replace([Fault("hubspot", search, "throttle", nth=1)])
    assert client.found().body["category"] == "RATE_LIMITS"
    world.faults.replace([Fault("hubspot", search, "html_503", nth=1)])
    page = client.found()
    assert (page.status, page.raw[:9]) == (503, b"<!doctype")


def test_a_lost_answer_has_committed(client: Client, world: World) -> None:
    world.faults.replace([Fault("hubspot", f"POST {CONTACTS}", "lost_answer", nth=1)])
    with pytest.raises(DroppedConnectionError):
        client.made(email="a@example.com")
    assert client.get(f"{CONTACTS}/a@example.com", idProperty="email").status == 200


def test_owners_with_and_without_the_slash(portal: HubSpot, client: Client) -> None:
    """§6: slash tolerant; ``id`` is not ``userId``; archived owners have no ``userId``."""
    portal.load(generate(10, 7, AS_OF))
    owners = client.get("/crm/v3/owners").body["results"]
    assert client.get("/crm/v3/owners/").body["results"] == owners
    assert all(str(one["userId"]) != one["id"] for one in owners)
    assert {team["name"] for one in owners for team in one["teams"]} == {
        "Marketing",
        "Sales",
        "RevOps",
    }
    left = client.get("/crm/v3/owners", archived="true").body["results"]
    assert [(one["userId"], one["archived"]) for one in left] == [(None, True)]
    assert left[0]["userIdIncludingInactive"]
    assert client.post(CONTACTS, {"properties": {"hubspot_owner_id": left[0]["id"]}}).status == 400
    by_mail = client.get("/crm/v3/owners", email=owners[3]["email"].upper()).body["results"]
    assert by_mail == [owners[3]]
    assert client.get(f"/crm/v3/owners/{owners[3]['id']}").body == owners[3]
    by_user = client.get(f"/crm/v3/owners/{owners[3]['userId']}", idProperty="userId")
    assert by_user.body == owners[3]
    assert client.get("/crm/v3/owners/1").status == 404


def test_owner_pages(portal: HubSpot, client: Client) -> None:
    portal.load(generate(1, 7, AS_OF))
    whole = client.get("/crm/v3/owners").body["results"]
    first = client.get("/crm/v3/owners", limit=5).body
    rest = client.get("/crm/v3/owners", after=first["paging"]["next"]["after"]).body
    assert first["results"] + rest["results"] == whole
    assert "paging" not in rest


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/crm/v3/objects/tickets", 501),
        ("POST", "/crm/v3/objects/meetings/batch/read", 501),
        ("GET", f"{CONTACTS}/101/associations/companies", 501),
        ("GET", "/crm/v3/associations/contacts/companies/types", 501),
        ("GET", "/crm/objects/2026-09/contacts", 501),
        ("GET", "/crm/objects/2026-03/tickets", 501),
        ("GET", "/webhooks-journal/journal/2026-03/earliest", 501),
        ("PUT", CONTACTS, 405),
        ("GET", "/crm/v2/anything", 404),
        ("GET", "/", 404),
    ],
)
def test_what_is_not_covered_says_so(client: Client, method: str, path: str, status: int) -> None:
    answer = client.call(method, path, {})
    assert answer.status == status
    assert answer.body["status"] == "error"
    if status == 501:
        assert answer.body["message"].startswith("the sandbox does not cover ")
        assert path in answer.body["message"]


def test_calls_are_counted_by_template(client: Client, world: World) -> None:
    number = client.made(city="x")
    client.values(number)
    client.values(number)
    client.found()
    assert world.calls.counts()["hubspot"] == {
        f"POST {CONTACTS}": 1,
        f"GET {CONTACTS}/{{id}}": 2,
        f"POST {CONTACTS}/search": 1,
    }


def test_the_dated_release_of_march_2026_has_the_same_bodies(client: Client, world: World) -> None:
    """§10: same schemas under dated paths."""
    number = client.made(city="Rom")
    world.clock.advance(3)
    for old, new in (
        (f"{CONTACTS}/{number}", f"/crm/objects/2026-03/contacts/{number}"),
        ("/crm/v3/properties/contacts/email", "/crm/properties/2026-03/contacts/email"),
        ("/crm/v3/owners", "/crm/owners/2026-03"),
    ):
        assert client.get(new).body == client.get(old).body
    path = "/crm/objects/2026-03/contacts/search"
    assert client.post(path, {}).body == client.found().body
    assert world.calls.counts()["hubspot"][f"POST {path}"] == 1


@pytest.mark.parametrize(
    ("fault", "status"), [("bad_gateway", 502), ("gateway_timeout", 504), ("edge_timeout", 524)]
)
def test_what_stands_before_hubspot_answers_html(
    client: Client, world: World, fault: str, status: int
) -> None:
    """§3: processing limits and timeouts, and bodies that are no JSON (§11 "Errors")."""
    world.faults.replace([Fault("hubspot", "*", fault, nth=1)])
    answer = client.get(CONTACTS)
    assert (answer.status, answer.raw[:9]) == (status, b"<!doctype")


def test_a_moved_account_says_when_to_come_back(client: Client, world: World) -> None:
    """§3: 477 has a Retry-After in seconds."""
    world.faults.replace([Fault("hubspot", "*", "account_moved", nth=1, seconds=90)])
    answer = client.get(CONTACTS)
    assert (answer.status, answer.headers["retry-after"]) == (477, "90")


def test_a_huge_body_is_413(client: Client) -> None:
    raw = b'{"properties":{"city":"' + b"x" * 10_000_001 + b'"}}'
    assert client.call("POST", CONTACTS, raw=raw).status == 413


@pytest.mark.parametrize("path", ["/crm/v3/schemas", "/crm-object-schemas/2026-03/schemas"])
def test_the_account_has_no_custom_objects(client: Client, path: str) -> None:
    """What the sandbox keeps no records of is told to be absent; making one is not covered."""
    assert client.get(path).body == {"results": []}
    assert client.post(path, {"name": "ship"}).status == 501
