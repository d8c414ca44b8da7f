"""The subrequests of a Composite call as they were sent, checked (facts salesforce §2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from leadpact_sandbox.salesforce.composite.references import names_in
from leadpact_sandbox.salesforce.composite.subrequests import METHODS
from leadpact_sandbox.salesforce.errors import ApiError

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_KEYS = frozenset({"method", "url", "referenceId", "body", "httpHeaders"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One subrequest.

    Attributes:
        uses: names of the earlier ones that it refers to.
    """

    name: str
    method: str
    url: str
    body: Any
    headers: dict[str, str]
    uses: frozenset[str]


def wrong_json(message: str) -> ApiError:
    """400 JSON_PARSER_ERROR of the whole call."""
    return ApiError(400, "JSON_PARSER_ERROR", message)


def flag(body: dict[str, Any], name: str) -> bool:
    """A boolean of the body, false when absent.

    Raises:
        ApiError: 400 for another type.
    """
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise wrong_json(f"{name} is not a boolean")
    return value


def only(body: dict[str, Any], known: frozenset[str]) -> None:
    """Refuse keys that the resource does not have.

    Raises:
        ApiError: 400.
    """
    unknown = sorted(set(body) - known)
    if unknown:
        raise wrong_json(f'Unrecognized field "{unknown[0][:80]}"')


def listed(given: object, most: int) -> list[dict[str, Any]]:
    """A list of at least one and at most ``most`` objects.

    Raises:
        ApiError: 400.
    """
    if not isinstance(given, list) or not given or not all(isinstance(x, dict) for x in given):
        raise wrong_json("a list of requests is needed")
    if len(given) > most:
        raise ApiError(
            400, "LIMIT_EXCEEDED", f"{len(given)} subrequests were sent, at most {most} are allowed"
        )
    return given


def method_and_url(given: dict[str, Any]) -> tuple[str, str]:
    """Method and address of a subrequest.

    Raises:
        ApiError: 400 for what is missing or of another type.
    """
    method, url = given.get("method"), given.get("url")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise wrong_json(f"method is one of {', '.join(METHODS)}")
    if not isinstance(url, str) or not url:
        raise wrong_json("url is missing")
    return method.upper(), url


def wanted(given: object, most: int) -> list[Wanted]:
    """The subrequests of ``compositeRequest``.

    Raises:
        ApiError: 400 for a wrong shape, too many, a name that is missing, malformed or repeated,
            or a reference that does not point back.
    """
    found: list[Wanted] = []
    names: set[str] = set()
    for each in listed(given, most):
        only(each, _KEYS)
        method, url = method_and_url(each)
        name, headers = each.get("referenceId"), each.get("httpHeaders") or {}
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise wrong_json("referenceId begins with a letter and holds letters, digits and _")
        if name in names:
            raise ApiError(400, "DUPLICATE_VALUE", f"referenceId is not unique: {name}")
        if not isinstance(headers, dict) or not all(isinstance(x, str) for x in headers.values()):
            raise wrong_json("httpHeaders is not an object of texts")
        uses = frozenset(names_in([url, each.get("body")]))
        names.add(name)
        found.append(Wanted(name, method, url, each.get("body"), headers, uses))
    return found
