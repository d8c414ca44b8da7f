"""The command group pact; what each command does lies in a module of its own."""

from __future__ import annotations

import typer

from leadpact_app.cli import (
    pact_activate,
    pact_diff,
    pact_query,
    pact_show,
    pact_sign,
    pact_what_if,
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Look at the agreement, and what another one would change.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    pact_show.add(group)
    pact_sign.add(group)
    pact_diff.add(group)
    pact_activate.add(group)
    pact_query.add(group)
    pact_what_if.add(group)
    app.add_typer(group, name="pact")
