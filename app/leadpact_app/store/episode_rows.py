"""Episodes as table rows and back."""

from __future__ import annotations

from leadpact.model.episode import Episode
from leadpact_app.store.rows import Row, instant, maybe_instant, maybe_stamp, pack, stamp, unpack


def episode_row(pair: str, episode: Episode) -> Row:
    """A row of ``episodes``."""
    return (
        pair,
        episode.link_id,
        episode.number,
        episode.kind,
        stamp(episode.opened_at),
        maybe_stamp(episode.closed_at),
        episode.outcome,
        episode.reason,
        episode.rejected_by,
        pack(
            (
                episode.opened_by,
                episode.why,
                {stage: stamp(at) for stage, at in episode.reached.items()},
                episode.implied,
                episode.closed_from,
                episode.sub_reason,
                episode.intent,
                episode.owner,
                episode.pact_hash,
            )
        ),
    )


def episode_of(row: Row) -> Episode:
    """Back from a row of ``episodes``."""
    opened_by, why, reached, implied, closed_from, sub_reason, *rest = unpack(row[9])
    return Episode(
        row[1],
        row[2],
        instant(row[4]),
        row[3],
        opened_by,
        why,
        {stage: instant(at) for stage, at in reached.items()},
        tuple(implied),
        maybe_instant(row[5]),
        closed_from,
        row[6],
        row[7],
        sub_reason,
        row[8],
        *rest,
    )
