"""The contacts of the portal: identity, uniqueness, writes, archive and merge (facts §1, §4, §6)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping

from leadpact_sandbox.hubspot.catalog import Catalog
from leadpact_sandbox.hubspot.errors import (
    ApiError,
    duplicate_on_create,
    duplicate_on_update,
    error,
)
from leadpact_sandbox.hubspot.history import CALCULATED, Contact, Event, Source
from leadpact_sandbox.hubspot.index import ADDRESSES
from leadpact_sandbox.hubspot.lifecycle import STAGE, is_backward, stage_dates
from leadpact_sandbox.hubspot.merging import merged_log, merged_values
from leadpact_sandbox.hubspot.stamp import iso

FIRST_ID = 101
_DERIVING = frozenset({"email", "hubspot_owner_id", STAGE})
Feed = Callable[[Contact, bool], None]
"""Told of every effective change: the contact, and whether search still shows it."""


class ContactStore:
    """Contacts by id, with the unique values they hold and the old ids that merges left behind.

    Args:
        catalog: the portal's properties.
        feed: the search index, told of every effective change.
        keep_cleared: cleared properties read ``""`` instead of null
            (switch ``hubspot.1.cleared_reads_empty``).
        default_stage: the stage of a new contact that names none (facts §4), None for no stage.
    """

    def __init__(
        self,
        catalog: Catalog,
        feed: Feed,
        *,
        keep_cleared: bool = False,
        default_stage: str | None = "lead",
    ) -> None:
        self.catalog = catalog
        self._feed = feed
        self._keep_cleared = keep_cleared
        self._default_stage = default_stage
        self.records: dict[int, Contact] = {}
        self.order: list[int] = []
        self.aliases: dict[int, int] = {}
        self.unique: dict[str, dict[str, int]] = {"email": {}}
        self.next_id = FIRST_ID

    # -- finding ------------------------------------------------------------------------------

    def resolve(self, asked: str) -> Contact | None:
        """The contact of an id, archived or not; an id merged away answers its successor."""
        if not (asked.isascii() and asked.isdigit()):
            return None
        number = int(asked) if len(asked) < 19 else 0
        return self.records.get(self.aliases.get(number, number))

    def is_alias(self, asked: str) -> bool:
        """Whether this id was merged away (facts §6: batch update drops those)."""
        if not self.aliases or not (asked.isascii() and asked.isdigit() and len(asked) < 19):
            return False
        return int(asked) in self.aliases

    def holder(self, name: str, value: str) -> Contact | None:
        """The live contact that holds a unique value; e-mail in any case, second addresses too."""
        key = value.strip().lower() if name == "email" else value
        found = self.unique.get(name, {}).get(key)
        return None if found is None else self.records[found]

    def page(self, start: int, limit: int, *, archived: bool) -> tuple[list[Contact], int | None]:
        """Contacts from id ``start`` on in order of id, and the id that the next page starts at."""
        found: list[Contact] = []
        for place in range(bisect_left(self.order, start), len(self.order)):
            contact = self.records[self.order[place]]
            if (contact.archived_ms is not None) is not archived:
                continue
            if len(found) == limit:
                return found, contact.id
            found.append(contact)
        return found, None

    # -- uniqueness ---------------------------------------------------------------------------

    def claims(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """The unique values among these, as (property, value); second addresses count as e-mail."""
        made = [
            (name, values[name]) for name in self.catalog.unique & values.keys() if values[name]
        ]
        more = values.get(ADDRESSES)
        if more:
            made.extend(("email", address) for address in more.split(";") if address)
        return made

    def check_free(self, values: Mapping[str, str], contact: Contact | None) -> None:
        """Refuse unique values that another live contact holds (facts §1, both forms).

        Raises:
            ApiError: 409 on create for an e-mail address, else the 400 that names two ids.
        """
        for name, value in self.claims(values):
            found = self.unique.get(name, {}).get(value)
            if found is None or (contact is not None and found == contact.id):
                continue
            if contact is None and name == "email":
                raise duplicate_on_create(found)
            asked = self.next_id if contact is None else contact.id
            raise duplicate_on_update(self.catalog.portal, name, value, asked, found)

    def check_claims(self, values: Mapping[str, str], contact: Contact) -> None:
        """As :meth:`check_free`, and quick where nothing unique is among the values."""
        if self.claims_any(values):
            self.check_free(values, contact)

    def claims_any(self, values: Mapping[str, str]) -> bool:
        """Whether a unique property is among these."""
        return not self.catalog.unique.isdisjoint(values) or ADDRESSES in values

    def _claim(self, contact: Contact) -> None:
        for name, value in self.claims(contact.values):
            self.unique.setdefault(name, {})[value] = contact.id

    def _release(self, values: Mapping[str, str]) -> None:
        for name, value in self.claims(values):
            self.unique.get(name, {}).pop(value, None)

    # -- writing ------------------------------------------------------------------------------

    def create(self, values: Mapping[str, str], source: Source, now_ms: int) -> Contact:
        """Make a contact of checked values; it starts as ``lead`` unless a stage is set (facts §4).

        Raises:
            ApiError: 409 or 400 for a unique value that is taken.
        """
        given = {
            name: value.strip(";") if value[:1] == ";" else value for name, value in values.items()
        }
        given = {name: value for name, value in given.items() if value}
        if self._default_stage in self.catalog.stages and not given.get(STAGE):
            given[STAGE] = str(self._default_stage)
        self.check_free(given, None)
        now = iso(now_ms)
        given |= self._derived(given, None, now)
        number = self.next_id
        self.next_id += 1
        given |= {"hs_object_id": str(number), "createdate": now, "lastmodifieddate": now}
        given = {name: value for name, value in given.items() if value}
        contact = Contact(number, given, source, now_ms, now_ms, first=given)
        self.put(contact)
        return contact

    def put(self, contact: Contact) -> None:
        """Take in a finished contact (create, merge, seed, restore)."""
        self.records[contact.id] = contact
        if not self.order or self.order[-1] < contact.id:
            self.order.append(contact.id)
        else:
            insort(self.order, contact.id)
        self.next_id = max(self.next_id, contact.id + 1)
        if contact.archived_ms is None:
            self._claim(contact)
            self._feed(contact, True)

    def update(
        self,
        contact: Contact,
        changes: Mapping[str, str],
        source: Source,
        now_ms: int,
        *,
        may_go_back: bool = False,
    ) -> bool:
        """Apply checked values; answers whether anything changed.

        A backward lifecycle stage is left out without a word unless ``may_go_back`` (facts §4). A
        write that changes nothing leaves ``lastmodifieddate`` alone.

        Raises:
            ApiError: 400 naming two ids for a unique value that is taken.
        """
        old = contact.values
        effective: dict[str, str] = {}
        for name, value in changes.items():
            if value and value[0] == ";" and self.catalog.live[name].field_type == "checkbox":
                value = _appended(old.get(name, ""), value)  # noqa: PLW2901
            if old.get(name, "") != value:
                effective[name] = value
        stage = effective.get(STAGE)
        if stage and not may_go_back and is_backward(self.catalog.stages, old.get(STAGE), stage):
            del effective[STAGE]
        if not effective:
            return False
        unique = self.claims_any(effective)
        if unique:
            self.check_free(effective, contact)
            self._release(old)
        self._apply(contact, effective, source, now_ms)
        if unique:
            self._claim(contact)
        self._feed(contact, True)
        return True

    def _apply(
        self, contact: Contact, effective: dict[str, str], source: Source, now_ms: int
    ) -> None:
        now = iso(now_ms)
        values = {**contact.values, **effective, "lastmodifieddate": now}
        contact.log.append(Event(now_ms, source, effective))
        if not _DERIVING.isdisjoint(effective):
            derived = self._derived(effective, contact.values.get(STAGE), now)
            contact.log.append(Event(now_ms, CALCULATED, derived))
            values |= derived
            cleared = "" in derived.values() or "" in effective.values()
        else:
            cleared = "" in effective.values()
        if cleared and not self._keep_cleared:
            values = {name: value for name, value in values.items() if value}
        contact.values = values
        contact.updated_ms = now_ms

    def _derived(
        self, changes: Mapping[str, str], old_stage: str | None, now: str
    ) -> dict[str, str]:
        made: dict[str, str] = {}
        if "email" in changes:
            made["hs_email_domain"] = changes["email"].rpartition("@")[2]
        if "hubspot_owner_id" in changes:
            made["hubspot_owner_assigneddate"] = now if changes["hubspot_owner_id"] else ""
        if STAGE in changes:
            made |= stage_dates(old_stage, changes[STAGE], now)
        return made

    def archive(self, contact: Contact, now_ms: int) -> None:
        """Archive a live contact: its unique values are free again, search forgets it."""
        if contact.archived_ms is None:
            contact.archived_ms = now_ms
            self._release(contact.values)
            self._feed(contact, False)

    def forget_values(self, name: str) -> None:
        """Drop a property's values everywhere, since the property was archived (facts §5)."""
        self.unique.pop(name, None)
        for contact in self.records.values():
            contact.forget(name)

    def merge(self, primary: Contact, other: Contact, source: Source, now_ms: int) -> Contact:
        """Merge two live contacts into a NEW one; both old ids answer it from now on (facts §6).

        Raises:
            ApiError: 400 when both are one contact or one of them is archived.
        """
        if primary is other or primary.archived_ms is not None or other.archived_ms is not None:
            raise _unmergeable(primary, other)
        number = self.next_id
        values = merged_values(primary, other, number, now_ms)
        created_ms = min(primary.created_ms, other.created_ms)
        made = Contact(number, values, primary.origin, created_ms, now_ms)
        made.log = merged_log(primary, other, values, source, now_ms)
        for old in (primary, other):
            self.drop(old)
            self.aliases[old.id] = number
        for alias, target in self.aliases.items():
            if target in {primary.id, other.id}:
                self.aliases[alias] = number
        self.put(made)
        return made

    def drop(self, contact: Contact) -> None:
        """Remove a contact without a trace (merge only)."""
        self._release(contact.values)
        del self.records[contact.id]
        del self.order[bisect_left(self.order, contact.id)]
        self._feed(contact, False)

    def live(self) -> Iterable[Contact]:
        """All contacts that are not archived, in order of id."""
        return (
            contact
            for contact in (self.records[number] for number in self.order)
            if contact.archived_ms is None
        )


def _appended(old: str, more: str) -> str:
    parts = [part for part in f"{old};{more}".split(";") if part]
    return ";".join(dict.fromkeys(parts))


def _unmergeable(primary: Contact, other: Contact) -> ApiError:
    return error(
        400,
        f"Objects {primary.id} and {other.id} cannot be merged: both must be live and different.",
        "VALIDATION_ERROR",
    )
