"""Dated signals of one person, as many and as recent as the stage would have it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadpact_sandbox.seed.model import SeedSignal, SignalName

DOWNLOADS = (
    "Guide: Lead scoring for two teams",
    "Report: State of RevOps 2026",
    "Checklist: CRM hygiene",
    "Leitfaden: Übergabe an den Vertrieb",
)
WEBINARS = (
    "From MQL to SQL in five minutes",
    "Scoring without guesswork",
    "営業とマーケティングの合意",
)
_ASSETS: dict[SignalName, tuple[str, ...]] = {"gated_download": DOWNLOADS, "webinar": WEBINARS}
_LOW: tuple[SignalName, ...] = ("sequence_email_opened", "gated_download", "webinar")
_HIGH: tuple[SignalName, ...] = ("pricing_page", "demo_page", "gated_download", "webinar")
_HOT: tuple[SignalName, ...] = ("demo_request", "contact_form", "meeting_booked")


@dataclass(frozen=True, slots=True)
class Engagement:
    """How engaged the people of one stage are.

    Attributes:
        chance: share of people with any signal at all.
        most: most single signals besides e-mail opens.
        names: which ones, drawn from.
        opens: most sequence e-mails opened, each on its own day.
        newest: whole days before ``as_of`` in which the newest ones lie.
        oldest: whole days before ``as_of`` that none is older than.
        hot: chance of one hand-raise (demo request, contact form, booked meeting).
    """

    chance: float
    most: int
    names: tuple[SignalName, ...]
    opens: int
    newest: int
    oldest: int
    hot: float = 0.0


QUIET = Engagement(0.35, 1, _LOW, 2, 30, 300)
BROWSING = Engagement(0.7, 3, (*_LOW, "pricing_page"), 3, 20, 240)
READY = Engagement(1.0, 5, _HIGH, 4, 0, 20)
HANDED_OVER = Engagement(1.0, 5, _HIGH, 4, 2, 45, 0.2)
WORKED = Engagement(1.0, 5, _HIGH, 5, 20, 120, 0.35)
PAST = Engagement(0.9, 4, _HIGH, 5, 100, 500, 0.3)

_DAY_S = 86_400


def engage(
    rng: random.Random, level: Engagement, created_at: datetime, as_of: datetime
) -> tuple[SeedSignal, ...]:
    """Signals of one person, oldest first, after ``created_at`` and before ``as_of``."""
    draw = rng.random
    if draw() >= level.chance:
        return ()
    first = max(created_at, as_of - timedelta(days=level.oldest))
    # Twelve hours off, so that no signal is newer than the seed in any time zone.
    last = as_of - timedelta(days=level.newest, hours=12)
    span = int((last - first).total_seconds())
    if span <= 0:
        return ()
    made: list[SeedSignal] = []
    for _ in range(1 + int(draw() * level.most)):
        name = level.names[int(draw() * len(level.names))]
        assets = _ASSETS.get(name)
        asset = assets[int(draw() * len(assets))] if assets else None
        made.append(SeedSignal(name, first + timedelta(seconds=int(draw() * span)), asset))
    opens = int(draw() * (level.opens + 1))
    if span > opens * _DAY_S:
        start = int(draw() * (span - opens * _DAY_S))
        for day in range(opens):
            at = first + timedelta(seconds=start + day * _DAY_S)
            made.append(SeedSignal("sequence_email_opened", at, None))
    if draw() < level.hot:
        name = _HOT[int(draw() * len(_HOT))]
        made.append(
            SeedSignal(name, last - timedelta(seconds=int(draw() * min(span, 86_400))), None)
        )
    made.sort(key=_at)
    return tuple(made)


def _at(signal: SeedSignal) -> datetime:
    return signal.at
