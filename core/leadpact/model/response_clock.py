"""How long a lead has waited for sales: one clock per handoff, with what was promised and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from leadpact.model.quick import quick

ClockKind: TypeAlias = Literal["contact", "qualification"]
ClockState: TypeAlias = Literal["running", "near_breach", "met", "breached", "stopped"]

CLOCK_STATES: Final[tuple[ClockState, ...]] = (
    "running",
    "near_breach",
    "met",
    "breached",
    "stopped",
)
STATE_LABELS: Final = {
    "running": "Running",
    "near_breach": "Due soon",
    "met": "In time",
    "breached": "Overdue",
    "stopped": "Stopped",
}
"""What people see of a state."""


@quick
@dataclass(frozen=True, slots=True)
class ResponseClock:
    """One wait of one lead for sales; all instants aware, UTC. Its identity is (link, kind, start).

    What was promised when it started stays, whatever the pact says later.

    Attributes:
        kind: ``contact`` ends with first contact, ``qualification`` with SQL or rejection.
        episode: the pass through the funnel that it belongs to (R17).
        started_at: the time of the act that handed the lead over, not when leadpact saw it.
        due_at: an answer at this instant is still in time.
        near_at: from here on a breach is near.
        tier, label: the tier's key and its name then.
        calendar: the calendar that it is counted on.
        intent: intent class of the lead at the handoff, "" where it does not count.
        cause: the signal that handed it over, or the stage that a person set.
        signal_id: that signal; "" where none did.
        owner: whose lead it was at last, as ``<crm>:<owner id>``; "" = unknown.
        ended_at: None while it runs.
        answered: it ended with an answer of sales; False: it ended without any, or still runs.
        ended_by: what ended it: where first contact was seen, or why it was called off.
        told: the last state that people were told of, and that is counted.
    """

    link_id: str
    kind: ClockKind
    episode: int
    started_at: datetime
    due_at: datetime
    near_at: datetime
    tier: str
    label: str
    calendar: str
    intent: str = ""
    cause: str = ""
    signal_id: str = ""
    pact_hash: str = ""
    owner: str = ""
    ended_at: datetime | None = None
    answered: bool = False
    ended_by: str = ""
    told: ClockState = "running"

    def state(self, now: datetime) -> ClockState:
        """How it stands at ``now``; overdue stays overdue, whenever the answer came."""
        if self.ended_at is None:
            if now >= self.due_at:
                return "breached"
            return "near_breach" if now >= self.near_at else "running"
        if self.ended_at > self.due_at:
            return "breached"
        return "met" if self.answered else "stopped"
