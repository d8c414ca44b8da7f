"""All leads of a state, as scoring takes them: what was last agreed of each, and its acts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from leadpact.model.scorecard import ScoringInput
from leadpact.ports.state_store import StateReader

PAGE: Final = 2_000
BACK: Final = timedelta(days=400)
"""As far back as the sync itself looks for acts."""


def stored_population(
    store: StateReader, as_of: datetime, *, page: int = PAGE
) -> Iterator[Sequence[ScoringInput]]:
    """Pages of live leads in the order of their ids; nothing is asked of a CRM.

    Facts are what was last agreed, so an edit that no cycle has seen yet is not in them. Acts are those of the present
    episode; counters that only say how often are left out, as they are from every score (R8).

    Args:
        store: the state.
        as_of: the instant asked for.
        page: leads at a time.
    """
    after = ""
    while ids := store.page_of_links(after, page):
        after = ids[-1]
        signals = store.signals(ids, as_of - BACK)
        yield [
            ScoringInput(
                link_id,
                link.base,
                tuple(each for each in signals.get(link_id, ()) if each.precision != "counter"),
                link.stage.episode_since if link.stage is not None else None,
            )
            for link_id, link in store.links(ids).items()
        ]
