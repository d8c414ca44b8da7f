"""The emulated portal: everything the endpoints share (facts §1, §9)."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

from leadpact_sandbox.hubspot.catalog import Catalog
from leadpact_sandbox.hubspot.errors import bad_token, expired_token, invalid, missing_scopes
from leadpact_sandbox.hubspot.history import Contact, Source
from leadpact_sandbox.hubspot.index import SearchIndex
from leadpact_sandbox.hubspot.limits import Limits
from leadpact_sandbox.hubspot.owners import Owners
from leadpact_sandbox.hubspot.search import Searcher
from leadpact_sandbox.hubspot.stamp import to_ms
from leadpact_sandbox.hubspot.store import ContactStore
from leadpact_sandbox.world import World

APP_NAME = "leadpact"
SCOPES = frozenset(
    {
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.owners.read",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
        "oauth",
    }
)
"""What the portal's own token may do unless told otherwise (facts §9)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a private-app token stands for; with ``expires_ms`` it is refused from then on."""

    app_id: int
    user_id: int
    scopes: frozenset[str]
    expires_ms: int | None = None


class Portal:
    """State and settings of one HubSpot account.

    Args:
        world: clock, faults, limits and switches.
        scopes: what the portal's token may do.
        index_lag_s: how long search does not see a change, in the sandbox's seconds (facts §2).
    """

    def __init__(
        self, world: World, *, scopes: frozenset[str] = SCOPES, index_lag_s: float = 2.0
    ) -> None:
        rng = random.Random(world.seed + 8_700)
        self.world = world
        self.id = 24_000_000 + rng.randrange(900_000)
        self.app_id = 3_000_000 + rng.randrange(900_000)
        self.token = f"pat-eu1-{uuid.UUID(int=rng.getrandbits(128), version=4)}"
        self.grants = {self.token: Grant(self.app_id, 90_000_001, scopes)}
        self.api_source = Source("INTEGRATION", str(self.app_id), APP_NAME)
        self.base_url = ""
        self.limits = Limits(world)
        self.owners = Owners()
        self.index_lag_s = index_lag_s
        self._correlations = 0
        self.begin(to_ms(world.clock.now()))

    def begin(self, created_ms: int) -> None:
        """An empty portal with the standard properties; the owners stay."""
        world = self.world
        self.created_ms = created_ms
        null_clears = world.switch("hubspot.1.null_clears", True)
        self.catalog = Catalog(self.id, self.owners, created_ms, null_clears=null_clears)
        self.index = SearchIndex(world.clock.monotonic, self.index_lag_s, self._index_frozen)
        self.searcher = Searcher(self.index)
        stage = "lead" if world.switch("hubspot.4.new_contact_is_lead", True) else None
        self.store = ContactStore(
            self.catalog,
            self.index.feed,
            keep_cleared=world.switch("hubspot.1.cleared_reads_empty", False),
            default_stage=stage,
        )

    def _index_frozen(self) -> bool:
        return any(
            fault.crm == "hubspot" and fault.fault == "stale_index"
            for fault in self.world.faults.listed()
        )

    def now_ms(self) -> int:
        """The sandbox's instant in milliseconds."""
        return to_ms(self.world.clock.now())

    def correlation(self) -> str:
        """The next correlation id."""
        self._correlations += 1
        return f"{self._correlations:08x}-0000-4000-8000-{self.id:012x}"

    def admit(self, authorization: str | None, needs: tuple[str, ...], *, search: bool) -> None:
        """Let a call in by its token, its scopes and the limits.

        Args:
            needs: scopes of which the token must have one; none = any token will do.

        Raises:
            ApiError: 401, 403 or 429.
        """
        kind, _, token = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise bad_token(
                "Authentication credentials not found. This API supports OAuth 2.0 authentication "
                "and you can find more details at "
                "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
            )
        grant = self.grants.get(token.strip())
        if grant is None:
            raise bad_token("The access token is not one of this account's.")
        if grant.expires_ms is not None and self.now_ms() >= grant.expires_ms:
            raise expired_token(grant.expires_ms)
        if needs and grant.scopes.isdisjoint(needs):
            raise missing_scopes(needs)
        self.limits.admit(search=search)

    def identified(self, asked: str, property_: str | None) -> Contact | None:
        """The contact of an id or of a unique property's value (facts §1 ``idProperty``).

        Raises:
            ApiError: 400 when the property is not a unique one.
        """
        if property_ is None or property_ in {"", "hs_object_id"}:
            return self.store.resolve(asked)
        if property_ not in self.catalog.unique:
            raise invalid(f"{property_} is not a unique identifier property of contacts")
        return self.store.holder(property_, asked)

    def shown(self, contact: Contact | None, *, archived: bool) -> bool:
        """Whether a read finds this contact: live ones, or archived ones where asked for (§1)."""
        if contact is None:
            return False
        if (contact.archived_ms is not None) is archived:
            return True
        hidden = self.world.switch("hubspot.1.archived_reads_404", True)
        return not hidden and contact.archived_ms is not None

    def record_url(self, contact: Contact) -> str:
        """Where people see this record."""
        return f"https://app.hubspot.com/contacts/{self.id}/record/0-1/{contact.id}"
