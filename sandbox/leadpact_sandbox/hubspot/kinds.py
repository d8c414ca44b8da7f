"""The object types of the portal: their names, their own properties, and who may read them (facts §1, §6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One object type.

    Attributes:
        name: as paths, counts and fault rules name it.
        singular: the other name that paths take.
        type_id: the third name that paths take, ``0-1`` for contacts.
        modified: the property that every effective write moves (facts §2).
        default_read: what a read answers when no properties are asked for (facts §1).
        written: what the answer to a write holds besides the properties sent.
        searched: the properties that a search's ``query`` looks into.
        scopes: object types whose read or write scopes let a call in.
        required: properties that a record cannot be made without (facts §1, §4, §6).
        staged: whether it has a lifecycle stage that goes forward only (facts §4).
        pipeline: the properties that name pipeline and stage, if it moves through pipelines.
    """

    name: str
    singular: str
    type_id: str
    modified: str
    default_read: tuple[str, ...]
    written: tuple[str, ...]
    searched: tuple[str, ...]
    scopes: tuple[str, ...]
    required: tuple[str, ...] = ()
    staged: bool = False
    pipeline: tuple[str, str] | None = None

    @property
    def label(self) -> str:
        """As messages name one of them."""
        return self.singular.upper()

    @property
    def always(self) -> tuple[str, ...]:
        """What every answer holds."""
        return ("createdate", "hs_object_id", self.modified)

    @property
    def names(self) -> tuple[str, ...]:
        """All names that paths and bodies take."""
        return (self.name, self.singular, self.type_id)

    def can(self, act: str) -> tuple[str, ...]:
        """The scopes of which one lets a ``read`` or a ``write`` of records in."""
        return tuple(f"crm.objects.{name}.{act}" for name in self.scopes)

    def can_shape(self, act: str) -> tuple[str, ...]:
        """The scopes of which one lets a ``read`` or a ``write`` of properties and pipelines in."""
        shapes = tuple(f"crm.schemas.{name}.{act}" for name in self.scopes if name != "leads")
        return (*shapes, *self.can("read")) if act == "read" else shapes or self.can("write")


_OTHERS = ("createdate", "hs_lastmodifieddate", "hs_object_id")

CONTACTS = Kind(
    "contacts",
    "contact",
    "0-1",
    "lastmodifieddate",
    ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    ("email", "lifecyclestage"),
    ("firstname", "lastname", "email", "phone", "company", "hs_additional_emails"),
    ("contacts",),
    staged=True,
)
COMPANIES = Kind(
    "companies",
    "company",
    "0-2",
    "hs_lastmodifieddate",
    ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    ("domain", "lifecyclestage", "name"),
    ("website", "phone", "name", "domain"),
    ("companies",),
    staged=True,
)
DEALS = Kind(
    "deals",
    "deal",
    "0-3",
    "hs_lastmodifieddate",
    (
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
    ("dealname", "dealstage", "hs_is_closed", "hs_is_closed_won", "pipeline"),
    ("dealname", "pipeline", "dealstage", "description"),
    ("deals",),
    required=("dealname", "dealstage", "pipeline"),
    pipeline=("pipeline", "dealstage"),
)
TASKS = Kind(
    "tasks",
    "task",
    "0-27",
    "hs_lastmodifieddate",
    _OTHERS,
    ("hs_task_status", "hs_timestamp"),
    ("hs_task_subject", "hs_task_body"),
    ("contacts",),
    required=("hs_timestamp",),
)
NOTES = Kind(
    "notes",
    "note",
    "0-46",
    "hs_lastmodifieddate",
    _OTHERS,
    ("hs_timestamp",),
    ("hs_note_body",),
    ("contacts",),
    required=("hs_timestamp",),
)
LEADS = Kind(
    "leads",
    "lead",
    "0-136",
    "hs_lastmodifieddate",
    _OTHERS,
    ("hs_lead_name", "hs_pipeline", "hs_pipeline_stage"),
    ("hs_lead_name",),
    ("leads",),
    required=("hs_lead_name",),
    pipeline=("hs_pipeline", "hs_pipeline_stage"),
)
KINDS = (CONTACTS, COMPANIES, DEALS, TASKS, NOTES, LEADS)
UNKEPT = frozenset(
    {"tickets", "ticket", "0-5", "products", "product", "0-7", "line_items", "line_item", "0-8"}
    | {"quotes", "quote", "0-14", "calls", "call", "0-48", "emails", "email", "0-49"}
    | {"meetings", "meeting", "0-47", "communications", "communication", "0-18"}
)
"""Names of object types that every account has and of which the sandbox keeps no records."""
_BY_NAME = {name: kind for kind in KINDS for name in kind.names}


def kind_of(name: object) -> Kind | None:
    """The object type of any of its names, in any case; None for what the portal does not have."""
    return _BY_NAME.get(name.lower()) if isinstance(name, str) else None


def named(kind: Kind) -> Iterator[tuple[Kind, str]]:
    """The names of an object type, its own first, each with the type."""
    for name in kind.names:
        yield kind, name
