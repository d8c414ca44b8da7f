"""Records by id and by key, from the consistent batch endpoints (facts §1, §2, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import orjson

from leadpact.errors import FixSettings, SetAside
from leadpact.model.record import SINCE, Gone, MovedTo, Observation, Record, RecordRef
from leadpact_hubspot import stage_dates
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import (
    CONTACTS,
    EMAIL,
    EXTERNAL_ID,
    LINEAGE,
    OBJECT_ID,
    READ_BATCH,
    SEARCH_BODY,
    SEARCH_PAGE,
    STAGE,
    Json,
    checked_ids,
    checked_properties,
    instant,
    stamp,
)
from leadpact_hubspot.schema import SchemaSource

KEYS_PER_SEARCH: Final = 100
_BODY_ROOM: Final = SEARCH_BODY - 300


class RecordReader:
    """Reads records of one kind; search never supplies a value (R1)."""

    def __init__(
        self, client: HubSpotClient, *, schema: SchemaSource, crm_name: str, kind: str = CONTACTS
    ) -> None:
        self._kind = kind
        self._client = client
        self._schema = schema
        self._crm = crm_name

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> list[Observation]:
        """One observation per id, same order.

        Raises:
            FixSettings: an id or a name is none that HubSpot could know.
        """
        asked = list(dict.fromkeys(checked_ids(list(ids))))
        names = checked_properties([name for name in fields if not name.startswith(SINCE)])
        dated = len(names) < len(fields) and SINCE + STAGE in fields
        also = stage_dates.properties(self._schema.values_of(STAGE)) if dated else []
        seen: dict[str, Observation] = {}
        for start in range(0, len(asked), READ_BATCH):
            part = self._fetch_batch(asked[start : start + READ_BATCH], names + also)
            seen.update(stage_dates.told(part, also) if dated else part)
        return [seen[one] for one in ids]

    def _fetch_batch(self, ids: list[str], names: list[str]) -> dict[str, Observation]:
        body = {
            "properties": list(dict.fromkeys((*names, LINEAGE))),
            "inputs": [{"id": one} for one in ids],
        }
        answer = self._client.batch_read(body, self._kind)
        rows: list[Json] = answer.get("results") or []
        found = {str(row["id"]): row for row in rows}
        seen: dict[str, Observation] = {}
        moved: list[str] = []
        missing = missing_ids(answer)
        in_bin = self._in_bin([one for one in ids if one in missing])
        for one in ids:
            row = found.get(one)
            if row is not None:
                seen[one] = self._observed(row, names)
            elif one in missing:
                seen[one] = Gone(RecordRef(self._crm, self._kind, one), one not in in_bin)
            else:
                moved.append(one)
        if moved:
            seen.update(self._moved(moved, rows))
        return seen

    def _in_bin(self, ids: list[str]) -> set[str]:
        """Those of the missing that can still be restored; a privacy deletion leaves nothing (facts §1)."""
        if not ids:
            return set()
        body = {"properties": [OBJECT_ID], "inputs": [{"id": one} for one in ids]}
        answer = self._client.batch_read(body, self._kind, archived=True)
        return {str(row["id"]) for row in answer.get("results") or []}

    def _observed(self, row: Json, names: list[str]) -> Observation:
        if row.get("archived"):
            return Gone(RecordRef(self._crm, self._kind, str(row["id"])))
        return self._record(row, names)

    def _record(self, row: Json, names: Iterable[str]) -> Record:
        values = row.get("properties") or {}
        created = row.get("createdAt")
        return Record(
            RecordRef(self._crm, self._kind, str(row["id"])),
            # A property that HubSpot does not know is not in the answer: unknown, not blank (R4).
            {name: values[name] for name in names if name in values},
            stamp(row["updatedAt"]),
            created_at=instant(created) if created else None,
        )

    def _moved(self, ids: list[str], rows: list[Json]) -> dict[str, Observation]:
        """Ids that neither came back nor were said to be missing: merged into another (facts §6)."""
        heirs = {
            old: str(row["id"])
            for row in rows
            for old in str((row.get("properties") or {}).get(LINEAGE) or "").split(";")
            if old
        }
        seen: dict[str, Observation] = {}
        for one in ids:
            ref = RecordRef(self._crm, self._kind, one)
            heir = heirs.get(one) or self._heir(one)
            if heir is None:
                seen[one] = Gone(ref)
            else:
                seen[one] = MovedTo(ref, "merged", (RecordRef(self._crm, self._kind, heir),))
        return seen

    def _heir(self, id: str) -> str | None:
        try:
            row = self._client.read_one(id, [OBJECT_ID], self._kind)
        except SetAside:
            return None
        except FixSettings as error:
            # A numeric id that answers nothing gives a 404 without a category (facts §1).
            if error.code != "not_hubspot":
                raise
            return None
        return None if row.get("archived") else str(row["id"])

    def find(self, key: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        """All contacts whose property ``key`` equals one of the values.

        By e-mail also those that hold it as a second address, as far as HubSpot's read by e-mail knows
        those; the record then shows its first address. A property that is not unique is looked up by search,
        so a contact changed within the last minute can be missed.
        """
        names = checked_properties([key, *fields])[1:]
        wanted = list(dict.fromkeys(value.strip() for value in values if value.strip()))
        if key == EMAIL:
            wanted = list(dict.fromkeys(value.lower() for value in wanted))
        if not wanted:
            return []
        if key == OBJECT_ID:
            seen = self.fetch([value for value in wanted if value.isdigit()], names)
            return [one for one in seen if isinstance(one, Record)]
        if key in {EMAIL, EXTERNAL_ID} or self._schema.is_unique(key):
            return self._find_unique(key, wanted, names)
        return self._find_any(key, wanted, names)

    def _find_unique(self, key: str, wanted: list[str], names: list[str]) -> list[Record]:
        found: dict[str, Record] = {}
        for start in range(0, len(wanted), READ_BATCH):
            part = wanted[start : start + READ_BATCH]
            body = {
                "properties": list(dict.fromkeys((*names, key))),
                "idProperty": key,
                "inputs": [{"id": one} for one in part],
            }
            for row in self._client.batch_read(body, self._kind).get("results") or []:
                if not row.get("archived"):
                    found[str(row["id"])] = self._record(row, names)
        return list(found.values())

    def _find_any(self, key: str, wanted: list[str], names: list[str]) -> list[Record]:
        ids: dict[str, None] = {}
        for part in _searchable(wanted):
            ids.update(dict.fromkeys(self._search_ids(key, part)))
        if not ids:
            return []
        held = {value.lower() for value in wanted}
        records = self.fetch(list(ids), list(dict.fromkeys((*names, key))))
        return [
            _without(one, key, names)
            for one in records
            if isinstance(one, Record) and held & _parts(one.fields.get(key))
        ]

    def _search_ids(self, key: str, values: list[str]) -> list[str]:
        # Text compares in lower case; picklist values compare as they are (facts §2).
        sent = values if self._schema.is_picklist(key) else [value.lower() for value in values]
        found: list[str] = []
        above = "0"
        while True:
            filters = [
                {"propertyName": key, "operator": "IN", "values": sent},
                {"propertyName": OBJECT_ID, "operator": "GT", "value": above},
            ]
            answer = self._client.search(
                {
                    "filterGroups": [{"filters": filters}],
                    "sorts": [{"propertyName": OBJECT_ID, "direction": "ASCENDING"}],
                    "properties": [OBJECT_ID],
                    "limit": SEARCH_PAGE,
                }
            )
            rows = answer.get("results") or []
            found += [str(row["id"]) for row in rows]
            if not (answer.get("paging") or {}).get("next") or not rows:
                return found
            above = found[-1]


def missing_ids(answer: Json) -> set[str]:
    """Ids that a 207 answer says do not exist (facts §1)."""
    missing: set[str] = set()
    for error in answer.get("errors") or ():
        if error.get("category") == "OBJECT_NOT_FOUND":
            missing.update(str(one) for one in (error.get("context") or {}).get("ids") or ())
    return missing


def _parts(value: object) -> set[str]:
    """A value in lower case, and each choice of several (second addresses among them, facts §6)."""
    text = str(value or "").lower()
    return {text, *text.split(";")} - {""}


def _without(record: Record, key: str, names: list[str]) -> Record:
    if key in names:
        return record
    fields = {name: value for name, value in record.fields.items() if name != key}
    return Record(record.ref, fields, record.version, created_at=record.created_at)


def _searchable(values: list[str]) -> Iterable[list[str]]:
    """Values in parts whose search stays below the wall of 3,000 characters (facts §2)."""
    part: list[str] = []
    size = 0
    for value in values:
        cost = len(orjson.dumps(value).decode().encode("ascii", "backslashreplace")) + 2
        if part and (size + cost > _BODY_ROOM or len(part) == KEYS_PER_SEARCH):
            yield part
            part, size = [], 0
        part.append(value)
        size += cost
    if part:
        yield part
