"""What people and programs see: text, tables and JSON on stdout, progress and complaints on stderr.

Whatever a CRM holds is text to be shown, never layout: control characters do not reach a terminal, and no markup of
the table library is read from it.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TextIO

import typer

from leadpact.errors import FixSettings

_JOINERS = "\u200c\u200d"
_KNOWN_CRMS = {"hubspot": "HubSpot", "salesforce": "Salesforce"}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WIDE = 200
"""Columns of a table that goes to a file or a pipe."""


def shown(value: object, most: int = 0) -> str:
    """A value on one line, safe for a terminal.

    Args:
        most: cut to so many characters, 0 = never.
    """
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    plain = "".join(char if char.isprintable() or char in _JOINERS else " " for char in text)
    plain = " ".join(plain.split())
    return plain if not most or len(plain) <= most else plain[: most - 1] + "…"


NEXT_STEP = {
    "fix settings": "Mend it and run the same command again; nothing was changed.",
    "sign in": "Renew the token or grant the right that is named, then run the command again.",
    "wait": "Run the command again later; it goes on from where it stopped.",
    "set aside": "See `leadpact failures list`.",
    "stop": "What was agreed is kept. Mend the cause, then run the command again.",
}
"""What to do, by remedy."""


def crm_label(name: str) -> str:
    """A CRM's name as people write it."""
    return _KNOWN_CRMS.get(name, name.title())


def many(count: int, word: str) -> str:
    """A count with its word: "1 record", "1,200 records"."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def moment(at: datetime | None) -> str:
    """An instant for people, UTC."""
    if at is None:
        return "—"
    there = at.astimezone(UTC)
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year} {there:%H:%M}"


@dataclass(slots=True)
class Console:
    """Where one invocation speaks.

    Attributes:
        verbose: tell details of errors, and log.
    """

    verbose: bool = False
    _started: float = field(default_factory=time.monotonic)

    def say(self, text: str = "") -> None:
        """One line or more on stdout."""
        typer.echo(text)

    def warn(self, text: str) -> None:
        """One line or more on stderr."""
        typer.echo(text, err=True)

    def json(self, payload: Mapping[str, Any], csv: str = "", rows: str = "") -> None:
        """A document for programs: indented, keys sorted, instants in RFC 3339.

        Args:
            csv: a file, or ``-``: the list ``rows`` of the document goes there as CSV instead.
        """
        if csv:
            from leadpact_app.cli.sheet import write_csv

            write_csv(csv, payload[rows])
            return
        import orjson

        options = (
            orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
        )
        typer.echo(orjson.dumps(payload, option=options).decode())

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table for people; columns whose name ends with ``#`` hold numbers."""
        from rich import box
        from rich.console import Console as RichConsole
        from rich.table import Table
        from rich.text import Text

        made = Table(
            title=Text(title) if title else None, box=box.SIMPLE_HEAD, title_justify="left"
        )
        for name in columns:
            number = name.endswith("#")
            made.add_column(
                Text(name.rstrip("#")),
                justify="right" if number else "left",
                overflow="fold",
                no_wrap=number,
            )
        for row in rows:
            made.add_row(*(Text(shown(cell) if cell != "" else "") for cell in row))
        width = None if sys.stdout.isatty() else WIDE
        RichConsole(file=sys.stdout, width=width, highlight=False, markup=False).print(made)

    def confirm(self, question: str) -> bool:
        """Ask on a terminal, no being the answer of who only presses Enter.

        Raises:
            FixSettings: code ``nobody_to_ask``: there is no terminal, and silence is no yes.
        """
        self.answerable(question)
        return typer.confirm(question, default=False, err=True)

    def answerable(self, question: str, *, yes: bool = False) -> None:
        """Refuse what would have to be asked where nobody can be, before anything is read or written.

        Raises:
            FixSettings: code ``nobody_to_ask``.
        """
        if not (yes or self.on_terminal()):
            raise FixSettings(
                f"Nobody can be asked here: {question} Without a terminal, say --yes.",
                code="nobody_to_ask",
            )

    @staticmethod
    def on_terminal() -> bool:
        """Whether a person can be asked."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    @contextlib.contextmanager
    def progress(self, doing: str) -> Iterator[Callable[[str, int], None]]:
        """Counts on one line of a terminal while the work goes on; silent anywhere else."""
        line = _ProgressLine(doing, sys.stderr)
        try:
            yield line.step
        finally:
            line.end()


@dataclass(slots=True)
class _ProgressLine:
    doing: str
    stream: TextIO
    counts: dict[str, int] = field(default_factory=dict)
    told_at: float = 0.0
    longest: int = 0

    def step(self, word: str, count: int) -> None:
        """So many more records were collected, observed or written."""
        self.counts[word] = self.counts.get(word, 0) + count
        now = time.monotonic()
        if self.stream.isatty() and now - self.told_at >= 0.1:
            self.told_at = now
            told = " · ".join(f"{each} {total:,}" for each, total in self.counts.items())
            self._show(f"{self.doing}: {told}")

    def end(self) -> None:
        """Leave the line empty."""
        if self.longest:
            self._show("")
            self.stream.write("\r")
            self.stream.flush()

    def _show(self, text: str) -> None:
        self.longest = max(self.longest, len(text))
        self.stream.write("\r" + text.ljust(self.longest))
        self.stream.flush()


def tolerant_streams() -> None:
    """Let a terminal without Unicode show a question mark instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def of(context: Any) -> Console:
    """The console of this invocation."""
    console: Console = context.obj
    return console
