"""Webhook settings and subscriptions of the portal's public app (facts §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from leadpact_sandbox.hubspot.calls import Answer, Call, text_part
from leadpact_sandbox.hubspot.errors import ApiError, error, invalid, missing_rows, not_found
from leadpact_sandbox.hubspot.kinds import Kind, kind_of
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.stamp import iso

OBJECTS = ("contact", "company", "deal", "ticket", "product", "line_item", "object")
WHATS = ("creation", "deletion", "merge", "restore", "propertyChange", "associationChange")
OTHERS = (
    "contact.privacyDeletion",
    "conversation.creation",
    "conversation.deletion",
    "conversation.newMessage",
    "conversation.privacyDeletion",
    "conversation.propertyChange",
    "event.completed",
)
EVENT_TYPES = frozenset({*(f"{one}.{what}" for one in OBJECTS for what in WHATS), *OTHERS})
SILENT = frozenset({"hs_lastmodifieddate", "lastmodifieddate", "num_unique_conversion_events"})
"""Properties whose change is never told (facts §8)."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MAX_SUBSCRIPTIONS = 1_000
MAX_CONCURRENT = 10


@dataclass(slots=True)
class Subscription:
    """One kind of event that the app wants to hear of."""

    id: int
    event_type: str
    property_name: str | None
    object_type_id: str | None
    active: bool
    created_ms: int
    updated_ms: int

    def wants(self, kind: Kind, what: str) -> bool:
        """Whether it is about this object type and kind of event."""
        about, _, wanted = self.event_type.partition(".")
        if wanted != what or not self.active:
            return False
        return about == kind.singular or (about == "object" and self.object_type_id == kind.type_id)

    def body(self) -> dict[str, object]:
        """As HubSpot answers it."""
        made: dict[str, object] = {
            "id": str(self.id),
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "eventType": self.event_type,
            "active": self.active,
        }
        if self.property_name is not None:
            made["propertyName"] = self.property_name
        if self.object_type_id is not None:
            made["objectTypeId"] = self.object_type_id
        return made


@dataclass(slots=True)
class Target:
    """Where events go."""

    url: str
    concurrent: int
    created_ms: int
    updated_ms: int

    def body(self) -> dict[str, object]:
        """As HubSpot answers it."""
        return {
            "targetUrl": self.url,
            "throttling": {"maxConcurrentRequests": self.concurrent},
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
        }


class Webhooks:
    """The endpoints under ``/webhooks/v3/{appId}``, and what they keep."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.target: Target | None = None
        self.subscriptions: dict[int, Subscription] = {}
        self._next = 1_500_001

    def reset(self) -> None:
        """No target and no subscriptions."""
        self.target = None
        self.subscriptions.clear()

    def snapshot(self) -> dict[str, object]:
        """Target and subscriptions as JSON values."""
        return {
            "target": None if self.target is None else asdict(self.target),
            "subscriptions": [asdict(one) for one in self.subscriptions.values()],
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Take up what :meth:`snapshot` gave."""
        self.reset()
        target, rows = state.get("target"), state.get("subscriptions")
        if isinstance(target, dict):
            self.target = Target(**target)
        for row in rows if isinstance(rows, list) else ():
            self._keep(Subscription(**row))

    def _keep(self, one: Subscription) -> None:
        self.subscriptions[one.id] = one
        self._next = max(self._next, one.id + 1)

    # -- settings -----------------------------------------------------------------------------

    def settings(self, call: Call) -> Answer:
        """GET settings."""
        self._check_app(call)
        if self.target is None:
            raise error(404, "No webhook settings found for this app", "OBJECT_NOT_FOUND")
        return Answer(200, self.target.body())

    def configure(self, call: Call) -> Answer:
        """PUT settings: the target must lie on this machine."""
        self._check_app(call)
        sent = call.json()
        url = text_part(sent, "targetUrl", needed=True) or ""
        _check_url(url)
        throttling = sent.get("throttling", {})
        most = throttling.get("maxConcurrentRequests") if isinstance(throttling, dict) else None
        if most is None:
            most = MAX_CONCURRENT
        if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= 100:
            raise invalid("maxConcurrentRequests must be a whole number from 1 to 100")
        created = call.now_ms if self.target is None else self.target.created_ms
        self.target = Target(url, most, created, call.now_ms)
        return Answer(200, self.target.body())

    def clear(self, call: Call) -> Answer:
        """DELETE settings: 204."""
        self._check_app(call)
        self.target = None
        return Answer(204)

    # -- subscriptions ------------------------------------------------------------------------

    def page(self, call: Call) -> Answer:
        """GET all."""
        self._check_app(call)
        return Answer(200, {"results": [one.body() for one in self.subscriptions.values()]})

    def read(self, call: Call) -> Answer:
        """GET one."""
        self._check_app(call)
        return Answer(200, self._found(call.path["subscriptionId"]).body())

    def create(self, call: Call) -> Answer:
        """POST: 201."""
        self._check_app(call)
        sent = call.json()
        event_type = text_part(sent, "eventType", needed=True) or ""
        if event_type not in EVENT_TYPES:
            raise invalid(f"{event_type[:200]!r} is not an event type")
        about, _, what = event_type.partition(".")
        type_id = text_part(sent, "objectTypeId")
        if about == "object" and kind_of(type_id) is None:
            raise invalid(f"objectTypeId {type_id!r} is not an object type of this account")
        name = text_part(sent, "propertyName")
        if (name is not None) != (what == "propertyChange"):
            raise invalid("propertyName belongs to propertyChange, and is needed there")
        if name in SILENT:
            raise invalid(f"Changes of {name} are not told")
        if len(self.subscriptions) >= MAX_SUBSCRIPTIONS:
            raise invalid(f"At most {MAX_SUBSCRIPTIONS} subscriptions are supported")
        active = sent.get("active", False)
        if not isinstance(active, bool):
            raise invalid("Invalid input JSON: active must be true or false")
        known = kind_of(type_id)
        made = Subscription(
            self._next,
            event_type,
            name,
            None if known is None else known.type_id,
            active,
            call.now_ms,
            call.now_ms,
        )
        self._keep(made)
        return Answer(201, made.body())

    def update(self, call: Call) -> Answer:
        """PATCH: on or off."""
        self._check_app(call)
        active = call.json().get("active")
        found = self._found(call.path["subscriptionId"])
        self._turn(found, active, call.now_ms)
        return Answer(200, found.body())

    def batch_update(self, call: Call) -> Answer:
        """POST batch/update: ids and on or off; ids that nobody has are an error row."""
        self._check_app(call)
        inputs = call.json().get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
            raise invalid("Invalid input JSON: inputs must be a list of objects")
        rows: list[object] = []
        missing: list[str] = []
        for one in inputs:
            number = one.get("id")
            found = self.subscriptions.get(number) if isinstance(number, int) else None
            if found is None:
                missing.append(str(number))
            else:
                self._turn(found, one.get("active"), call.now_ms)
                rows.append(found.body())
        body: dict[str, object] = {"status": "COMPLETE", "results": rows}
        if missing:
            body |= {"numErrors": 1, "errors": [missing_rows(missing, "SUBSCRIPTION").row()]}
        body |= {"startedAt": iso(call.now_ms), "completedAt": iso(call.now_ms)}
        return Answer(207 if missing else 200, body)

    def archive(self, call: Call) -> Answer:
        """DELETE: 204."""
        self._check_app(call)
        del self.subscriptions[self._found(call.path["subscriptionId"]).id]
        return Answer(204)

    # -- parts --------------------------------------------------------------------------------

    def _turn(self, found: Subscription, active: object, now_ms: int) -> None:
        if not isinstance(active, bool):
            raise invalid("Invalid input JSON: active must be true or false")
        found.active, found.updated_ms = active, now_ms

    def _found(self, asked: str) -> Subscription:
        usable = asked.isascii() and asked.isdigit() and len(asked) < 15
        found = self.subscriptions.get(int(asked)) if usable else None
        if found is None:
            raise not_found(asked)
        return found

    def _check_app(self, call: Call) -> None:
        """Developer auth, not the portal's token (facts §8, §12); service keys have no webhooks."""
        app = self._portal.app
        if call.query.get("hapikey") != app.developer_key:
            raise _no_developer()
        if call.path["appId"] != str(app.id):
            raise not_found(call.path["appId"])


def _no_developer() -> ApiError:
    return error(
        401,
        "This endpoint takes the developer API key of the app's account, as the parameter hapikey",
        "INVALID_AUTHENTICATION",
    )


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(one.isspace() for one in url):
        raise invalid(
            "targetUrl must be an http address on loopback: the sandbox sends nowhere else"
        )
