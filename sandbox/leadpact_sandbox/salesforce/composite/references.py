"""``@{ref.path}``: values that a subrequest takes from the answers before it (facts salesforce §2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from leadpact_sandbox.salesforce.errors import ApiError

MAX_DEPTH = 200
"""How deep a body may nest; the real one refuses far less."""
_REFERENCE = re.compile(r"@\{([A-Za-z]\w*)((?:\.\w+|\[\d{1,4}\])*)\}", re.ASCII)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]", re.ASCII)


def halted(message: str) -> ApiError:
    """400 PROCESSING_HALTED: this subrequest was not done because of another."""
    return ApiError(400, "PROCESSING_HALTED", message)


def _value(name: str, path: str, answers: Mapping[str, Any]) -> Any:
    missing = halted(f"Invalid reference specified. No value for {name}{path} found in {name}")
    if name not in answers:
        raise missing
    found = answers[name]
    for key, place in _STEP.findall(path):
        if key:
            if not isinstance(found, dict):
                raise missing
            named = next((each for each in found if each.lower() == key.lower()), None)
            if named is None:
                raise missing
            found = found[named]
        elif isinstance(found, list) and int(place) < len(found):
            found = found[int(place)]
        else:
            raise missing
    if found is None or isinstance(found, (dict, list)):
        raise missing
    return found


def names_in(part: Any, depth: int = 0) -> Iterator[str]:
    """Names of the subrequests that this one refers to, in its address and body.

    Raises:
        ApiError: 400 JSON_PARSER_ERROR for what nests too deeply.
    """
    if depth > MAX_DEPTH:
        raise ApiError(400, "JSON_PARSER_ERROR", "the body nests too deeply")
    if isinstance(part, str):
        for found in _REFERENCE.finditer(part):
            yield found[1]
    elif isinstance(part, dict):
        for each in part.values():
            yield from names_in(each, depth + 1)
    elif isinstance(part, list):
        for each in part:
            yield from names_in(each, depth + 1)


def in_address(url: str, answers: Mapping[str, Any]) -> str:
    """The address with its references replaced.

    Raises:
        ApiError: 400 PROCESSING_HALTED for a value that is not there.
    """
    return _REFERENCE.sub(lambda found: quote(_text(_value(found[1], found[2], answers))), url)


def in_body(part: Any, answers: Mapping[str, Any]) -> Any:
    """The body with its references replaced; a text that is one reference takes the value's type.

    Raises:
        ApiError: 400 PROCESSING_HALTED for a value that is not there.
    """
    if isinstance(part, str):
        whole = _REFERENCE.fullmatch(part)
        if whole is not None:
            return _value(whole[1], whole[2], answers)
        return _REFERENCE.sub(lambda found: _text(_value(found[1], found[2], answers)), part)
    if isinstance(part, dict):
        return {key: in_body(each, answers) for key, each in part.items()}
    if isinstance(part, list):
        return [in_body(each, answers) for each in part]
    return part


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
