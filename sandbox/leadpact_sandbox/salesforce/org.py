"""The state of the emulated org: tables, users, what each user may see, and the undo journal."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.catalog import FULL_ACCESS, Access, Catalog
from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.schema_setup import default_catalog
from leadpact_sandbox.salesforce.table import Row, Table
from leadpact_sandbox.world import World

Written: TypeAlias = tuple[str, str, Row | None]
_BEGINNING = "2000-01-01T00:00:00.000+0000"
_GRANTING = frozenset({"PermissionSet", "PermissionSetAssignment", "FieldPermissions"})


def stamp_of(moment: datetime) -> str:
    """An instant as REST shows it: UTC, whole seconds, ``.000+0000`` (facts salesforce §10)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + ".000+0000"


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf rows are written.

    Attributes:
        user_id: who appears in LastModifiedById.
        access: field-level security; people at the screen see everything here.
        auto_assign: whether active assignment rules run (§6: true unless the header says not).
        allow_duplicates: whether a duplicate alert may be overridden (§6).
        stamp: the transaction's own stamp where it began before now, else None.
        version: API version of the call.
    """

    user_id: str
    access: Access = FULL_ACCESS
    auto_assign: bool = False
    allow_duplicates: bool = True
    stamp: str | None = None
    version: float = 66.0


class Transaction:
    """A context manager that takes its writes back when its block raises."""

    __slots__ = ("_journal", "_org", "_outer")

    def __init__(self, org: Org) -> None:
        self._org = org
        self._journal: list[Written] = []
        self._outer: list[Written] | None = None

    def __enter__(self) -> list[Written]:
        self._outer = self._org.journal
        self._org.journal = self._journal
        return self._journal

    def __exit__(self, raised: object, _error: object, _trace: object) -> None:
        org = self._org
        org.journal = self._outer
        if raised is None:
            if self._outer is not None:
                self._outer.extend(self._journal)
            return
        for kind, record_id, former in reversed(self._journal):
            if former is None:
                org.tables[kind].drop(record_id)
            else:
                org.tables[kind].put(former)
        if self._journal:
            org.forget_access()


class Org:
    """Everything that a reset replaces.

    Attributes:
        journal: writes of the transaction that is open, None outside of one.
        plans: what each user may write, as :mod:`.writing` compiles it; dropped when the schema changes.
        rules: active validation rules by object, as :mod:`.validation` compiles them.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.catalog: Catalog = default_catalog()
        self.tables = {name: Table(kind) for name, kind in self.catalog.objects.items()}
        self.counters: dict[str, int] = {}
        self.schema_changed = world.clock.now()
        self.org_id = ""
        self.integration_id = ""
        self.automated_id = ""
        self.import_id = ""
        self.other_integration_id = ""
        self.queue_id = ""
        self.convert_mapping: dict[str, str] = {}
        self.metadata: dict[str, dict[str, Any]] = {}
        self.rules: dict[str, tuple[Any, ...]] = {}
        self.journal: list[Written] | None = None
        self._access: dict[str, Access] = {}
        self._define_entities()
        # The current second and its stamp: writes come by the thousand in one.
        self._second = (world.clock.now(), world.clock.now(), "")
        self.plans: dict[tuple[str, bool, int], Any] = {}

    def _define_entities(self) -> None:
        """EntityDefinition has a row per object."""
        for owner in self.catalog.objects.values():
            row = {
                "Id": owner.name,
                "DurableId": owner.name,
                "QualifiedApiName": owner.name,
                "DeveloperName": owner.name,
                "Label": owner.label,
                "PluralLabel": owner.plural,
                "KeyPrefix": owner.prefix,
                "IsCustomizable": owner.customizable,
                "IsQueryable": True,
                "SystemModstamp": _BEGINNING,
            }
            self.tables["EntityDefinition"].put(row)

    def mint(self, kind: str) -> str:
        """A new id for an object."""
        return self.mint_prefix(self.catalog.objects[kind].prefix)

    def mint_prefix(self, prefix: str) -> str:
        """A new id with this prefix."""
        number = self.counters.get(prefix, 0) + 1
        self.counters[prefix] = number
        return ids.mint(prefix, number)

    def now(self) -> str:
        """The stamp of a write that happens now."""
        moment = self.world.clock.now()
        begin, end, text = self._second
        if begin <= moment < end:
            return text
        begin = moment.replace(microsecond=0)
        self._second = (begin, begin + timedelta(seconds=1), stamp_of(begin))
        return self._second[2]

    def write(self, kind: str, row: Row) -> None:
        """Put a row, keeping the former one for undo."""
        table = self.tables[kind]
        if self.journal is not None:
            self.journal.append((kind, row["Id"], table.rows.get(row["Id"])))
        table.put(row)
        if kind in _GRANTING:
            self.forget_access()

    def write_new(self, kind: str, rows: Sequence[Row], fields: Container[str]) -> list[str]:
        """As :meth:`write`, of rows of one stamp, which get their ids here.

        Args:
            fields: all that a row of these may have.
        """
        prefix = self.catalog.objects[kind].prefix
        last = self.counters.get(prefix, 0)
        self.counters[prefix] = last + len(rows)
        made = ids.mint_all(prefix, last + 1, len(rows))
        for record_id, row in zip(made, rows, strict=True):
            row["Id"] = record_id
        if self.journal is not None:
            self.journal += [(kind, record_id, None) for record_id in made]
        self.tables[kind].add(made, rows, fields)
        return made

    def write_changed(
        self, kind: str, rows: Sequence[Row], olds: Sequence[Row], changed: frozenset[str]
    ) -> None:
        """As :meth:`write`, of rows that differ from the former ones in these fields and their stamps."""
        if self.journal is not None:
            self.journal += [(kind, old["Id"], old) for old in olds]
        self.tables[kind].replace(rows, olds, changed)

    def erase(self, kind: str, record_id: str) -> None:
        """Take a row out for good, keeping it for undo."""
        table = self.tables[kind]
        if self.journal is not None:
            self.journal.append((kind, record_id, table.rows.get(record_id)))
        table.drop(record_id)
        if kind in _GRANTING:
            self.forget_access()

    def transaction(self) -> Transaction:
        """Undo every write inside if the block raises; nests, the inner one by itself.

        Entering yields the writes so far: object, id, and the former row.
        """
        return Transaction(self)

    def add_field(self, kind: str, field: Field) -> None:
        """Add or replace a custom field, indexing it where it must be found."""
        self.catalog.add_field(kind, field)
        self.plans.clear()
        if field.external_id or field.unique:
            self.tables[kind].build_index(field.name)
        self.schema_changed = self.world.clock.now()

    def live(self, kind: str, record_id: str | None) -> Row | None:
        """The row of this id unless it is absent or deleted."""
        row = None if record_id is None else self.tables[kind].rows.get(record_id)
        return None if row is None or row.get("IsDeleted") else row

    def owner_row(self, record_id: str) -> tuple[str, Row] | None:
        """The User or Group of this id with its object name."""
        for kind in ("User", "Group"):
            row = self.tables[kind].rows.get(record_id)
            if row is not None:
                return kind, row
        return None

    def access(self, user_id: str) -> Access:
        """Fields granted to a user by FieldPermissions through assignments (facts salesforce §7)."""
        known = self._access.get(user_id)
        if known is not None:
            return known
        readable: set[str] = set()
        editable: set[str] = set()
        assignments = self.tables["PermissionSetAssignment"]
        granted = self.tables["FieldPermissions"]
        for assignment in assignments.equal("AssigneeId", user_id):
            parent = assignments.rows[assignment]["PermissionSetId"]
            for each in granted.equal("ParentId", parent):
                row = granted.rows[each]
                if row.get("PermissionsRead"):
                    readable.add(row["Field"])
                if row.get("PermissionsEdit"):
                    editable.add(row["Field"])
        made = Access(frozenset(readable), frozenset(editable))
        self._access[user_id] = made
        return made

    def forget_access(self) -> None:
        """Compute every user's access anew when next asked."""
        self._access.clear()
        self.plans.clear()

    def api_caller(self, user_id: str, version: float = 66.0) -> Caller:
        """A caller bound by field-level security, as a session of this user is."""
        return Caller(
            user_id, self.access(user_id), auto_assign=True, allow_duplicates=False, version=version
        )
