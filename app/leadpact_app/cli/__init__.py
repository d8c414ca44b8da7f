"""The commands of leadpact. Each imports what it needs when it runs, so that asking for help stays quick."""

from leadpact_app.cli.entry import app, main, run

__all__ = ["app", "main", "run"]
