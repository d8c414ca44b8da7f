"""Takes secrets and personal data out of what a CRM says in its errors."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 600
"""Characters kept: option lists and HTML pages in errors run to many kilobytes."""

_RULES: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=!-]+"), r"\1 [token]"),
    (
        re.compile(
            r"(?i)\b(access_token|refresh_token|client_secret|client_id|assertion|password|sid|"
            r"session_?id|token_?key|api_?key|hapikey)(\"?\s*[=:]\s*\"?)[^\s\"&,;<>}]+"
        ),
        r"\1\2[token]",
    ),
    (re.compile(r"\bpat-[\w-]{8,}"), "[token]"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), "[token]"),
    (re.compile(r"\b00D\w{12,15}![\w.]+"), "[token]"),
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    # A plus sign, or groups of digits between separators: plain digits are record ids and stay, as
    # dates and UUIDs do.
    (re.compile(r"(?<![\w.+-])\+\d[\d\s().-]{5,}\d"), "[phone]"),
    (
        re.compile(
            r"(?<![\w.+:-])(?!\d{4}-\d{2}-\d{2})\(?\d{2,5}\)?(?:[\s.-]+\d{2,5}){2,4}(?![\w:-])"
        ),
        "[phone]",
    ),
)


def redact(text: str) -> str:
    """The text without tokens, e-mail addresses and phone numbers, cut to 600 characters."""
    # Far beyond what is kept, patterns only cost time; a secret at the cut is gone with it.
    short = text[: LONGEST * 4]
    for pattern, instead in _RULES:
        short = pattern.sub(instead, short)
    return short if len(short) <= LONGEST else short[: LONGEST - 1] + "…"
