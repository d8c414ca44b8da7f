"""Settings that stand in tables of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class SourceSettings(BaseModel, extra="forbid"):
    """Where one source outside the CRMs is (mapping.yaml says under ``sources:`` what it means).

    Attributes:
        path: a CSV or Parquet file.
        format: of the file; blank = by the end of its name.
        delimiter: between the columns of a CSV file.
        url: a database that SQLAlchemy can open; may hold a password, so it never stands in leadpact.yaml with one.
        query: what is asked of it; ``:since`` in it is bound to a day before the last reading.
    """

    path: str = ""
    format: Literal["", "csv", "parquet"] = ""
    delimiter: str = Field(",", min_length=1, max_length=1)
    url: SecretStr | None = None
    query: str = ""

    def form(self, path: Path) -> str:
        """How the file is read."""
        return self.format or ("parquet" if path.suffix.lower() in (".parquet", ".pq") else "csv")


class BudgetSettings(BaseModel, extra="forbid"):
    """What leadpact may take of one CRM account's calls; of bursts, the connector's own settings say it (``share``).

    Attributes:
        day_share: the part of each day's calls that is ours; blank = the setting ``day_share``.
        hot_share: the part of our share, of day and bursts, that only the hot lane takes (R19).
        run_share: how much of a whole day's share one run may need; one that would need more waits for approval.
    """

    day_share: float | None = Field(None, gt=0, le=1)
    hot_share: float = Field(0.1, ge=0, lt=1)
    run_share: float = Field(1.0, gt=0)


class ScheduleSettings(BaseModel, extra="forbid"):
    """When cycles run, for `leadpact sync --every` without a time of its own, and for `leadpact worker`.

    Attributes:
        every: a time such as 5m, or a cron expression of five fields.
        zone: IANA name; where the cron expression's hours are meant.
        hot_every: how often what sales waits for is looked at; ``off`` = there is one lane.
        alarm_after: minutes without a successful cycle after which people are told; 0 = never.
        digest_at: when the daily digest is made, HH:MM in ``zone``; blank = never.
    """

    every: str = "5m"
    zone: str = "UTC"
    hot_every: str = "60s"
    alarm_after: int = Field(30, ge=0)
    digest_at: str = Field("07:00", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
