"""What becomes of each row of an upload (facts salesforce §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leadpact_sandbox.salesforce import rows as table_rows
from leadpact_sandbox.salesforce.bulk.columns import Columns
from leadpact_sandbox.salesforce.bulk.csv_rows import CsvError, CsvFile, RowError
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.org import Caller, Org


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a row.

    Attributes:
        id: of its record; what was sent where it failed.
        error: ``CODE:text:fields --``; "" for a row that was done.
    """

    id: str
    created: bool = False
    error: str = ""


def error_text(error: ApiError) -> str:
    """``sf__Error`` as the API writes it."""
    code, message = error.code, error.message
    if code == "JSON_PARSER_ERROR":
        code = "INVALID_TYPE_ON_FIELD_IN_RECORD"
    elif code == "NOT_FOUND":
        code, message = "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"
    return f"{code}:{message}:{' '.join([*(error.fields or []), '--'])}"


class RowWork:
    """Carries out the rows of one job.

    Raises:
        CsvError: the job's external-id field cannot be used.
    """

    def __init__(
        self,
        org: Org,
        owner: Sobject,
        operation: str,
        external_field: str,
        columns: Columns,
        caller: Caller,
    ) -> None:
        self._org = org
        self._owner = owner
        self._operation = operation
        self._columns = columns
        self.caller = caller
        self._key: Field | None = None
        if operation == "upsert":
            try:
                self._key = table_rows.external_field(org, owner, external_field, caller)
            except ApiError as error:
                raise CsvError(f"InvalidBatch : {error.message}") from None

    def chunk(self, file: CsvFile, rows: Sequence[str], struck: int) -> list[Done]:
        """Do up to 200 rows; ``struck`` is the place of one that fails for a row lock."""
        records = [self._record(file, row) for row in rows]
        counts = self._keys(records)
        done = []
        for place, record in enumerate(records):
            if isinstance(record, RowError):
                done.append(Done("", error=f"INVALID_CSV_ROW:{record}:--"))
                continue
            given = str(record.get("Id") or "")
            try:
                if place == struck:
                    raise ApiError(
                        400,
                        "UNABLE_TO_LOCK_ROW",
                        f"unable to obtain exclusive access to this record or 1 records: {given}",
                        [],
                    )
                done.append(self._do(record, counts))
            except ApiError as error:
                done.append(Done(given, error=error_text(error)))
        return done

    def _record(self, file: CsvFile, row: str) -> dict[str, Any] | RowError:
        try:
            cells = file.cells(row)
        except RowError as error:
            return error
        if len(cells) != len(self._columns):
            return RowError(f"{len(cells)} fields where the header has {len(self._columns)}")
        return self._columns.record(cells)

    def _keys(self, records: Sequence[dict[str, Any] | RowError]) -> Counter[Any]:
        """How often each external id stands in the chunk."""
        if self._key is None:
            return Counter()
        table, name = self._org.tables[self._owner.name], self._key.name
        return Counter(
            table.key_of(name, record[name])
            for record in records
            if not isinstance(record, RowError) and record.get(name) is not None
        )

    def _do(self, record: dict[str, Any], counts: Counter[Any]) -> Done:
        if self._operation == "insert":
            made = table_rows.insert(self._org, self._owner, record, self.caller)
            return Done(made, created=True)
        if self._key is not None:
            return self._upsert(self._key, record, counts)
        given = record.pop("Id", None)
        if given is None:
            raise ApiError(
                400, "MISSING_ARGUMENT", f"Id not specified in {self._operation} call", []
            )
        record_id = table_rows.record_id_of(self._owner, given)
        if self._operation == "update":
            table_rows.update(self._org, self._owner, record_id, record, self.caller)
        else:
            table_rows.delete(self._org, self._owner, record_id, self.caller)
            if self._operation == "hardDelete":
                self._org.erase(self._owner.name, record_id)
        return Done(record_id)

    def _upsert(self, key: Field, record: dict[str, Any], counts: Counter[Any]) -> Done:
        value = record.pop(key.name, None)
        if value is None and key.name == "Id":
            made = table_rows.insert(self._org, self._owner, record, self.caller)
            return Done(made, created=True)
        if value is not None:
            indexed = self._org.tables[self._owner.name].key_of(key.name, value)
            if counts[indexed] > 1:
                raise ApiError(
                    400,
                    "DUPLICATE_VALUE",
                    f"Duplicate external id specified: {value}",
                    [key.name],
                )
        try:
            found = table_rows.upsert(self._org, self._owner, key, value, record, self.caller)
        except table_rows.SeveralMatches as several:
            raise ApiError(
                400,
                "DUPLICATE_EXTERNAL_ID",
                f"{key.name}: more than one record found for external id field: {several.matches}",
                [key.name],
            ) from None
        return Done(found.id, created=found.created)
