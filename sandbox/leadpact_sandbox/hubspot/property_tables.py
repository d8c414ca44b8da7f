"""Reads the tables of default properties, one per object type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from leadpact_sandbox.hubspot import standard, standard_activity, standard_company, standard_sales
from leadpact_sandbox.hubspot.definitions import Definition, Option
from leadpact_sandbox.hubspot.kinds import Kind

Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Table(NamedTuple):
    """Groups (name, label), choices (value, label) by property, and the lines of properties."""

    groups: Pairs
    choices: Mapping[str, Pairs]
    lines: str


_TABLES: dict[str, Table] = {
    "contacts": Table(standard.GROUPS, standard.CHOICES, standard.TABLE),
    "companies": Table(standard_company.GROUPS, standard_company.CHOICES, standard_company.TABLE),
    "deals": Table(
        standard_sales.DEAL_GROUPS, standard_sales.DEAL_CHOICES, standard_sales.DEAL_TABLE
    ),
    "leads": Table(
        standard_sales.LEAD_GROUPS, standard_sales.LEAD_CHOICES, standard_sales.LEAD_TABLE
    ),
    "tasks": Table(
        standard_activity.TASK_GROUPS, standard_activity.TASK_CHOICES, standard_activity.TASK_TABLE
    ),
    "notes": Table(standard_activity.NOTE_GROUPS, {}, standard_activity.NOTE_TABLE),
}
STAGE_GROUPS = {"contacts": "contactlcs", "companies": "companylcs", "deals": "dealstages"}


def groups_of(kind: Kind) -> Pairs:
    """The property groups of a new portal, name and label."""
    return _TABLES[kind.name].groups


def default_properties(kind: Kind, created_ms: int) -> Iterator[Definition]:
    """Every property of a new portal, the company's engagement dates included (flag ``o`` = own)."""
    table = _TABLES[kind.name]
    group = ""
    for line in table.lines.strip().splitlines():
        if not line.startswith(" "):
            group = line
            continue
        name, label, type_, field_type, *rest = line.strip().split("|")
        flags = rest[0] if rest else ""
        yield Definition(
            name=name,
            label=label,
            type=type_,
            field_type=field_type,
            group=group,
            options=[
                Option(text, value, display_order=order)
                for order, (value, text) in enumerate(table.choices.get(name, ()))
            ],
            hubspot_defined="o" not in flags,
            calculated="c" in flags,
            external_options="x" in flags,
            read_only="r" in flags,
            unique=name == "email",
            form_field="r" not in flags,
            created_ms=created_ms,
            updated_ms=created_ms,
        )


def stage_properties(kind: Kind, stage: str, label: str, created_ms: int) -> Iterator[Definition]:
    """The read-only dates that a stage brings with it (facts §4 "Stage dates")."""
    named = [
        (f"hs_v2_date_entered_{stage}", f'Date entered "{label}"'),
        (f"hs_v2_date_exited_{stage}", f'Date exited "{label}"'),
    ]
    if kind.staged:
        named.insert(0, (f"hs_lifecyclestage_{stage}_date", f"Became a {label} Date"))
    for name, text in named:
        yield Definition(
            name=name,
            label=text,
            type="datetime",
            field_type="date",
            group=STAGE_GROUPS.get(kind.name, "leadstages"),
            hubspot_defined=True,
            calculated=True,
            read_only=True,
            created_ms=created_ms,
            updated_ms=created_ms,
        )
