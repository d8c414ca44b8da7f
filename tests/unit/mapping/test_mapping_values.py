"""Canonical values (R10): what equal values look like, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpact.mapping.transforms import domain, phone, spelling
from leadpact.mapping.values import (
    ValueStyle,
    base_reader,
    base_writer,
    instant_text,
    read_boolean,
    read_date,
    read_datetime,
    read_instant,
    read_integer,
    read_number,
    read_set,
    read_text,
)
from leadpact.model.record import Native, Scalar
from leadpact.model.schema import FieldType


@pytest.mark.parametrize(
    ("native", "canonical"),
    [
        ("  Zoë \n", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("", None),
        ("   ", None),
        (None, None),
        (12, "12"),
        (True, "true"),
    ],
)
def test_text_is_trimmed_and_in_one_form(native: Native, canonical: str | None) -> None:
    assert read_text(native) == canonical


@pytest.mark.parametrize("native", ["50", "50.0", " 50 ", 50, 50.0, "+50", "50."])
def test_every_way_to_say_fifty_is_fifty(native: Native) -> None:
    assert read_integer(native) == 50
    assert read_number(native) == "50"


@pytest.mark.parametrize("native", ["50.5", "fifty", True, 50.5, "5_0", "٥٠", "1e3", "9" * 40, "-"])
def test_what_is_no_whole_number_is_refused(native: Native) -> None:
    with pytest.raises(ValueError, match="whole number"):
        read_integer(native)


@pytest.mark.parametrize(
    ("native", "canonical"),
    [
        ("1.50", "1.5"),
        (1.5, "1.5"),
        ("-0.0", "0"),
        ("1e3", "1000"),
        (1e-7, "0.0000001"),
        ("100", "100"),
        ("", None),
        ("  ", None),
    ],
)
def test_decimals_are_compared_without_trailing_zeros(native: Native, canonical: str) -> None:
    assert read_number(native) == canonical


@pytest.mark.parametrize("native", ["nan", "inf", True, "1,5", "1_0", "0x10", "1e999"])
def test_what_is_no_number_is_refused(native: Native) -> None:
    with pytest.raises(ValueError, match="number"):
        read_number(native)


def test_a_number_is_rounded_half_up_to_its_scale() -> None:
    assert [read_number(text, 1) for text in ("1.25", "-1.25", "1.24", "1")] == [
        "1.3",
        "-1.3",
        "1.2",
        "1",
    ]


@pytest.mark.parametrize(
    ("native", "canonical"),
    [("true", True), ("False", False), (True, True), ("", None), (None, None)],
)
def test_booleans_come_as_json_or_as_text(native: Native, canonical: bool | None) -> None:
    assert read_boolean(native) is canonical


@pytest.mark.parametrize("native", ["yes", "1", 1, 0])
def test_what_is_neither_true_nor_false_is_refused(native: Native) -> None:
    with pytest.raises(ValueError, match="neither"):
        read_boolean(native)


@pytest.mark.parametrize(
    "native",
    ["2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T00:00:00.000+0000", 1774742400000],
)
def test_a_pure_date_never_passes_a_zone(native: Native) -> None:
    assert read_date(native) == "2026-03-29"
    assert read_date(str(native)) == "2026-03-29"


@pytest.mark.parametrize(
    "native", ["2026-03-29T23:00:00Z", 1774742400001, "2026-02-30", "29.03.2026", "soon"]
)
def test_an_instant_or_nonsense_is_no_date(native: Native) -> None:
    with pytest.raises(ValueError, match=r"date|day"):
        read_date(native)


@pytest.mark.parametrize(
    "native",
    [
        "2026-11-21T10:00:00Z",
        "2026-11-21T10:00:00.000+0000",
        "2026-11-21T11:00:00+01:00",
        "1795255200000",
        1795255200000,
    ],
)
def test_one_instant_has_one_text(native: Native) -> None:
    assert read_datetime(native) == "2026-11-21T10:00:00Z"


def test_milliseconds_show_only_where_they_are() -> None:
    assert read_datetime("2026-11-21T10:00:00.5Z") == "2026-11-21T10:00:00.500Z"
    assert read_datetime("2026-11-21T10:00:00.0004Z") == "2026-11-21T10:00:00Z"


@pytest.mark.parametrize(
    "native", ["2026-11-21T10:00:00", "2026-11-21", "2026-13-01T00:00:00Z", "yesterday"]
)
def test_an_instant_without_a_zone_is_refused(native: Native) -> None:
    with pytest.raises(ValueError, match="zone"):
        read_datetime(native)


def test_a_set_has_no_order_and_no_doubles() -> None:
    assert read_set(";b; a;b") == "a;b"
    assert read_set(";") is None


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("+49 (0)30 123-456", "+4930123456"),
        ("0049 30 123456", "+4930123456"),
        ("(030) 123 456", "030123456"),
        ("555-0100 ext. 12", "5550100x12"),
        ("５５５-０１００", "5550100"),
        ("call me", "call me"),
    ],
)
def test_a_phone_number_is_its_digits(text: str, canonical: str) -> None:
    assert phone(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "acme.example",
        "https://www.Acme.example/jobs?x=1",
        "http://acme.example:8080",
        "ACME.example.",
    ],
)
def test_a_website_is_its_domain(text: str) -> None:
    assert domain(text) == "acme.example"


def test_spellings_are_compared_without_case_and_others_stay() -> None:
    one = spelling({"Germany": ["DE", "Deutschland"]})

    assert [one("de"), one("DEUTSCHLAND"), one("germany"), one("Genovia")] == [
        "Germany",
        "Germany",
        "Germany",
        "Genovia",
    ]


CANONICAL: dict[FieldType, st.SearchStrategy[Scalar]] = {
    "text": st.text(st.characters(exclude_categories=["Cs"])).map(read_text),
    "integer": st.integers(-(10**12), 10**12),
    "number": st.decimals(-(10**6), 10**6, places=4).map(lambda value: read_number(str(value))),
    "boolean": st.booleans(),
    "date": st.dates().map(lambda day: day.isoformat()),
    "datetime": st.datetimes(timezones=st.just(UTC)).map(
        lambda at: instant_text(at.replace(microsecond=at.microsecond // 1000 * 1000))
    ),
    "picklist": st.sampled_from(["A", "B C"]),
    "picklist_set": st.lists(st.sampled_from("abc"), unique=True).map(
        lambda values: ";".join(sorted(values)) or None
    ),
    "reference": st.just("005000000000001AAA"),
}


@pytest.mark.parametrize("type_", list(CANONICAL))
@pytest.mark.parametrize("style", ["text", "typed"])
@given(data=st.data())
def test_what_is_written_reads_back(
    type_: FieldType, style: ValueStyle, data: st.DataObject
) -> None:
    value = data.draw(CANONICAL[type_])
    native = base_writer(type_, style)(value)

    assert base_reader(type_, None)(native) == value
    assert style == "typed" or native is None or isinstance(native, str)


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda at: 2 < at.year < 9998),
    st.timedeltas(-timedelta(hours=14), timedelta(hours=14)),
)
def test_the_zone_an_instant_is_said_in_does_not_matter(at: datetime, offset: timedelta) -> None:
    minutes = timedelta(minutes=offset // timedelta(minutes=1))

    read = read_instant(at.astimezone(timezone(minutes)).isoformat())

    assert read == at.replace(microsecond=at.microsecond // 1000 * 1000)
