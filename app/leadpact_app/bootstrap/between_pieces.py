"""A sync gets its turn between two pieces of a long run (R19)."""

from __future__ import annotations

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
