"""What the functions of formulas answer; blank is None for numbers and dates, ``""`` for text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from leadpact_sandbox.salesforce import ids


def blank(value: object) -> bool:
    """Whether a formula takes a value for none."""
    return value is None or value == ""


def text(value: object) -> str:
    """``TEXT()``, and what ``&`` makes of a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def equal(left: object, right: object) -> bool:
    """``=``: two blanks are equal, numbers by value, text by letter case too."""
    if blank(left) or blank(right):
        return blank(left) and blank(right)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return float(left) == float(right)
    return left == right


def _length(value: object) -> int:
    return len(text(value))


def _value(value: object) -> float | None:
    try:
        return float(text(value))
    except ValueError:
        return None


def _pick(members: object, wanted: object) -> bool:
    return text(wanted) in text(members).split(";")


def _matches(value: object, pattern: object) -> bool:
    try:
        return re.fullmatch(text(pattern), text(value)) is not None
    except re.error:
        return False


def _day(value: object) -> date | None:
    try:
        return None if blank(value) else date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def _part(name: str) -> Callable[[object], int | None]:
    def part(value: object) -> int | None:
        day = _day(value)
        return None if day is None else int(getattr(day, name))

    return part


def _moment(value: object) -> str | None:
    """``DATETIMEVALUE``: a day begins at midnight."""
    if blank(value):
        return None
    held = text(value)
    return held if "T" in held else f"{held}T00:00:00.000+0000"


def _built(year: object, month: object, day: object) -> str | None:
    try:
        return date(int(text(year)), int(text(month)), int(text(day))).isoformat()
    except ValueError:
        return None


def _rounded(value: Any, digits: Any) -> Any:
    return None if blank(value) else round(float(value), int(digits or 0))


def _long_id(value: object) -> str:
    return ids.normalised(text(value)) or text(value)


def stamp(moment: datetime) -> str:
    """``NOW()`` in the rows' own form."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + ".000+0000"


PLAIN: Mapping[str, tuple[int, int, Callable[..., Any]]] = {
    "ISBLANK": (1, 1, blank),
    "ISNULL": (1, 1, lambda value: value is None),
    "ISNUMBER": (1, 1, lambda value: _value(value) is not None),
    "TEXT": (1, 1, text),
    "LEN": (1, 1, _length),
    "UPPER": (1, 1, lambda value: text(value).upper()),
    "LOWER": (1, 1, lambda value: text(value).lower()),
    "TRIM": (1, 1, lambda value: text(value).strip()),
    "VALUE": (1, 1, _value),
    "CONTAINS": (2, 2, lambda value, part: text(part) in text(value)),
    "BEGINS": (2, 2, lambda value, part: text(value).startswith(text(part))),
    "LEFT": (2, 2, lambda value, count: text(value)[: max(0, int(count or 0))]),
    "RIGHT": (2, 2, lambda value, count: text(value)[-int(count) :] if count else ""),
    "FIND": (2, 2, lambda part, value: text(value).find(text(part)) + 1),
    "SUBSTITUTE": (3, 3, lambda value, old, new: text(value).replace(text(old), text(new))),
    "REGEX": (2, 2, _matches),
    "INCLUDES": (2, 2, _pick),
    "CASESAFEID": (1, 1, _long_id),
    "BLANKVALUE": (2, 2, lambda value, other: other if blank(value) else value),
    "NULLVALUE": (2, 2, lambda value, other: other if value is None else value),
    "ABS": (1, 1, lambda value: None if blank(value) else abs(value)),
    "ROUND": (2, 2, _rounded),
    "YEAR": (1, 1, _part("year")),
    "MONTH": (1, 1, _part("month")),
    "DAY": (1, 1, _part("day")),
    "DATE": (3, 3, _built),
    "DATEVALUE": (1, 1, lambda value: None if blank(value) else text(value)[:10]),
    "DATETIMEVALUE": (1, 1, _moment),
}
"""Functions whose arguments are all evaluated first: fewest and most arguments, and what they do."""
LAZY = frozenset("AND OR NOT IF CASE ISPICKVAL ISCHANGED ISNEW PRIORVALUE TODAY NOW".split())
"""Functions that the parser builds itself."""
PICKLIST_TAKERS = frozenset(
    "ISPICKVAL TEXT CASE ISBLANK ISNULL ISCHANGED PRIORVALUE INCLUDES".split()
)
"""Functions that take a picklist; anywhere else a picklist is refused."""
UNCOVERED = frozenset(
    """VLOOKUP ISCLONE GETSESSIONID HYPERLINK IMAGE DISTANCE GEOLOCATION MOD FLOOR CEILING MAX MIN
    SQRT EXP LN LOG MID RPAD LPAD REVERSE ASCII CHR INITCAP HTMLENCODE URLENCODE JSENCODE
    ADDMONTHS WEEKDAY HOUR MINUTE SECOND TIMEVALUE TIMENOW UNIXTIMESTAMP FROMUNIXTIME PREDICT
    CURRENCYRATE GETRECORDIDS LINKTO REQUIRESCRIPT BR DAYOFYEAR FORMATDURATION ISOWEEK ISOYEAR
    MCEILING MFLOOR TRUNC PI ACOS ASIN ATAN ATAN2 COS SIN TAN JUNCTIONIDLIST PARENTGROUPVAL
    PREVGROUPVAL""".split()
)
