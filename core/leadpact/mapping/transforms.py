"""Transforms of text, and the readers and writers of one mapped field built from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from leadpact.mapping.values import Reader, ValueStyle, Writer, base_reader, base_writer
from leadpact.model.terms import UNKNOWN, FieldType, Known, Native, Scalar

TextTransform: TypeAlias = Callable[[str], str]
Band: TypeAlias = tuple[str, int, int | None]
"""(picklist value, lowest, highest or None for open-ended) of a number kept as a range."""

_REMEMBERED = 1024
_EXTENSION = re.compile(r"(?:ext\.?|extension|x|#)\s*([0-9]{1,8})$", re.IGNORECASE | re.ASCII)
_NO_DIGITS = re.compile(r"[^0-9]+")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def phone(text: str) -> str:
    """Digits with a leading ``+`` where the number is international, ``x`` before an extension.

    Without a country nothing is added: national numbers stay national. Text without digits stays as
    it is.
    """
    ascii_digits = text
    if not text.isascii():
        ascii_digits = "".join(
            str(unicodedata.decimal(sign)) if not sign.isascii() and sign.isdecimal() else sign
            for sign in text
        )
    found = _EXTENSION.search(ascii_digits)
    main = ascii_digits[: found.start()] if found else ascii_digits
    if main.lstrip().startswith(("+", "00")):
        main = main.replace("(0)", "")
    digits = _NO_DIGITS.sub("", main)
    if not digits:
        return text
    if "+" in main.partition(digits[0])[0]:
        digits = "+" + digits
    elif digits.startswith("00"):
        digits = "+" + digits[2:]
    return f"{digits}x{found[1]}" if found else digits


def domain(text: str) -> str:
    """The host of a web address, lower case, without ``www.``, port and path."""
    host = _SCHEME.sub("", text.strip())
    for sign in "/?#":
        host = host.partition(sign)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".").lower()
    return host.removeprefix("www.") or text


def spelling(spellings: Mapping[str, Sequence[str]]) -> TextTransform:
    """One spelling for each of several, compared without case (country aliases); others stay."""
    known = {
        each.casefold(): canonical
        for canonical, others in spellings.items()
        for each in (canonical, *others)
    }
    return lambda text: known.get(text.casefold(), text)


TEXT_TRANSFORMS: Mapping[str, TextTransform] = {
    "trim": str.strip,
    "lower": str.lower,
    "digits": phone,
    "phone": phone,
    "domain": domain,
    "registered_domain": domain,
}
"""By name; the app hands in others of ``phone`` and ``registered_domain``, which rest on lists that are kept."""


def reads_as_itself(type_: FieldType, transforms: Sequence[TextTransform]) -> bool:
    """Whether a field's canonical text, shown by a CRM just so, is read as what it is."""
    return type_ in ("text", "picklist", "reference") and all(
        each in (str.strip, str.lower) for each in transforms
    )


def field_codec(
    type_: FieldType,
    style: ValueStyle,
    *,
    transforms: Sequence[TextTransform] = (),
    values: Mapping[str, str] | None = None,
    bands: Sequence[Band] = (),
    scale: int | None = None,
    cut: int | None = None,
    blank_means: Scalar = None,
) -> tuple[Reader, Writer]:
    """How one field of one CRM is read and written.

    Args:
        type_: the canonical type.
        style: how the CRM's JSON carries values.
        transforms: applied to text after trimming, in order.
        values: picklist value here, by canonical value.
        bands: ranges that this CRM keeps instead of the number.
        scale: digits behind the point that are kept.
        cut: longest text that is kept.
        blank_means: the canonical value of a blank.

    Returns:
        The reader, which raises ValueError for what is not of the type, and the writer, which raises
        ValueError for a canonical value this side has no form for.
    """
    if bands:
        return _banded(bands)
    read, write = base_reader(type_, scale), base_writer(type_, style)
    if values:
        read, write = _by_values(type_, values)
    elif transforms or cut is not None:
        read, write = _transformed(read, tuple(transforms), cut), _cut(write, cut)
    return (read if blank_means is None else _with_blank(read, blank_means)), write


def _transformed(read: Reader, transforms: tuple[TextTransform, ...], cut: int | None) -> Reader:
    def transformed(native: Native) -> Scalar:
        text = read(native)
        if not isinstance(text, str):
            return text
        for transform in transforms:
            text = transform(text)
        if cut is not None:
            text = text[:cut].rstrip()
        return text or None

    # Both CRMs show the same text, and it is read at every change of the lead.
    known: dict[str, Scalar] = {}

    def remembered(native: Native) -> Scalar:
        if native.__class__ is not str:
            return transformed(native)
        value: Known = known.get(native, UNKNOWN)
        if value is UNKNOWN:
            if len(known) >= _REMEMBERED:
                known.clear()
            value = known[native] = transformed(native)
        return value

    return remembered


def _cut(write: Writer, cut: int | None) -> Writer:
    if cut is None:
        return write

    def shortened(value: Scalar) -> Native:
        return value[:cut].rstrip() if isinstance(value, str) else write(value)

    return shortened


def _with_blank(read: Reader, blank_means: Scalar) -> Reader:
    def filled(native: Native) -> Scalar:
        value = read(native)
        return blank_means if value is None else value

    return filled


def _by_values(type_: FieldType, values: Mapping[str, str]) -> tuple[Reader, Writer]:
    canonical: dict[str, str] = {}
    for name, native in values.items():
        canonical.setdefault(native, name)

    def read_one(native: str) -> str:
        if native not in canonical:
            raise ValueError(f'has the picklist value "{native[:60]}", which is not mapped')
        return canonical[native]

    def write_one(name: str) -> str:
        if name not in values:
            raise ValueError(f'"{name[:60]}" has no picklist value here')
        return values[name]

    plain = base_reader(type_, None)

    def read(native: Native) -> Scalar:
        text = plain(native)
        if not isinstance(text, str):
            return text
        if type_ == "picklist_set":
            return ";".join(sorted({read_one(part) for part in text.split(";")}))
        return read_one(text)

    def write(value: Scalar) -> Native:
        if not isinstance(value, str):
            return value
        if type_ == "picklist_set":
            return ";".join(sorted({write_one(part) for part in value.split(";")}))
        return write_one(value)

    return read, write


def _banded(bands: Sequence[Band]) -> tuple[Reader, Writer]:
    middles = {
        value: lowest if highest is None else (lowest + highest) // 2
        for value, lowest, highest in bands
    }

    def read(native: Native) -> Scalar:
        text = str(native).strip() if native is not None else ""
        if not text:
            return None
        if text not in middles:
            raise ValueError(f'has the picklist value "{text[:60]}", which is not mapped')
        return middles[text]

    def write(value: Scalar) -> Native:
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            for name, lowest, highest in bands:
                if value >= lowest and (highest is None or value <= highest):
                    return name
        raise ValueError("is in none of the ranges here")

    return read, write
