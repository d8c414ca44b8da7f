"""Any list as CSV, for spreadsheets (R40): the same rows as `--json`, one column per key.

What a CRM holds is text to be read, never a formula: a cell that a spreadsheet would calculate gets a quote in front.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import typer

from leadpact.errors import FixSettings

CSV: Any = typer.Option(
    "", "--csv", metavar="FILE|-", help="All of it as CSV into a file, or to stdout."
)
EVERY_ROW: Final = 10**9
"""A limit that is none: a file holds the whole list."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(text: str) -> str:
    """The text as no spreadsheet calculates it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def cell(value: object) -> str | int | float:
    """A value of a JSON row as one cell; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        return safe("; ".join(f"{name}: {cell(one)}" for name, one in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return safe("; ".join(str(cell(one)) for one in value))
    return safe(str(value))


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows with a head of every key that any of them has, in the order of first mention."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def write_csv(target: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows to a file that only its owner may read, or to stdout for ``-``.

    Raises:
        FixSettings: ``file_unwritable``.
    """
    text = as_csv(rows)
    if target == "-":
        typer.echo(text, nl=False)
        return
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        # The mark lets spreadsheets read names in every script.
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            file.write(text)
    except OSError as error:
        raise FixSettings(
            f"{target} cannot be written: {error.strerror}.", code="file_unwritable"
        ) from None
    typer.echo(f"{len(rows):,} rows written to {target}.", err=True)
