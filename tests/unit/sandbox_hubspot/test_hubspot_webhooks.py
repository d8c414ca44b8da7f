"""Webhooks: facts/hubspot.md §8."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Answered, Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.hubspot.signing import signature_v3
from leadpact_sandbox.world import World

QUIET = {"hubspot.8.events_come_twice": False, "hubspot.8.events_come_in_disorder": False}


@dataclass
class Receiver:
    """Takes what is sent and answers with ``status``."""

    portal: HubSpot
    client: Client
    status: int = 200
    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        exact = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((exact, body))
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def deliver(self) -> dict[str, object]:
        """One pass of the sender, with the receiver up."""

        async def once() -> dict[str, object]:
            server = await asyncio.start_server(self._serve, "127.0.0.1", self._port())
            async with server:
                return await self.portal.deliver()

        return asyncio.run(once())

    def _port(self) -> int:
        return int(self.url.rpartition(":")[2].partition("/")[0])

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.requests for event in orjson.loads(body)]


@pytest.fixture
def world() -> World:
    return World(seed=7, switches=dict(QUIET))


@pytest.fixture
def path(portal: HubSpot) -> str:
    return f"/webhooks/v3/{portal.app_details()['app_id']}"


@pytest.fixture
def receiver(portal: HubSpot, client: Client, path: str) -> Receiver:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/hooks?tenant=a%3Ab"
    call(client, portal, "PUT", f"{path}/settings", {"targetUrl": url})
    return Receiver(portal, client, url=url)


def call(client: Client, portal: HubSpot, method: str, path: str, body: object = None) -> Answered:
    key = str(portal.app_details()["developer_key"])
    return client.call(method, path, body, token="", query={"hapikey": key})


def subscribe(receiver: Receiver, path: str, *event_types: str) -> list[str]:
    made = []
    for one in event_types:
        event_type, _, name = one.partition(":")
        body: dict[str, object] = {"eventType": event_type, "active": True}
        if name:
            body["propertyName"] = name
        if event_type.startswith("object."):
            body["objectTypeId"] = "0-27"
        answer = call(receiver.client, receiver.portal, "POST", f"{path}/subscriptions", body)
        assert answer.status == 201, answer.raw
        made.append(str(answer.body["id"]))
    return made


def test_events_say_what_changed_and_who_did_it(
    receiver: Receiver, path: str, portal: HubSpot, client: Client
) -> None:
    """§8 "Fields", "Echo": one property per event, the writing app's id as the source."""
    subscribe(receiver, path, "contact.creation", "contact.propertyChange:city", "contact.deletion")
    number = client.made(city="Rom", jobtitle="CTO")
    client.patch(f"{CONTACTS}/{number}", {"properties": {"city": "Oslo", "jobtitle": "CEO"}})
    inputs = [{"id": number, "properties": {"city": "Bern"}}]
    client.post(f"{CONTACTS}/batch/update", {"inputs": inputs})
    portal.edit("contacts", number, {"city": ""}, "person:5")
    client.call("DELETE", f"{CONTACTS}/{number}")
    assert receiver.deliver() == {"waiting": 0, "delivered": 6, "given_up": 0}
    events = receiver.events()
    assert [
        (one["subscriptionType"], one.get("propertyValue", one.get("changeFlag"))) for one in events
    ] == [
        ("contact.creation", "CREATED"),
        ("contact.propertyChange", "Rom"),
        ("contact.propertyChange", "Oslo"),
        ("contact.propertyChange", "Bern"),
        ("contact.propertyChange", ""),
        ("contact.deletion", "DELETED"),
    ]
    details = portal.app_details()
    assert {one["appId"] for one in events} == {details["app_id"]}
    assert (events[2]["changeSource"], events[2]["sourceId"]) == (
        "INTEGRATION",
        str(details["private_app_id"]),
    )
    assert (events[4]["changeSource"], events[4]["sourceId"]) == ("CRM_UI", "userId:5")
    assert {str(one["objectId"]) for one in events} == {number}
    assert len(receiver.requests) == 1


def test_merges_associations_and_generic_objects(
    receiver: Receiver, path: str, client: Client, world: World
) -> None:
    subscribe(
        receiver,
        path,
        *("contact.merge", "contact.associationChange", "object.creation"),
        "contact.privacyDeletion",
    )
    world.switches["hubspot.8.change_flag_is_created"] = False
    first, second = client.made(city="a"), client.made(city="b")
    company = client.post("/crm/v3/objects/companies", {"properties": {"name": "A"}}).body["id"]
    link = f"/crm/v4/objects/contacts/{first}/associations"
    client.call("PUT", f"{link}/default/companies/{company}")
    client.call("DELETE", f"{link}/companies/{company}")
    task = {"properties": {"hs_timestamp": "2026-11-25T10:00:00Z"}}
    client.post("/crm/v3/objects/tasks", task)
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    new = client.post(f"{CONTACTS}/merge", body).body["id"]
    client.post(f"{CONTACTS}/gdpr-delete", {"objectId": new})
    receiver.deliver()
    made, cut, task_made, merged, gone = receiver.events()
    assert (made["associationRemoved"], cut["associationRemoved"]) == (False, True)
    assert (made["fromObjectId"], made["toObjectId"]) == (int(first), int(company))
    assert (task_made["objectTypeId"], task_made["changeFlag"]) == ("0-27", "NEW")
    assert (merged["primaryObjectId"], merged["newObjectId"]) == (int(first), int(new))
    assert sorted(merged["mergedObjectIds"]) == [int(first), int(second)]
    assert gone["subscriptionType"] == "contact.privacyDeletion"


def test_the_signature_is_of_the_decoded_address(receiver: Receiver, path: str) -> None:
    """§8 "v3 signature"."""
    subscribe(receiver, path, "contact.creation")
    receiver.client.made(city="x")
    receiver.deliver()
    headers, body = receiver.requests[0]
    secret = str(receiver.portal.app_details()["client_secret"]).encode()
    stamp = headers["X-HubSpot-Request-Timestamp"]
    url = receiver.url.replace("%3A", ":").encode()
    wanted = hmac.new(secret, b"POST" + url + body + stamp.encode(), hashlib.sha256).digest()
    assert headers["X-HubSpot-Signature-v3"] == base64.b64encode(wanted).decode()
    assert headers["X-HubSpot-Signature"] == hashlib.sha256(secret + body).hexdigest()


def test_the_official_helper_agrees_with_the_signature() -> None:
    import time

    from hubspot.utils.signature import Signature

    stamp = str(int(time.time() * 1000))
    url, body = "http://127.0.0.1:9/hooks?x=1", b'[{"eventId":1}]'
    made = signature_v3("secret", "POST", url, body, stamp)
    assert Signature.is_valid(
        made, "secret", body.decode(), url, "POST", signature_version="v3", timestamp=stamp
    )


def test_batches_hold_a_hundred_events(receiver: Receiver, path: str) -> None:
    subscribe(receiver, path, "contact.creation")
    for start in range(3):
        inputs = [{"properties": {"city": f"{start}.{one}"}} for one in range(70)]
        receiver.client.post(f"{CONTACTS}/batch/create", {"inputs": inputs})
    assert receiver.deliver()["delivered"] == 210
    assert sorted(len(orjson.loads(body)) for _, body in receiver.requests) == [10, 100, 100]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_ten_retries_in_a_day_then_none(
    receiver: Receiver, path: str, world: World, status: int
) -> None:
    """§8: any 4xx or 5xx is tried again, ten times over 24 hours."""
    subscribe(receiver, path, "contact.creation")
    receiver.client.made(city="x")
    receiver.status = status
    receiver.deliver()
    assert receiver.deliver() == {"waiting": 1, "delivered": 0, "given_up": 0}, "not due yet"
    for _ in range(24 * 12):
        world.clock.advance(300)
        asyncio.run(receiver.portal.deliver()) if len(receiver.requests) > 8 else receiver.deliver()
    attempts = [one["attemptNumber"] for one in receiver.events()]
    assert attempts == list(range(len(attempts)))
    assert receiver.deliver() == {"waiting": 0, "delivered": 0, "given_up": 1}


def test_a_refused_connection_is_tried_again(receiver: Receiver, path: str, world: World) -> None:
    subscribe(receiver, path, "contact.creation")
    receiver.client.made(city="x")
    assert asyncio.run(receiver.portal.deliver())["waiting"] == 1
    world.clock.advance(60)
    assert receiver.deliver()["delivered"] == 1
    assert receiver.events()[0]["attemptNumber"] == 1


def test_what_is_just_being_sent_waits_and_a_reset_forgets_it(
    receiver: Receiver, path: str
) -> None:
    subscribe(receiver, path, "contact.creation")
    receiver.client.made(city="x")

    async def twice() -> tuple[dict[str, object], dict[str, object], dict[str, object]]:
        first = asyncio.ensure_future(receiver.portal.deliver())
        await asyncio.sleep(0)
        meanwhile = await receiver.portal.deliver()
        receiver.portal.reset()
        after_reset = await receiver.portal.deliver()
        return meanwhile, after_reset, await first

    meanwhile, after_reset, late = asyncio.run(twice())
    assert meanwhile["waiting"] == 1
    assert after_reset["waiting"] == late["waiting"] == 0
    assert asyncio.run(receiver.portal.deliver())["waiting"] == 0


def test_events_come_twice_and_in_disorder_unless_switched_off(
    receiver: Receiver, path: str, world: World
) -> None:
    """§8: duplicates and disorder happen; ``occurredAt`` tells."""
    subscribe(receiver, path, "contact.creation")
    for name in QUIET:
        world.switches[name] = True
    for number in range(200):
        world.clock.advance(1)
        receiver.client.made(city=str(number))
    receiver.deliver()
    ids = [one["eventId"] for one in receiver.events()]
    times = [one["occurredAt"] for one in receiver.events()]
    assert len(set(ids)) == 200 < len(ids)
    assert times != sorted(times)


def test_subscriptions_are_made_turned_and_dropped(
    receiver: Receiver, path: str, portal: HubSpot, client: Client
) -> None:
    subscriptions = f"{path}/subscriptions"
    one, two = subscribe(receiver, path, "contact.creation", "contact.propertyChange:email")
    listed = call(client, portal, "GET", subscriptions).body["results"]
    assert [row["id"] for row in listed] == [one, two]
    off = call(client, portal, "PATCH", f"{subscriptions}/{one}", {"active": False})
    assert off.body["active"] is False
    inputs = {"inputs": [{"id": int(two), "active": False}, {"id": 9, "active": True}]}
    both = call(client, portal, "POST", f"{subscriptions}/batch/update", inputs)
    assert (both.status, both.body["errors"][0]["context"]["ids"]) == (207, ["9"])
    client.made(email="a@example.com")
    assert receiver.deliver()["delivered"] == 0
    assert call(client, portal, "DELETE", f"{subscriptions}/{one}").status == 204
    assert call(client, portal, "GET", f"{subscriptions}/{one}").status == 404
    assert call(client, portal, "DELETE", f"{path}/settings").status == 204
    assert call(client, portal, "GET", f"{path}/settings").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"eventType": "contact.unheard"},
        {"eventType": "contact.propertyChange"},
        {"eventType": "contact.propertyChange", "propertyName": "lastmodifieddate"},
        {"eventType": "contact.creation", "propertyName": "email"},
        {"eventType": "object.creation", "objectTypeId": "0-99"},
        {"eventType": "contact.creation", "active": "yes"},
    ],
)
def test_subscriptions_that_cannot_be(
    client: Client, portal: HubSpot, path: str, body: dict[str, object]
) -> None:
    assert call(client, portal, "POST", f"{path}/subscriptions", body).status == 400


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/x",
        "http://10.0.0.1/x",
        "https://127.0.0.1/x",
        "x",
        "http://[",
        "http://127.0.0.1:1/a b",
    ],
)
def test_targets_off_this_machine_are_refused(
    client: Client, portal: HubSpot, path: str, url: str
) -> None:
    answer = call(client, portal, "PUT", f"{path}/settings", {"targetUrl": url})
    assert (answer.status, "loopback" in answer.body["message"]) == (400, True)


def test_only_the_developer_gets_in(client: Client, portal: HubSpot, path: str) -> None:
    """§8, §12: the portal's own token does not do."""
    assert client.get(f"{path}/subscriptions").status == 401
    key = {"hapikey": str(portal.app_details()["developer_key"])}
    assert client.call("GET", "/webhooks/v3/9/subscriptions", query=key).status == 404
    dated = path.replace("/webhooks/v3", "/app-webhooks/2026-09")
    assert client.call("GET", f"{dated}/subscriptions", query=key).status == 200


def test_subscriptions_outlive_a_restart_not_a_reset(
    receiver: Receiver, path: str, portal: HubSpot, client: Client
) -> None:
    subscribe(receiver, path, "contact.creation")
    state = orjson.loads(orjson.dumps(portal.snapshot()))
    other = HubSpot(World(seed=7, switches=dict(QUIET)))
    other.restore(state)
    twin = Client(other.app, other.token)
    listed = call(twin, other, "GET", f"{path}/subscriptions").body["results"]
    assert [row["eventType"] for row in listed] == ["contact.creation"]
    portal.reset()
    assert call(client, portal, "GET", f"{path}/subscriptions").body["results"] == []


@pytest.mark.parametrize("silent", [True, False])
def test_calculated_properties_are_silent_unless_switched(
    receiver: Receiver, path: str, client: Client, world: World, silent: bool
) -> None:
    """§8: believed of calculated properties in general."""
    world.switches["hubspot.8.calculated_changes_are_silent"] = silent
    subscribe(receiver, path, "contact.propertyChange:hs_v2_date_entered_customer")
    number = client.made(city="x")
    client.patch(f"{CONTACTS}/{number}", {"properties": {"lifecyclestage": "customer"}})
    assert receiver.deliver()["delivered"] == (0 if silent else 1)
