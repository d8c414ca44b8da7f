"""Canonical values out of what a CRM stores, and back, by field type (R10)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from leadpact.model.terms import FieldType, Native, Scalar

ValueStyle: TypeAlias = Literal["text", "typed"]
"""How a CRM's JSON carries numbers and booleans: all as text (HubSpot), or typed (Salesforce)."""

Reader: TypeAlias = Callable[[Native], Scalar]
Writer: TypeAlias = Callable[[Scalar], Native]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_MILLISECONDS = re.compile(r"-?[0-9]{11,14}", re.ASCII)
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T00:00:00(\.0+)?(Z|[+-]00:?00))?", re.ASCII)


def read_text(native: Native) -> str | None:
    """Text without outer white space, in NFC, lines ended by LF; nothing left is blank."""
    if isinstance(native, str) and native.isascii() and "\r" not in native:
        return native.strip() or None
    if native is None:
        return None
    if isinstance(native, bool):
        return "true" if native else "false"
    text = native.strip() if isinstance(native, str) else str(native)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text or None


def read_integer(native: Native) -> int | None:
    """A whole number; "50.0" is 50."""
    if native is None or native == "":
        return None
    if isinstance(native, bool):
        raise ValueError("is not a whole number")
    if isinstance(native, int):
        return native
    if isinstance(native, float):
        if not native.is_integer():
            raise ValueError("is not a whole number")
        return int(native)
    text = native.strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise ValueError("is not a whole number")
    return int(text.partition(".")[0])


def read_number(native: Native, scale: int | None = None) -> str | None:
    """A decimal as text without trailing zeros, rounded half up to ``scale`` digits."""
    if native is None or native == "":
        return None
    text = str(native).strip()
    if isinstance(native, bool) or not _NUMBER.fullmatch(text):
        if text:
            raise ValueError("is not a number")
        return None
    try:
        number = Decimal(text)
        if scale is not None:
            number = number.quantize(Decimal(1).scaleb(-scale), rounding="ROUND_HALF_UP")
    except InvalidOperation:
        raise ValueError("is not a number of a usable size") from None
    shown = f"{number:f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown


def read_boolean(native: Native) -> bool | None:
    """``true`` and ``false`` as JSON has them or as text."""
    if native is None or isinstance(native, bool):
        return native
    word = native.strip().lower() if isinstance(native, str) else str(native)
    if word == "":
        return None
    if word not in ("true", "false"):
        raise ValueError("is neither true nor false")
    return word == "true"


def read_date(native: Native) -> str | None:
    """A pure date ``YYYY-MM-DD``; it never passes a zone (R10), so an instant is refused."""
    if native is None or native == "":
        return None
    text = str(native).strip()
    if _MILLISECONDS.fullmatch(text) or text == "0":
        if int(text) % _DAY_MS:
            raise ValueError("has a time of day, so it is not a pure date")
        return (_EPOCH + timedelta(milliseconds=int(text))).date().isoformat()
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError("is not a date")
    return date.fromisoformat(found[1]).isoformat()


def read_instant(native: Native) -> datetime | None:
    """An aware UTC instant out of ISO text with a zone or epoch milliseconds, whole milliseconds."""
    if native is None or native == "":
        return None
    text = str(native).strip()
    try:
        if "T" not in text and _MILLISECONDS.fullmatch(text):
            return _EPOCH + timedelta(milliseconds=int(text))
        instant = datetime.fromisoformat(text)
        if isinstance(native, bool) or instant.tzinfo is None or "T" not in text:
            raise ValueError("no zone")
        if instant.tzinfo is not UTC:
            instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not an instant with a zone") from None
    beyond = instant.microsecond % 1000
    return instant.replace(microsecond=instant.microsecond - beyond) if beyond else instant


def instant_text(instant: datetime) -> str:
    """The canonical text of a UTC instant: ``.mmm`` only where it is not zero."""
    unit = "milliseconds" if instant.microsecond else "seconds"
    return instant.replace(tzinfo=None).isoformat(timespec=unit) + "Z"


def read_datetime(native: Native) -> str | None:
    """An instant as canonical text."""
    instant = read_instant(native)
    return None if instant is None else instant_text(instant)


def read_set(native: Native) -> str | None:
    """Picklist values joined with ``;``, sorted, each once; a leading ``;`` says nothing."""
    text = read_text(native)
    if text is None:
        return None
    return ";".join(sorted({part.strip() for part in text.split(";")} - {""})) or None


def base_reader(type_: FieldType, scale: int | None) -> Reader:
    """The reader of a type, before transforms."""
    if type_ == "number":
        return lambda native: read_number(native, scale)
    readers: Mapping[FieldType, Reader] = {
        "integer": read_integer,
        "boolean": read_boolean,
        "date": read_date,
        "datetime": read_datetime,
        "picklist_set": read_set,
    }
    return readers.get(type_, read_text)


def base_writer(type_: FieldType, style: ValueStyle) -> Writer:
    """The writer of a type, before transforms; blank stays ``None``."""
    if style == "text":
        return _write_text
    return _write_number if type_ == "number" else _write_typed


def _write_text(value: Scalar) -> Native:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _write_typed(value: Scalar) -> Native:
    return value


def _write_number(value: Scalar) -> Native:
    if not isinstance(value, str):
        return value
    return float(value) if "." in value else int(value)
