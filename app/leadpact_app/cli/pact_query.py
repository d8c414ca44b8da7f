"""`pact query`: the agreement's scoring as text for a warehouse."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from leadpact_app.cli.console import Console, many, of
from leadpact_app.cli.opening import settings_here, state_here

if TYPE_CHECKING:
    from leadpact.pact import Pact
    from leadpact_app.settings import Settings


class DialectName(str, Enum):
    """Who can run the query."""

    duckdb = "duckdb"
    postgres = "postgres"
    spark = "spark"


class ProjectionName(str, Enum):
    """What the query gives."""

    points = "points"
    evidence = "evidence"


def add(group: typer.Typer) -> None:
    """Add this command to the group."""
    group.command("query", short_help="Print the scoring as a query for a warehouse.")(query)


def query(
    ctx: typer.Context,
    dialect: DialectName = typer.Option(DialectName.duckdb, help="Who shall run it."),
    projection: ProjectionName = typer.Option(
        ProjectionName.points, help="A row per lead, or a row per lead, rule and act."
    ),
    tables: str = typer.Option(
        "", metavar="FOLDER", help="Also write the tables that it reads, from leadpact's state."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Print the running agreement's scoring as one query, with the tables that it reads.

    It is the query that leadpact itself runs, in another dialect: on the same leads it gives the same points.

    \b
    Examples:
      leadpact pact query --dialect postgres > points.sql
      leadpact pact query --dialect spark --projection evidence
      leadpact pact query --tables exported/ > points.sql
      leadpact pact query --json
    """
    from leadpact.scoring.warehouse import printed
    from leadpact_app.bootstrap import load_pact_file

    console = of(ctx)
    settings = settings_here()
    pact = load_pact_file(settings)
    made = printed(pact, dialect.value, projection.value)
    if tables:
        _write_tables(console, settings, pact, Path(tables))
    if as_json:
        console.json(
            {
                "dialect": made.dialect,
                "projection": made.projection,
                "pact": {"version": pact.version, "hash": pact.hash},
                "query": made.text,
                "reads": {
                    name: [asdict(column) for column in columns]
                    for name, columns in made.tables.items()
                },
                "gives": made.columns,
            }
        )
        return
    console.say(made.text.rstrip("\n"))


def _write_tables(console: Console, settings: Settings, pact: Pact, folder: Path) -> None:
    from leadpact.scoring import compile_scoring
    from leadpact_app.bootstrap import make_clock
    from leadpact_app.engines.stored import stored_population
    from leadpact_app.engines.table_files import write_tables

    clock = make_clock(settings)
    clock.follow()
    now = clock.now()
    with state_here() as store:
        leads, acts = write_tables(
            compile_scoring(pact.scoring), stored_population(store, now), now, folder
        )
    console.warn(
        f"Wrote {many(leads, 'lead')} and {many(acts, 'act')} to {folder}, as of {now:%Y-%m-%d %H:%M} UTC."
    )
