"""What HubSpot's webhooks say: whether a delivery is HubSpot's, and which records it makes out of date (facts §8).

An event is only ever a reason to read: one property, no record, twice or in disorder. Nothing is served here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

import orjson

from leadpact.model.record import Change, RecordRef
from leadpact_hubspot.objects import (
    COMPANIES,
    CONTACTS,
    DEALS,
    Json,
    instant,
    is_record_id,
    stamp_of,
)

WINDOW: Final = timedelta(minutes=5)
"""How old a delivery may be, or ahead of this machine's clock."""
MOST_EVENTS: Final = 100

_DECODED: Final = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
"""What HubSpot decodes in the address before it signs, and nothing else."""
_CODES: Final = re.compile("|".join(_DECODED), re.IGNORECASE)
_MILLISECONDS: Final = re.compile(r"\d{1,15}", re.ASCII)

_KINDS: Final = {"contact": CONTACTS, "company": COMPANIES, "deal": DEALS}
_BY_TYPE_ID: Final = {"0-1": CONTACTS, "0-2": COMPANIES, "0-3": DEALS}
How: TypeAlias = Literal["changed", "deleted"]
_HOW: Final[Mapping[str, How]] = {
    "creation": "changed",
    "propertyChange": "changed",
    "restore": "changed",
    "deletion": "deleted",
    "privacyDeletion": "deleted",
}


class NotADelivery(ValueError):
    """What came is no array of at most a hundred events: to be answered with 400."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event that concerns records we know the kind of.

    Attributes:
        key: portal, type, object, property, instant in milliseconds and event id; an event that comes twice has the
            same one. Event ids alone are not unique.
        occurred_at: aware, UTC; deliveries keep no order.
        source, source_id: who did it, as HubSpot says; a write of ours comes as ``INTEGRATION`` with our app's id.
        changes: the records that have to be read again.
    """

    key: tuple[str, str, str, str, int, str]
    occurred_at: datetime
    source: str
    source_id: str
    changes: tuple[Change, ...]


def is_genuine(
    *,
    client_secret: str,
    method: str,
    url: str,
    body: bytes,
    signature: str | None,
    timestamp: str | None,
    now: datetime,
) -> bool:
    """Whether HubSpot signed this request for this app, within five minutes of now. Never raises.

    Args:
        url: the public address as it is set in the app, with its query; not one rebuilt behind a proxy.
        body: as it came, byte by byte.
        signature: header ``X-HubSpot-Signature-v3``.
        timestamp: header ``X-HubSpot-Request-Timestamp``, milliseconds.
        now: aware.
    """
    if not client_secret or not signature or not timestamp:
        return False
    if _MILLISECONDS.fullmatch(timestamp) is None:
        return False
    now_ms = now.timestamp() * 1000
    if abs(now_ms - int(timestamp)) > WINDOW.total_seconds() * 1000:
        return False
    wanted = signature_of(client_secret, method, url, body, timestamp)
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogatepass"))


def signature_of(client_secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
    """The v3 signature: base64 of HMAC-SHA256 over method, decoded address, body and timestamp."""
    address = _CODES.sub(lambda found: _DECODED[found[0].upper()], url)
    text = f"{method}{address}".encode("utf-8", "surrogatepass") + body + timestamp.encode()
    secret = client_secret.encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()


def events_in(body: bytes, *, portal_id: str, crm: str) -> list[Event]:
    """The events of one delivery that concern this portal, each once, oldest first.

    Those of other portals, of kinds and types that are not known, and malformed ones are left out: HubSpot has to be
    answered with 200 all the same, or it sends them ten times.

    Raises:
        NotADelivery: no JSON array, or one of more than a hundred.
    """
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotADelivery("This is no JSON.") from None
    if not isinstance(rows, list) or len(rows) > MOST_EVENTS:
        raise NotADelivery(f"This is no array of at most {MOST_EVENTS} events.")
    found: dict[tuple[str, str, str, str, int, str], Event] = {}
    for row in rows:
        if isinstance(row, dict) and str(row.get("portalId")) == portal_id:
            event = _event(row, portal_id, crm)
            if event is not None:
                found.setdefault(event.key, event)
    return sorted(found.values(), key=lambda event: event.occurred_at)


def _event(row: Json, portal_id: str, crm: str) -> Event | None:
    kind, _, what = str(row.get("subscriptionType") or "").partition(".")
    at_ms = row.get("occurredAt")
    if not isinstance(at_ms, int) or isinstance(at_ms, bool) or not 0 < at_ms < 10**14:
        return None
    version = stamp_of(instant(str(at_ms)))
    known = _BY_TYPE_ID.get(str(row.get("objectTypeId"))) if kind == "object" else _KINDS.get(kind)
    changes = tuple(
        Change(RecordRef(crm, of, record_id), how, version)
        for of, record_id, how in dict.fromkeys(_told(row, known, what))
        if is_record_id(record_id)
    )
    if not changes:
        return None
    return Event(
        key=(
            portal_id,
            f"{kind}.{what}",
            _id(row.get("objectId") or row.get("fromObjectId")),
            str(row.get("propertyName") or row.get("toObjectId") or ""),
            at_ms,
            _id(row.get("eventId")),
        ),
        occurred_at=instant(str(at_ms)),
        source=str(row.get("changeSource") or ""),
        source_id=str(row.get("sourceId") or ""),
        changes=changes,
    )


def _told(
    row: Json, kind: str | None, what: str
) -> Iterator[tuple[str, str, Literal["changed", "deleted", "merged"]]]:
    """Kind, id and how, of each record that an event makes out of date."""
    if what == "associationChange":
        ends = str(row.get("associationType") or "").lower().partition("_to_")
        for end, name in ((ends[0], "fromObjectId"), (ends[2], "toObjectId")):
            of = _KINDS.get(end) or next((one for one in _KINDS.values() if one == end), None)
            if of is not None:
                yield of, _id(row.get(name)), "changed"
    elif kind is not None and what == "merge":
        heir = _id(row.get("newObjectId") or row.get("primaryObjectId"))
        merged = row.get("mergedObjectIds")
        for old in merged if isinstance(merged, list) else ():
            if _id(old) != heir:
                yield kind, _id(old), "merged"
        yield kind, heir, "changed"
    elif kind is not None and what in _HOW:
        yield kind, _id(row.get("objectId")), _HOW[what]


def _id(value: Any) -> str:
    """An id as text: HubSpot sends numbers here; anything but a number or text is none."""
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
