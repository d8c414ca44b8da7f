"""What reaches a terminal: plain text whatever a CRM holds, and progress only where someone looks."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest

from leadpact_app.cli.console import Console, crm_label, many, moment, shown


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "—"),
        ("", "—"),
        (True, "yes"),
        (False, "no"),
        (60.0, "60"),
        (0, "0"),
        ("two\nlines\tof  text", "two lines of text"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("evil\u202egnp.exe", "evil gnp.exe"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("直美 鈴木", "直美 鈴木"),
    ],
)
def test_values_are_shown_on_one_plain_line(value: object, told: str) -> None:
    assert shown(value) == told


def test_long_values_are_cut() -> None:
    assert shown("x" * 100, 10) == "x" * 9 + "…"
    assert shown("x" * 10, 10) == "x" * 10


def test_instants_are_told_in_utc() -> None:
    assert moment(datetime(2026, 3, 5, 1, 30, tzinfo=timezone(timedelta(hours=2)))) == (
        "4 Mar 2026 23:30"
    )
    assert moment(None) == "—"


def test_counts_and_names_read_as_people_write_them() -> None:
    assert [many(n, "record") for n in (0, 1, 1200)] == ["0 records", "1 record", "1,200 records"]
    assert [crm_label(name) for name in ("hubspot", "salesforce", "pipedrive")] == [
        "HubSpot",
        "Salesforce",
        "Pipedrive",
    ]


def test_tables_read_no_markup_from_values(capsys: pytest.CaptureFixture[str]) -> None:
    Console().table("Two [bold]sides[/bold]", ("Name", "Count#"), [("[red]Ann[/red]", 3), ("", 4)])
    out = capsys.readouterr().out
    assert "[red]Ann[/red]" in out
    assert "[bold]sides[/bold]" in out
    assert "Count#" not in out
    assert "\x1b" not in out


def test_json_has_sorted_keys_and_utc_instants(capsys: pytest.CaptureFixture[str]) -> None:
    Console().json({"b": 1, "a": datetime(2026, 3, 5, tzinfo=UTC)})
    out = capsys.readouterr().out
    assert orjson.loads(out) == {"a": "2026-03-05T00:00:00Z", "b": 1}
    assert out.index('"a"') < out.index('"b"')


def test_progress_is_silent_unless_someone_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Console().progress("Syncing") as step:
        step("observed", 200)
    assert capsys.readouterr() == ("", "")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with Console().progress("Syncing") as step:
        step("observed", 1200)
    assert "Syncing: observed 1,200" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")
    assert capsys.readouterr().out == ""
