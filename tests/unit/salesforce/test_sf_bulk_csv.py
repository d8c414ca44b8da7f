"""Rows as bytes and back: what Bulk would misread never leaves (facts §4, §11 point 14)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpact.errors import SetAside
from leadpact_salesforce.bulk_csv import RowWriter, blocks, cell, read_rows

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def chunks(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "#N/A"),
        ("", "#N/A"),
        (" \t", "#N/A"),
        ("\u00a0", "#N/A"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (61, "61"),
        (1.5, "1.5"),
        (" kept ", " kept "),
        ("#1", "#1"),
    ],
)
def test_values_as_cells(value: str | float | None, written: str) -> None:
    line = RowWriter("Id", ["City"]).row("k", {"City": value})
    assert line == f"k,{written}\r\n".encode()
    assert cell("City", value) == written


@pytest.mark.parametrize("value", ["#N/A", " #N/A ", "x" * 131_073, float("inf"), "\udc80"])
def test_what_cannot_be_said_is_refused_and_the_next_row_is_whole(value: str | float) -> None:
    writer = RowWriter("Id", ["City"])
    with pytest.raises(SetAside):
        writer.row("k", {"City": value})
    assert writer.row("l", {"City": "Bonn"}) == b"l,Bonn\r\n"


def test_a_row_beyond_the_limit_is_refused() -> None:
    names = [f"T{n}" for n in range(5)]
    with pytest.raises(SetAside, match="longer"):
        RowWriter("Id", names).row("k", dict.fromkeys(names, "x" * 100_000))


@pytest.mark.parametrize(
    "text", ["a\rb", "a\nb", "a\r\nb", 'a"b', "a,b", "a\u2028b", "a\x85b", "a\x1cb"]
)
def test_line_breaks_of_every_kind_stay_in_their_value(text: str) -> None:
    writer = RowWriter("Id", ["City"])
    content = writer.header + writer.row("k", {"City": text}) + writer.row("l", {"City": "x"})
    for size in (1, 3, 1_000):
        rows = list(read_rows(chunks(content, size)))
        assert rows == [["Id", "City"], ["k", text], ["l", "x"]]


@given(
    st.lists(TEXTS.filter(lambda text: bool(text.strip()) and text.strip() != "#N/A"), min_size=1)
)
def test_texts_come_back_as_they_went(texts: list[str]) -> None:
    writer = RowWriter("Id", ["City"])
    lines = [writer.row("k", {"City": text}) for text in texts]
    content = b"".join(blocks([writer.header, *lines]))
    assert [row[1] for row in read_rows(chunks(content, 7))][1:] == texts


def test_quoted_results_of_any_length_are_read_in_pieces() -> None:
    long = '"' + "y" * 140_000
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [["Id", "T"], ["1", long]]
    )
    assert list(read_rows(chunks(buffer.getvalue().encode(), 1_000)))[1] == ["1", long]


def test_blocks_hold_many_rows_and_nothing_is_lost() -> None:
    lines = [f"{n}\r\n".encode() for n in range(1_234)]
    made = list(blocks(lines))
    assert b"".join(made) == b"".join(lines)
    assert len(made) == 3
    assert list(blocks([])) == []
