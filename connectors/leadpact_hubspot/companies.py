"""Fields of a contact's primary company, read as ``company.<property>`` along with the contact (facts §6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from leadpact.errors import FixSettings
from leadpact.model.record import Native, Observation, Record, RecordRef
from leadpact.model.schema import KindSchema
from leadpact_hubspot.associations import linked_ids
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import (
    COMPANIES,
    COMPANY_PREFIX,
    CONTACT_IDS,
    CONTACTS,
    READ_BATCH,
    Json,
    checked_ids,
    checked_properties,
)
from leadpact_hubspot.reader import RecordReader
from leadpact_hubspot.schema import kind_schema

PREFIX: Final = COMPANY_PREFIX
PRIMARY: Final = 1
"""The type of association from a contact to its primary company."""

Fields: TypeAlias = Mapping[str, Native]


class CompanyFields:
    """Adds what the primary company says to contacts; two calls more per page, and only where it is asked for.

    Args:
        contacts: reader of contacts.
        offered: properties that the settings name; others are refused.
    """

    def __init__(
        self, client: HubSpotClient, *, contacts: RecordReader, offered: Sequence[str]
    ) -> None:
        self._client = client
        self._contacts = contacts
        self._offered = tuple(offered)

    def schema(self, contacts: KindSchema) -> KindSchema:
        """The schema of contacts with the offered properties of companies, read-only."""
        if not self._offered:
            return contacts
        rows: list[Json] = self._client.list_properties(COMPANIES).get("results") or []
        known = kind_schema(rows, COMPANIES).fields
        more = {
            PREFIX + name: replace(
                known[name],
                name=PREFIX + name,
                label=f"Company: {known[name].label}",
                createable=False,
                updateable=False,
                unique=False,
            )
            for name in self._offered
            if name in known
        }
        return replace(contacts, fields={**contacts.fields, **more})

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> list[Observation]:
        """One observation per contact, same order.

        A contact without a company has its fields blank. Where none of several companies is the primary one, or
        the company is not there any more, they are unknown.

        Raises:
            FixSettings: ``bad_field``, for a property of companies that the settings do not name.
        """
        own, wanted = self._parted(fields)
        if not wanted:
            return self._contacts.fetch(ids, own)
        seen = self._contacts.fetch(ids, own)
        found = self._companies([one.ref.id for one in seen if isinstance(one, Record)], wanted)
        return [_joined(one, found) if isinstance(one, Record) else one for one in seen]

    def find(self, key: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        """Contacts by one of their own properties, with the company's fields as :meth:`fetch` has them."""
        own, wanted = self._parted(fields)
        seen = self._contacts.find(key, values, own)
        if not wanted:
            return seen
        found = self._companies([one.ref.id for one in seen], wanted)
        return [_joined(one, found) for one in seen]

    def people_of(self, ids: Sequence[str], crm_name: str) -> list[Observation]:
        """Companies with the ids of their contacts, same order, for those that changed (R20)."""
        asked = checked_ids(list(ids))
        theirs = linked_ids(self._client, COMPANIES, CONTACTS, asked)
        return [
            Record(
                RecordRef(crm_name, COMPANIES, one),
                {CONTACT_IDS: ";".join(theirs.get(one, ()))},
                "",
            )
            for one in asked
        ]

    def _parted(self, fields: Sequence[str]) -> tuple[list[str], list[str]]:
        """Properties of the contact, and those of its company."""
        own = [name for name in fields if not name.startswith(PREFIX)]
        wanted = [name.removeprefix(PREFIX) for name in fields if name.startswith(PREFIX)]
        self._refuse_others(wanted)
        return own, wanted

    def _refuse_others(self, wanted: Sequence[str]) -> None:
        for name in checked_properties(list(wanted)):
            if name not in self._offered:
                raise FixSettings(
                    f"The company field {name!r} is read only where LEADPACT_HUBSPOT__COMPANY_FIELDS names it.",
                    code="bad_field",
                )

    def _companies(self, contacts: Sequence[str], wanted: Sequence[str]) -> dict[str, Fields]:
        """Per contact what its company says; absent where that is unknown."""
        if not contacts:
            return {}
        linked = linked_ids(self._client, CONTACTS, COMPANIES, contacts)
        primary = {who: _primary(theirs) for who, theirs in linked.items()}
        asked = list(dict.fromkeys(filter(None, primary.values())))
        read: dict[str, Fields] = {}
        for start in range(0, len(asked), READ_BATCH):
            part = [{"id": one} for one in asked[start : start + READ_BATCH]]
            answer = self._client.batch_read(
                {"properties": list(wanted), "inputs": part}, COMPANIES
            )
            for row in answer.get("results") or ():
                values = row.get("properties") or {}
                read[str(row["id"])] = {
                    PREFIX + name: values[name] for name in wanted if name in values
                }
        blank: Fields = {PREFIX + name: None for name in wanted}
        return {who: read.get(primary[who], {}) if who in primary else blank for who in contacts}


def _joined(contact: Record, found: Mapping[str, Fields]) -> Record:
    return replace(contact, fields={**contact.fields, **found.get(contact.ref.id, {})})


def _primary(companies: Mapping[str, Collection[int]]) -> str:
    """The primary company, or the only one; "" where it cannot be told."""
    if len(companies) == 1:
        return next(iter(companies))
    return next((company for company, types in companies.items() if PRIMARY in types), "")
