"""What an undo leaves behind, and what a saved plan remembers of each lead (R32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadpact.model.quick import quick
from leadpact.model.record import Native, RecordRef

STAGE: Final = "stage"
"""Field of the pin that keeps an undone stage move undone."""
NOWHERE: Final = RecordRef("", "", "")
"""Record of the pin of a stage: it is the lead's, of no record alone."""


@quick
@dataclass(frozen=True, slots=True)
class Pin:
    """One field of one record that was put back and stays so (R32).

    It holds until a person edits the field, the evidence changes (something else than the undone value is wanted), or
    somebody releases it.

    Attributes:
        field: the CRM's name of the field; of a lead's stage :data:`STAGE`, with :data:`NOWHERE` as the record.
        kept: value that was put back.
        undone: value that the undone run had written, and that is not written again.
        run_id: the undo.
        settled: of a field of our own: ``undone`` is what the cycle after the undo would have written.
    """

    link_id: str
    ref: RecordRef
    field: str
    kept: Native
    undone: Native
    since: datetime
    run_id: str
    settled: bool = False

    @property
    def key(self) -> tuple[str, RecordRef, str]:
        """What the pin is of; a later one of the same takes its place."""
        return self.link_id, self.ref, self.field


@quick
@dataclass(frozen=True, slots=True)
class PlanRow:
    """What a saved plan saw of one lead and wants of it, as JSON text (:mod:`leadpact.sync.saved_plan`).

    The row with a blank ``link_id`` is the plan's own: its name and what it is limited to.
    """

    plan_id: str
    link_id: str
    body: str
