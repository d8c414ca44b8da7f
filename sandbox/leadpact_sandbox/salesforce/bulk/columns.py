"""What the columns of an upload mean: fields, ids, parents by a key of theirs (facts salesforce §4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadpact_sandbox.salesforce.bulk.csv_rows import NULL, CsvError
from leadpact_sandbox.salesforce.catalog import Access, Sobject
from leadpact_sandbox.salesforce.org import Org


class Columns:
    """The header of one job, bound to its object.

    Args:
        names: the header's cells.
        operation: of the job; a deletion takes ``Id`` alone.

    Raises:
        CsvError: a column that the object does not have, or the caller may not see.
    """

    def __init__(
        self, org: Org, owner: Sobject, access: Access, names: Sequence[str], operation: str
    ) -> None:
        self._bound: list[tuple[str, str, str]] = []
        seen: set[str] = set()
        for name in names:
            bound = self._bind(org, owner, access, name)
            if bound is None:
                raise CsvError(f"InvalidBatch : Field name not found : {name[:255]}")
            if bound[0] in seen:
                raise CsvError(f"InvalidBatch : Field name is duplicated : {name[:255]}")
            seen.add(bound[0])
            self._bound.append(bound)
        if operation in ("delete", "hardDelete") and seen != {"Id"}:
            raise CsvError(f"InvalidBatch : a {operation} job takes the column Id alone")

    @staticmethod
    def _bind(org: Org, owner: Sobject, access: Access, name: str) -> tuple[str, str, str] | None:
        """(field or relationship, the parent's key field, the parent's object)."""
        head, dot, key = name.partition(".")
        if not dot:
            field = owner.field(name)
            if field is None or not access.reads(owner, field):
                return None
            return field.name, "", ""
        kind, colon, relationship = head.rpartition(":")
        lookup = owner.relationship(relationship)
        if lookup is None or not access.reads(owner, lookup):
            return None
        for target in lookup.reference_to:
            if colon and target.lower() != kind.lower():
                continue
            parent = org.catalog.objects[target]
            found = parent.field(key)
            if found is not None and (found.external_id or found.id_lookup):
                return str(lookup.relationship), found.name, target
        return None

    def __len__(self) -> int:
        return len(self._bound)

    def record(self, cells: Sequence[str]) -> dict[str, Any]:
        """A row as a record: empty cells are left out, ``#N/A`` is null."""
        record: dict[str, Any] = {}
        for (name, key, kind), cell in zip(self._bound, cells, strict=True):
            if not cell:
                continue
            value = None if cell == NULL else cell
            record[name] = {"attributes": {"type": kind}, key: value} if key else value
        return record
