"""Finds the application of a call: one step per part of the path, however many routes there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

Place: TypeAlias = tuple[str, str]
"""Method, and template or prefix."""
MOST_REMEMBERED = 1_000


@dataclass(slots=True)
class _Node:
    """One part of the paths: what it goes on with, and what ends here."""

    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: tuple[str, _Node] | None = None
    ends: dict[str, Place] = field(default_factory=dict)
    below: dict[str, Place] = field(default_factory=dict)

    def reach(self, template: str) -> _Node:
        """The node where a template ends; what is missing on the way there is made."""
        node = self
        for part in template.split("/")[1:]:
            if part[:1] == "{":
                name = part[1:-1]
                if node.parameter is None:
                    node.parameter = (name, _Node())
                if node.parameter[0] != name:
                    raise ValueError(f"{template}: {node.parameter[0]} is named {name}")
                node = node.parameter[1]
            else:
                node = node.literals.setdefault(part, _Node())
        return node


@lru_cache(maxsize=4)
def _tree(routes: tuple[Place, ...], areas: tuple[Place, ...]) -> _Node:
    """The tree of these paths, grown once per process however many worlds are made."""
    root = _Node()
    for route in routes:
        method, template = route
        node = root.reach(template)
        if method in node.ends:
            raise ValueError(f"{method} {template} is there already")
        node.ends[method] = route
    for area in areas:
        method, prefix = area
        root.reach(prefix).below[method] = area
    return root


class PathTree:
    """An ASGI application that hands each call to the one for its route.

    Literal parts win over parameters; an area gets the paths under its prefix, and the prefix itself,
    that no route takes.

    Args:
        routes: method and template of each route; parts like ``{id}`` are parameters.
        areas: method and prefix of each area.
        make: the application of a route, asked when it is called for the first time.
        make_area: the same for an area.
        unknown: the application for a method whose path nobody has.
        wrong_method: the application for a method that a known path does not take.

    Raises:
        ValueError: if a route is there twice, or a parameter has two names at one place.
    """

    def __init__(
        self,
        routes: Iterable[Place],
        areas: Iterable[Place],
        *,
        make: Callable[[Place], ASGIApp],
        make_area: Callable[[Place], ASGIApp],
        unknown: Callable[[str], ASGIApp],
        wrong_method: Callable[[str], ASGIApp],
    ) -> None:
        self._root = _tree(tuple(routes), tuple(areas))
        self._whole: dict[Place, ASGIApp] = {}
        self._apps: dict[Place, ASGIApp] = {}
        self._areas: dict[Place, ASGIApp] = {}
        self._make = make
        self._make_area = make_area
        self._unknown = unknown
        self._wrong_method = wrong_method

    def find(self, method: str, path: str) -> tuple[ASGIApp, dict[str, str]]:
        """The application for a call, and the parameters in its path."""
        found = self._whole.get((method, path))
        if found is not None:
            return found, {}
        parts = path.split("/")[1:]
        parameters: dict[str, str] = {}
        below: list[Place] = []
        ended = self._walk(self._root, parts, 0, parameters, method, below)
        if ended is not None:
            route = ended.ends.get(method)
            return (self._wrong_method(method) if route is None else self._app(route)), parameters
        return (self._area(below[-1]) if below else self._unknown(method)), {}

    def _app(self, route: Place) -> ASGIApp:
        app = self._apps.get(route)
        if app is None:
            app = self._apps[route] = self._make(route)
            if "{" not in route[1]:
                self._whole[route] = app
        return app

    def _area(self, area: Place) -> ASGIApp:
        app = self._areas.get(area)
        if app is None:
            app = self._areas[area] = self._make_area(area)
        return app

    def _walk(
        self,
        node: _Node,
        parts: list[str],
        at: int,
        parameters: dict[str, str],
        method: str,
        below: list[Place],
    ) -> _Node | None:
        if method in node.below:
            below.append(node.below[method])
        if at == len(parts):
            return node if node.ends else None
        literal = node.literals.get(parts[at])
        if literal is not None:
            ended = self._walk(literal, parts, at + 1, parameters, method, below)
            if ended is not None:
                return ended
        if node.parameter is not None and parts[at]:
            name, after = node.parameter
            ended = self._walk(after, parts, at + 1, parameters, method, below)
            if ended is not None:
                parameters[name] = parts[at]
                return ended
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app, parameters = self.find(scope["method"], scope["path"])
        scope["path_params"] = parameters
        await app(scope, receive, send)


class Remembering:
    """An ASGI application that goes straight to the endpoint of an address that was found before.

    Args:
        router: finds the endpoint, and leaves it and its parameters in the scope.
        lasting: whether a found endpoint with these parameters is worth remembering.
    """

    def __init__(
        self, router: ASGIApp, lasting: Callable[[ASGIApp, Mapping[str, str]], bool]
    ) -> None:
        self._router = router
        self._lasting = lasting
        self._found: dict[Place, tuple[ASGIApp, Mapping[str, str]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        place = (scope["method"], scope["path"])
        found = self._found.get(place)
        if found is not None:
            scope["endpoint"], parameters = found
            scope["path_params"] = {**parameters}
            await found[0](scope, receive, send)
            return
        await self._router(scope, receive, send)
        app, parameters = scope.get("endpoint"), scope.get("path_params", {})
        if app is not None and self._lasting(app, parameters):
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            self._found[place] = (app, {**parameters})
