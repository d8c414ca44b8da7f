"""Tokens of the public app and service keys: facts/hubspot.md §3, §9."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Answered, Client

from leadpact_sandbox.hubspot import SCOPES, HubSpot
from leadpact_sandbox.world import World

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def app(portal: HubSpot) -> dict[str, Any]:
    return portal.app_details()


def form(client: Client, path: str, **fields: object) -> Answered:
    return client.call("POST", path, raw=urlencode(fields).encode(), kind=FORM, token="")


def refresh(client: Client, app: dict[str, Any], path: str, **more: object) -> Answered:
    fields = {name: app[name] for name in ("client_id", "client_secret", "refresh_token")}
    return form(client, path, grant_type="refresh_token", **{**fields, **more})


@pytest.mark.parametrize("release", ["v3", "2026-03"])
def test_a_refresh_token_gives_an_access_token_for_half_an_hour(
    client: Client, world: World, app: dict[str, Any], release: str
) -> None:
    """§9: 1,800 s; from then on EXPIRED_AUTHENTICATION."""
    made = refresh(client, app, f"/oauth/{release}/token").body
    assert (made["expires_in"], made["refresh_token"]) == (1800, app["refresh_token"])
    assert (made["hub_id"], frozenset(made["scopes"])) == (app["portal_id"], SCOPES)
    assert client.call("GET", CONTACTS, token=made["access_token"]).status == 200
    world.clock.advance(1800)
    late = client.call("GET", CONTACTS, token=made["access_token"])
    assert (late.status, late.body["category"]) == (401, "EXPIRED_AUTHENTICATION")
    again = refresh(client, app, f"/oauth/{release}/token").body["access_token"]
    assert again != made["access_token"]
    assert client.call("GET", CONTACTS, token=again).status == 200


def test_the_former_endpoints(client: Client, app: dict[str, Any]) -> None:
    """§9: v1, which the package still calls."""
    made = refresh(client, app, "/oauth/v1/token").body
    assert set(made) == {"token_type", "refresh_token", "access_token", "expires_in"}
    about = client.get(f"/oauth/v1/access-tokens/{made['access_token']}").body
    assert (about["app_id"], about["hub_id"]) == (app["app_id"], app["portal_id"])
    path = f"/oauth/v1/refresh-tokens/{app['refresh_token']}"
    assert client.get(path).status == 200
    assert client.call("DELETE", path).status == 204
    assert client.get(path).status == 404
    assert refresh(client, app, "/oauth/v1/token").status == 400


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"refresh_token": "x"}, "BAD_REFRESH_TOKEN"),
        ({"client_id": "x"}, "BAD_CLIENT_ID"),
        ({"client_secret": "x"}, "BAD_CLIENT_SECRET"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE"),
    ],
)
def test_refused_grants(
    client: Client, world: World, app: dict[str, Any], wrong: dict[str, str], status: str
) -> None:
    """§9: RFC 6749's fields beside HubSpot's; the status code is believed."""
    fields = {"grant_type": "refresh_token", **app, **wrong}
    answer = form(client, "/oauth/v3/token", **fields)
    assert (answer.status, answer.body["status"]) == (400, status)
    assert {"error", "error_description", "message"} <= answer.body.keys()
    world.switches["hubspot.9.refused_grant_is_400"] = False
    assert form(client, "/oauth/v3/token", **fields).status == 401


def test_rotation_ends_the_old_refresh_token(
    client: Client, world: World, app: dict[str, Any]
) -> None:
    world.switches["hubspot.9.refresh_token_rotates"] = True
    first = refresh(client, app, "/oauth/v3/token").body["refresh_token"]
    assert first != app["refresh_token"]
    assert refresh(client, app, "/oauth/v3/token").status == 400
    assert refresh(client, app, "/oauth/v3/token", refresh_token=first).status == 200


def test_a_code_is_used_once(client: Client, app: dict[str, Any]) -> None:
    fields = {"grant_type": "authorization_code", **app}
    made = form(client, "/oauth/v3/token", **fields)
    assert made.status == 200
    assert form(client, "/oauth/v3/token", **fields).body["status"] == "BAD_AUTH_CODE"
    token = made.body["refresh_token"]
    assert refresh(client, app, "/oauth/v3/token", refresh_token=token).status == 200


def test_introspection_and_revocation(client: Client, world: World, app: dict[str, Any]) -> None:
    ends = {name: app[name] for name in ("client_id", "client_secret")}
    access = refresh(client, app, "/oauth/v3/token").body["access_token"]
    world.clock.advance(600)
    path = "/oauth/v3/token/introspect"
    about = form(client, path, **ends, token_type_hint="access_token", access_token=access)
    assert about.body["active"] is True
    assert 1199 <= about.body["expires_in"] <= 1200
    for token, active in ((app["refresh_token"], True), ("other", False)):
        hint = {"token_type_hint": "refresh_token", "refresh_token": token}
        assert form(client, path, **ends, **hint).body["active"] is active
    revoke = "/oauth/2026-03/token/revoke"
    assert form(client, revoke, **ends, token=app["refresh_token"]).status == 200
    assert refresh(client, app, "/oauth/v3/token").status == 400
    form(client, revoke, **ends, token=access)
    assert client.call("GET", CONTACTS, token=access).status == 401


def test_a_public_app_has_its_own_bucket_and_no_day(world: World) -> None:
    """§3: 110 in ten seconds; the Daily headers are believed absent."""
    world = World(limits="real")
    portal = HubSpot(world)
    client, app = Client(portal.app, portal.token), portal.app_details()
    access = refresh(client, app, "/oauth/v3/token").body["access_token"]
    answers = [client.call("GET", CONTACTS, token=access) for _ in range(111)]
    assert [one.status for one in answers] == [200] * 110 + [429]
    assert answers[0].headers["x-hubspot-ratelimit-max"] == "110"
    assert "x-hubspot-ratelimit-daily" not in answers[0].headers
    assert client.get(CONTACTS).status == 200
    world.clock.advance(10)
    world.switches["hubspot.3.oauth_without_daily_headers"] = False
    assert "x-hubspot-ratelimit-daily" in client.call("GET", CONTACTS, token=access).headers


def test_history_names_the_app_that_wrote(client: Client, app: dict[str, Any]) -> None:
    """§8: the writing app's id is the source."""
    access = refresh(client, app, "/oauth/v3/token").body["access_token"]
    number = client.made(city="x")
    body = {"properties": {"city": "y"}}
    client.call("PATCH", f"{CONTACTS}/{number}", body, token=access)
    read = client.get(f"{CONTACTS}/{number}", propertiesWithHistory="city").body
    sources = [row["sourceId"] for row in read["propertiesWithHistory"]["city"]]
    assert sources == [str(app["app_id"]), str(app["private_app_id"])]


def test_a_service_key_is_a_bearer_without_webhooks(client: Client, app: dict[str, Any]) -> None:
    """§8, §9: REST only."""
    key = app["service_key"]
    assert client.call("GET", CONTACTS, token=key).status == 200
    path = f"/webhooks/v3/{app['app_id']}/subscriptions"
    assert client.call("GET", path, token=key).status == 401


def test_a_reset_brings_the_first_tokens_back(
    portal: HubSpot, client: Client, app: dict[str, Any]
) -> None:
    access = refresh(client, app, "/oauth/v3/token").body["access_token"]
    client.call("DELETE", f"/oauth/v1/refresh-tokens/{app['refresh_token']}")
    portal.reset()
    assert client.call("GET", CONTACTS, token=access).status == 401
    assert refresh(client, app, "/oauth/v3/token").status == 200


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"{}", b"a=1&" * 500, b"client_id"])
def test_no_form_makes_a_server_error(client: Client, raw: bytes) -> None:
    for path in ("/oauth/v1/token", "/oauth/v3/token", "/oauth/v3/token/introspect"):
        assert client.call("POST", path, raw=raw, kind=FORM, token="").status == 400
