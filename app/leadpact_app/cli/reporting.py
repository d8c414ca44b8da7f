"""The commands report: the numbers that both teams share, each with what either of them did for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from leadpact_app.cli.console import of
from leadpact_app.cli.opening import settings_here, state_here
from leadpact_app.cli.report_wins import wins
from leadpact_app.cli.sheet import CSV

if TYPE_CHECKING:
    from leadpact.audit.shared_numbers import SharedNumbers
    from leadpact.pact import Pact
    from leadpact_app.cli.console import Console

DAYS: Any = typer.Option(90, min=1, max=3660, help="The last so many days.")
JSON: Any = typer.Option(False, "--json", help="For programs.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    report = typer.Typer(
        help="Show the numbers that both teams share, and what each did for them.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    report.command("conversion", short_help="MQL to SQL: both teams' part, too loose or strict.")(
        conversion
    )
    report.command("sources", short_help="Where leads come from; reps who turn to their own.")(
        sources
    )
    report.command("reps", short_help="The same checklist: how far reps' rates lie apart.")(reps)
    report.command("reasons", short_help="Why leads were given back, for the joint review.")(
        reasons
    )
    report.command("first-touch", short_help="What came of the first touch: booked, drip, …")(
        first_touch
    )
    report.command("wins", short_help="What the last wins did and were, against the lost.")(wins)
    app.add_typer(report, name="report")


def conversion(ctx: typer.Context, days: int = DAYS, as_json: bool = JSON) -> None:
    """Tell how many MQLs became SQLs, what each team did for it, and whether the bar is too low or too high.

    The rate is of those that are settled: an SQL, or given back. Who is still open counts for neither. The bands
    stand in the pact, under `health`; once enough wins are known your own rate takes their place, and the report says
    which of both it was judged by.

    \b
    Examples:
      leadpact report conversion
      leadpact report conversion --days 30 --json
    """
    from leadpact_app.cli import report_text

    _tell(of(ctx), days, as_json, report_text.show_conversion, report_text.conversion_json)


def sources(ctx: typer.Context, days: int = DAYS, as_json: bool = JSON, csv: str = CSV) -> None:
    """Tell where the leads that sales works come from, and which reps turn to leads of their own.

    Marketing's are those that were an MQL first; sales' own are those that sales took up without that. A rep drifts
    whose own share rose by 20 points or more from the first half of the span to the second.

    \b
    Examples:
      leadpact report sources
      leadpact report sources --days 180 --csv sources.csv
    """
    from leadpact_app.cli import report_text

    _tell(
        of(ctx), days, as_json, report_text.show_sources, report_text.sources_json, csv, "sources"
    )


def reps(ctx: typer.Context, days: int = DAYS, as_json: bool = JSON, csv: str = CSV) -> None:
    """Tell each rep's rate from lead to SQL, and what of the common checklist their SQLs have confirmed.

    A rate that lies apart from everybody's more than chance would have it is marked: the checklist is the same for
    all, so it should not hang on the rep.

    \b
    Examples:
      leadpact report reps
      leadpact report reps --days 180 --json
    """
    from leadpact_app.cli import report_text

    _tell(of(ctx), days, as_json, report_text.show_reps, report_text.reps_json, csv, "reps")


def reasons(ctx: typer.Context, days: int = DAYS, as_json: bool = JSON, csv: str = CSV) -> None:
    """Tell why leads were given back or lost, against the span before, and where in the agreement that belongs.

    This is what the joint review of the reasons looks at; `leadpact pact reviewed reasons` notes that it was held.

    \b
    Examples:
      leadpact report reasons --days 31
      leadpact report reasons --csv reasons.csv
    """
    from leadpact_app.cli import report_text

    _tell(
        of(ctx), days, as_json, report_text.show_reasons, report_text.reasons_json, csv, "reasons"
    )


def first_touch(ctx: typer.Context, days: int = DAYS, as_json: bool = JSON, csv: str = CSV) -> None:
    """Tell what came of the first touch: booked, in talk, back to nurture, suspect, never touched.

    \b
    Examples:
      leadpact report first-touch
      leadpact report first-touch --days 30 --json
    """
    from leadpact_app.cli import report_text

    _tell(of(ctx), days, as_json, report_text.show_touches, report_text.touches_json, csv, "reps")


def _tell(
    console: Console,
    days: int,
    as_json: bool,
    show: Callable[[Console, SharedNumbers, Pact], None],
    json_of: Callable[[SharedNumbers, Pact], dict[str, Any]],
    csv: str = "",
    rows: str = "",
) -> None:
    from datetime import timedelta

    from leadpact.audit.shared_numbers import shared_numbers
    from leadpact_app.bootstrap import load_pact_file, make_clock

    settings = settings_here()
    pact = load_pact_file(settings, scores=False)
    clock = make_clock(settings)
    clock.follow()
    now = clock.now()
    with state_here() as store, console.progress("Looking through the leads") as step:
        told = shared_numbers(store, pact, now - timedelta(days=days), now, step)
    if as_json or csv:
        span = {"since": told.since, "until": told.until, "leads": told.leads}
        console.json({**span, **json_of(told, pact)}, csv, rows)
    else:
        show(console, told, pact)
