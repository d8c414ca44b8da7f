"""R40: every list as CSV: the rows of --json, and nothing in it that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer.main

from leadpact.errors import FixSettings
from leadpact_app import cli
from leadpact_app.cli.console import Console
from leadpact_app.cli.sheet import as_csv, write_csv


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30 1234", "-2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x.test")']
)
def test_what_a_spreadsheet_would_calculate_gets_a_quote(text: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv([{"a": text, "b": ["x", text]}]), newline="")))
    assert rows[1][0] == f"'{text}"
    assert rows[1][1].startswith("x; '")


def test_values_are_cells_and_columns_are_all_keys() -> None:
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    said = as_csv([{"n": -5, "yes": True, "at": at}, {"n": None, "shown": {"hubspot": "a, b"}}])
    assert list(csv.reader(io.StringIO(said))) == [
        ["n", "yes", "at", "shown"],
        ["-5", "yes", "2026-11-22T09:00:00Z", ""],
        ["", "", "", "hubspot: a, b"],
    ]


def test_a_file_is_its_owners_alone_and_read_by_spreadsheets(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    write_csv(str(file), [{"name": "Jürgen"}])
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(b"\xef\xbb\xbfname\r\n")
    with pytest.raises(FixSettings, match="cannot be written"):
        write_csv(str(tmp_path / "none" / "out.csv"), [])


def test_a_list_goes_to_stdout_as_rows(capsys: pytest.CaptureFixture[str]) -> None:
    Console().json({"total": 1, "rows": [{"lead": "a"}]}, "-", "rows")
    assert capsys.readouterr().out.splitlines() == ["lead", "a"]


def test_every_list_offers_it() -> None:
    lists = {
        *("runs list", "runs show", "failures list", "review list", "review owed"),
        *("review duplicates", "handoffs list", "notices list", "queue", "sla list"),
        *("signals list", "reconcile"),
    }
    offering = {
        name
        for name, command in _commands(typer.main.get_command(cli.whole_app()), ())
        if any("--csv" in one.opts for one in command.params)
    }
    assert lists <= offering


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    under = getattr(command, "commands", {})
    if not under:
        yield " ".join(path), command
    for name, each in under.items():
        yield from _commands(each, (*path, name))
