"""The objects of the org, their fields, and which fields a user may see (facts salesforce §1, §7)."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from leadpact_sandbox.salesforce.fields import Field

UNCOVERED_OBJECTS = frozenset(
    """AccountContactRelation AccountHistory Asset Attachment Case ContentDocument
    ContentVersion Contract EmailMessage EntityParticle FieldDefinition FieldHistoryArchive
    Individual LoginHistory Note OpportunityFieldHistory OpportunityLineItem Order Pricebook2
    Product2 Quote Report SetupAuditTrail""".split()
)
"""Objects that a real org has and the sandbox does not; they answer 501, not INVALID_TYPE."""


@dataclass(frozen=True, slots=True)
class Child:
    """A relationship from a parent to its children, for sub-selects."""

    relationship: str
    object: str
    field: str


@dataclass(slots=True)
class Sobject:
    """One object.

    Attributes:
        prefix: first three characters of its ids.
        fields: by API name, in describe's order.
        verbs: what the API may do besides read: any of create, update, delete.
        customizable: takes custom fields.
        covered_write: False where the real Salesforce writes what the sandbox does not.
        tooling: only the Tooling API knows it.
        anywhere: both APIs query it.
        required: fields that a row must have.
        uniques: indexed fields whose values no two live rows share.
        defaults: what a new row holds where nothing is sent.
    """

    name: str
    label: str
    plural: str
    prefix: str
    fields: dict[str, Field]
    verbs: frozenset[str] = frozenset()
    children: tuple[Child, ...] = ()
    customizable: bool = False
    covered_write: bool = True
    indexed: frozenset[str] = frozenset()
    tooling: bool = False
    anywhere: bool = False
    required: tuple[str, ...] = ()
    uniques: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    _lower: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lower = {name.lower(): name for name in self.fields}
        self._compile()

    def _compile(self) -> None:
        """Keep at hand what every write asks for."""
        fields = self.fields.values()
        self.required = tuple(each.name for each in fields if each.required)
        self.uniques = tuple(sorted(each for each in self.indexed if self.fields[each].unique))
        self.defaults = {
            each.name: each.default for each in fields if each.default not in (None, "")
        }

    def fresh(self) -> Sobject:
        """One of its own for another org, to which custom fields may be added."""
        made = copy(self)
        made.fields = dict(self.fields)
        made.defaults = dict(self.defaults)
        made._lower = dict(self._lower)
        return made

    def field(self, name: str) -> Field | None:
        """The field of this name in any case, or None."""
        known = self._lower.get(name.lower())
        return None if known is None else self.fields[known]

    def relationship(self, name: str) -> Field | None:
        """The lookup that this relationship name follows, in any case, or None."""
        wanted = name.lower()
        for candidate in self.fields.values():
            if candidate.relationship is not None and candidate.relationship.lower() == wanted:
                return candidate
        return None

    def add(self, new: Field) -> None:
        """Add or replace a field."""
        self.fields[new.name] = new
        self._lower[new.name.lower()] = new.name
        if new.external_id or new.unique:
            self.indexed = self.indexed | {new.name}
        self._compile()


def sobject(
    name: str,
    label: str,
    prefix: str,
    fields: Iterable[Field],
    *,
    verbs: str = "",
    indexed: str = "",
    **more: Any,
) -> Sobject:
    """Make an object from its fields.

    Args:
        verbs: words of :attr:`Sobject.verbs` with spaces between.
        indexed: names of fields found by index, with spaces between.
        more: further attributes of :class:`Sobject`.
    """
    return Sobject(
        name,
        label,
        prefix=prefix,
        fields={each.name: each for each in fields},
        verbs=frozenset(verbs.split()),
        indexed=frozenset(indexed.split()),
        **{"plural": label + "s", **more},
    )


@dataclass(frozen=True, slots=True)
class Access:
    """Which grantable fields (``Lead.Score__c``) a user may read and edit by the API."""

    readable: frozenset[str] = frozenset()
    editable: frozenset[str] = frozenset()
    everything: bool = False

    def reads(self, owner: Sobject, each: Field) -> bool:
        """Whether the field shows in describe, SOQL and rows."""
        if self.everything:
            return True
        if each.hidden:
            return False
        return not each.needs_grant or f"{owner.name}.{each.name}" in self.readable

    def edits(self, owner: Sobject, each: Field) -> bool:
        """Whether the field takes a value, as far as field-level security goes."""
        if self.everything or not each.needs_grant:
            return self.everything or not each.hidden
        return f"{owner.name}.{each.name}" in self.editable


FULL_ACCESS = Access(everything=True)
"""What a person at the screen and the automations of the org have here."""


class Catalog:
    """All objects by name."""

    def __init__(self, objects: Iterable[Sobject]) -> None:
        self.objects = {each.name: each for each in objects}
        self._lower = {name.lower(): name for name in self.objects}
        self._prefixes = {each.prefix: each.name for each in self.objects.values()}
        self.version = 0

    def get(self, name: str) -> Sobject | None:
        """The object of this name in any case, or None."""
        known = self._lower.get(name.lower())
        return None if known is None else self.objects[known]

    def of_id(self, record_id: str) -> str | None:
        """The object whose prefix the id carries."""
        return self._prefixes.get(record_id[:3])

    def add_field(self, owner: str, new: Field) -> None:
        """Add a custom field."""
        self.objects[owner].add(new)
        self.version += 1
