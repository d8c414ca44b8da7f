"""Pause, resume and cancel a run, from any process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import of
from leadpact_app.cli.opening import pair_here, settings_here, state_here

if TYPE_CHECKING:
    from leadpact.ports.runs import RunStanding
    from leadpact.ports.state_store import StateStore

_RUN = typer.Argument(..., metavar="RUN", help="Its id, the beginning of it, or `last`.")
_JSON = typer.Option(False, "--json", help="For programs.")


def register(runs: typer.Typer) -> None:
    """Add these commands under ``runs``."""
    runs.command("pause", short_help="Stop it after the page in flight; it keeps its place.")(pause)
    runs.command("resume", short_help="Go on with it from its place.")(resume)
    runs.command("cancel", short_help="End it after the page in flight, for good.")(cancel)


def pause(ctx: typer.Context, run_id: str = _RUN, as_json: bool = _JSON) -> None:
    """Stop a run after the page in flight, whatever process it runs in. `runs resume` goes on from there.

    \b
    Examples:
      leadpact runs pause last
    """
    _ask(ctx, run_id, "pause", as_json=as_json)


def cancel(ctx: typer.Context, run_id: str = _RUN, as_json: bool = _JSON) -> None:
    """End a run after the page in flight, for good. What it wrote stays; `leadpact undo RUN` puts that back.

    \b
    Examples:
      leadpact runs cancel last
    """
    _ask(ctx, run_id, "cancel", as_json=as_json)


def resume(ctx: typer.Context, run_id: str = _RUN, as_json: bool = _JSON) -> None:
    """Go on with a run that was paused, parked or killed, from its place. No page is written twice.

    \b
    Examples:
      leadpact runs resume last
      leadpact runs resume 5f1c
    """
    from leadpact_app.cli.backfilling import go_on
    from leadpact_app.runs.asking import GOES_ON

    console = of(ctx)
    with pair_here(console) as pair:
        found = named(pair.store, run_id)
        run = pair.store.run(found)
        if run is not None and run.kind not in GOES_ON:
            raise FixSettings(
                f"Run {run.id} ({run.kind}) keeps no place; the next `leadpact sync` goes on with what is left.",
                code="run_keeps_no_place",
            )
        code = go_on(console, pair, found, as_json=as_json)
    raise typer.Exit(code)


def named(store: StateStore, run_id: str) -> str:
    """The id of a run named by its id, its beginning, or ``last``.

    Raises:
        FixSettings: code ``run_unknown``.
    """
    from leadpact_app.cli.run_text import find_run

    run = find_run(store, run_id)
    if run is None:
        raise FixSettings(
            f"There is no run {run_id!r}; `leadpact runs list` shows them.", code="run_unknown"
        )
    return run.id


def _ask(ctx: typer.Context, run_id: str, word: str, *, as_json: bool) -> None:
    from leadpact_app.bootstrap import make_clock
    from leadpact_app.runs.inline import InlineRuns

    console = of(ctx)
    with state_here() as store:
        runs = InlineRuns(store, make_clock(settings_here()), None, str)
        there = named(store, run_id)
        told = runs.pause(there) if word == "pause" else runs.cancel(there)
    if as_json:
        console.json({"run": told.run_id, "status": told.status, "asked": told.asked})
    else:
        console.say(_words(told, word))


def _words(told: RunStanding, word: str) -> str:
    if told.status in ("paused", "cancelled"):
        further = "; `leadpact runs resume` goes on from its place" if word == "pause" else ""
        return f"Run {told.run_id} is {told.status}{further}."
    return f"Run {told.run_id} is asked to {word}; it stops after the page in flight."
