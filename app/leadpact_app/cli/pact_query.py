"""`pact query`: the agreement's scoring as text for a warehouse."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum

import typer

from leadpact_app.cli.console import of
from leadpact_app.cli.opening import settings_here


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
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Print the running agreement's scoring as one query, with the tables that it reads.

    It is the query that leadpact itself runs, in another dialect: on the same leads it gives the same points.

    \b
    Examples:
      leadpact pact query --dialect postgres > points.sql
      leadpact pact query --dialect spark --projection evidence
      leadpact pact query --json
    """
    from leadpact.scoring.warehouse import printed
    from leadpact_app.bootstrap import load_pact_file

    console = of(ctx)
    pact = load_pact_file(settings_here())
    made = printed(pact, dialect.value, projection.value)
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
