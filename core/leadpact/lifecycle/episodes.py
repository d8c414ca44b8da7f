"""A lead's passes through the funnel, as its stage moves make them (R17). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from leadpact.lifecycle.rejection import CLOSED
from leadpact.model.episode import Episode, EpisodeKind, EpisodeOutcome
from leadpact.model.stage import StageState
from leadpact.pact.agreement import Pact

_WON: Final = "customer"
_OUTCOMES: Final[dict[str, EpisodeOutcome]] = {
    "recycled": "recycled",
    "disqualified": "disqualified",
    "former_customer": "churned",
}


def first_of(link_id: str, state: StageState) -> Episode:
    """The episode that a lead is in before its first move."""
    return Episode(
        link_id,
        state.episode,
        state.episode_since or state.since,
        opened_by="first sight",
        why=state.why,
        reached={state.stage: state.since},
        pact_hash=state.pact_hash,
    )


def next_of(
    last: Episode, at: datetime, kind: EpisodeKind, opened_by: str, why: str, pact_hash: str
) -> Episode:
    """The episode after this one."""
    return Episode(last.link_id, last.number + 1, at, kind, opened_by, why, pact_hash=pact_hash)


def after_move(
    episode: Episode, before: StageState, after: StageState, implied: Sequence[str], *, lost: bool
) -> Episode:
    """The episode after a stage move within it.

    Args:
        implied: stages skipped on the way, dated alike (R16).
        lost: it was closed because its opportunity was lost.
    """
    at = after.since
    reached = dict(episode.reached)
    for stage in (*implied, after.stage):
        reached.setdefault(stage, at)
    episode = replace(
        episode, reached=reached, implied=tuple(dict.fromkeys((*episode.implied, *implied)))
    )
    if after.stage in CLOSED:
        return replace(
            episode,
            closed_at=at,
            closed_from=before.stage,
            outcome="lost" if lost else _OUTCOMES[after.stage],
            reason=after.reason,
            sub_reason=after.sub_reason,
            rejected_by=after.closed_by,
        )
    if after.stage == _WON:
        return replace(episode, closed_at=at, closed_from=before.stage, outcome="won")
    if episode.closed_at is not None and before.stage == _WON:
        # A win that was taken back.
        return replace(episode, closed_at=None, closed_from="", outcome="")
    return episode


def explained(episode: Episode, state: StageState) -> Episode:
    """The episode once the reason that was owed is given."""
    return replace(episode, reason=state.reason, sub_reason=state.sub_reason)


def expansion_ended(episode: Episode, at: datetime, *, won: bool) -> Episode:
    """The end of new business with a customer, who stays one either way."""
    return replace(episode, closed_at=at, closed_from=_WON, outcome="won" if won else "lost")


def excluded_owners(episodes: Iterable[Episode]) -> frozenset[str]:
    """Who rejected this person in any episode: it is never offered to them again."""
    return frozenset(one.rejected_by for one in episodes if one.rejected_by)


def earlier_rejection(episodes: Sequence[Episode], pact: Pact) -> str:
    """The last rejection before the present episode, as the sentence that stands on top; "" where there is none."""
    ended = [one for one in episodes if one.outcome in ("recycled", "disqualified", "lost")]
    if not ended or (ended[-1] is episodes[-1]):
        return ""
    return rejection_told(ended[-1], pact)


def rejection_told(episode: Episode, pact: Pact) -> str:
    """One ended episode: when, at which stage, why."""
    if episode.closed_at is None:
        return ""
    there = episode.closed_at.astimezone(UTC)
    when = f"{there.day} {there:%b} {there.year}"
    why = reason_told(episode.reason, episode.sub_reason, pact) or "no reason given"
    word = {"lost": "lost", "disqualified": "disqualified"}.get(episode.outcome, "rejected")
    return f"Episode {episode.number} was {word} at {pact.label(episode.closed_from)} on {when}: {why}."


def reason_told(reason: str, sub_reason: str, pact: Pact) -> str:
    """A reason with its finer word, as people read it; "" without one."""
    known = pact.reasons.get(reason)
    if known is None:
        return reason
    finer = known.sub_reasons.get(sub_reason, "")
    return f"{known.label}, {finer[:1].lower()}{finer[1:]}" if finer else known.label
