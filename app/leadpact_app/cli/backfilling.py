"""The command backfill: forecast first, then page by page behind canaries (R33)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import Console, of
from leadpact_app.cli.opening import pair_here

if TYPE_CHECKING:
    from leadpact_app.bootstrap import Pair

_DURATION = re.compile(r"(\d+)(s|m|)")
_ALL = "all"
_APPROVE = "Approve this forecast and carry it out?"


def register(app: typer.Typer) -> None:
    """Add this command."""
    backfill = typer.Typer(
        help="Fill in once what both CRMs remember.", no_args_is_help=True, rich_markup_mode=None
    )
    backfill.command("stages", short_help="Stages and their original dates, from history.")(stages)
    app.add_typer(backfill, name="backfill")


def stages(
    ctx: typer.Context,
    forecast: bool = typer.Option(
        False, "--forecast", help="Only look, which is what happens without any option."
    ),
    write: bool = typer.Option(False, "--write", help="Carry out the last forecast."),
    yes: bool = typer.Option(False, "--yes", "-y", help="With --write: do not ask."),
    native_stages: bool = typer.Option(
        False,
        "--native-stages",
        help="The CRMs' own stage fields follow, too: this can enrol records in your workflows.",
    ),
    ticked_off: list[str] = typer.Option(
        [],
        "--ticked-off",
        metavar="FIELD=VALUE|all",
        help="With --write: you looked at what this native value enrols in. May be repeated.",
    ),
    sample: int = typer.Option(2000, min=1, help="Leads that a forecast looks at."),
    watch: str = typer.Option(
        "", metavar="TIME", help="How long the first 50 leads are watched before the rest; 60s."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Fill in our own stage and the original dates of stages, from what both CRMs remember.

    Without --write it only looks: how many records, calls to each CRM and minutes, and what would be refused.
    It hands nobody over, starts no clock, makes no record, sets nobody back, and leaves consent alone.

    \b
    Examples:
      leadpact backfill stages
      leadpact backfill stages --write
      leadpact backfill stages --native-stages
      leadpact backfill stages --write --ticked-off "hubspot contacts.lifecyclestage=customer"
    """
    console = of(ctx)
    if write and (forecast or native_stages):
        raise FixSettings(
            "--write carries out the last forecast as it was made; give --native-stages to the forecast.",
            code="usage",
        )
    seconds = _seconds(watch) if watch else None
    console.answerable(_APPROVE, yes=yes or not write)
    with pair_here(console) as pair:
        if write:
            code = _write(console, pair, ticked_off, seconds, yes=yes, as_json=as_json)
        else:
            _forecast(
                console,
                pair,
                sample,
                timedelta(seconds=60 if seconds is None else seconds),
                native_stages,
                as_json=as_json,
            )
            code = 0
    raise typer.Exit(code)


def _forecast(
    console: Console, pair: Pair, sample: int, watch: timedelta, native: bool, *, as_json: bool
) -> None:
    from leadpact_app.bootstrap.backfilling import make_forecast
    from leadpact_app.cli import backfill_text

    told = make_forecast(pair, sample=sample, native=native, watch=watch)
    if as_json:
        console.json(backfill_text.forecast_as_json(told))
    else:
        backfill_text.show_forecast(console, told)


def _write(
    console: Console,
    pair: Pair,
    ticked_off: list[str],
    watch: int | None,
    *,
    yes: bool,
    as_json: bool,
) -> int:
    from leadpact_app.bootstrap.backfilling import approve, unapproved
    from leadpact_app.cli import backfill_text

    run, order = unapproved(pair)
    if order.options.get("native_stages") == "yes":
        _tick_off(console, order.options.get("natives", "[]"), ticked_off)
    if not yes:
        console.warn(backfill_text.in_short(run))
        if not console.confirm(_APPROVE):
            console.warn("Not approved; nothing was written.")
            return 6
    approve(pair, order, watch)
    return go_on(console, pair, run.id, as_json=as_json)


def go_on(console: Console, pair: Pair, run_id: str, *, as_json: bool) -> int:
    """Carry an approved run out from its place, with its progress on stderr; returns the exit code."""
    from leadpact.ports.runs import RunRequest
    from leadpact_app.bootstrap.carrying import inline_runs
    from leadpact_app.cli import backfill_text

    progress = backfill_text.Progress(console, pair)
    there = pair.store.run(run_id)
    kind = there.kind if there is not None else "backfill"
    runs = inline_runs(pair, told=progress.told)
    try:
        ended = runs.start(RunRequest(kind, run_id=run_id))
    finally:
        progress.end()
    run = pair.store.run(run_id)
    if run is not None:
        if as_json:
            console.json(backfill_text.run_as_json(pair.store, run))
        else:
            backfill_text.show_run(console, run)
    return ended.exit_code or 0


def _tick_off(console: Console, natives: str, ticked_off: list[str]) -> None:
    """Each native value that would be written is looked at by a person first (R33).

    Raises:
        FixSettings: code ``not_ticked_off``.
    """
    import orjson

    values: list[str] = orjson.loads(natives)
    unknown = sorted(set(ticked_off) - {*values, _ALL})
    if unknown:
        raise FixSettings(
            f"{unknown[0]!r} is not among what would be written: {', '.join(values) or 'nothing'}.",
            code="usage",
        )
    left = [] if _ALL in ticked_off else [one for one in values if one not in ticked_off]
    if left and console.on_terminal():
        console.warn("Before native stages are written, look what each value enrols a record in:")
        left = [
            one for one in left if not console.confirm(f"  {one}: looked at, and it may go on?")
        ]
    if left:
        listed = "\n  ".join(left)
        raise FixSettings(
            "Nothing was written. Look first what these values enrol records in (HubSpot: Automations, trigger "
            "'property value changed'; Salesforce: flows, assignment rules, e-mail alerts), let them leave "
            f"out what bears the mark, then name each with --ticked-off, or `--ticked-off all`:\n  {listed}",
            code="not_ticked_off",
        )


def _seconds(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise FixSettings(f"--watch takes a time such as 60s or 5m, not {text!r}.", code="usage")
    return int(found[1]) * (60 if found[2] == "m" else 1)
