"""The commands that look back: runs, failures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli import runs_control
from leadpact_app.cli.console import crm_label, moment, of, shown
from leadpact_app.cli.opening import documents, settings_here, state_here
from leadpact_app.cli.sheet import CSV, EVERY_ROW

if TYPE_CHECKING:
    from leadpact.model.link import Failure


def register(app: typer.Typer) -> None:
    """Add these commands."""
    runs = typer.Typer(
        help="List runs; show, pause, resume, cancel one.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    runs.command("list")(list_runs)
    runs.command("show")(show_run)
    runs_control.register(runs)
    app.add_typer(runs, name="runs")
    failures = typer.Typer(
        help="List what waits for a mend, and retry it.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    failures.command("list", short_help="List writes that a CRM refused.")(list_failures)
    failures.command("retry", short_help="Let the next sync try them again.")(retry_failures)
    app.add_typer(failures, name="failures")


def list_runs(
    ctx: typer.Context,
    limit: int = typer.Option(20, min=1, help="The newest so many."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List the newest runs.

    \b
    Examples:
      leadpact runs list
      leadpact runs list --limit 100 --json
    """
    from leadpact_app.bootstrap import make_clock
    from leadpact_app.bootstrap.whom import at_work
    from leadpact_app.cli.run_text import run_as_json

    console = of(ctx)
    limit = EVERY_ROW if csv else limit
    with state_here() as store:
        runs = store.runs(limit)
        working = at_work(store, lambda: make_clock(settings_here()).now())
    if as_json or csv:
        told = {"runs": [run_as_json(one) for one in runs], "at_work": working}
        console.json(told, csv, "runs")
        return
    console.table(
        "",
        ("Run", "Kind", "Started (UTC)", "Status", "Written#", "Held#", "Failed#", "Note"),
        [
            (
                one.id,
                one.kind,
                moment(one.started_at),
                one.status.replace("_", " "),
                *(f"{one.counts.get(name, 0):,}" for name in ("written", "held", "failed")),
                one.note,
            )
            for one in runs
        ],
    )
    if working:
        console.say(working)


def show_run(
    ctx: typer.Context,
    run_id: str = typer.Argument(
        ..., metavar="RUN", help="Its id, the beginning of it, or `last`."
    ),
    limit: int = typer.Option(50, min=0, help="Records shown one by one."),
    fields: bool = typer.Option(
        False, "--fields", help="Each field it wrote: before, written, and the rule."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """Show one run: how each record ended, and why.

    \b
    Examples:
      leadpact runs show last
      leadpact runs show 5f1c --json
      leadpact runs show last --csv outcomes.csv
      leadpact runs show 5f1c --fields
    """
    from leadpact_app.cli import backfill_text, journal_text, run_text

    console = of(ctx)
    with state_here() as store:
        run = run_text.find_run(store, run_id)
        if run is None:
            raise FixSettings(
                f"There is no run {run_id!r}; `leadpact runs list` shows them.", code="run_unknown"
            )
        if fields:
            if as_json or csv:
                console.json(journal_text.as_json(store, run.id), csv, "fields")
            else:
                journal_text.show(console, store, run.id, limit)
            return
        outcomes = store.outcomes(run_id=run.id, limit=run_text.MOST_OUTCOMES)
        told = backfill_text.run_as_json(store, run) if run.kind == "backfill" else {}
    if as_json or csv:
        console.json({**run_text.run_as_json(run, outcomes), **told}, csv, "outcomes")
    else:
        if told:
            backfill_text.show_run(console, run)
        run_text.show_run(console, run, outcomes, limit)


def list_failures(
    ctx: typer.Context,
    cause: str = typer.Option("", help="Only this cause."),
    crm: str = typer.Option("", help="Only this CRM."),
    limit: int = typer.Option(50, min=1, help="Shown one by one."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List the writes that a CRM refused and that wait for a mend.

    \b
    Examples:
      leadpact failures list
      leadpact failures list --crm salesforce --json
      leadpact failures list --csv failures.csv
    """
    console = of(ctx)
    with state_here() as store:
        found = _chosen(store.failures(), cause, crm)
    if as_json or csv:
        console.json({"failures": [failure_as_json(one) for one in found]}, csv, "failures")
        return
    if not found:
        console.say("Nothing has failed.")
        return
    console.table(
        "",
        (
            "Lead",
            "Record",
            "Cause",
            "What the CRM said",
            "Fields",
            "Tries#",
            "Since (UTC)",
            "Again (UTC)",
        ),
        [
            (
                one.link_id[:8],
                f"{crm_label(one.crm)} {one.ref.kind} {one.ref.id or 'new'}",
                one.cause,
                shown(one.message, 100),
                ", ".join(one.fields),
                one.attempts,
                moment(one.first_at),
                moment(one.retry_at) if one.retry_at else "when mended",
            )
            for one in found[:limit]
        ],
    )
    if len(found) > limit:
        console.say(f"… and {len(found) - limit:,} more; --limit shows them.")
    console.say(
        f"{len(found):,} failed. Mended in the CRM? `leadpact failures retry --all`, then `leadpact sync`."
    )


def retry_failures(
    ctx: typer.Context,
    lead: list[str] = typer.Option([], help="A lead: link id or record id. May be repeated."),
    cause: str = typer.Option("", help="Every failure of this cause."),
    crm: str = typer.Option("", help="Every failure in this CRM."),
    every: bool = typer.Option(False, "--all", help="Every failure."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Put failed leads back on the work list, so that the next sync tries the same write again.

    \b
    Examples:
      leadpact failures retry --all
      leadpact failures retry --cause record_locked
      leadpact failures retry --lead 0035g00000ABCdEAAW
    """
    from leadpact.model.link import WorkItem
    from leadpact.ports.state_store import StateChanges
    from leadpact_app.bootstrap import make_clock
    from leadpact_app.cli.finding import leads_named

    if not (lead or cause or crm or every):
        raise FixSettings("Say which: --lead, --cause, --crm or --all.", code="usage")
    console = of(ctx)
    settings = settings_here()
    with state_here() as store:
        named = leads_named(lead, store, documents(settings)[1]) if lead else None
        found = _chosen(store.failures(link_ids=named), cause, crm)
        if found:
            now = make_clock(settings).now()
            store.commit(
                StateChanges(
                    failures=[replace(one, open=True, retry_at=now) for one in found],
                    work=[WorkItem(one, "retry", now, now) for one in {f.link_id for f in found}],
                ),
                None,
                now,
            )
    if as_json:
        console.json({"retried": [failure_as_json(one) for one in found]})
    else:
        console.say(f"{len(found):,} failures are due again; the next `leadpact sync` tries them.")


def _chosen(failures: Any, cause: str, crm: str) -> list[Failure]:
    return [
        one for one in failures if (not cause or one.cause == cause) and (not crm or one.crm == crm)
    ]


def failure_as_json(one: Failure) -> dict[str, Any]:
    """One failure for programs."""
    return {
        "lead": one.link_id,
        "crm": one.crm,
        "kind": one.ref.kind,
        "record": one.ref.id,
        "cause": one.cause,
        "remedy": one.remedy,
        "message": one.message,
        "detail": one.detail,
        "fields": list(one.fields),
        "attempts": one.attempts,
        "first_at": one.first_at,
        "last_at": one.last_at,
        "retry_at": one.retry_at,
    }
