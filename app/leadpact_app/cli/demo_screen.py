"""What the demo shows: short headings, narrow tables, ticks; plain text where there is no terminal or no colour."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from leadpact.errors import Stop
from leadpact_app.cli.console import crm_label, shown

WIDTH = 100
PAUSE_S = 0.8
"""Between chapters, where somebody watches."""


class Screen:
    """Where the demo is told.

    Args:
        paced: pause between chapters on a terminal.
    """

    def __init__(self, *, paced: bool) -> None:
        console = Console(file=sys.stdout, highlight=False, markup=False)
        terminal = console.is_terminal
        width = min(console.width, WIDTH) if terminal else WIDTH
        self._console = Console(
            file=sys.stdout, width=width, highlight=False, markup=False, legacy_windows=False
        )
        self._pause = PAUSE_S if paced and terminal else 0.0
        self._chapters = 0

    def title(self, text: str, below: str) -> None:
        """The head of the whole."""
        self._console.print()
        self._console.print(Text(text, style="bold"))
        self._console.print(Text(below, style="dim"))

    def chapter(self, text: str) -> None:
        """The next heading."""
        if self._chapters:
            time.sleep(self._pause)
        self._chapters += 1
        self._console.print()
        self._console.print(
            Rule(Text(f"{self._chapters}  {text}", style="bold cyan"), align="left", style="cyan")
        )

    def say(self, text: str) -> None:
        """A paragraph."""
        self._console.print(Padding(Text(text), (0, 0, 0, 2), expand=False))

    def good(self, text: str) -> None:
        """Something that holds, as computed."""
        line = Table.grid(padding=(0, 1))
        line.add_row(Text("✓", style="bold green"), Text(text))
        self._console.print(Padding(line, (0, 0, 0, 2), expand=False))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table; columns whose name ends with ``#`` hold numbers, with ``!`` what must not wrap."""
        made = Table(
            box=box.SIMPLE_HEAD,
            show_edge=False,
            header_style="bold",
            pad_edge=False,
            padding=(0, 1),
        )
        for name in columns:
            number = name.endswith("#")
            made.add_column(
                Text(name.rstrip("#!")),
                justify="right" if number else "left",
                overflow="fold",
                no_wrap=number or name.endswith("!"),
            )
        for row in rows:
            made.add_row(*(Text(cell if isinstance(cell, str) else shown(cell)) for cell in row))
        self._console.print(Padding(made, (0, 0, 0, 2), expand=False))

    def card(self, title: str, text: str) -> None:
        """Something quoted as it stands elsewhere."""
        panel = Panel(
            Text(text),
            title=Text(title),
            title_align="left",
            box=box.ROUNDED,
            padding=(0, 1),
            expand=False,
        )
        self._console.print(Padding(panel, (0, 0, 0, 2), expand=False))

    def commands(self, lines: Sequence[tuple[str, str]]) -> None:
        """Commands to copy, each with what it is for."""
        for command, purpose in lines:
            line = Text(f"  {command:<46}", style="bold")
            line.append(f" {purpose}", style="dim")
            self._console.print(line)


def expect(holds: bool, sentence: str) -> None:
    """Let the demo end where its story does not hold.

    Raises:
        Stop: it does not; the sentence says what was promised.
    """
    if not holds:
        raise Stop(f"The demo does not hold: {sentence}", code="demo_broken")


def calls_told(calls: Mapping[str, int]) -> str:
    """``HubSpot 10 calls, Salesforce 4``."""
    parts = [f"{crm_label(crm)} {number:,}" for crm, number in sorted(calls.items())]
    return f"calls: {', '.join(parts)}"


def count(number: int, one: str, many: str = "") -> str:
    """``1 record``, ``2 records``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
