"""Texts for people that rows keep in short: a score's breakdown repeats the same few sentences on every lead.

Each text is compressed against sentences that both ends know, so that it needs no neighbours. Many leads say the same,
and a lead that is put again mostly says what it said: the latest texts are remembered both ways.
"""

from __future__ import annotations

import zlib
from binascii import Error, a2b_base64, b2a_base64
from typing import Final

_SENTENCES: Final = (
    b"Needs data: interested, but fit is unknown (\nPriority MQL, whatever the score: \nLeft out: \nDisqualified: \n"
    b"+25 Asked for a demo, \n-20 Unsubscribed\n+10 Free mail address\n+15 Downloaded gated content, \n"
    b"+20 Visited the pricing page, \n+20 Attended a webinar, \n+10 Opened 3 e-mails of one sequence within 14 days, \n"
    b" Jan 2026 Feb 2026 Mar 2026 Apr 2026 May 2026 Jun 2026 Jul 2026 Aug 2026 Sep 2026 Oct 2026 Nov 2026 Dec 2026\n"
    b"Grade C2: fit 10, engagement 40\nGrade A3: fit 35, engagement 15\nMQL: 60 of 60 points\n"
    b"+15 50 to 500 employees\n+20 Manager or above\n"
    b"Missing: employees (up to 15 points: 50 to 500 employees)\nMissing: title (up to 20 points: Manager or above)\n"
    b"Missing: 60 more points to reach 60\nMissing: fit of at least 15 (it is 0)\n"
    b"Missing: engagement of at least 20 (it is 0)\nNot yet MQL: 0 of 60 points\nGrade D4: fit 0, engagement 0\n"
)
"""What both ends know, the most frequent last. Rows are written by it: it never changes."""
_LEVEL, _WINDOW, _MEMORY = 6, -12, 5
_MOST: Final = 4096
_short: dict[str, str] = {}
_long: dict[str, str] = {}


def shortened(text: str) -> str:
    """A text in short, in characters that JSON needs not escape."""
    found = _short.get(text)
    if found is None:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, 0, _SENTENCES)
        packed = packer.compress(text.encode()) + packer.flush()
        found = b2a_base64(packed, newline=False).decode()
        _remember(text, found)
    return found


def lengthened(short: str) -> str:
    """Back again.

    Raises:
        ValueError: it is damaged.
    """
    found = _long.get(short)
    if found is None:
        unpacker = zlib.decompressobj(_WINDOW, _SENTENCES)
        try:
            found = (unpacker.decompress(a2b_base64(short)) + unpacker.flush()).decode()
        except (zlib.error, Error) as error:
            raise ValueError(str(error)) from error
        if not unpacker.eof:
            raise ValueError("a text in short has lost its end")
        _remember(found, short)
    return found


def _remember(text: str, short: str) -> None:
    if len(_long) >= _MOST:
        _short.clear()
        _long.clear()
    _short[text] = short
    _long[short] = text
