"""What another agreement means for leads that were decided before it (R22), and what is kept of what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from leadpact.model.decided import DecidedScore
from leadpact.model.record import Known
from leadpact.model.scorecard import PublishedScore, Scorecard
from leadpact.scoring.decided import decided
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView


def may_reassess(context: Context, view: LeadView) -> bool:
    """Whether the score may move this lead without new evidence: its day has come, and no stage was decided since."""
    day = _day(context, view)
    return day is not None and day <= view.observed_at


def wake_to_reassess(context: Context, view: LeadView) -> None:
    """Bring the lead back on the day from which on it may be moved."""
    day = _day(context, view)
    if day is not None and day > view.observed_at:
        view.timers.append(day)


def _day(context: Context, view: LeadView) -> datetime | None:
    """From when on the activation lets this lead be moved; None once a stage was decided after it."""
    activation, stage = context.activation, view.link.stage
    if activation is None or stage is None or stage.since >= activation.at:
        return None
    return activation.moves.get(view.link.id)


def confirmed(published: PublishedScore | None, card: Scorecard | None) -> PublishedScore | None:
    """What stands on the records, under the agreement by which it was looked at last: what changes from here on is
    news, and not the other agreement's doing."""
    if published is None or card is None or published.pact_hash == card.pact_hash:
        return published
    return replace(published, pact_hash=card.pact_hash)


def score_to_keep(
    context: Context, view: LeadView, facts: Mapping[str, Known]
) -> DecidedScore | None:
    """The score to remember: it is published now, or a stage was decided in this page."""
    card = view.card
    if card is None or not (view.publish is not None or view.stage_moved):
        return None
    stage = view.link.stage
    key = stage.stage if stage is not None else ""
    return decided(card, facts, view.signals, view.scored_since, context.read, key)
