"""The commands of leadpact. Each imports what it needs when it runs, so that asking for help stays quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadpact_app.cli.entry import COMMANDS, app_with, main, run

if TYPE_CHECKING:
    import typer

__all__ = ["main", "run", "whole_app"]


def whole_app() -> typer.Typer:
    """The command line with every command."""
    return app_with(COMMANDS)
