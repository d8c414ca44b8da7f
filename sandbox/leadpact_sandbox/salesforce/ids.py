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
    marks = []
    for start in (0, 5, 10):
        mask = 0
        for bit, char in enumerate(short[start : start + 5]):
            if "A" <= char <= "Z":
                mask |= 1 << bit
        marks.append(_CHECK[mask])
    return "".join(marks)


def mint(prefix: str, number: int) -> str:
    """The 18-character id of the ``number``-th record of an object; ids grow with the number."""
    digits = []
    rest = number
    for _ in range(9):
        rest, digit = divmod(rest, 62)
        digits.append(_DIGITS[digit])
    short = prefix + POD + "".join(reversed(digits))
    return short + checksum(short)


@lru_cache(maxsize=65_536)
def normalised(text: str) -> str | None:
    """The 18-character form, or None when it is not an id (shape or checksum wrong)."""
    if _SHAPE.fullmatch(text) is None:
        return None
    short = text[:15]
    long = short + checksum(short)
    return long if len(text) == 15 or text == long else None
