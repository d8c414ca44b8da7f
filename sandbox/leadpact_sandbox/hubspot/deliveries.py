"""Sends events to the app's target: batches, signatures, repeats, disorder, retries (facts §8)."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from leadpact_sandbox.hubspot.kinds import kind_of
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.signing import signature_v1, signature_v3
from leadpact_sandbox.hubspot.store import CALCULATION, Change
from leadpact_sandbox.hubspot.webhooks import SILENT, Subscription, Target, Webhooks

MAX_EVENTS = 100
PATIENCE_S = 5.0
MINUTE_MS = 60_000
RETRY_AFTER_MIN = (1, 3, 10, 25, 55, 115, 235, 475, 835, 1380)
"""Minutes after the event at which it is sent again: ten times within a day (facts §8)."""
REPEATED, MOVED = 0.02, 0.1
"""Share of events that come twice, and of those that come out of order."""


@dataclass(slots=True)
class Event:
    """One event on its way."""

    body: dict[str, object]
    first_ms: int
    due_ms: int
    attempt: int = 0


class Deliveries:
    """The queue of events and what becomes of them.

    Attributes:
        delivered: events that the target took.
        given_up: events that it refused to the last.
    """

    def __init__(self, portal: Portal, webhooks: Webhooks) -> None:
        self._portal = portal
        self._webhooks = webhooks
        self._rng = random.Random(portal.world.seed + 8_701)
        self._queue: list[Event] = []
        self._on_way = self._resets = 0
        self._next_event = 1
        self.delivered = 0
        self.given_up = 0
        portal.listeners.append(self)

    def reset(self) -> None:
        """Nothing on its way, and draws from the start again; what is being sent is forgotten."""
        self._queue.clear()
        self._on_way = 0
        self._resets += 1
        self._rng.seed(self._portal.world.seed + 8_701)
        self._next_event = 1
        self.delivered = self.given_up = 0

    def state(self) -> dict[str, object]:
        """How many events wait (those just being sent among them), came through, or were given up."""
        return {
            "waiting": len(self._queue) + self._on_way,
            "delivered": self.delivered,
            "given_up": self.given_up,
        }

    # -- events -------------------------------------------------------------------------------

    def wanted(self) -> bool:
        """Whether there is somewhere to send to."""
        return self._webhooks.target is not None

    def told(self, change: Change) -> None:
        """Queue the events of a change, for every subscription that wants them."""
        if self._webhooks.target is None:
            return
        for subscription in self._webhooks.subscriptions.values():
            for body in self._events(subscription, change):
                self._put(body, change.ms)

    def _events(self, wanted: Subscription, change: Change) -> Iterable[dict[str, object]]:
        kind = kind_of(change.kind)
        if kind is None:
            return
        name = wanted.property_name
        if name is not None:
            told = change.what in self._told_as_changes() and name in change.changes
            if told and wanted.wants(kind, "propertyChange") and name not in SILENT:
                value = change.changes[name]
                yield self._event(wanted, change, propertyName=name, propertyValue=value)
            return
        what = "associationChange" if change.what == "associationRemoved" else change.what
        if not wanted.wants(kind, what):
            return
        if what == "merge":
            pair = change.changes["primary"], change.changes["other"]
            yield self._event(
                wanted,
                change,
                primaryObjectId=int(pair[0]),
                mergedObjectIds=[int(one) for one in pair],
                newObjectId=change.record.id,
                numberOfPropertiesMoved=len(change.record.log[-1].changes),
            )
        elif what == "associationChange":
            yield self._event(
                wanted,
                change,
                associationType=f"{change.kind}_to_{change.changes['to']}".upper(),
                fromObjectId=change.record.id,
                toObjectId=int(change.changes["toObjectId"]),
                associationRemoved=change.what == "associationRemoved",
                isPrimaryAssociation=False,
            )
        else:
            new = self._portal.world.switch("hubspot.8.change_flag_is_created", True)
            flags = {"creation": "CREATED" if new else "NEW", "deletion": "DELETED"}
            flag = flags.get(what)
            yield self._event(wanted, change, **({} if flag is None else {"changeFlag": flag}))

    def _told_as_changes(self) -> set[str]:
        silent = self._portal.world.switch("hubspot.8.calculated_changes_are_silent", True)
        return {"propertyChange", "creation", *(() if silent else (CALCULATION,))}

    def _event(self, wanted: Subscription, change: Change, **more: object) -> dict[str, object]:
        body: dict[str, object] = {
            "eventId": self._rng.randrange(1, 2**32),
            "subscriptionId": wanted.id,
            "portalId": self._portal.id,
            "appId": self._portal.app.id,
            "occurredAt": change.ms,
            "subscriptionType": wanted.event_type,
            "attemptNumber": 0,
            "objectId": change.record.id,
            "changeSource": change.source.type,
            "sourceId": change.source.id,
            **more,
        }
        if wanted.object_type_id is not None:
            body["objectTypeId"] = wanted.object_type_id
        return body

    def _put(self, body: dict[str, object], now_ms: int) -> None:
        queue, switch = self._queue, self._portal.world.switch
        place = len(queue)
        if switch("hubspot.8.events_come_in_disorder", True) and self._rng.random() < MOVED:
            place = self._rng.randrange(len(queue) + 1)
        queue.insert(place, Event(body, now_ms, now_ms))
        if switch("hubspot.8.events_come_twice", True) and self._rng.random() < REPEATED:
            queue.append(Event(dict(body), now_ms, now_ms))

    # -- sending ------------------------------------------------------------------------------

    async def send_due(self) -> dict[str, object]:
        """Send what is due by the sandbox's clock; answers :meth:`state` after it."""
        target = self._webhooks.target
        now_ms, resets = self._portal.now_ms(), self._resets
        due = [one for one in self._queue if one.due_ms <= now_ms]
        if target is not None and due:
            self._queue = [one for one in self._queue if one.due_ms > now_ms]
            self._on_way += len(due)
            batches = [due[at : at + MAX_EVENTS] for at in range(0, len(due), MAX_EVENTS)]
            for at in range(0, len(batches), target.concurrent):
                together = batches[at : at + target.concurrent]
                taken = await asyncio.gather(*(self._send(target, one) for one in together))
                if self._resets != resets:
                    return self.state()
                self._on_way -= sum(map(len, together))
                for batch, ok in zip(together, taken, strict=True):
                    self._settle(batch, ok)
        return self.state()

    def _settle(self, batch: list[Event], ok: bool) -> None:
        if ok:
            self.delivered += len(batch)
            return
        for one in batch:
            if one.attempt >= len(RETRY_AFTER_MIN):
                self.given_up += 1
                continue
            wait_ms = RETRY_AFTER_MIN[one.attempt] * MINUTE_MS
            one.attempt += 1
            one.body["attemptNumber"] = one.attempt
            one.due_ms = one.first_ms + int(wait_ms * self._rng.uniform(0.8, 1.0))
            self._queue.append(one)

    async def _send(self, target: Target, batch: list[Event]) -> bool:
        body = orjson.dumps([one.body for one in batch])
        secret = self._portal.app.client_secret
        stamp = str(self._portal.now_ms())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "HubSpot Connect 2.0 (sandbox)",
            "X-HubSpot-Signature-Version": "v1",
            "X-HubSpot-Signature": signature_v1(secret, body),
            "X-HubSpot-Signature-v3": signature_v3(secret, "POST", target.url, body, stamp),
            "X-HubSpot-Request-Timestamp": stamp,
        }
        try:
            status = await asyncio.wait_for(post(target.url, headers, body), PATIENCE_S)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
            return False
        return 200 <= status < 300


async def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """POST to an http address; answers the status.

    Raises:
        OSError: when there is no connection.
        ValueError: when what comes back is not HTTP.
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
        lines += [f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        first = (await reader.readline()).split()
        if len(first) < 2 or not first[0].startswith(b"HTTP/"):
            raise ValueError("no HTTP answer")
        return int(first[1])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
