"""Runs one subrequest in the process, as if it had come by itself (facts salesforce §2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.routing import compile_path

from leadpact_sandbox.salesforce.api import MAX_HEAD_BYTES, Api, Call, Handler, check_version
from leadpact_sandbox.salesforce.errors import ApiError, not_covered, not_found

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
ROOT = "/services/data/"
_NOT_IN_PARTS = ("accept", "authorization", "content-type")
_VERSION_IN_PATH = re.compile(r"/services/data/v[0-9.]+/?")


@dataclass(frozen=True, slots=True)
class Part:
    """What one subrequest was answered."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status < 300


def refused(error: ApiError) -> Part:
    """A part that was refused."""
    return Part(error.status, error.body())


def resource_of(url: str) -> str:
    """The address below the version, without its query: ``sobjects/Lead``."""
    path = unquote(url.partition("?")[0])
    return _VERSION_IN_PATH.sub("", path, count=1).strip("/")


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]


class Subrequests:
    """The addresses that subrequests may name.

    Args:
        api: whose org, sessions and callers they share.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self._known: list[tuple[str, re.Pattern[str], Handler]] = []

    def use(self, table: Iterable[tuple[str, str, Handler]]) -> None:
        """Answer by these handlers: (method, template, handler), in the order of matching."""
        self._known = [(method, _pattern(template), handler) for method, template, handler in table]

    def run(
        self,
        outer: Call,
        method: str,
        url: str,
        body: Any,
        headers: Mapping[str, str],
        allowed: tuple[str, ...],
    ) -> Part:
        """Do one subrequest in a transaction of its own; a refusal comes back as its part.

        Args:
            outer: the call that holds it.
            url: absolute from ``/services/data/``.
            headers: its ``httpHeaders``, over those of the outer call.
            allowed: resources it may name (``sobjects``, ``query``).
        """
        try:
            return self._run(outer, method, url, body, headers, allowed)
        except ApiError as error:
            return refused(error)

    def _run(
        self,
        outer: Call,
        method: str,
        url: str,
        body: Any,
        headers: Mapping[str, str],
        allowed: tuple[str, ...],
    ) -> Part:
        raw_path, _, query = url.partition("?")
        path = unquote(raw_path).rstrip("/")
        if not path.startswith(ROOT + "v"):
            raise not_found()
        check_version(path.split("/")[3])
        if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEAD_BYTES:
            raise ApiError(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", "httpHeaders are too long")
        barred = sorted(each for each in headers if each.lower() in _NOT_IN_PARTS)
        if barred:
            raise ApiError(400, "INVALID_HTTP_HEADER", f"{barred[0]} cannot be set here")
        resource = resource_of(path)
        if not any(resource == each or resource.startswith(each + "/") for each in allowed):
            raise not_covered(f"{resource.partition('/')[0] or 'this'} as a subrequest")
        handler, parameters = self._find(method, path)
        request = _request(outer.request, method, path, query, headers, parameters)
        version = check_version(parameters["version"])
        caller = self.api.caller(request, outer.caller.user_id, version)
        call = Call(request, outer.org, outer.cursors, version, caller, body, locked=False)
        with outer.org.transaction():
            response = handler(call)
        content = bytes(response.body)
        answered = orjson.loads(content) if content else None
        return Part(
            response.status_code, answered, _shown_headers(url, response.status_code, answered)
        )

    def _find(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        others = set()
        for known, pattern, handler in self._known:
            match = pattern.match(path)
            if match is None:
                continue
            if known == method:
                return handler, match.groupdict()
            others.add(known)
        if others:
            named = ",".join(sorted(others))
            raise ApiError(
                405,
                "METHOD_NOT_ALLOWED",
                f"HTTP Method '{method}' not allowed. Allowed are {named}",
            )
        raise not_found()


def _request(
    outer: Request,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    parameters: dict[str, str],
) -> Request:
    own = {name.lower(): value for name, value in headers.items()}
    kept = {name: value for name, value in outer.headers.items() if name not in own}
    scope = {
        **outer.scope,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "path_params": parameters,
        "headers": [
            (name.encode(), value.encode("utf-8", "replace"))
            for name, value in {**kept, **own}.items()
        ],
    }
    return Request(scope)


def _shown_headers(url: str, status: int, body: Any) -> dict[str, str]:
    """``Location`` of what was created, as Composite shows it."""
    if status == 201 and isinstance(body, dict) and "id" in body:
        kind = resource_of(url).split("/")[1]
        version = url.split("/")[3]
        return {"Location": f"{ROOT}{version}/sobjects/{kind}/{body['id']}"}
    return {}
