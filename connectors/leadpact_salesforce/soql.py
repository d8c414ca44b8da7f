"""SOQL from checked parts: names are checked, texts escaped, URLs kept short (facts §3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from string import ascii_letters, digits
from typing import Final
from urllib.parse import quote_plus

from leadpact.errors import FixSettings
from leadpact_salesforce.limits import (
    IDS_PER_QUERY,
    LONGEST_READ,
    LONGEST_URI,
    VALUES_PER_READ,
)
from leadpact_salesforce.objects import id18, is_field_name, version_of

_ESCAPES: Final = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
    }
)
_UNQUOTED_IN_QUERY: Final = "'(),@"
"""What RFC 3986 lets a query part have as it is, of what lists of ids and addresses are full of."""
_UNQUOTED: Final = dict.fromkeys(map(ord, ascii_letters + digits + "_.-~" + _UNQUOTED_IN_QUERY))
_BEFORE: Final = 120
"""Characters of scheme, host and path, which go before the query."""


def name(field: str) -> str:
    """A field or object name, checked.

    Raises:
        FixSettings: ``field_name_invalid``.
    """
    if not is_field_name(field):
        raise FixSettings(
            f"{field[:80]!r} cannot be the name of a Salesforce field; mend the mapping.",
            code="field_name_invalid",
        )
    return field


def text(value: str) -> str:
    """A text literal."""
    return f"'{value.translate(_ESCAPES)}'"


def stamp(at: str) -> str:
    """A dateTime literal: never quoted, always ``Z``."""
    return version_of(at)


def select(fields: Iterable[str], kind: str) -> str:
    """``SELECT … FROM …`` of checked names."""
    return f"SELECT {', '.join(map(name, fields))} FROM {name(kind)}"  # noqa: S608


def ids(values: Iterable[str]) -> list[str]:
    """Id literals, checked and in 18 characters."""
    return [f"'{id18(value)}'" for value in values]


def searchable(value: str) -> bool:
    """Whether a stored text can equal this: not blank, and nothing in it that no text field keeps."""
    if not value.strip():
        return False
    return value.isprintable() or not any(c < " " or c == "\x7f" for c in value)


def as_parameter(statement: str) -> str:
    """``q=…`` as it stands in an address.

    Quotes, brackets and commas stay as they are: what has no ``%`` is let through at once by requests and urllib3,
    which look at each character of all else four times over.
    """
    return "q=" + quote_plus(statement, safe=_UNQUOTED_IN_QUERY)


def in_address(literal: str) -> int:
    """Bytes of a literal in an address: counted, since quoting it takes four times as long."""
    if not literal.isascii():
        return len(quote_plus(literal, safe=_UNQUOTED_IN_QUERY))
    quoted = literal.translate(_UNQUOTED)
    return len(literal) + 2 * (len(quoted) - quoted.count(" "))


@lru_cache(maxsize=64)
def _quoted_length(around: str) -> int:
    """Bytes of what stands around the literals; the same few of them come with every page."""
    return len(quote_plus(around, safe=_UNQUOTED_IN_QUERY))


def in_groups(head: str, literals: Sequence[str], tail: str = "") -> Iterator[str]:
    """Statements ``head IN (…) tail`` with at most 60 values each, whose addresses stay within the advised 2,000.

    A head that is itself longer leaves one value to each statement: it may go beyond the advice,
    never near the hard limit.
    """
    return _statements(head, literals, tail, IDS_PER_QUERY, LONGEST_URI)


def in_pages(head: str, literals: Sequence[str], tail: str = "") -> Iterator[str]:
    """The same for a page of leads: at most 200 values each, in addresses beyond the advice and below the limit."""
    return _statements(head, literals, tail, VALUES_PER_READ, LONGEST_READ)


def _statements(
    head: str, literals: Sequence[str], tail: str, most: int, longest: int
) -> Iterator[str]:
    room = longest - _BEFORE - _quoted_length(f"{head} IN (){tail}")
    group: list[str] = []
    used = 0
    for literal in literals:
        size = in_address(literal) + 1
        if group and (len(group) == most or used + size > room):
            yield f"{head} IN ({','.join(group)}){tail}"
            group, used = [], 0
        group.append(literal)
        used += size
    if group:
        yield f"{head} IN ({','.join(group)}){tail}"
