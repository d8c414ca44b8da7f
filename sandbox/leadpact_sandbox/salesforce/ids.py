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


_UPPER = [letter.isupper() for letter in _DIGITS]
_TAILS = tuple(
    (_DIGITS[low // 62] + _DIGITS[low % 62], _UPPER[low // 62] << 3 | _UPPER[low % 62] << 4)
    for low in range(62 * 62)
)
"""Characters 14 and 15, and what they add to the mask of the third block, of which they are the last."""


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
    return mint_all(prefix, number, 1)[0]


def mint_all(prefix: str, first: int, count: int) -> list[str]:
    """As :func:`mint`, of the ``first``-th record and those after it."""
    made: list[str] = []
    while len(made) < count:
        high, low = divmod(first + len(made), len(_TAILS))
        head, marks, mask = _head(prefix, high)
        tails = _TAILS[low : low + count - len(made)]
        made += [f"{head}{tail}{marks}{_CHECK[mask | upper]}" for tail, upper in tails]
    return made


@lru_cache(maxsize=65_536)
def normalised(text: str) -> str | None:
    """The 18-character form, or None when it is not an id (shape or checksum wrong)."""
    if _SHAPE.fullmatch(text) is None:
        return None
    short = text[:15]
    long = short + checksum(short)
    return long if len(text) == 15 or text == long else None
