"""Which wins the firm learns from: the compiled side of ``calibration`` (K7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadpact.pact.document.calibration import CalibrationPart


@dataclass(frozen=True, slots=True)
class Calibration:
    """The sample.

    Attributes:
        wins: the last so many; None = as many as there are within ``days``.
        days: only those of the last so many days; None = however old.
        warn_below: fewer are a hint and no pattern, and the firm's own rate is not judged by.
        before_talk_days: so many days before the first talk with sales acts are compared.
    """

    wins: int | None = 30
    days: int | None = None
    warn_below: int = 20
    before_talk_days: int = 30

    @property
    def words(self) -> str:
        """Such as ``the last 30 wins``."""
        within = "" if self.days is None else f" of the last {self.days} days"
        return f"the wins{within}" if self.wins is None else f"the last {self.wins} wins{within}"


def compile_calibration(part: CalibrationPart) -> Calibration:
    """The section as the reports ask it."""
    return Calibration(part.wins, part.days, part.warn_below, part.before_talk_days)
