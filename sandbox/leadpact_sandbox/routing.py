"""Finds the application of a call: one step per part of the path, however many routes there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(slots=True)
class _Node:
    """One part of the paths: what it goes on with, and what ends here."""

    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: tuple[str, _Node] | None = None
    apps: dict[str, ASGIApp] = field(default_factory=dict)
    below: dict[str, ASGIApp] = field(default_factory=dict)


class PathTree:
    """An ASGI application that hands each call to the one that was added for it.

    Literal parts win over parameters; what is added with :meth:`add_below` gets the paths under it
    that nothing else takes.

    Args:
        unknown: the application for a method whose path nobody has.
        wrong_method: the application for a method that a known path does not take.
    """

    def __init__(
        self, unknown: Callable[[str], ASGIApp], wrong_method: Callable[[str], ASGIApp]
    ) -> None:
        self._root = _Node()
        self._whole: dict[tuple[str, str], ASGIApp] = {}
        self._unknown = unknown
        self._wrong_method = wrong_method

    def add(self, method: str, template: str, app: ASGIApp) -> None:
        """Take a route; parts like ``{id}`` are parameters.

        Raises:
            ValueError: if the route is there already, or a parameter has two names at one place.
        """
        node = self._node(template)
        if method in node.apps:
            raise ValueError(f"{method} {template} is there already")
        node.apps[method] = app
        if "{" not in template:
            self._whole[method, template] = app

    def add_below(self, method: str, prefix: str, app: ASGIApp) -> None:
        """Take all paths under a prefix, and the prefix itself, that no route takes."""
        self._node(prefix).below[method] = app

    def _node(self, template: str) -> _Node:
        node = self._root
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

    def find(self, method: str, path: str) -> tuple[ASGIApp, dict[str, str]]:
        """The application for a call, and the parameters in its path."""
        found = self._whole.get((method, path))
        if found is not None:
            return found, {}
        parts = path.split("/")[1:]
        parameters: dict[str, str] = {}
        below: list[ASGIApp] = []
        ended = self._walk(self._root, parts, 0, parameters, method, below)
        if ended is not None:
            app = ended.apps.get(method)
            return (self._wrong_method(method) if app is None else app), parameters
        return (below[-1] if below else self._unknown(method)), {}

    def _walk(
        self,
        node: _Node,
        parts: list[str],
        at: int,
        parameters: dict[str, str],
        method: str,
        below: list[ASGIApp],
    ) -> _Node | None:
        if method in node.below:
            below.append(node.below[method])
        if at == len(parts):
            return node if node.apps else None
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
