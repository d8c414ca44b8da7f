"""The SELECT of a query bound to the schema: fields, FIELDS(), TYPEOF (facts salesforce §3)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError, malformed_query
from leadpact_sandbox.salesforce.soql import binder
from leadpact_sandbox.salesforce.soql.binder import Bound, Scope
from leadpact_sandbox.salesforce.soql.functions import LABEL_FUNCTIONS
from leadpact_sandbox.salesforce.soql.nodes import Function, Path, Query
from leadpact_sandbox.salesforce.soql.shape import TypeShape
from leadpact_sandbox.salesforce.soql.tokens import Literal, TypeOf

MAX_FIELDS_ROWS = 200
_GROUPS = ("ALL", "STANDARD", "CUSTOM")


def bound_columns(
    scope: Scope, query: Query, literals: tuple[Literal, ...]
) -> tuple[Bound | TypeShape, ...]:
    """The columns in the order of the SELECT.

    Raises:
        ApiError: 400 for what is not there, selected twice, or has no place among rows.
    """
    found: list[Bound | TypeShape] = [
        binder.bind_path(scope, path) for path in _every(scope, query)
    ]
    for each in query.columns:
        if isinstance(each.operand, int):
            found.append(_typed(scope, literals[each.operand].value))
            continue
        labelled = isinstance(each.operand, Function) and each.operand.name in LABEL_FUNCTIONS
        if each.alias is not None and not labelled:
            raise malformed_query(f"unexpected token: '{each.alias}'")
        if isinstance(each.operand, Function) and not labelled:
            raise malformed_query(f"Field must be grouped or aggregated: {each.operand.name}")
        found.append(binder.bind(scope, each.operand))
    seen: set[tuple[str, ...]] = set()
    for column in found:
        key = ("TYPEOF", column.hop.name) if isinstance(column, TypeShape) else column.key[1:]
        if key in seen:
            raise ApiError(400, "INVALID_FIELD", f"duplicate field selected: {'.'.join(key)}")
        seen.add(key)
    return tuple(found)


def _every(scope: Scope, query: Query) -> list[Path]:
    """What FIELDS() stands for; all but the standard ones want LIMIT 200 (§3)."""
    found: list[Path] = []
    for which in query.every_field:
        if which not in _GROUPS:
            raise malformed_query(f"FIELDS({which}) is not FIELDS(ALL), (STANDARD) or (CUSTOM)")
        few = query.limit is not None and query.limit <= MAX_FIELDS_ROWS
        if which != "STANDARD" and not few:
            raise malformed_query("The SOQL FIELDS function must have a LIMIT of at most 200")
        found += [
            (each.name,)
            for each in scope.owner.fields.values()
            if scope.access.reads(scope.owner, each)
            and (which == "ALL" or each.custom == (which == "CUSTOM"))
        ]
    return found


def _typed(scope: Scope, asked: TypeOf) -> TypeShape:
    link = scope.owner.relationship(asked.relationship)
    if link is None or not scope.access.reads(scope.owner, link):
        raise ApiError(
            400, "INVALID_FIELD", f"Didn't understand relationship '{asked.relationship}' in TYPEOF"
        )
    if len(link.reference_to) < 2:
        raise malformed_query(f"{asked.relationship} is not polymorphic: TYPEOF cannot stand here")
    cases: dict[str, tuple[Bound, ...]] = {}
    for name, fields in asked.cases:
        owner = scope.org.catalog.get(name)
        if owner is None or owner.name not in link.reference_to:
            raise ApiError(
                400, "INVALID_TYPE", f"{asked.relationship} does not refer to '{name}' in TYPEOF"
            )
        if owner.name in cases:
            raise malformed_query(f"duplicate WHEN {name} in TYPEOF")
        cases[owner.name] = _fields(scope, owner, fields)
    otherwise = tuple(binder.bind_name(scope, name) for name in asked.otherwise)
    return TypeShape(binder.hop_of(scope.org, link), cases, otherwise)


def _fields(scope: Scope, owner: Sobject, names: tuple[str, ...]) -> tuple[Bound, ...]:
    inner = Scope(scope.org, owner, scope.access, None, scope.zone)
    paths = [tuple(part.strip() for part in name.split(".")) for name in names]
    return tuple(binder.bind_path(inner, path) for path in paths)
