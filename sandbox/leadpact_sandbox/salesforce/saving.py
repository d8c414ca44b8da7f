"""Many rows of one object saved in one call: what they have in common is looked up once.

The quick way takes rows together, column by column for those of the same names. It needs an org that
lets them through and of which nothing follows that is not done here; where it finds anything else, with
nothing written yet, it goes on with one half and then the other. What is not plain by itself goes
through :mod:`.rows`, where every refusal is made. All end alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from leadpact_sandbox.salesforce import engagement, ids, rows
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.derived import assigns, default_owner
from leadpact_sandbox.salesforce.duplicates import may_refuse
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.shapes import Sent, Shape, Shapes, split_id
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.tracking import tracks
from leadpact_sandbox.salesforce.writing import plan

PLAIN_KINDS = frozenset({"Lead", "Contact", "Account"})
"""Objects of whose saving little follows, and all of it is done here."""
_NAME_PARTS = frozenset({"FirstName", "LastName"})
Outcome: TypeAlias = dict[str, Any]
Quickly: TypeAlias = Callable[[Sequence[Sent]], list[str] | None]
Carefully: TypeAlias = Callable[[Sent], str]
_NO_ERRORS: tuple[()] = ()


class _Alike(NamedTuple):
    """Rows of the same names, and their places among those that are saved together."""

    shape: Shape
    places: Sequence[int]
    records: Sequence[Sent]


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
        if not records:
            return []
        saved = quickly(records) if self._plain else None
        if saved is not None:
            return [{"id": one, "success": True, "errors": _NO_ERRORS} for one in saved]
        if len(records) == 1 or not self._plain:
            return [_outcome(record, refused, carefully) for record in records]
        # A row among them is not plain: the half without it is.
        half = len(records) // 2
        first = self._all(records[:half], refused, quickly, carefully)
        return first + self._all(records[half:], refused, quickly, carefully)

    def _sorted_out(self, records: Sequence[Sent]) -> list[_Alike] | None:
        """The rows by their names; None where one must be looked at by itself."""
        names = [*map(tuple, records)]
        places: dict[tuple[str, ...], Sequence[int]] = {names[0]: range(len(records))}
        if names.count(names[0]) < len(names):
            scattered: dict[tuple[str, ...], list[int]] = {}
            for place, each in enumerate(names):
                scattered.setdefault(each, []).append(place)
            places = {**scattered}
        found: list[_Alike] = []
        for these in places.values():
            alike = [records[place] for place in these]
            shape = self._shapes.of(alike[0])
            if shape is None:
                return None
            found.append(_Alike(shape, these, alike))
        return found

    # -- updates ----------------------------------------------------------------------------------

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
        kinds = self._sorted_out([sent]) if self._plain else None
        if kinds is None or kinds[0].shape.id_name or not self._changed([record_id], kinds):
            rows.update(self._org, self._owner, record_id, sent, self._caller)

    def _changed_by_id(self, records: Sequence[Sent]) -> list[str] | None:
        kinds = self._sorted_out(records)
        if kinds is None:
            return None
        given: list[Any] = [None] * len(records)
        for shape, places, alike in kinds:
            if shape.id_name is None:
                return None
            for place, record in zip(places, alike, strict=True):
                given[place] = record[shape.id_name]
        if {*map(type, given)} != {str}:
            return None
        named = [one for one in map(ids.normalised, given) if one is not None]
        if len({*named}) < len(records) or not self._changed(named, kinds):
            return None
        return named

    def _changed(self, named: Sequence[str], kinds: Sequence[_Alike]) -> bool:
        org, kind, kept = self._org, self._owner.name, self._table.rows
        olds = [kept[one] for one in named if one in kept]
        if len(olds) < len(named) or any(old.get("IsDeleted") for old in olds):
            return False
        if self._lead and any(old.get("IsConverted") for old in olds):
            return False
        begun = [*map(dict.copy, olds)]
        for row, old in zip(begun, olds, strict=True):
            stamp = max(self._stamp, old["SystemModstamp"])
            row["LastModifiedDate"] = row["SystemModstamp"] = stamp
            row["LastModifiedById"] = self._caller.user_id
        made = self._filled(begun, kinds, named)
        if made is None:
            return False
        changed = frozenset[str]().union(*(each.shape.names for each in kinds))
        org.write_changed(kind, made, olds, changed)
        if any(each.shape.told for each in kinds):
            for row, old in zip(made, olds, strict=True):
                engagement.person_saved(org, kind, row, old)
        return True

    # -- new rows ---------------------------------------------------------------------------------

    def insert(self, record: Sent) -> str:
        """Make a row; answers its id.

        Raises:
            ApiError: as :func:`rows.insert`.
        """
        saved = self._made([record]) if self._plain else None
        return saved[0] if saved else self._insert_carefully(record)

    def _insert_carefully(self, record: Sent) -> str:
        return rows.insert(self._org, self._owner, record, self._caller)

    def _made(self, records: Sequence[Sent]) -> list[str] | None:
        kinds = self._sorted_out(records)
        if kinds is None or any(each.shape.id_name for each in kinds):
            return None
        begun: list[Row] = [{}] * len(records)
        for shape, places, _ in kinds:
            if self._lead and shape.start["Status"] in self._converting:
                return None
            for place in places:
                begun[place] = shape.start.copy()
        made = self._filled(begun, kinds, ())
        if made is None:
            return None
        fields = frozenset[str]().union(*(each.shape.start for each in kinds))
        return self._org.write_new(self._owner.name, made, fields)

    # -- both -------------------------------------------------------------------------------------

    def _filled(
        self, begun: list[Row], kinds: Sequence[_Alike], named: Sequence[str]
    ) -> list[Row] | None:
        """The rows with their values as they are kept; None where the org does not take one just so.

        Args:
            named: the ids of the rows; empty for new ones.
        """
        nulls = False
        claimed: dict[str, set[Any]] = {name: set() for name in self._uniques}
        for shape, places, alike in kinds:
            columns = shape.stored(self._org, alike)
            if columns is None:
                return None
            part = [begun[place] for place in places]
            for name, values in columns.items():
                if None in values:
                    if name in self._required:
                        return None
                    nulls = True
                if name in claimed:
                    own = [named[place] for place in places] if named else [""] * len(places)
                    if not self._single(name, values, own, claimed[name]):
                        return None
                for row, value in zip(part, values, strict=True):
                    row[name] = value
            if self._lead and not self._converting.isdisjoint(columns.get("Status", ())):
                return None
            if self._named and not (named and _NAME_PARTS.isdisjoint(columns)):
                _name(part)
        if not nulls:
            return begun
        # What is null is absent.
        return [{name: value for name, value in row.items() if value is not None} for row in begun]

    def _single(
        self, name: str, values: Sequence[Any], own: Sequence[str], claimed: set[Any]
    ) -> bool:
        """Whether no row but its own, deleted ones too, has or gets one of these values."""
        table = self._table
        for value, one in zip(values, own, strict=True):
            if value is None:
                continue
            key = table.key_of(name, value)
            if key in claimed or table.equal(name, value) - {one}:
                return False
            claimed.add(key)
        return True


def _outcome(record: Sent, refused: Callable[[ApiError], Outcome], carefully: Carefully) -> Outcome:
    """What comes of a row that is looked at by itself."""
    try:
        return {"id": carefully(record), "success": True, "errors": _NO_ERRORS}
    except ApiError as error:
        return refused(error)


def _name(made: Sequence[Row]) -> None:
    """What people are called in full."""
    for row in made:
        first, last = row.get("FirstName"), row.get("LastName")
        row["Name"] = f"{first} {last}" if first and last else first or last or ""
