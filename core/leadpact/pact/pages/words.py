"""Values of a pact in words: points, times, conditions, and any part that has no page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

MINUS: Final = "−"
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_OPERATIONS: Final[Mapping[str, str]] = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "none_of": "is none of",
    "above": "is above",
    "at_least": "is at least",
    "below": "is below",
    "at_most": "is at most",
    "contains_word": "has a word of",
    "starts_with": "starts with",
    "domain_is": "is at a domain of",
    "is_known": "is known",
    "is_unknown": "is unknown",
}
_TRUTHS: Final[Mapping[str, str]] = {
    "is_free_mail": "e-mail is at a free mail provider",
    "is_disposable_mail": "e-mail is at a provider of throw-away addresses",
    "email_opt_out": "opted out of e-mail",
}
_SHOWN: Final = 6
TEAMS: Final[Mapping[str, str]] = {
    "marketing": "Marketing",
    "sales": "Sales",
    "both": "Both",
    "automation": "Automation",
    "score": "The score",
    "agreement": "The agreement itself",
    "operator": "An operator",
}


def day_words(day: date) -> str:
    """A date as people write it."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def points_words(points: float) -> str:
    """Points with their sign: ``+15``, ``−10``."""
    shown = f"{abs(points):g}"
    return f"{MINUS}{shown}" if points < 0 else f"+{shown}"


def plain(word: str) -> str:
    """A key as words: ``email_domain`` → "e-mail domain"."""
    return word.replace("_", " ").replace("email", "e-mail").replace("re entry", "re-entry")


def title(word: str) -> str:
    """A key as a title: ``fast_lanes`` → "Fast lanes"."""
    shown = plain(word)
    return shown[:1].upper() + shown[1:]


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Words in a row: "a, b and c"."""
    some = list(words)
    if len(some) < 2:
        return "".join(some)
    return f"{', '.join(some[:-1])} {joint} {some[-1]}"


def some_of(words: Sequence[str], most: int = _SHOWN) -> str:
    """The first of many words, and how many more."""
    shown = ", ".join(words[:most])
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"


def value_words(value: Any) -> str:
    """A value that no page knows, on one line."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        if not value:
            return "—"
        return "; ".join(f"{plain(str(key))}: {value_words(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return some_of([value_words(each) for each in value], 12) if value else "—"
    return str(value)


def condition_words(when: Mapping[str, Any] | None, lists: Mapping[str, Sequence[str]]) -> str:
    """A condition as people say it.

    Args:
        when: as pact.yaml has it, with unused keys blank.
        lists: the pact's lists, so that a named one shows what is in it.
    """
    if not when:
        return ""
    if when.get("query"):
        return str(when["query"])
    if when.get("not"):
        return f"not ({condition_words(when['not'], lists)})"
    for key, joint in (("all", "and"), ("any", "or")):
        if when.get(key):
            parts = [condition_words(part, lists) for part in when[key]]
            return listed(parts, joint) if len(parts) < 3 else f" {joint} ".join(parts)
    return _test_words(when, lists)


def _test_words(when: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> str:
    fact, operation, value = (
        plain(str(when.get("field") or "")),
        str(when.get("op")),
        when.get("value"),
    )
    if operation == "between" and isinstance(value, list) and len(value) == 2:
        return f"{fact} between {value[0]} and {value[1]}"
    if operation == "is" and isinstance(value, bool):
        said = _TRUTHS.get(str(when.get("field")), fact)
        return said if value else f"not: {said}"
    said = f"{fact} {_OPERATIONS.get(operation, plain(operation))}"
    if operation in ("is_known", "is_unknown"):
        return said
    if when.get("list"):
        name = str(when["list"])
        members = list(lists.get(name, ()))
        inside = f" ({some_of(members)})" if members else " (empty so far)"
        return f"{said} the list “{plain(name)}”{inside}"
    values = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    return f"{said} {some_of(values)}"
