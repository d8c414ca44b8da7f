"""Match keys: when two records are one person, and when that cannot be told (R23, R29)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Literal

from leadpact.model.record import Known
from leadpact.model.terms import SURNAME

ROLE_MAILBOXES = frozenset(
    [
        *("admin", "billing", "contact", "hello", "help", "hr", "info", "jobs", "kontakt"),
        *("mail", "marketing", "office", "sales", "service", "support", "team", "webmaster"),
    ]
)


def folded(text: Known) -> str:
    """Text as it is compared between CRMs: NFKC, case-folded, trimmed; "" for blank and unknown."""
    return (
        unicodedata.normalize("NFKC", str(text)).strip().casefold() if isinstance(text, str) else ""
    )


def is_role_address(email: Known) -> bool:
    """An address that several people read, such as ``info@``; it never links by itself (R29)."""
    return folded(email).partition("@")[0] in ROLE_MAILBOXES


def judge(
    one: Mapping[str, Known], other: Mapping[str, Known], address: str
) -> Literal["same", "role_address", "two_surnames"]:
    """Whether two records with an equal e-mail address are one person.

    Args:
        one: canonical values of the one, with ``last_name``.
        other: those of the other.
        address: the one that both have.
    """
    if is_role_address(address):
        return "role_address"
    surnames = folded(one.get(SURNAME)), folded(other.get(SURNAME))
    return "two_surnames" if all(surnames) and surnames[0] != surnames[1] else "same"
