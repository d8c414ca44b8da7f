"""A scenario's number, what it needs of a connector and of a bench, and how a gap is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from leadpact.ports.connector import Capabilities

Function = TypeVar("Function", bound=Callable[..., None])
Whose: TypeAlias = Literal["connector", "emulator", "kit"]

_registered: dict[str, Scenario] = {}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One numbered scenario of docs/connectors.md.

    Attributes:
        number: ``C`` and three digits; the first one is the family (1 feed, 2 reading, 3 writing, 4 making,
            5 failure, 6 provisioning and budgets, 7 signals).
        title: the sentence that docs/connectors.md has for it.
        needs: capabilities that a connector has to declare for it: an attribute of
            :class:`~leadpact.ports.connector.Capabilities`, or ``op:<name>`` for an operation.
        acts: what the bench has to be able to do in the CRM, by method name.
    """

    number: str
    title: str
    needs: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()

    def undeclared(self, capabilities: Capabilities) -> tuple[str, ...]:
        """Which of ``needs`` these capabilities do not declare."""
        return tuple(
            need
            for need in self.needs
            if not (
                need[3:] in capabilities.ops
                if need.startswith("op:")
                else getattr(capabilities, need)
            )
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """A scenario that is known to fail: whose gap it is, and why. The test turns red once it passes."""

    whose: Whose
    why: str


def scenario(
    number: str, title: str, *, needs: tuple[str, ...] = (), acts: tuple[str, ...] = ()
) -> Callable[[Function], Function]:
    """Mark a test as a numbered scenario.

    Raises:
        ValueError: where two tests claim one number.
    """
    made = Scenario(number, title, needs, acts)
    if number in _registered:
        raise ValueError(f"{number} is {_registered[number].title!r} already")
    _registered[number] = made

    def mark(function: Function) -> Function:
        function.__dict__["scenario"] = made
        return function

    return mark


def registered() -> Mapping[str, Scenario]:
    """Every scenario of the kit, by number."""
    return dict(sorted(_registered.items()))


def scenario_of(function: Any) -> Scenario | None:
    """The scenario that a test proves, if it is one of the kit's."""
    found = getattr(function, "scenario", None)
    return found if isinstance(found, Scenario) else None
