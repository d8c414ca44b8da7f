"""What a person stopped: a CRM, a direction, a kind of record, a field, or everything (R38)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

NATIVE: Final = "native"
"""The word for every field that is not leadpact's own: what `mode: observe` leaves alone (R36)."""

Direction: TypeAlias = Literal["", "to_crm", "from_crm"]
"""``to_crm``: leadpact writes nothing there; ``from_crm``: what is changed there is not taken over; "" = both."""


@dataclass(frozen=True, slots=True)
class Pause:
    """One press of the stop button. What is left blank is all of it; all blank = everything stands still.

    Attributes:
        id: 12 hex digits.
        since: when it was pressed (aware, UTC).
        by: who pressed it.
        crm: name of a CRM, as in the mapping.
        kind: a kind of record as that CRM calls it.
        field: a field of the mapping, a field of the CRM, or a group: ``stage``, ``score``, ``qualification``,
            ``sla``, ``handoff``.
        ended_at, ended_by: when and by whom it was let go; None while it stands.
    """

    id: str
    since: datetime
    by: str
    crm: str = ""
    direction: Direction = ""
    kind: str = ""
    field: str = ""
    why: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def everything(self) -> bool:
        """Whether nothing at all goes on."""
        return not (self.crm or self.direction or self.kind or self.field)

    @property
    def what(self) -> tuple[str, str, str, str]:
        """What it stops, to tell it from another."""
        return self.crm, self.direction, self.kind, self.field


class Parked(NamedTuple):
    """A lead of which something waits until a pause ends: nothing of it is lost, and nothing of it is agreed.

    Attributes:
        since: the instant of the page that left it (aware, UTC).
        what: fields and groups that wait, in order.
    """

    link_id: str
    since: datetime
    what: tuple[str, ...] = ()


def paused_words(pause: Pause, labels: Mapping[str, str]) -> str:
    """What it stops, in words: "writing Lead title to Salesforce"."""
    if pause.everything:
        return "everything"
    field = "what people keep" if pause.field == NATIVE else pause.field
    what = " ".join(filter(None, (pause.kind, field)))
    where = labels.get(pause.crm, pause.crm) or "either CRM"
    if pause.direction == "to_crm":
        return f"writing {what or 'anything'} to {where}"
    if pause.direction == "from_crm":
        return f"taking over {what or 'anything'} from {where}"
    return f"{what or 'everything'} in {where}"
