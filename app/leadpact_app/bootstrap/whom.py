"""Whom one waits for: the process that has the pair, and until when (docs/operations.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from leadpact.errors import WaitUntil

if TYPE_CHECKING:
    from leadpact.ports.state_store import StateStore


def at_work(store: StateStore, now: Callable[[], datetime]) -> str:
    """Who has the pair now, as a sentence; "" while anybody may take it.

    Args:
        now: asked only where somebody has it.
    """
    from leadpact_app.store.holders import died_here, named

    held = store.lease_held()
    if held is None or died_here(held.holder) or held.expires_at <= now():
        return ""
    who = named(held.holder)
    return (
        f"{who[0].upper()}{who[1:]} has this pair; its lease runs until "
        f"{held.expires_at:%H:%M:%S} UTC and is renewed while it works."
    )


def lease_held(store: StateStore, now: datetime, left: str) -> WaitUntil:
    """What a command says that finds the pair taken.

    Args:
        left: what it did not do.
    """
    who = at_work(store, lambda: now) or "Another process has this pair."
    return WaitUntil(
        f"{who} So {left}. Run it again later; a process that died elsewhere frees the pair when its lease ends.",
        code="lease_held",
    )
