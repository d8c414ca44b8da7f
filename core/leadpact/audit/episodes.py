"""A lead's episodes as people read them: the rejection before the present one on top (R17). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from leadpact.audit.sentences import day, who
from leadpact.lifecycle.episodes import earlier_rejection, reason_told
from leadpact.model.episode import Episode
from leadpact.pact import Pact

_ENDS: Final = {
    "won": "won",
    "lost": "lost",
    "recycled": "recycled",
    "disqualified": "disqualified",
    "churned": "contract ended",
}
_KINDS: Final = {"first": "", "return": "came back", "expansion": "new business"}


def episode_lines(episodes: Sequence[Episode], pact: Pact) -> list[str]:
    """One line per episode, newest first; on top what the present one must be read with.

    Args:
        episodes: the first one first.
        pact: names of stages and reasons.

    Returns:
        Nothing for a lead that is still in its first episode.
    """
    if len(episodes) < 2:
        return []
    first = earlier_rejection(episodes, pact)
    return [*([first] if first else []), *(_line(one, pact) for one in reversed(episodes))]


def _line(episode: Episode, pact: Pact) -> str:
    kind = _KINDS[episode.kind]
    opened = (
        f"Episode {episode.number}{f', {kind}' if kind else ''}: since {day(episode.opened_at)}"
    )
    passed = [
        f"{pact.label(stage)} {day(at)}{' (implied)' if stage in episode.implied else ''}"
        for stage, at in episode.reached.items()
        if not (pact.stages[stage].side if stage in pact.stages else False)
    ]
    line = f"{opened}; {', '.join(passed)}" if passed else opened
    if episode.closed_at is None:
        return f"{line}; open."
    why = reason_told(episode.reason, episode.sub_reason, pact)
    rep = episode.rejected_by.partition(":")[2]
    by = f" by {who(f'sales (person:{rep})')}" if rep else ""
    end = _ENDS.get(episode.outcome, "ended")
    return f"{line}; {end} {day(episode.closed_at)}{by}{f', {why}' if why else ''}."
