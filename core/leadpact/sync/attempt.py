"""One journaled write on its way: what a CRM answered to each of its steps."""

from __future__ import annotations

from dataclasses import dataclass

from leadpact.model.link import Intent
from leadpact.ports.connector import Refused, WriteResult, Written
from leadpact.sync.plan import LeadPlan


@dataclass(slots=True)
class Attempt:
    """One intent on its way: what was answered to each of its steps."""

    plan: LeadPlan
    intent: Intent
    order_field: str = ""
    blanked: WriteResult | None = None
    result: WriteResult | None = None
    overtaken: bool = False

    @property
    def moved(self) -> bool:
        """Whether the CRM refused it because the record changed after it was read (R7)."""
        return isinstance(self.result, Refused) and self.result.moved

    @property
    def written(self) -> Written | None:
        """The CRM's answer, where it took the row."""
        return self.result if isinstance(self.result, Written) else None
