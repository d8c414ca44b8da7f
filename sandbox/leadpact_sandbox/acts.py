"""What a person or an automation does in a CRM, as the control API hands it to the emulators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

ActorKind: TypeAlias = Literal["person", "workflow", "import", "integration"]


class RefusedAct(Exception):
    """The CRM's own screen would refuse this act.

    Args:
        status: HTTP status that the control API answers with (4xx).
        body: JSON body that says what was refused, in the CRM's own shape where it has one.
    """

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: ``person:<owner id>``, or a workflow, import or integration by id."""

    kind: ActorKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def parse_actor(by: str) -> Actor:
    """Read the control API's ``by``.

    Raises:
        RefusedAct: 400 with what would be right, for anything else.
    """
    kind, colon, name = by.partition(":")
    for known in get_args(ActorKind):
        if kind == known and colon and name:
            return Actor(known, name)
    kinds = ", ".join(f"{known}:<id>" for known in get_args(ActorKind))
    raise RefusedAct(400, {"error": f"by: {by!r} is none of {kinds}"})
