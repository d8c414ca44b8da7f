"""What of a scorecard is written to the CRMs, and when (R21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from leadpact.model.scorecard import PublishedScore, Scorecard, Signal
from leadpact.pact.agreement import Pact
from leadpact.scoring import breakdown


def due(
    previous: PublishedScore | None,
    card: Scorecard,
    pact: Pact,
    signals: Sequence[Signal] = (),
) -> PublishedScore | None:
    """The score to publish now, or None where what stands in the CRMs is good enough.

    The first one is always published. Later ones are when grade or verdict changed, a reason came or went,
    or the total moved by the pact's ``publish_step``. A new instant or a new pact alone is no cause. A total that
    only fell waits until the day (UTC) of the last publication is over: points fade at each act's own hour, and
    one write a day tells it.

    Args:
        previous: what was published last.
        card: the new scorecard.
        pact: the agreement it was made under.
        signals: the lead's signals, so that the breakdown can name their assets.
    """
    reasons = reasons_of(card)
    if previous is not None:
        moved = abs(card.total - previous.total) >= pact.publish_step * 100
        if _tells_the_same(previous, card, reasons) and (not moved or _faded_today(previous, card)):
            return None
    return PublishedScore(
        fit=card.fit,
        engagement=card.engagement,
        total=card.total,
        grade=card.grade,
        verdict=card.verdict,
        reasons=reasons,
        breakdown=breakdown.text(card, signals, pact),
        scored_at=card.as_of,
        pact_hash=card.pact_hash,
    )


def after_the_night(previous: PublishedScore | None, card: Scorecard, pact: Pact) -> Scorecard:
    """The scorecard, due again at midnight (UTC) if what time took from it waits until then to be published."""
    if previous is None or previous.total - card.total < pact.publish_step * 100:
        return card
    if not _faded_today(previous, card) or not _tells_the_same(previous, card, reasons_of(card)):
        return card
    tomorrow = card.as_of.date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), card.as_of.tzinfo)
    return replace(card, next_change_at=min(midnight, card.next_change_at or midnight))


def _tells_the_same(previous: PublishedScore, card: Scorecard, reasons: tuple[str, ...]) -> bool:
    """Neither grade nor verdict changed, and no reason came or went."""
    return (
        card.grade == previous.grade
        and card.verdict == previous.verdict
        and reasons == previous.reasons
    )


def _faded_today(previous: PublishedScore, card: Scorecard) -> bool:
    """The total fell since it was published, earlier on the same day."""
    return card.total < previous.total and card.as_of.date() == previous.scored_at.date()


def reasons_of(card: Scorecard) -> tuple[str, ...]:
    """The keys of all that speaks for or against the lead: rules, gates and the open fast lane, sorted."""
    keys = {item.rule for item in card.evidence}
    keys.update(each.partition(": ")[0] for each in card.disqualifiers)
    if card.fast_lane:
        keys.add(card.fast_lane)
    return tuple(sorted(keys))
