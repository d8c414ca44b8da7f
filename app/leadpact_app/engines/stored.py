"""All leads of a state, as scoring takes them: what was last agreed of each, and its acts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from leadpact.audit.another_pact import BACK, inputs_of
from leadpact.model.scorecard import ScoringInput
from leadpact.ports.state_store import StateReader

PAGE: Final = 2_000


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
        yield inputs_of(store.links(ids).values(), signals)
