"""Values of one field of many rows, stored together: no call for each where all are as usual."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce.fields import TEXT_TYPES, Field
from leadpact_sandbox.salesforce.values import EMAIL

ColumnWriter: TypeAlias = Callable[[Sequence[Any]], Sequence[Any] | None]
"""Takes what was sent; answers what is stored, or None where a value must be looked at by itself."""


def column_writer(field: Field) -> ColumnWriter:
    """:func:`.values.writer` of one field for many values at once."""
    if field.type == "email":
        return _addresses(field)
    if field.type in TEXT_TYPES and field.type != "multipicklist":
        return _texts(field)
    return one_by_one


def one_by_one(_sent: Sequence[Any]) -> None:
    """For values that must each be looked at."""


def _texts(field: Field) -> ColumnWriter:
    length = field.length or sys.maxsize
    listed = frozenset(field.values) if field.type == "picklist" and field.restricted else None
    breaks = field.type == "textarea"

    def write(sent: Sequence[Any]) -> Sequence[Any] | None:
        if {*map(type, sent)} != {str} or "" in sent or max(map(len, sent)) > length:
            return None
        if [*map(str.strip, sent)] != sent or (listed is not None and not listed.issuperset(sent)):
            return None
        return None if breaks and "\n" in "".join(sent) else sent

    return write


def _addresses(field: Field) -> ColumnWriter:
    def write(sent: Sequence[Any]) -> Sequence[Any] | None:
        if {*map(type, sent)} != {str} or max(map(len, sent)) > field.length:
            return None
        if not all(map(EMAIL.fullmatch, sent)):
            return None
        lowered = [*map(str.lower, sent)]
        # What is lower case already is kept as it came, so that no copy of it stays.
        return sent if lowered == sent else lowered

    return write
