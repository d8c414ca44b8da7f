"""Once a day what is old enough goes, some thousand leads in a cycle (R27). The journal has a pace of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from leadpact.model.erasure import Retirement
from leadpact.ports.state_store import StateChanges
from leadpact.sync.collect_signals import SIGNALS_BACK
from leadpact.sync.context import Context

EVERY: Final = timedelta(hours=24)
LEADS: Final = 10_000
"""Leads looked at in one cycle; a larger state takes several."""
SIGNALS_KEPT: Final = SIGNALS_BACK + timedelta(days=90)
"""The longest window that an agreement can look back on, and 90 days more."""
HISTORY_KEPT: Final = timedelta(days=730)
"""After 24 months the stage history is counts: when, from where, to where, by which team, why as a code."""
_PLACE: Final = ("", "retention")
_LAST: Final = "~"


def retire_old(context: Context, changes: StateChanges, now: datetime) -> None:
    """Let the commit that ends the cycle take away what is due of it.

    The place is kept as ``<when the round began> <last link id>``; a round that is over has no id.
    """
    if context.dry or context.only or context.go_live is None:
        return
    began, _, after = context.store.checkpoint(*_PLACE).partition(" ")
    if began and not after and now - datetime.fromisoformat(began) < EVERY:
        return
    if not after:
        began = now.isoformat()
    ids = context.store.page_of_links(after, LEADS)
    upto = ids[-1] if len(ids) == LEADS else _LAST
    changes.retire = Retirement(after, upto, now - SIGNALS_KEPT, now - HISTORY_KEPT)
    changes.checkpoints[_PLACE] = f"{began} {upto}" if upto != _LAST else began
