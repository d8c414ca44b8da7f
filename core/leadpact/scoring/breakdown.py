"""A score in words that a rep understands in ten seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from leadpact.model.scorecard import Evidence, Scorecard, Signal, points_text
from leadpact.pact.agreement import Pact
from leadpact.pact.score_rules import EngagementRule
from leadpact.scoring.account import counted_act

MOST_CHARACTERS: Final = 1000
_ASSET: Final = 60
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def text(card: Scorecard, signals: Sequence[Signal], pact: Pact) -> str:
    """The breakdown that stands on the record in both CRMs.

    First the verdict, then each reason with its points, the strongest first, then what is missing. Where time or a cap
    took points of an act, its line says so. Dates are absolute (UTC), so that the text changes only when the score
    does (R21).

    Args:
        card: the scorecard.
        signals: the lead's signals, for the assets they concern.
        pact: names and thresholds.

    Returns:
        At most 1,000 characters; whole lines are left out and counted where it would be more.
    """
    lines = [*_opening(card, signals, pact), *_reasons(card, signals, pact)]
    lines += [f"Missing: {each}" for each in card.missing]
    if card.unreadable:
        labels = {rule.key: rule.label for rule in pact.scoring.engagement}
        lines += [f"Unreadable here: {labels.get(key, key)}" for key in card.unreadable]
    return _fitted(lines)


def _opening(card: Scorecard, signals: Sequence[Signal], pact: Pact) -> Iterator[str]:
    needed = points_text(pact.thresholds.mql * 100)
    total = points_text(card.total)
    why = "; ".join(each.partition(": ")[2] or each for each in card.disqualifiers)
    by_lane = f"Priority {pact.label('mql')}, whatever the score: {total} of {needed} points"
    alone = _alone(card, pact) & {each.rule for each in card.actions}
    made = pact.label("pql" if card.makes == "pql" else "mql")
    yield {
        "qualified": f"{made} by what they did: {total} of {needed} points"
        if alone and (card.makes == "pql" or card.total < pact.scoring.mql)
        else f"{made}: {total} points ({needed} needed)",
        "not_yet": by_lane
        if card.fast_lane
        else f"Not yet {pact.label('mql')}: {total} of {needed} points",
        "needs_data": by_lane
        if card.fast_lane
        else f"Needs data: interested, but fit is unknown ({total} points)",
        "excluded": f"Left out: {why}",
        "disqualified": f"Disqualified: {why}",
    }[card.verdict]
    if card.fast_lane:
        lane = pact.fast_lanes.get(card.fast_lane)
        name = lane.label if lane else card.fast_lane
        dates = [
            each.at for each in signals if each.name == card.fast_lane and each.at <= card.as_of
        ]
        yield f"Priority: {name}, {_day(max(dates))}" if dates else f"Priority: {name}"
    fit, engagement = points_text(card.fit), points_text(card.engagement)
    yield f"Grade {card.grade}: fit {fit}, engagement {engagement}"


def _reasons(card: Scorecard, signals: Sequence[Signal], pact: Pact) -> Iterator[str]:
    assets = {signal.id: signal.asset for signal in signals}
    rules = {rule.key: rule for rule in pact.scoring.engagement}
    for item in sorted(card.evidence, key=_weight):
        sign = "+" if item.points > 0 else ""
        line = f"{sign}{points_text(item.points)} {item.text}"
        if item.at is not None:
            line += f", {_day(item.at)}"
        asset = _plain(assets.get(item.signal_id, ""))
        if asset:
            line += f" ({asset})"
        rule = rules.get(item.rule)
        yield line + (taken_of(item, rule, card.as_of) if rule is not None else "")
    yield from (
        f"Did: {each.text}, {_day(each.at)}"
        for each in card.actions
        if each.at is not None and each.rule in _alone(card, pact)
    )


def taken_of(item: Evidence, rule: EngagementRule, as_of: datetime) -> str:
    """What time and the rule's cap took of an act, such as ``, 10 when new``; "" where they took nothing."""
    act = counted_act(item, rule, as_of)
    if act is None:
        return ""
    said = f", {points_text(act.full)} when new" if act.faded else ""
    return said + (f", {points_text(rule.cap)} at most in all" if act.cut else "")


def _alone(card: Scorecard, pact: Pact) -> frozenset[str]:
    """The qualifying actions that make what the card asserts by themselves: they are the reason."""
    return frozenset(
        each.key for each in pact.scoring.actions if each.makes and each.makes == card.makes
    )


def _weight(item: Evidence) -> tuple[int, str, str, str]:
    at = item.at.isoformat() if item.at else ""
    return -abs(item.points), item.rule, at, item.signal_id


def _day(at: datetime) -> str:
    there = at.astimezone(UTC)
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year}"


def _plain(asset: str) -> str:
    """An asset's name on one line; what a CRM holds is text, never layout."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in asset).split())
    return shown if len(shown) <= _ASSET else f"{shown[: _ASSET - 1]}…"


def _fitted(lines: Sequence[str]) -> str:
    whole = "\n".join(lines)
    if len(whole) <= MOST_CHARACTERS:
        return whole
    kept: list[str] = []
    length = 0
    for line in lines:
        if length + len(line) + 1 > MOST_CHARACTERS - len("… and 999 more"):
            break
        kept.append(line)
        length += len(line) + 1
    return "\n".join([*kept, f"… and {len(lines) - len(kept)} more"])
