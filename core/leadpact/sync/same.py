"""Whether a CRM shows what was wanted of it; and what is wanted of one record."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from leadpact.model.record import Native
from leadpact.sync.assertions import text

Wanted: TypeAlias = dict[str, tuple[Native, str]]
"""CRM field → value and the rule that asks for it."""


def same_native(one: Native, other: Native) -> bool:
    """Equal as a CRM would show it: blank is blank, 60 is "60.0", true is "true"."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return False
    if one is None or other is None:
        return text(one) == text(other)
    if text(one).lower() == text(other).lower():
        return text(one) == text(other) or isinstance(one, bool) or isinstance(other, bool)
    if isinstance(one, bool) or isinstance(other, bool) or one in (None, "") or other in (None, ""):
        return False
    if isinstance(one, int | float) or isinstance(other, int | float):
        try:
            return Decimal(str(one)) == Decimal(str(other))
        except InvalidOperation:
            return False
    return False
