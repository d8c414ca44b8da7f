"""R17: the passes of a person as people read them, the earlier rejection on top."""

from __future__ import annotations

from datetime import UTC, datetime

from leadpact.audit.episodes import episode_lines
from leadpact.lifecycle.episodes import earlier_rejection, excluded_owners
from leadpact.model.episode import Episode
from leadpact.pact import Pact


def at(day: int) -> datetime:
    return datetime(2026, 3, day, tzinfo=UTC)


def ended() -> Episode:
    return Episode(
        "l",
        1,
        at(1),
        reached={"mql": at(1), "sal": at(2), "recycled": at(3)},
        implied=("sal",),
        closed_at=at(3),
        closed_from="sal",
        outcome="recycled",
        reason="bad_timing",
        sub_reason="next_quarter",
        rejected_by="salesforce:0057",
    )


def test_nothing_is_said_of_a_first_episode_that_goes_on(pact: Pact) -> None:
    assert episode_lines([], pact) == []
    assert episode_lines([Episode("l", 1, at(1))], pact) == []
    assert earlier_rejection([ended()], pact) == ""


def test_the_rejection_before_the_present_episode_stands_on_top(pact: Pact) -> None:
    second = Episode("l", 2, at(20), kind="return", reached={"mql": at(21)})
    assert episode_lines([ended(), second], pact) == [
        "Episode 1 was rejected at SAL on 3 Mar 2026: Bad timing, next quarter.",
        "Episode 2, came back: since 20 Mar 2026; MQL 21 Mar 2026; open.",
        (
            "Episode 1: since 1 Mar 2026; MQL 1 Mar 2026, SAL 2 Mar 2026 (implied); recycled 3 Mar 2026 "
            "by sales (person 0057), Bad timing, next quarter."
        ),
    ]


def test_everybody_who_rejected_is_excluded(pact: Pact) -> None:
    other = Episode("l", 2, at(9), closed_at=at(10), rejected_by="hubspot:88")
    assert excluded_owners([ended(), other, Episode("l", 3, at(11))]) == {
        "salesforce:0057",
        "hubspot:88",
    }
