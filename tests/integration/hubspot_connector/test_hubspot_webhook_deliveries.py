"""What the emulated HubSpot sends over HTTP is taken as genuine and read as reasons to fetch."""

from __future__ import annotations

import asyncio

import requests
from tests.integration.hubspot_connector.conftest import Portal

from leadpact.model.record import Record
from leadpact_hubspot.connector import HubSpotConnector
from leadpact_hubspot.webhooks import events_in, is_genuine

Sent = tuple[dict[str, str], bytes]


async def delivered(portal: Portal) -> tuple[str, list[Sent]]:
    """Our public address, and what came to it."""
    came: list[Sent] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        came.append((headers, await reader.readexactly(int(headers["Content-Length"]))))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/hooks?pair=a%3Ab"
        await asyncio.to_thread(act, portal, url)
        await portal.hubspot.deliver()
    return url, came


def act(portal: Portal, url: str) -> None:
    app = portal.hubspot.app_details()
    base, key = (
        f"{portal.base_url}/webhooks/v3/{app['app_id']}",
        {"hapikey": str(app["developer_key"])},
    )
    requests.put(
        f"{base}/settings", json={"targetUrl": url}, params=key, timeout=5
    ).raise_for_status()
    for wanted in (
        {"eventType": "contact.propertyChange", "propertyName": "firstname"},
        {"eventType": "contact.merge"},
        {"eventType": "contact.deletion"},
    ):
        made = requests.post(
            f"{base}/subscriptions", json={**wanted, "active": True}, params=key, timeout=5
        )
        made.raise_for_status()
    ids = portal.people(3)
    portal.hubspot.edit("contacts", ids[0], {"firstname": "Ada"}, "person:5")
    portal.hubspot.merge("contacts", ids[0], ids[1])
    portal.hubspot.archive("contacts", ids[2], "person:5")


def test_each_delivery_is_genuine_and_leads_to_the_records(
    portal: Portal, connector: HubSpotConnector
) -> None:
    url, came = asyncio.run(delivered(portal))
    assert came
    found = []
    for headers, body in came:
        genuine = is_genuine(
            client_secret=str(portal.hubspot.app_details()["client_secret"]),
            method="POST",
            url=url,
            body=body,
            signature=headers["X-HubSpot-Signature-v3"],
            timestamp=headers["X-HubSpot-Request-Timestamp"],
            now=portal.time.now(),
        )
        assert genuine
        found += events_in(body, portal_id=str(portal.hubspot.portal_id), crm="hub")
    hows = {change.ref.id: change.how for event in found for change in event.changes}
    assert sorted(hows.values()) == ["changed", "deleted", "merged", "merged"]
    (heir,) = [one for one, how in hows.items() if how == "changed"]
    (seen,) = connector.fetch("contacts", [heir], ["firstname"])
    assert isinstance(seen, Record)
    assert seen.fields["firstname"] == "Ada"
