"""What a long run was asked to do, how far it came, and what was asked of it since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from leadpact.model.link import RunKind

Asked: TypeAlias = Literal["", "pause", "cancel"]
"""What a person asked of a run; the run looks between its pages, whatever process it runs in. "" = go on."""


@dataclass(frozen=True, slots=True)
class RunOrder:
    """One run as ordered: enough for any process to begin it, or to go on with it.

    Attributes:
        run_id: the run's own id; its row in ``runs`` has the same.
        created_at: aware, UTC.
        options: what that kind of run is told, as text (portable: no objects, nothing personal).
        place: how far it came, in words of that kind of run; committed with the page that came so far.
        asked: what a person asked of it, and when.
    """

    run_id: str
    kind: RunKind
    created_at: datetime
    options: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    asked: Asked = ""
    asked_at: datetime | None = None
