"""Many rows of one object saved in one call: what they have in common is looked up once.

The quick way takes rows that follow each other and have the same names, column by column. It needs an
org that lets them through and of which nothing follows that is not done here; where it finds anything
else, with nothing written yet, each row is taken by itself, and what then is still not plain goes
through :mod:`.rows`, where every refusal is made. All end alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce import engagement, ids, rows
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.derived import assigns, default_owner
from leadpact_sandbox.salesforce.duplicates import may_refuse
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.shapes import Columns, Sent, Shape, Shapes, split_id
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.tracking import tracks
from leadpact_sandbox.salesforce.writing import plan

PLAIN_KINDS = frozenset({"Lead", "Contact", "Account"})
"""Objects of whose saving little follows, and all of it is done here."""
_NAME_PARTS = frozenset({"FirstName", "LastName"})
Outcome: TypeAlias = dict[str, Any]
Quickly: TypeAlias = Callable[[Sequence[Sent], Shape], list[str] | None]
Carefully: TypeAlias = Callable[[Sent], str]
_NO_ERRORS: tuple[()] = ()


class Saving:
    """Saves rows of one object for one caller, inside a transaction of the call.

    Args:
        creating: whether the rows are new.
    """

    def __init__(self, org: Org, owner: Sobject, caller: Caller, *, creating: bool) -> None:
        self._org = org
        self._owner = owner
        self._caller = caller
        self._creating = creating
        self._table = org.tables[owner.name]
        self._required = frozenset(owner.required)
        self._uniques = owner.uniques
        self._stamp = caller.stamp or org.now()
        self._named = owner.name in ("Lead", "Contact")
        self._lead = owner.name == "Lead"
        self._plain = self._is_plain()
        access = plan(org, owner, caller.access, creating=creating)
        start = self._beginning() if self._plain and creating else {}
        self._shapes = Shapes(owner, access, start, named=self._named)
        statuses = org.tables["LeadStatus"].rows.values() if self._lead else ()
        self._converting = frozenset(each["ApiName"] for each in statuses if each["IsConverted"])

    def _is_plain(self) -> bool:
        org, owner, caller = self._org, self._owner, self._caller
        if owner.name not in PLAIN_KINDS or "RecordTypeId" in owner.fields:
            return False
        if org.rules.get(owner.name) or tracks(org, owner.name):
            return False
        if self._creating and may_refuse(org, owner.name, caller):
            return False
        return not (self._lead and assigns(org, caller))

    def _beginning(self) -> Row:
        stamp, user_id = self._stamp, self._caller.user_id
        row = {
            **self._owner.defaults,
            "Id": "",
            "IsDeleted": False,
            "CreatedDate": stamp,
            "CreatedById": user_id,
            "LastModifiedDate": stamp,
            "LastModifiedById": user_id,
            "SystemModstamp": stamp,
            "OwnerId": default_owner(self._org, self._caller),
        }
        return {**row, "Name": None} if self._named else row

    # -- rows of a call ---------------------------------------------------------------------------

    def update_all(
        self, records: Sequence[Sent], refused: Callable[[ApiError], Outcome]
    ) -> list[Outcome]:
        """Change the rows that records name by their ids, in their order.

        Args:
            refused: makes an outcome of a refusal.
        """
        return self._all(records, refused, self._changed_by_id, self._update_carefully)

    def insert_all(
        self, records: Sequence[Sent], refused: Callable[[ApiError], Outcome]
    ) -> list[Outcome]:
        """Make rows, in their order.

        Args:
            refused: makes an outcome of a refusal.
        """
        return self._all(records, refused, self._made, self._insert_carefully)

    def _all(
        self,
        records: Sequence[Sent],
        refused: Callable[[ApiError], Outcome],
        quickly: Quickly,
        carefully: Carefully,
    ) -> list[Outcome]:
        done: list[Outcome] = []
        for _, group in groupby(records, tuple):
            alike = [*group]
            shape = self._shapes.of(alike[0]) if self._plain else None
            saved = None if shape is None else quickly(alike, shape)
            if saved is not None:
                done += [{"id": one, "success": True, "errors": _NO_ERRORS} for one in saved]
                continue
            again = quickly if len(alike) > 1 else None
            for record in alike:
                try:
                    one = self._one(record, again, carefully)
                    done.append({"id": one, "success": True, "errors": _NO_ERRORS})
                except ApiError as error:
                    done.append(refused(error))
        return done

    def _one(self, record: Sent, quickly: Quickly | None, carefully: Carefully) -> str:
        shape = self._shapes.of(record) if quickly is not None and self._plain else None
        saved = None if shape is None or quickly is None else quickly([record], shape)
        return saved[0] if saved else carefully(record)

    # -- updates ----------------------------------------------------------------------------------

    def update(self, record: Sent) -> str:
        """Change the row that a record names by its id; answers the id.

        Raises:
            ApiError: as :func:`rows.update`, and 400 MISSING_ARGUMENT for a record without an id.
        """
        return self._one(record, self._changed_by_id, self._update_carefully)

    def _update_carefully(self, record: Sent) -> str:
        given, rest = split_id(record)
        if given is None:
            raise ApiError(400, "MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
        record_id = rows.record_id_of(self._owner, given)
        rows.update(self._org, self._owner, record_id, rest, self._caller)
        return record_id

    def update_one(self, record_id: str, sent: Sent) -> None:
        """Change a row by its id.

        Raises:
            ApiError: as :func:`rows.update`.
        """
        shape = self._shapes.of(sent) if self._plain else None
        if shape is None or shape.id_name or not self._changed([record_id], [sent], shape):
            rows.update(self._org, self._owner, record_id, sent, self._caller)

    def _changed_by_id(self, records: Sequence[Sent], shape: Shape) -> list[str] | None:
        if shape.id_name is None:
            return None
        given = [record[shape.id_name] for record in records]
        if {*map(type, given)} != {str}:
            return None
        named = [one for one in map(ids.normalised, given) if one is not None]
        if len({*named}) < len(records) or not self._changed(named, records, shape):
            return None
        return named

    def _changed(self, named: Sequence[str], records: Sequence[Sent], shape: Shape) -> bool:
        org, kind, kept = self._org, self._owner.name, self._table.rows
        olds = [kept[one] for one in named if one in kept]
        if len(olds) < len(named) or any(old.get("IsDeleted") for old in olds):
            return False
        if self._lead and any(old.get("IsConverted") for old in olds):
            return False
        columns = shape.stored(org, records)
        if columns is None or not self._lets_through(columns, named):
            return False
        made = _filled([*map(dict.copy, olds)], columns)
        for row, old in zip(made, olds, strict=True):
            stamp = max(self._stamp, old["SystemModstamp"])
            row["LastModifiedDate"] = row["SystemModstamp"] = stamp
            row["LastModifiedById"] = self._caller.user_id
        if self._named and not _NAME_PARTS.isdisjoint(columns):
            _name(made)
        made = _without_nulls(made, columns)
        org.write_changed(kind, made, olds, shape.names)
        if shape.told:
            for row, old in zip(made, olds, strict=True):
                engagement.person_saved(org, kind, row, old)
        return True

    # -- new rows ---------------------------------------------------------------------------------

    def insert(self, record: Sent) -> str:
        """Make a row; answers its id.

        Raises:
            ApiError: as :func:`rows.insert`.
        """
        return self._one(record, self._made, self._insert_carefully)

    def _insert_carefully(self, record: Sent) -> str:
        return rows.insert(self._org, self._owner, record, self._caller)

    def _made(self, records: Sequence[Sent], shape: Shape) -> list[str] | None:
        columns = None if shape.id_name else shape.stored(self._org, records)
        if columns is None or not self._lets_through(columns, ()):
            return None
        if self._lead and shape.start["Status"] in self._converting:
            return None
        made = _filled([shape.start.copy() for _ in records], columns)
        if self._named:
            _name(made)
        made = _without_nulls(made, columns)
        return self._org.write_new(self._owner.name, made, shape.start)

    # -- both -------------------------------------------------------------------------------------

    def _lets_through(self, columns: Columns, named: Sequence[str]) -> bool:
        """Whether the org takes these values.

        Args:
            named: the ids of the rows that they are for; empty for new ones.
        """
        for name, values in columns.items():
            if name in self._required and None in values:
                return False
        if self._lead and not self._converting.isdisjoint(columns.get("Status", ())):
            return False
        return all(
            self._single(name, columns[name], named) for name in self._uniques if name in columns
        )

    def _single(self, name: str, values: Sequence[Any], named: Sequence[str]) -> bool:
        """Whether no other row, deleted ones too, has or gets one of these values."""
        table = self._table
        given = [value for value in values if value is not None]
        if len({*table.keys_of(name, given)}) < len(given):
            return False
        own = named or [""] * len(values)
        return not any(
            table.equal(name, value) - {one}
            for value, one in zip(values, own, strict=True)
            if value is not None
        )


def _filled(made: list[Row], columns: Columns) -> list[Row]:
    """Put columns of values into rows."""
    for name, values in columns.items():
        for row, value in zip(made, values, strict=True):
            row[name] = value
    return made


def _without_nulls(made: list[Row], columns: Columns) -> list[Row]:
    """The rows as they are kept: what is null is absent."""
    if not any(None in values for values in columns.values()):
        return made
    return [{name: value for name, value in row.items() if value is not None} for row in made]


def _name(made: list[Row]) -> None:
    """What people are called in full."""
    for row in made:
        first, last = row.get("FirstName"), row.get("LastName")
        row["Name"] = f"{first} {last}" if first and last else first or last or ""
