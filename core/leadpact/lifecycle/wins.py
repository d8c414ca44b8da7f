"""Wins that the firm learns from, and who was lost meanwhile (S117, S121). Pure over passes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from leadpact.lifecycle.passes import FIRST_SIGHT, QUALIFIED, WORKED, Pass
from leadpact.pact.agreement import Pact
from leadpact.pact.calibration import Calibration

_WON: Final = "customer"
_STILL: Final = (_WON, "evangelist")
_AWAY: Final = ("recycled", "disqualified")
_LOST: Final = (*_AWAY, "lost")
_TALKED: Final = ("sal", "sql")
_ROOM: Final = 4


def won_at(one: Pass) -> datetime | None:
    """When it was closed and won; None = it was not, or the win was taken back.

    New business with a customer does not count: it tells nothing of the way from a lead.
    """
    episode = one.episode
    won = episode.outcome in ("won", "churned") or (one.latest and one.stage in _STILL)
    return episode.reached.get(_WON) if won and episode.kind != "expansion" else None


def talked_at(one: Pass) -> datetime | None:
    """When sales first had it: SAL or SQL, or what came in their place; None = never, or nobody knows.

    Who was found beyond SQL at first sight was talked to before, on a day that nobody kept.
    """
    at = one.worked_at
    if at is None or any(stage in one.episode.reached for stage in _TALKED):
        return at
    return None if one.episode.opened_by == FIRST_SIGHT and at == one.episode.opened_at else at


def lost_at(one: Pass, pact: Pact) -> datetime | None:
    """When it was turned away or lost; None = it was not, or nobody worked it.

    It must have come to the queue or to sales, or a rep turned it away before. Whom nobody worked was not turned away:
    that says something of the queue, not of the lead. One that was found turned away at first sight is dated as the CRM
    has it.
    """
    episode = one.episode
    came = any(stage in episode.reached for stage in (*QUALIFIED, *WORKED))
    if not came and not episode.rejected_by:
        return None
    if episode.outcome in _LOST:
        unworked = bool(episode.reason) and episode.reason == pact.rejection.ageing.reason
        return None if unworked else episode.closed_at
    found_so = one.latest and not episode.outcome and one.stage in _AWAY
    return episode.reached.get(one.stage) if found_so else None


class LastWins:
    """The wins of the sample, found page by page; older ones are let go of.

    Args:
        calibration: how many, how old at most.
        now: aware, UTC; later wins do not count.
    """

    def __init__(self, calibration: Calibration, now: datetime) -> None:
        self._most = calibration.wins
        self._now = now
        days = calibration.days
        self._since = None if days is None else now - timedelta(days=days)
        self._held: list[tuple[datetime, str, int, Pass]] = []

    def take(self, passes: Iterable[Pass]) -> None:
        """Look at a page."""
        for one in passes:
            at = won_at(one)
            if at is None or at > self._now or (self._since is not None and at < self._since):
                continue
            self._held.append((at, one.link_id, one.episode.number, one))
        if self._most is not None and len(self._held) > _ROOM * self._most:
            self._cut()

    def _cut(self) -> None:
        self._held.sort(key=lambda each: each[:3])
        if self._most is not None:
            del self._held[: -self._most]

    @property
    def passes(self) -> list[Pass]:
        """The sample, the oldest win first."""
        self._cut()
        return [one for *_, one in self._held]
