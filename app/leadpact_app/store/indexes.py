"""The indexes of the tables, for whoever makes or compares a schema.

Apart from the tables: a partial index loads the dialects of both databases, which no cycle and no command needs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, text

from leadpact_app.store.tables import (
    SPARE,
    failures,
    handoffs,
    holds,
    journal_packs,
    links,
    metadata,
    notices,
    parked,
    plans,
    response_clocks,
    runs,
    sides,
    work,
)

__all__ = ["metadata"]


def _partial(name: str, where: str, *columns: Column[Any]) -> None:
    """An index of those rows alone."""
    Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


Index("ix_links_staged", links.c.pair_id, links.c.status, links.c.stage, links.c.stage_since)
_partial(
    "ix_links_owing", "owed_since IS NOT NULL", links.c.pair_id, links.c.owed_since, links.c.id
)
_partial("ix_links_buried", "buried_as <> ''", links.c.pair_id, links.c.buried_as)
_partial("ix_links_address", "address <> ''", links.c.pair_id, links.c.address)
_partial("ix_links_joined", "folded_into <> ''", links.c.pair_id, links.c.folded_into)
_partial("ix_sides_spare", SPARE, sides.c.pair_id, sides.c.link_id)
Index("ux_sides_record", sides.c.pair_id, sides.c.crm, sides.c.kind, sides.c.id, unique=True)
Index(None, work.c.pair_id, work.c.due_at, work.c.link_id)
Index(None, journal_packs.c.pair_id, journal_packs.c.run_id)
_partial("ix_holds_open", "status <> 'closed'", holds.c.pair_id, holds.c.link_id)
_partial("ix_failures_open", "is_open", failures.c.pair_id, failures.c.link_id)
_partial(
    "ix_response_clocks_running",
    "ended_at IS NULL",
    response_clocks.c.pair_id,
    response_clocks.c.due_at,
)
Index(None, runs.c.pair_id, runs.c.started_at)
Index(None, parked.c.pair_id, parked.c.since)
Index(None, plans.c.pair_id, plans.c.created_at)
_partial("ix_notices_to_send", "next_try IS NOT NULL", notices.c.pair_id, notices.c.next_try)
Index(None, notices.c.pair_id, notices.c.link_id)
Index(None, handoffs.c.pair_id, handoffs.c.link_id)
_partial(
    "ix_handoffs_undone", "step NOT IN ('done', 'dropped')", handoffs.c.pair_id, handoffs.c.heat
)
_partial("ix_handoffs_counted", "day <> ''", handoffs.c.pair_id, handoffs.c.day, handoffs.c.owner)
