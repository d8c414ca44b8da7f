"""Many rows of one object saved in one call: what they have in common is looked up once.

The quick way takes a row that the org lets through and that nothing follows from; any other goes
through :mod:`.rows`, one by one, where every refusal is made. Both end alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from leadpact_sandbox.salesforce import engagement, ids, rows
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.derived import assigns, default_owner
from leadpact_sandbox.salesforce.duplicates import may_refuse
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.tracking import tracks
from leadpact_sandbox.salesforce.values import Writer
from leadpact_sandbox.salesforce.writing import Plan, plan

PLAIN_KINDS = frozenset({"Lead", "Contact", "Account"})
"""Objects of whose saving little follows, and all of it is done here."""
ID_NAMES = ("id", "Id", "ID", "iD")
_NAME_PARTS = frozenset({"FirstName", "LastName"})
_MOST_SHAPES = 200
Sent: TypeAlias = Mapping[str, Any]


class _Shape(NamedTuple):
    """What rows of the same names have in common.

    Attributes:
        columns: name as sent, API name, and how its value is stored.
        id_name: where the row's id stands.
        told: whether members of campaigns repeat one of these.
    """

    columns: tuple[tuple[str, str, Writer], ...]
    names: frozenset[str]
    id_name: str | None
    told: bool


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
        self._plan: Plan = plan(org, owner, caller.access, creating=creating)
        self._shapes: dict[tuple[str, ...], _Shape | None] = {}
        self._required = frozenset(owner.required)
        self._uniques = owner.uniques
        self._stamp = caller.stamp or org.now()
        self._named = owner.name in ("Lead", "Contact")
        self._lead = owner.name == "Lead"
        self._plain = self._is_plain()
        self._start: Row = self._beginning() if self._plain else {}
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
        return {
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

    # -- updates ----------------------------------------------------------------------------------

    def update(self, record: Sent) -> str:
        """Change the row that a record names by its id; answers the id.

        Raises:
            ApiError: as :func:`rows.update`, and 400 MISSING_ARGUMENT for a record without an id.
        """
        shape = self._shape(record) if self._plain else None
        if shape is not None and shape.id_name is not None:
            given = record[shape.id_name]
            record_id = ids.normalised(given) if given.__class__ is str else None
            if record_id is not None and self._changed(record_id, record, shape):
                return record_id
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
        shape = self._shape(sent) if self._plain else None
        if shape is None or shape.id_name or not self._changed(record_id, sent, shape):
            rows.update(self._org, self._owner, record_id, sent, self._caller)

    def _changed(self, record_id: str, sent: Sent, shape: _Shape) -> bool:
        org, stamp = self._org, self._stamp
        old = self._table.rows.get(record_id)
        if old is None or old.get("IsDeleted") or (self._lead and old.get("IsConverted")):
            return False
        values: Row = {name: store(org, sent[key]) for key, name, store in shape.columns}
        if self._lead and values.get("Status") in self._converting:
            return False
        if None in values.values():
            if any(values[name] is None for name in shape.names & self._required):
                return False
            row = {name: each for name, each in (old | values).items() if each is not None}
        else:
            row = old | values
        if self._uniques and not self._single(values, record_id):
            return False
        stamp = max(stamp, old["SystemModstamp"])
        row["LastModifiedDate"] = row["SystemModstamp"] = stamp
        row["LastModifiedById"] = self._caller.user_id
        if self._named and not _NAME_PARTS.isdisjoint(values):
            parts = (row.get("FirstName"), row.get("LastName"))
            row["Name"] = " ".join(part for part in parts if part)
        org.write_changed(self._owner.name, row, old, shape.names)
        if shape.told:
            engagement.person_saved(org, self._owner.name, row, old)
        return True

    # -- new rows ---------------------------------------------------------------------------------

    def insert(self, record: Sent) -> str:
        """Make a row; answers its id.

        Raises:
            ApiError: as :func:`rows.insert`.
        """
        shape = self._shape(record) if self._plain else None
        made = None if shape is None or shape.id_name else self._made(record, shape)
        return made or rows.insert(self._org, self._owner, record, self._caller)

    def _made(self, sent: Sent, shape: _Shape) -> str | None:
        values: Row = {name: store(self._org, sent[key]) for key, name, store in shape.columns}
        if None in values.values():
            values = {name: each for name, each in values.items() if each is not None}
        # Where nothing of a required field is left, or nothing but a default.
        if len(values) < len(shape.names) and not self._required.isdisjoint(
            shape.names - {*values}
        ):
            return None
        if self._uniques and not self._single(values, ""):
            return None
        row = self._start | values
        if self._named:
            first, last = values.get("FirstName"), values["LastName"]
            row["Name"] = f"{first} {last}" if first else last
        if self._lead and row["Status"] in self._converting:
            return None
        return self._org.write_new(self._owner.name, row)

    # -- both -------------------------------------------------------------------------------------

    def _single(self, values: Row, record_id: str) -> bool:
        """Whether no other row, deleted ones too, has one of the unique values."""
        for name in self._uniques:
            value = values.get(name)
            if value is not None and self._table.equal(name, value) - {record_id}:
                return False
        return True

    def _shape(self, record: Sent) -> _Shape | None:
        names = tuple(record)
        if names in self._shapes:
            return self._shapes[names]
        made = self._learn(record)
        if len(self._shapes) < _MOST_SHAPES:
            self._shapes[names] = made
        return made

    def _learn(self, record: Sent) -> _Shape | None:
        given = [name for name in ID_NAMES if name in record]
        rest = {name: value for name, value in record.items() if name not in given}
        if any(isinstance(value, dict) for name, value in rest.items() if name != "attributes"):
            return None
        try:
            columns = self._plan.columns(rest)
        except ApiError:
            return None
        stored = [column.name for _, column in columns]
        if len(set(stored)) < len(stored):
            return None
        if self._creating and not self._required <= {*stored, *self._start}:
            return None
        return _Shape(
            tuple((name, column.name, column.store) for name, column in columns),
            frozenset(stored),
            given[0] if given else None,
            self._named and not engagement.REPEATED.isdisjoint(stored),
        )


def split_id(record: Sent) -> tuple[Any, dict[str, Any]]:
    """The id that a record names, in any of its spellings, and the record without it."""
    rest = dict(record)
    given = None
    for name in ID_NAMES:
        if name in rest:
            found = rest.pop(name)
            given = found if given is None else given
    return given, rest
