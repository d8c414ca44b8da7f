"""Values as Salesforce stores them: trimmed, checked, lower-cased (facts salesforce §1, §10)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.errors import ApiError, malformed_id
from leadpact_sandbox.salesforce.fields import NUMBER_TYPES, TEXT_TYPES, Field
from leadpact_sandbox.salesforce.org import Org, stamp_of

EMAIL = re.compile(  # Possessive throughout: no part begins with what the one before may take.
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*+"
    r"@(?:[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+\.)+[A-Za-z]{2,}+"
)
_JSON_NAMES: dict[type, str] = {
    str: "STRING",
    bool: "BOOLEAN",
    int: "NUMBER",
    float: "NUMBER",
    dict: "OBJECT",
    list: "ARRAY",
}


def _cannot_read(field: Field, value: object) -> ApiError:
    found = _JSON_NAMES.get(type(value), "NULL")
    return ApiError(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {field.type} from VALUE_{found} value {value} "
        f"or request may be missing a required field at field {field.name}",
    )


def read_moment(text: str) -> datetime | None:
    """An ISO 8601 instant with zone, or None."""
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(org: Org, field: Field, value: Any) -> Any:
    if not isinstance(value, str):
        raise _cannot_read(field, value)
    if org.world.switch("salesforce.1.trims_text", True):
        value = value.strip()
    if not value and org.world.switch("salesforce.1.blank_is_null", True):
        return None
    if field.type == "email" and value:
        value = value.lower()
    if field.type == "textarea" and org.world.switch("salesforce.1.line_ends_become_crlf", False):
        value = value.replace("\r\n", "\n").replace("\n", "\r\n")
    if field.length and len(value) > field.length:
        raise ApiError(
            400,
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {value[:60]} (max length={field.length})",
            [field.name],
        )
    if field.type == "email" and value and EMAIL.fullmatch(value) is None:
        raise ApiError(
            400,
            "INVALID_EMAIL_ADDRESS",
            f"{field.label}: invalid email address: {value}",
            [field.name],
        )
    chosen = value.split(";") if field.type == "multipicklist" and value else [value]
    if field.restricted and not set(chosen) <= set(field.values):
        raise ApiError(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {value}",
            [field.name],
        )
    return ";".join(dict.fromkeys(chosen)) if len(chosen) > 1 else value


def _number(org: Org, field: Field, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _cannot_read(field, value)
    if isinstance(value, str) and not value.strip():
        return None
    try:
        exact = Decimal(str(value).strip())
    except InvalidOperation:
        raise _cannot_read(field, value) from None
    if not exact.is_finite() or (field.type == "int" and exact != exact.to_integral_value()):
        raise _cannot_read(field, value)
    if abs(exact) >= Decimal(10) ** (field.precision - field.scale):
        raise ApiError(
            400,
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            [field.name],
        )
    if field.type == "int":
        return int(exact)
    return float(exact.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP))


def _boolean(org: Org, field: Field, value: Any) -> Any:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise _cannot_read(field, value)
    return value


def _datetime(org: Org, field: Field, value: Any) -> Any:
    if not isinstance(value, str):
        raise _cannot_read(field, value)
    if not value.strip():
        return None
    moment = read_moment(value)
    if moment is None:
        raise _cannot_read(field, value)
    return stamp_of(moment)


def _date(org: Org, field: Field, value: Any) -> Any:
    if not isinstance(value, str):
        raise _cannot_read(field, value)
    if not value.strip():
        return None
    moment = read_moment(value)
    if moment is not None:
        return moment.date().isoformat()
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _cannot_read(field, value) from None


def _reference(org: Org, field: Field, value: Any) -> Any:
    if not isinstance(value, str):
        raise _cannot_read(field, value)
    if not value.strip():
        return None
    record_id = ids.normalised(value.strip())
    if record_id is None:
        raise malformed_id(f"{field.label}: id value of incorrect type: {value}", field.name)
    for kind in field.reference_to:
        if not record_id.startswith(org.catalog.objects[kind].prefix):
            continue
        row = org.live(kind, record_id)
        if row is None:
            break
        if field.name == "OwnerId" and kind == "User" and not row.get("IsActive"):
            raise ApiError(
                400,
                "INACTIVE_OWNER_OR_USER",
                f"operation performed with inactive user [{record_id[:15]}] as owner",
                [field.name],
            )
        return record_id
    else:
        raise ApiError(
            400,
            "FIELD_INTEGRITY_EXCEPTION",
            f"{field.label}: id value of incorrect type: {value}",
            [field.name],
        )
    raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])


_READERS: dict[str, Callable[[Org, Field, Any], Any]] = {
    **dict.fromkeys(TEXT_TYPES, _text),
    "double": _number,
    "currency": _number,
    "percent": _number,
    "int": _number,
    "boolean": _boolean,
    "datetime": _datetime,
    "date": _date,
    "reference": _reference,
}


def stored(org: Org, field: Field, value: Any) -> Any:
    """The value that Salesforce stores for a sent one.

    Raises:
        ApiError: JSON_PARSER_ERROR for a value of another type (refuses the whole call), or the
            row's own error: too long, not an address, not in a restricted picklist, out of range,
            not an id, of a record that is not there.
    """
    if value is None:
        return False if field.type == "boolean" else None
    return _READERS[field.type](org, field, value)


Writer: TypeAlias = Callable[[Org, Any], Any]


def _text_writer(field: Field) -> Writer:
    length = field.length or sys.maxsize
    listed = frozenset(field.values) if field.type == "picklist" and field.restricted else None
    breaks = field.type == "textarea"

    def write(org: Org, value: Any) -> Any:
        if (
            type(value) is str
            and value
            and len(value) <= length
            and value == value.strip()
            and (listed is None or value in listed)
            and not (breaks and "\n" in value)
        ):
            return value
        return stored(org, field, value)

    return write


def _email_writer(field: Field) -> Writer:
    def write(org: Org, value: Any) -> Any:
        if type(value) is str and len(value) <= field.length and EMAIL.fullmatch(value):
            return value.lower()
        return stored(org, field, value)

    return write


def _number_writer(field: Field) -> Writer:
    bound, scale, whole = 10 ** (field.precision - field.scale), field.scale, field.type == "int"

    def write(org: Org, value: Any) -> Any:
        if type(value) is int and -bound < value < bound:
            return value if whole else float(value)
        if (
            not whole
            and type(value) is float
            and abs(value) < bound
            and value == round(value, scale)
        ):
            return value
        return stored(org, field, value)

    return write


def writer(field: Field) -> Writer:
    """:func:`stored` of one field, compiled: the usual values are let through at once."""
    if field.type in NUMBER_TYPES:
        return _number_writer(field)
    if field.type == "email":
        return _email_writer(field)
    if field.type in TEXT_TYPES and field.type != "multipicklist":
        return _text_writer(field)
    return lambda org, value: (
        value if type(value) is bool and field.type == "boolean" else stored(org, field, value)
    )
