"""How long before-images are kept (R27): closed intents of runs older than 90 days go, once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context

KEPT: Final = timedelta(days=90)
"""How long a run can be undone."""
_ONCE: Final = timedelta(days=1)
_MARK: Final = ("leadpact", "journal")
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def forget_old(context: Context, changes: StateChanges, now: datetime) -> None:
    """Add to a cycle's last commit what is too old to be kept."""
    if context.dry:
        return
    told = context.store.checkpoint(*_MARK)
    after = datetime.fromisoformat(told) if told else _FIRST
    until = now - KEPT
    if until - after >= _ONCE:
        changes.forget_before = (after, until)
        changes.checkpoints[_MARK] = until.isoformat()
