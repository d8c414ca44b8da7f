"""The unique values that records hold: e-mail addresses, second ones too, and custom ones (facts §1, §6)."""

from __future__ import annotations

from collections.abc import Mapping

from leadpact_sandbox.hubspot.catalog import Catalog
from leadpact_sandbox.hubspot.errors import duplicate_on_create, duplicate_on_update
from leadpact_sandbox.hubspot.history import Record
from leadpact_sandbox.hubspot.index import ADDRESSES


class UniqueValues:
    """Which live record holds which unique value.

    Args:
        catalog: says which properties are unique.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._held: dict[str, dict[str, int]] = {name: {} for name in catalog.unique}

    def holder(self, name: str, value: str) -> int | None:
        """The id of the record that holds a value; e-mail in any case, second addresses too."""
        key = value.strip().lower() if name == "email" else value
        return self._held.get(name, {}).get(key)

    def claims(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """The unique values among these, as (property, value); second addresses count as e-mail."""
        get = values.get
        made = [(name, value) for name in self._catalog.unique if (value := get(name))]
        more = get(ADDRESSES)
        if more:
            made.extend(("email", address) for address in more.split(";") if address)
        return made

    def any_among(self, values: Mapping[str, str]) -> bool:
        """Whether a unique property is among these."""
        return ADDRESSES in values or not self._catalog.unique.isdisjoint(values)

    def check_free(self, values: Mapping[str, str], id: int | None, next_id: int) -> None:
        """Refuse unique values that another live record holds (facts §1, both forms).

        Args:
            id: of the record that is to hold them, None for one that is to be made.
            next_id: the id that the next new record gets.

        Raises:
            ApiError: 409 on create for an e-mail address, else the 400 that names two ids.
        """
        catalog = self._catalog
        for name, value in self.claims(values):
            found = self._held.get(name, {}).get(value)
            if found is None or found == id:
                continue
            if id is None and name == "email":
                raise duplicate_on_create(found)
            asked = next_id if id is None else id
            raise duplicate_on_update(catalog.portal, catalog.kind.label, name, value, asked, found)

    def take(self, record: Record) -> None:
        """The record holds its values from now on."""
        for name, value in self.claims(record.values):
            self._held.setdefault(name, {})[value] = record.id

    def all_free(self, claimed: Mapping[str, Mapping[str, int]]) -> bool:
        """Whether no live record holds any of these values, by property."""
        return all(
            self._held.get(name, {}).keys().isdisjoint(values) for name, values in claimed.items()
        )

    def take_all(self, claimed: Mapping[str, Mapping[str, int]]) -> None:
        """The records of these ids hold these values from now on, by property."""
        for name, values in claimed.items():
            self._held.setdefault(name, {}).update(values)

    def release(self, values: Mapping[str, str]) -> None:
        """Nobody holds these any more."""
        for name, value in self.claims(values):
            self._held.get(name, {}).pop(value, None)

    def forget(self, name: str) -> None:
        """The property is no more."""
        self._held.pop(name, None)
