"""Between pages and pieces: a sync gets its turn, and what a person asked of a run is heeded (R19)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadpact.ports.clock import Clock
    from leadpact.ports.state_store import Lease, StateStore

PATIENCE: Final = timedelta(seconds=30)
"""A piece of a long run lasts some 15 s; so long a sync waits for its end."""
LOOK_S: Final = 0.1


def wait_between_pieces(
    store: StateStore, clock: Clock, holder: str, lasts: timedelta
) -> Lease | None:
    """The lease, once a piece of a long run has ended; None at once where it is a sync that holds it."""
    until = clock.now() + PATIENCE
    while any(run.kind == "backfill" and run.status == "running" for run in store.runs(5)):
        clock.sleep(LOOK_S)
        now = clock.now()
        lease = store.acquire(holder, now, lasts)
        if lease is not None or now > until:
            return lease
    return None


def asked_to_end(store: StateStore, run_id: str, also: Callable[[], bool]) -> bool:
    """Whether a cycle should end after this page: a person paused or cancelled it, or its process ends."""
    order = store.order(run_id)
    return (order is not None and bool(order.asked)) or also()
