"""The command budget: what each CRM account allows, what is used, what is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from leadpact_app.cli.console import crm_label, moment, of
from leadpact_app.cli.opening import settings_here, state_here

if TYPE_CHECKING:
    from leadpact.ports.budget import Allowance
    from leadpact_app.settings import Settings


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("budget", short_help="Show used, left and our share of each CRM's calls.")(budget)


def budget(
    ctx: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Show what each CRM account allows in a day and in a burst, what is used, and what of it is ours.

    No CRM is asked: these are the CRMs' own words with the calls since, as all processes on this state have counted
    them. A CRM that never told its limit is not limited by the day; the burst limit always holds.

    \b
    Examples:
      leadpact budget
      leadpact budget --json
    """
    console = of(ctx)
    rows = _rows(settings_here())
    if as_json:
        console.json({"crms": {row["crm"]: row for row in rows}})
        return
    if not rows:
        console.say("No CRM has been asked yet; `leadpact sync` or `leadpact plan` asks them.")
        return
    console.table(
        "Calls of the day",
        (
            "CRM",
            "Limit#",
            "Used by all#",
            "Ours#",
            "Left of ours#",
            "Kept for the hot lane#",
            "Renews",
        ),
        [
            (
                crm_label(row["crm"]),
                _number(row["limit"]),
                _number(row["used"]),
                f"{_number(row['ours'])} ({row['day_share']:.0%})",
                _number(row["left"]),
                _number(row["hot"]),
                _renewal(row),
            )
            for row in rows
        ],
    )
    for row in rows:
        if row["burst_per_second"]:
            console.say(
                f"{crm_label(row['crm'])}: {row['burst_per_second']:g} calls a second for long, by all processes "
                f"together; {row['hot_share']:.0%} of that is the hot lane's."
            )


def _rows(settings: Settings) -> list[dict[str, Any]]:
    from leadpact_app.bootstrap import make_clock
    from leadpact_app.bootstrap.budgeting import paces_of, shares_of
    from leadpact_app.store.budget_reading import stored_allowances

    with state_here():
        now = make_clock(settings).now()
        told = stored_allowances(
            settings.state.get_secret_value(), settings.pair, now, shares_of(settings)
        )
    paces = paces_of(settings)
    return [_row(settings, crm, one, paces.get(crm, 0.0)) for crm, one in told.items()]


def _row(settings: Settings, crm: str, one: Allowance, pace: float) -> dict[str, Any]:
    ours = settings.budget_of(crm)
    known = one.day is not None
    return {
        "crm": crm,
        "limit": one.limit,
        "used": one.used if known else None,
        "ours": one.day,
        "left": one.left,
        "day_share": ours.day_share,
        "hot_share": ours.hot_share,
        "hot": round(one.day * ours.hot_share) if one.day is not None else None,
        "run_share": ours.run_share,
        "told_at": one.told_at,
        "renews_at": one.renews_at,
        "burst_per_second": pace,
    }


def _number(value: int | None) -> str:
    return "not told" if value is None else f"{value:,}"


def _renewal(row: dict[str, Any]) -> str:
    if row["limit"] is None:
        return ""
    return f"{moment(row['renews_at'])} UTC" if row["renews_at"] else "rolling 24 hours"
