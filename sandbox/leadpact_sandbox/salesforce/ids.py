"""Record ids: 15 case-sensitive characters, or 18 with three that spell the case (facts §10)."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)
POD = "Dn0"


def checksum(short: str) -> str:
    """The three characters after a 15-character id: one per block of five, least bit first."""
    return _mark(short[:5]) + _mark(short[5:10]) + _mark(short[10:15])


@lru_cache(maxsize=65_536)
def _mark(block: str) -> str:
    """The character that spells which of five are upper case."""
    mask = 0
    for bit, char in enumerate(block):
        if "A" <= char <= "Z":
            mask |= 1 << bit
    return _CHECK[mask]


_TAIL = 62 * 62


@lru_cache(maxsize=4_096)
def _head(prefix: str, high: int) -> tuple[str, str, int]:
    """The first 13 characters, two of the three check characters, and the third block's mask."""
    digits = []
    for _ in range(7):
        high, digit = divmod(high, 62)
        digits.append(_DIGITS[digit])
    head = prefix + POD + "".join(reversed(digits))
    marks = checksum(head)
    return head, marks[:2], _CHECK.index(marks[2])


def mint(prefix: str, number: int) -> str:
    """The 18-character id of the ``number``-th record of an object; ids grow with the number."""
    high, low = divmod(number, _TAIL)
    head, marks, mask = _head(prefix, high)
    first, second = _DIGITS[low // 62], _DIGITS[low % 62]
    # Characters 14 and 15 are the last two of the third block of five.
    mask |= ("A" <= first <= "Z") << 3 | ("A" <= second <= "Z") << 4
    return f"{head}{first}{second}{marks}{_CHECK[mask]}"


@lru_cache(maxsize=65_536)
def normalised(text: str) -> str | None:
    """The 18-character form, or None when it is not an id (shape or checksum wrong)."""
    if _SHAPE.fullmatch(text) is None:
        return None
    short = text[:15]
    long = short + checksum(short)
    return long if len(text) == 15 or text == long else None
