"""The emulated portal: everything the endpoints share (facts §1, §9)."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import Protocol

from leadpact_sandbox.hubspot.apps import public_app
from leadpact_sandbox.hubspot.associations import Associations
from leadpact_sandbox.hubspot.automations import Automations
from leadpact_sandbox.hubspot.catalog import Catalog
from leadpact_sandbox.hubspot.errors import bad_token, expired_token, invalid, missing_scopes
from leadpact_sandbox.hubspot.history import Record, Source
from leadpact_sandbox.hubspot.index import SearchIndex
from leadpact_sandbox.hubspot.kinds import CONTACTS, KINDS, LEADS, Kind, kind_of
from leadpact_sandbox.hubspot.limits import Bucket, Limits
from leadpact_sandbox.hubspot.owners import Owners
from leadpact_sandbox.hubspot.pipelines import Pipelines
from leadpact_sandbox.hubspot.spaces import Space
from leadpact_sandbox.hubspot.stamp import to_ms
from leadpact_sandbox.hubspot.store import Change, ObjectStore, Told
from leadpact_sandbox.world import World

APP_NAME = "leadpact"
SCOPES = frozenset(
    {
        *(
            f"crm.objects.{name}.{act}"
            for name in ("contacts", "companies", "deals", "leads")
            for act in ("read", "write")
        ),
        *(
            f"crm.schemas.{name}.{act}"
            for name in ("contacts", "companies", "deals")
            for act in ("read", "write")
        ),
        "crm.objects.owners.read",
        "crm.lists.read",
        "crm.lists.write",
        "forms",
        "oauth",
    }
)
"""What the portal's own token may do unless told otherwise (facts §9)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for; with ``expires_ms`` it is refused from then on.

    Attributes:
        kind: ``private`` (legacy private app), ``service`` (service key) or ``oauth``.
    """

    app_id: int
    user_id: int
    scopes: frozenset[str]
    expires_ms: int | None = None
    kind: str = "private"


class Listener(Protocol):
    """Someone who hears of every effective change once it is made."""

    def wanted(self) -> bool:
        """Whether it listens now."""
        ...

    def told(self, change: Change) -> None:
        """Hear of a change."""
        ...


class Portal:
    """State and settings of one HubSpot account.

    Args:
        world: clock, faults, limits and switches.
        scopes: what the portal's token may do.
        index_lag_s: how long search does not see a change, in the sandbox's seconds (facts §2).

    Attributes:
        spaces: records, properties and search by object type.
        listeners: hear of every effective change once it is made.
    """

    def __init__(
        self, world: World, *, scopes: frozenset[str] = SCOPES, index_lag_s: float = 2.0
    ) -> None:
        rng = random.Random(world.seed + 8_700)
        self.world = world
        self.id = 24_000_000 + rng.randrange(900_000)
        self.app_id = 3_000_000 + rng.randrange(900_000)
        self.token = f"pat-eu1-{uuid.UUID(int=rng.getrandbits(128), version=4)}"
        self.app = public_app(world.seed)
        self._scopes = scopes
        self.grants: dict[str, Grant] = {}
        self.sign_out()
        self.api_source = Source("INTEGRATION", str(self.app_id), APP_NAME)
        self.base_url = ""
        self.limits = Limits(world)
        self.owners = Owners()
        self.index_lag_s = index_lag_s
        self.blocked: set[str] = set()
        self.listeners: list[Listener] = [Automations(self)]
        self._correlations = 0
        self._correlation_end = f"-0000-4000-8000-{self.id:012x}"
        self.begin(to_ms(world.clock.now()))

    def begin(self, created_ms: int) -> None:
        """An empty portal with the standard properties; the owners stay."""
        self.created_ms = created_ms
        all_stages = self.world.switch("hubspot.6.default_pipeline_has_all_stages", True)
        self.pipelines = Pipelines(created_ms, all_stages=all_stages)
        self.associations = Associations(self._linked)
        self.blocked.clear()
        self.renew_spaces()

    def renew_spaces(self) -> None:
        """No records, and the standard properties."""
        self.spaces: dict[str, Space] = {
            kind.name: Space(
                kind,
                self.world,
                self.id,
                self.owners,
                self.pipelines,
                created_ms=self.created_ms,
                index_lag_s=self.index_lag_s,
                frozen=self._index_frozen,
                told=self._told,
            )
            for kind in KINDS
        }

    def sign_out(self) -> None:
        """Only the tokens of the start are in force: the private app's and the service key."""
        grant = Grant(self.app_id, 90_000_001, self._scopes)
        service = Grant(self.app_id + 1, 90_000_001, self._scopes, kind="service")
        self.grants = {self.token: grant, self.app.service_key: service}
        self.app.begin(self._scopes)

    @property
    def catalog(self) -> Catalog:
        """The properties of contacts."""
        return self.spaces[CONTACTS.name].catalog

    @property
    def store(self) -> ObjectStore:
        """The contacts."""
        return self.spaces[CONTACTS.name].store

    @property
    def index(self) -> SearchIndex:
        """What search for contacts sees."""
        return self.spaces[CONTACTS.name].index

    def _index_frozen(self) -> bool:
        return any(
            fault.crm == "hubspot" and fault.fault == "stale_index"
            for fault in self.world.faults.listed()
        )

    # -- changes ------------------------------------------------------------------------------

    def _told(self) -> Told | None:
        return self.tell if any(one.wanted() for one in self.listeners) else None

    def tell(self, change: Change) -> None:
        """Let everyone hear of a change."""
        for listener in self.listeners:
            listener.told(change)

    def _linked(self, source: Kind, id: int, target: Kind, other: int, made: bool) -> None:
        record = self.spaces[source.name].store.records.get(id)
        if record is None or self._told() is None:
            return
        what = "associationChange" if made else "associationRemoved"
        changes = {"to": target.name, "toObjectId": str(other)}
        self.tell(Change(source.name, record, what, changes, self.api_source, self.now_ms()))

    def archive(self, space: Space, record: Record, source: Source, now_ms: int) -> None:
        """Archive a record; its associations go with it."""
        space.store.archive(record, source, now_ms)
        self.associations.forget(space.kind, record.id)

    def merge(
        self, space: Space, primary: Record, other: Record, source: Source, now_ms: int
    ) -> Record:
        """Merge two records into a new one, which gets the associations of both (facts §6).

        Raises:
            ApiError: 400.
        """
        made = space.store.merge(primary, other, source, now_ms)
        for old in (primary, other):
            self.associations.move(space.kind, old.id, made.id)
        if self._told() is not None:
            changes = {"primary": str(primary.id), "other": str(other.id)}
            self.tell(Change(space.kind.name, made, "merge", changes, source, now_ms))
        return made

    def forget(self, space: Space, record: Record, source: Source, now_ms: int) -> None:
        """Delete a contact for good, its history and associations too (facts §1 "GDPR delete")."""
        space.store.archive(record, source, now_ms, "privacyDeletion")
        self.associations.forget(space.kind, record.id)
        space.store.drop(record)

    def linked_ids(self, kind: Kind, name: str, asked: str) -> frozenset[int]:
        """The records of a type that are associated with one of another, by its id.

        Raises:
            ApiError: 400 for an object type that the portal does not have.
        """
        target = kind_of(name)
        if target is None:
            raise invalid(f"Unable to infer object type from: {name}")
        record = self.spaces[target.name].store.resolve(asked)
        found = {} if record is None else self.associations.of(target, record.id, kind)
        return frozenset(found)

    def first_is_primary(self) -> bool:
        """Whether the first company or contact associated becomes the primary one (believed)."""
        return self.world.switch("hubspot.6.first_company_is_primary", True)

    def orphaned(self, id: int, source: Source, now_ms: int) -> None:
        """A lead without a primary contact or company is deleted (facts §4 "Leads object")."""
        lead = self.spaces[LEADS.name].store.records.get(id)
        if lead is None or lead.archived_ms is not None:
            return
        for target in ("contacts", "companies"):
            kind = self.spaces[target].kind
            primary = self.associations.types.primary(LEADS, kind)
            held = self.associations.of(LEADS, id, kind).values()
            if primary is not None and any(primary.id in types for types in held):
                return
        self.archive(self.spaces[LEADS.name], lead, source, now_ms)

    # -- calls --------------------------------------------------------------------------------

    def now_ms(self) -> int:
        """The sandbox's instant in milliseconds."""
        return to_ms(self.world.clock.now())

    def correlation(self) -> str:
        """The next correlation id."""
        self._correlations += 1
        return f"{self._correlations:08x}{self._correlation_end}"

    def admit(self, authorization: str | None, needs: tuple[str, ...], bucket: Bucket) -> Grant:
        """Let a call in by its token, its scopes and the limits.

        Args:
            needs: scopes of which the token must have one; none = any token will do.
            bucket: whose limits count it.

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
        self.limits.admit(bucket, oauth=grant.kind == "oauth")
        return grant

    def rate_headers(self, grant: Grant, bucket: Bucket) -> list[tuple[bytes, bytes]]:
        """The headers that tell what is left; a public app's name no day (believed, facts §3)."""
        if grant.kind != "oauth":
            return self.limits.headers(bucket)
        shown = not self.world.switch("hubspot.3.oauth_without_daily_headers", True)
        return self.limits.headers(bucket, oauth=True, daily=shown)

    def source_of(self, grant: Grant) -> Source:
        """How history names the app that a token belongs to."""
        if grant.app_id == self.app_id:
            return self.api_source
        return Source("INTEGRATION", str(grant.app_id), f"App {grant.app_id}")

    def record_url(self, kind: Kind, record: Record) -> str:
        """Where people see this record."""
        return f"https://app.hubspot.com/contacts/{self.id}/record/{kind.type_id}/{record.id}"
