"""What of a scorecard is written to the CRMs, and when (R21)."""

from __future__ import annotations

from collections.abc import Sequence

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
    or the total moved by the pact's ``publish_step``. A new instant or a new pact alone is no cause.

    Args:
        previous: what was published last.
        card: the new scorecard.
        pact: the agreement it was made under.
        signals: the lead's signals, so that the breakdown can name their assets.
    """
    reasons = reasons_of(card)
    if previous is not None:
        moved = abs(card.total - previous.total) >= pact.publish_step * 100
        same = (card.grade, card.verdict, reasons) == (
            previous.grade,
            previous.verdict,
            previous.reasons,
        )
        if same and not moved:
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


def reasons_of(card: Scorecard) -> tuple[str, ...]:
    """The keys of all that speaks for or against the lead: rules, gates and the open fast lane, sorted."""
    keys = {item.rule for item in card.evidence}
    keys.update(each.partition(": ")[0] for each in card.disqualifiers)
    if card.fast_lane:
        keys.add(card.fast_lane)
    return tuple(sorted(keys))
