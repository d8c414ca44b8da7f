"""One call to the API as the endpoints see it, its parts read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from starlette.datastructures import QueryParams

from leadpact_sandbox.hubspot.errors import bad_json, invalid
from leadpact_sandbox.hubspot.history import Source

MAX_QUERY = 8_000
"""Longer query strings are answered 414 (facts §1; the exact length is believed)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body; None for no content."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was let in.

    Attributes:
        path: the template's parameters.
        query: the query string.
        raw: the body.
        now_ms: the sandbox's instant, the same for all that the call writes.
        source: the app that calls, as history names it.
        dated: the release in the path, ``""`` for the numbered ones (facts §10).
    """

    path: Mapping[str, str]
    query: QueryParams
    raw: bytes
    now_ms: int
    source: Source
    dated: str = ""

    def json(self) -> dict[str, object]:
        """The body, which must be a JSON object.

        Raises:
            ApiError: 400.
        """
        try:
            sent = orjson.loads(self.raw)
        except orjson.JSONDecodeError as failure:
            raise bad_json(str(failure)) from None
        if not isinstance(sent, dict):
            raise bad_json("the body must be an object")
        return sent

    def json_list(self) -> list[object]:
        """The body, which must be a JSON list.

        Raises:
            ApiError: 400.
        """
        try:
            sent = orjson.loads(self.raw)
        except orjson.JSONDecodeError as failure:
            raise bad_json(str(failure)) from None
        if not isinstance(sent, list):
            raise bad_json("the body must be a list")
        return sent

    def names(self, parameter: str) -> list[str]:
        """A list parameter, repeated or separated by commas."""
        return [
            name.strip()
            for part in self.query.getlist(parameter)
            for name in part.split(",")
            if name.strip()
        ]

    def flag(self, parameter: str) -> bool:
        """A boolean parameter, false unless given."""
        value = self.query.get(parameter, "false").lower()
        if value not in {"true", "false"}:
            raise invalid(f"{parameter} must be true or false")
        return value == "true"

    def limit(self, default: int, most: int) -> int:
        """The page size, from 1 to ``most``."""
        text = self.query.get("limit", str(default))
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if not 1 <= number <= most:
            raise invalid(f"limit must be a whole number from 1 to {most}")
        return number

    def after(self) -> int:
        """Where the page starts; 0 for the first."""
        text = self.query.get("after") or "0"
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise invalid("The after parameter is not one that a former page gave")
        return int(text)


def text_part(sent: Mapping[str, object], name: str, *, needed: bool = False) -> str | None:
    """A text field of a body; None when absent or null.

    Raises:
        ApiError: 400 when it is no text, or absent though needed.
    """
    value = sent.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or (needed and not value):
        raise invalid(f"Invalid input JSON: {name} must be a string")
    return value


def names_part(sent: Mapping[str, object], name: str) -> list[str]:
    """A field of a body that lists names; empty when absent.

    Raises:
        ApiError: 400.
    """
    value = sent.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise invalid(f"Invalid input JSON: {name} must be a list of strings")
    return value


def properties_part(sent: Mapping[str, object]) -> dict[str, object]:
    """The ``properties`` of a write.

    Raises:
        ApiError: 400 when there are none.
    """
    value = sent.get("properties")
    if not isinstance(value, dict):
        raise invalid("Invalid input JSON: properties must be an object")
    return value


def objects_part(sent: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """A field of a body that lists objects; empty when absent.

    Raises:
        ApiError: 400.
    """
    value = sent.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid(f"Invalid input JSON: {name} must be a list of objects")
    return value


def object_part(sent: Mapping[str, object], name: str) -> dict[str, object]:
    """A field of a body that is an object.

    Raises:
        ApiError: 400.
    """
    value = sent.get(name)
    if not isinstance(value, dict):
        raise invalid(f"Invalid input JSON: {name} must be an object")
    return value


def id_part(one: Mapping[str, object], name: str = "id") -> str:
    """An id of a body, a text (a number is read as one).

    Raises:
        ApiError: 400.
    """
    asked = one.get(name)
    if asked.__class__ is str and asked:
        return asked
    if isinstance(asked, int) and not isinstance(asked, bool):
        return str(asked)
    raise invalid(f"Invalid input JSON: each input must have an {name}")


def trace_part(one: Mapping[str, object]) -> str | None:
    """The ``objectWriteTraceId`` of an input; None when it has none."""
    trace = one.get("objectWriteTraceId")
    return trace if isinstance(trace, str) and trace else None
