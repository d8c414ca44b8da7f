"""Sources outside the CRMs, read with the pair's state by each cycle at their pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadpact.ports.state_store import Lease, StateStore
    from leadpact.sync.context import Context
    from leadpact_app.runner.clock import SystemClock
    from leadpact_app.settings import Settings
    from leadpact_app.sources.reading import OutsideReader


def reader(settings: Settings, context: Context, store: StateStore, lease: Lease) -> OutsideReader:
    """What reads the sources of this pair."""
    from leadpact_app.sources.addresses import email_key as key_of
    from leadpact_app.sources.reading import OutsideReader

    return OutsideReader(
        context, store, lease, settings.sources, key_of, lasts=settings.lease_lasts
    )


def read_due(
    settings: Settings, context: Context, store: StateStore, lease: Lease, clock: SystemClock
) -> dict[str, str]:
    """Read the sources whose pace says so; none of them ends the cycle.

    Returns:
        By name, why a source was not read to its end.
    """
    if not context.mapping.sources or context.only:
        return {}
    now = clock.now()
    made = reader(settings, context, store, lease)
    found = [made.read(name, now) for name in made.due(now)]
    return {one.source: str(one.error) for one in found if one.error is not None}
