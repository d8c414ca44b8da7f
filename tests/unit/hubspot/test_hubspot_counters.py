"""Lifetime counters become acts by their histories, and a first sight is a baseline (R8; facts hubspot §7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadpact_hubspot.counters import COUNTERS, Act, acts_of

FORMS, OPENS = COUNTERS["form_submissions"], COUNTERS["email_opens"]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def history(*versions: tuple[float, object]) -> list[dict[str, Any]]:
    """Versions given oldest first, as HubSpot answers them."""
    return [{"value": str(value), "timestamp": text(day(at))} for at, value in reversed(versions)]


def row(merges: str = "", **kept: list[dict[str, Any]]) -> dict[str, Any]:
    count = kept.get("hs_email_open") or kept.get("num_conversion_events") or [{"value": ""}]
    return {
        "id": "101",
        "updatedAt": text(day(99)),
        "properties": {
            "hs_email_open": count[0]["value"],
            "num_conversion_events": count[0]["value"],
            "hs_calculated_merged_vids": merges,
        },
        "propertiesWithHistory": kept,
    }


def opens(*counts: tuple[float, int], dates: tuple[float, ...] = (), merges: str = "") -> list[Act]:
    last = history(*((at, text(day(at))) for at in dates))
    return list(
        acts_of(OPENS, row(merges, hs_email_open=history(*counts), hs_email_last_open_date=last))
    )


def shape(acts: list[Act]) -> list[tuple[int, str, int]]:
    return [(act.ordinal, act.quality, act.count) for act in acts]


def test_each_version_of_the_date_is_an_act_with_its_own_instant() -> None:
    acts = opens((1, 1), (2, 2), (5, 3), dates=(1, 2, 5))
    assert [(act.ordinal, act.at, act.quality) for act in acts] == [
        (1, day(1), "exact"),
        (2, day(2), "exact"),
        (3, day(5), "exact"),
    ]


def test_what_a_counter_holds_when_its_history_begins_is_a_baseline() -> None:
    assert shape(opens((1, 9), (2, 10), dates=(2,))) == [(0, "counter", 9), (10, "exact", 1)]


def test_of_a_baseline_the_acts_that_are_dated_are_taken_out() -> None:
    assert shape(opens((1, 9), dates=(1,))) == [(0, "counter", 8), (9, "exact", 1)]


def test_from_nothing_to_one_is_dated_by_the_history_itself() -> None:
    (act,) = opens((3, 1))
    assert (act.ordinal, act.at, act.quality) == (1, day(3), "sampled")


def test_a_rise_of_which_one_act_is_dated_leaves_the_rest_sampled() -> None:
    acts = opens((1, 1), (2, 4), dates=(1, 2))
    assert shape(acts) == [(1, "exact", 1), (4, "sampled", 2), (2, "exact", 1)]
    assert acts[1].at == day(2)


@pytest.mark.parametrize("late", [0, 5 / 1440])
def test_an_act_is_the_same_whichever_property_tells_it_first(late: float) -> None:
    counted_first = opens((1, 1), (2, 2), dates=(1,))
    dated_first = opens((1, 1), dates=(1, 2 + late))
    both = opens((1, 1), (2, 2), dates=(1, 2 + late))
    assert {act.ordinal for act in counted_first} == {1, 2}
    assert {act.ordinal for act in dated_first} == {1, 2}
    assert {act.ordinal for act in both} == {1, 2}
    assert [act.quality for act in both] == ["exact", "exact"]


def test_an_act_keeps_its_number_when_old_versions_are_dropped() -> None:
    whole = opens((1, 1), (2, 2), (3, 3), (4, 4), dates=(1, 2, 3, 4))
    kept = opens((3, 3), (4, 4), dates=(3, 4))
    numbered = {act.at: act.ordinal for act in whole}
    exact = [act for act in kept if act.quality == "exact"]
    assert {act.at: act.ordinal for act in exact} == {at: numbered[at] for at in (day(3), day(4))}
    assert shape(kept)[0] == (0, "counter", 2)


def test_a_counter_that_falls_is_no_act() -> None:
    assert shape(opens((1, 1), (2, 0), dates=(1,))) == [(1, "exact", 1)]


def test_before_a_merge_two_histories_are_mixed_and_only_dates_speak() -> None:
    merged = int(day(4).timestamp() * 1000)
    acts = opens(
        (1, 3), (2, 1), (3, 4), (4, 6), (5, 7), dates=(5,), merges=f"7:{merged};8:{merged}"
    )
    assert shape(acts) == [(0, "counter", 6), (7, "exact", 1)]


def test_without_any_history_the_counter_is_a_baseline_at_the_last_change() -> None:
    told = row(hs_email_open=[])
    told["properties"]["hs_email_open"] = "4.0"
    (act,) = acts_of(OPENS, told)
    assert (act.quality, act.count, act.at) == ("counter", 4, day(99))


def test_a_form_has_its_name_and_the_first_one_its_own() -> None:
    told = row(
        num_conversion_events=history((1, 5), (2, 6)),
        recent_conversion_date=history((2, text(day(2)))),
        recent_conversion_event_name=history((1, "Old"), (2, "Demo request")),
        first_conversion_date=history((1, text(day(-300)))),
        first_conversion_event_name=history((1, "Newsletter")),
    )
    acts = list(acts_of(FORMS, told))
    assert [(act.ordinal, act.quality, act.count, act.asset) for act in acts] == [
        (1, "exact", 1, "Newsletter"),
        (0, "counter", 4, ""),
        (6, "exact", 1, "Demo request"),
    ]
    assert acts[0].at == day(-300)


def test_nothing_counted_is_no_act() -> None:
    assert opens() == []
