"""An emulated HubSpot: contacts, properties, owners and account, as facts/hubspot.md says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.types import ASGIApp

from leadpact_sandbox.hubspot import native_sync, snapshot
from leadpact_sandbox.hubspot.app import build_app
from leadpact_sandbox.hubspot.deliveries import Deliveries
from leadpact_sandbox.hubspot.lists import Lists
from leadpact_sandbox.hubspot.portal import SCOPES, Grant, Portal
from leadpact_sandbox.hubspot.screen import Screen
from leadpact_sandbox.hubspot.seeding import seed_portal
from leadpact_sandbox.hubspot.webhooks import Webhooks
from leadpact_sandbox.seed.model import Company
from leadpact_sandbox.world import World

__all__ = ["SCOPES", "HubSpot"]


class HubSpot:
    """One emulated portal behind an ASGI application.

    Args:
        world: clock, faults, limits, switches and call counts, shared with the other CRM.
        scopes: what the portal's token may do.
        index_lag_s: how long search does not see a change, in the sandbox's seconds (facts §2).

    Attributes:
        app: the ASGI application, every endpoint behind the gate.
        token: the private-app token that is let in.
        portal_id: the account's number.
    """

    app: ASGIApp

    def __init__(
        self, world: World, *, scopes: frozenset[str] = SCOPES, index_lag_s: float = 2.0
    ) -> None:
        self._portal = Portal(world, scopes=scopes, index_lag_s=index_lag_s)
        self._screen = Screen(self._portal)
        self._company: Company | None = None
        self.token = self._portal.token
        self.portal_id = self._portal.id
        self._webhooks = Webhooks(self._portal)
        self._lists = Lists(self._portal)
        self._deliveries = Deliveries(self._portal, self._webhooks)
        self.app = build_app(self._portal, self._webhooks, self._lists)

    def connection(self, base_url: str) -> dict[str, str]:
        """What a client needs: ``base_url`` and ``token``."""
        self._portal.base_url = base_url
        return {"base_url": base_url, "token": self.token}

    def grant(self, token: str, scopes: frozenset[str], expires_ms: int | None = None) -> None:
        """Let another token in, with these scopes, until ``expires_ms`` (epoch, sandbox time)."""
        portal = self._portal
        portal.grants[token] = Grant(portal.app_id, 90_000_001, scopes, expires_ms)

    def app_details(self) -> dict[str, object]:
        """The public app and the service key of the portal, for OAuth and webhooks (facts §8, §9)."""
        app = self._portal.app
        return {
            "portal_id": self.portal_id,
            "private_app_id": self._portal.app_id,
            "app_id": app.id,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "refresh_token": app.refresh_token,
            "code": app.code,
            "developer_key": app.developer_key,
            "service_key": app.service_key,
        }

    async def deliver(self) -> dict[str, object]:
        """Send the webhook events that are due; answers how many wait, came through, were given up."""
        return await self._deliveries.send_due()

    # -- state ------------------------------------------------------------------------------------

    def load(self, company: Company) -> None:
        """Fill the portal from the seed; replaces all state but tokens."""
        self._company = company
        self._portal.begin(self._portal.created_ms)
        seed_portal(self._portal, company)

    def reset(self) -> None:
        """Back to the state after the last load (an empty portal before any), windows emptied."""
        self._portal.limits.reset()
        self._portal.sign_out()
        self._webhooks.reset()
        self._lists.reset()
        self._deliveries.reset()
        self._portal.begin(self._portal.created_ms)
        if self._company is not None:
            seed_portal(self._portal, self._company)

    def snapshot(self) -> dict[str, object]:
        """All state as JSON values."""
        return {
            **snapshot.take(self._portal),
            "webhooks": self._webhooks.snapshot(),
            "lists": self._lists.snapshot(),
        }

    def restore(self, state: dict[str, object]) -> None:
        """Replace all state by a snapshot.

        Raises:
            ValueError: when it is of another version.
        """
        snapshot.put_back(self._portal, state)
        webhooks = state["webhooks"]
        if not isinstance(webhooks, dict):
            raise ValueError("HubSpot state without webhooks")
        self._webhooks.restore(webhooks)
        lists = state["lists"]
        self._lists.restore(lists if isinstance(lists, list) else [])

    def take_over(self, rows: Iterable[tuple[str, Mapping[str, object]]]) -> int:
        """Let HubSpot's own Salesforce connector sync these records; answers how many it found."""
        return native_sync.take_over(self._portal, rows)

    # -- acts (each raises RefusedAct where the portal would refuse) --------------------------------

    def create(self, object: str, fields: Mapping[str, object], by: str) -> dict[str, object]:
        """Someone makes a record."""
        return self._screen.create(object, fields, by)

    def edit(
        self, object: str, id: str, fields: Mapping[str, object], by: str
    ) -> dict[str, object]:
        """Someone edits a record."""
        return self._screen.edit(object, id, fields, by)

    def edit_many(
        self, object: str, edits: Mapping[str, Mapping[str, object]], by: str
    ) -> list[dict[str, object]]:
        """One act on many records: all of them get the same ``lastmodifieddate``."""
        return self._screen.edit_many(object, edits, by)

    def archive(self, object: str, id: str, by: str) -> dict[str, object]:
        """Someone deletes a record."""
        return self._screen.archive(object, id, by)

    def merge(
        self, object: str, primary: str, other: str, by: str = "person:0"
    ) -> dict[str, object]:
        """Someone merges two records into a new one, which is the answer."""
        return self._screen.merge(object, primary, other, by)
