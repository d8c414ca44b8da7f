"""The `sla` section of pact.yaml: what it means, and what is wrong with it by line, column and remedy."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import Pact, load_pact
from leadpact.pact.examined import examine_pact
from leadpact.pact.response import ResponseTimes
from leadpact_mappings import default_text

TEXT = default_text("pact.yaml")
START = TEXT.index("\nsla:\n") + 1
END = TEXT.index("# ----", START)
BERLIN = """
  calendar: berlin
  calendars:
    berlin:
      zone: Europe/Berlin
      hours: {monday-thursday: ["09:00-12:30", "13:30-18:00"], friday: "09:00-15:00"}
      holidays: {country: de, subdivision: by}
      closed: [2026-12-28, "12-24"]
    night:
      zone: Asia/Kolkata
      hours: {friday-monday: "22:00-06:00"}
  calendar_for:
    - {field: country, one_of: [India, Nepal], calendar: night}
"""


HIGH = "\n  high: {label: x, minutes: 60, clock: calendar}"


class Almanac:
    """Two countries, one with parts."""

    def countries(self) -> Collection[str]:
        return ["DE", "US"]

    def subdivisions(self, country: str) -> Collection[str] | None:
        return {"DE": ["BY", "BE"], "US": []}.get(country)

    def dates(self, country: str, subdivision: str, year: int) -> frozenset[date]:
        assert (country, subdivision) == ("DE", "BY")
        return frozenset({date(year, 1, 6)})


def pact_with(section: str) -> Pact:
    return load_pact(TEXT[:START] + "sla:" + section + "\n" + TEXT[END:], holidays=Almanac())


def times_of(section: str) -> ResponseTimes:
    return pact_with(section).response


def complaint(section: str) -> str:
    with pytest.raises(FixSettings) as refused:
        times_of(section)
    return str(refused.value)


def labels(times: ResponseTimes) -> list[str]:
    """The tier of each intent class."""
    found = (times.tier_for(intent) for intent in ("high", "medium", "low"))
    return [tier.label if tier is not None else "" for tier in found]


def line(section: str, part: str) -> int:
    """The line of the document on which this part of the section stands."""
    text = TEXT[:START] + "sla:" + section
    found = text.index(part, START) + len(part) - len(part.lstrip())
    return text[:found].count("\n") + 1


def test_the_shipped_tiers_are_those_of_the_articles() -> None:
    times = load_pact(TEXT).response
    start = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)  # a Thursday, office hours 9 to 17
    office = times.calendar_of({})

    def due(intent: str) -> datetime:
        tier = times.tiers[intent]
        return tier.due(start, office)

    assert due("high") == datetime(2026, 11, 19, 15, 5, tzinfo=UTC)  # S89
    assert due("medium") == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # S86: 24 hours of work
    assert due("low") == datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # S90
    assert times.qualification is not None
    assert times.qualification.due(start, office) == datetime(
        2026, 11, 24, 17, 0, tzinfo=UTC
    )  # S87


def test_one_flat_tier_is_the_other_side_of_k2() -> None:
    high = "\n  high: {label: x, minutes: 5, clock: calendar}"
    flat = "\n  flat: {label: A day, minutes: 1440, clock: business}\n  first_contact: "
    by_intent, one = times_of(high + flat + "by_intent"), times_of(high + flat + "flat")
    assert labels(by_intent) == ["x", "", ""]
    assert labels(one) == ["A day"] * 3


def test_a_signal_may_have_a_tier_of_its_own() -> None:
    times = times_of(
        "\n  medium: {label: A day, minutes: 1440, clock: business}"
        "\n  signals: {pricing_page: {label: An hour, minutes: 60, clock: business}}"
    )
    found = [times.tier_for("medium", name) for name in ("pricing_page", "webinar")]
    assert [tier.label for tier in found if tier] == ["An hour", "A day"]  # S88


def test_calendars_with_split_days_holidays_and_night_shifts() -> None:
    times = times_of(BERLIN)
    berlin, night = (
        times.calendar_of({"country": "Germany"}),
        times.calendar_of({"country": " india "}),
    )
    assert (berlin.key, night.key, berlin.holidays_told) == ("berlin", "night", "DE-BY")
    assert berlin.shifts[0] == ((540, 750), (810, 1080))
    assert berlin.shifts[4] == ((540, 900),)
    assert berlin.shifts[5] == ()
    assert night.shifts[0] == night.shifts[4] == night.shifts[6] == ((1320, 1800),)
    assert [
        berlin.works_on(date.fromisoformat(day))
        for day in ("2026-01-05", "2026-01-06", "2026-12-24", "2026-12-28", "2027-12-28")
    ] == [True, False, False, False, True]


def test_holidays_are_asked_for_when_a_day_is() -> None:
    class Silent(Almanac):
        def dates(self, country: str, subdivision: str, year: int) -> frozenset[date]:
            raise AssertionError("nobody asked what day it is")

    text = TEXT[:START] + "sla:" + BERLIN + "\n" + TEXT[END:]
    assert load_pact(text, holidays=Silent()).response.default_calendar == "berlin"


@pytest.mark.parametrize(
    ("was", "becomes", "at", "told"),
    [
        ("Europe/Berlin", "Europe/Berln", "Europe/Berln", 'did you mean "Europe/Berlin"?'),
        ("country: de", "country: dx", "country: dx", 'no holidays are known of "dx"'),
        ("subdivision: by", "subdivision: bz", "country: de", 'has no part "bz"'),
        ("friday: ", "fryday: ", "fryday", 'did you mean "friday"?'),
        ("friday: ", "thursday-friday: ", "thursday-friday", "thursday has its hours already"),
        ('"13:30-18:00"', '"12:00-18:00"', "hours: {m", "two shifts overlap on monday, at 12:00"),
        ("22:00-06:00", "05:00-05:00", "05:00", "no time at all"),
        ("22:00-06:00", "22:00-24:30", "22:00", "a day ends at 24:00"),
        ("2026-12-28", "2026-02-30", "closed: [20", '"2026-02-30" is no day of the calendar'),
        ("calendar: night", "calendar: nite", "one_of", 'did you mean "night"?'),
        ("calendar: berlin", "calendar: paris", "calendar: paris", '"paris" is no calendar'),
        ("friday-monday: ", "friday-monday-sunday: ", "friday-monday", "write one weekday"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(was: str, becomes: str, at: str, told: str) -> None:
    section = BERLIN.replace(was, becomes, 1)
    assert section != BERLIN
    said = complaint(section)
    assert told in said
    assert f"pact.yaml:{line(section, at)}:" in said


def test_a_night_may_not_reach_into_the_next_days_shift() -> None:
    said = complaint(
        '\n  calendars: {office: {zone: UTC, hours: {monday: "22:00-06:00", tuesday: "05:00-09:00"}}}'
    )
    assert "two shifts overlap on tuesday, at 05:00" in said


def test_a_calendar_without_hours_is_refused() -> None:
    assert "without working hours" in complaint(
        "\n  calendars: {office: {zone: UTC, hours: {monday: []}}}"
    )


@pytest.mark.parametrize(
    ("tier", "told"),
    [
        ("{label: x, clock: business}", "give `minutes`"),
        ("{label: x, clock: business_days, minutes: 3}", "`days` with"),
        ("{label: x, clock: same_working_day, minutes: 3}", "without minutes"),
        ('{label: x, clock: business, minutes: 3, latest: "16:00"}', "`latest` is for"),
        ("{label: x, clock: nonsense, minutes: 3}", "not one of them"),
        ("{label: x, clock: calendar, minutes: 0}", "greater than or equal to 1"),
    ],
)
def test_a_tier_has_what_its_clock_needs(tier: str, told: str) -> None:
    assert told in complaint(f"\n  high: {tier}")


def test_high_is_not_slower_than_low() -> None:
    low = "\n  low: {label: x, minutes: 30, clock: calendar}"
    assert "high intent is answered later than low" in complaint(
        "\n  high: {label: x, minutes: 31, clock: calendar}" + low
    )
    same = times_of("\n  high: {label: x, minutes: 30, clock: calendar}" + low)
    assert labels(same) == ["x", "", "x"]


def test_flat_needs_its_tier() -> None:
    assert "needs the tier" in complaint("\n  first_contact: flat")


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    assert 'did you mean "near_breach"?' in complaint("\n  near_breech: 70")


@pytest.mark.parametrize(
    ("section", "code", "at"),
    [
        (
            HIGH + HIGH.replace("high", "medium") + "\n  low: {label: z, clock: same_working_day}",
            "sla_tiers_same",
            "medium",
        ),
        (HIGH, "sla_tier_missing", "sla:\n"),
        (
            HIGH + HIGH.replace("high", "flat") + "\n  first_contact: flat",
            "sla_tiers_unused",
            "first_contact: flat",
        ),
        (BERLIN.partition("  calendar_for")[0], "calendar_unused", "\n    night"),
        (
            "\n  calendars: {office: {zone: UTC, hours: {monday: ['09:00-17:00']}}}",
            "calendar_without_holidays",
            "office",
        ),
    ],
)
def test_what_is_odd_is_told_and_runs(section: str, code: str, at: str) -> None:
    text = TEXT[:START] + "sla:" + section + "\n" + TEXT[END:]
    _, findings = examine_pact(text, holidays=Almanac())
    found = {one.code: one for one in findings}[code]
    assert found.place.line == line(section, at)
