"""The command undo: put back what a run wrote, and let go of what was put back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import Console, many, of
from leadpact_app.cli.opening import pair_here, settings_here, state_here

if TYPE_CHECKING:
    from leadpact.model.link import Run
    from leadpact_app.bootstrap import Pair
    from leadpact_app.cli import undo_text

_UNDOABLE = ("sync", "apply", "backfill", "undo", "repair")


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("undo", short_help="Put back what a run wrote, where it still stands.")(undo)


def undo(
    ctx: typer.Context,
    run_id: str = typer.Argument(
        "", metavar="[RUN]", help="The run's id, the beginning of it, or `last`."
    ),
    field: list[str] = typer.Option(
        [], metavar="FIELD", help="Only this field, by any of its names, or `stage`. Repeatable."
    ),
    lead: list[str] = typer.Option(
        [], metavar="LEAD", help="Only this lead: link id, record id or e-mail. Repeatable."
    ),
    created: str = typer.Option(
        "keep",
        metavar="keep|archive",
        help="Records that the run made are kept, or archived where nobody added anything.",
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would be put back."),
    pinned: bool = typer.Option(False, "--pinned", help="List what was put back and stays so."),
    release: bool = typer.Option(
        False, "--release", help="Let leadpact write again what the run's undo put back."
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
    limit: int = typer.Option(50, min=0, help="Fields shown one by one."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Put back what a run wrote: each field that still holds leadpact's value gets the one that stood there before.

    What somebody changed since is left and listed, with who and when. What was put back stays so through every sync,
    until a person edits it, the evidence changes, or it is released. An undo is a run: undo it to take it back.
    Consent, erasures, merges, conversions and messages that were sent are never undone.

    \b
    Examples:
      leadpact undo last --dry-run
      leadpact undo 5f1c
      leadpact undo 5f1c --field title --lead ann@acme.example
      leadpact undo 5f1c --created archive
      leadpact undo --pinned
      leadpact undo 5f1c --release
    """
    from leadpact_app.cli import undo_text

    console = of(ctx)
    if created not in ("keep", "archive"):
        raise FixSettings(f"--created takes keep or archive, not {created!r}.", code="usage")
    if created == "archive" and field:
        raise FixSettings(
            "--created archive takes whole records away; leave --field out.", code="usage"
        )
    if pinned or release:
        _pins(console, run_id, lead, field, release=release, as_json=as_json)
        return
    if not run_id:
        raise FixSettings("Which run? `leadpact runs list` shows them.", code="usage")
    console.answerable("Put back what the run wrote?", yes=yes or dry_run)
    with pair_here(console) as pair:
        run = _chosen_run(pair, run_id)
        leads, unknown = _leads(pair, run, lead)
        carry_out = partial(_run, console, pair, run, leads, field, archive=created == "archive")
        ask = not (yes or dry_run)
        told = carry_out(dry=dry_run or ask)
        told.forgotten = unknown
        if ask:
            if not as_json:
                undo_text.show(console, told, limit)
            if _wanted(console, told):
                told = carry_out(dry=False)
                told.forgotten = unknown
    if as_json:
        console.json(undo_text.as_json(told))
    elif not (ask and told.dry):
        undo_text.show(console, told, limit, changed_only=ask)
    raise typer.Exit(told.exit_code)


def _wanted(console: Console, told: undo_text.UndoTold) -> bool:
    """Whether there is anything to put back, and a person wants it.

    Raises:
        typer.Exit: nobody wants it (exit code 6).
    """
    fields, records = told.count("put back"), told.count("archived")
    words = [f"put back {many(fields, 'field')}"] if fields else []
    words += [f"archive {many(records, 'record')}"] if records else []
    if not words:
        return False
    if not console.confirm(f"{' and '.join(words).capitalize()}?"):
        console.warn("Nothing was written.")
        raise typer.Exit(6)
    return True


def release(
    ctx: typer.Context,
    leads: list[str] = typer.Argument(..., metavar="LEAD...", help="Link id, record id or e-mail."),
    field: list[str] = typer.Option(
        [], metavar="FIELD", help="Only this field, as `leadpact undo --pinned` shows it."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Let leadpact write again what an undo put back on these leads; the next sync decides them anew.

    \b
    Examples:
      leadpact review release ann@acme.example
      leadpact review release 1ffd0e4b --field Title
    """
    _pins(of(ctx), "", leads, field, release=True, as_json=as_json)


def _chosen_run(pair: Pair, run_id: str) -> Run:
    """The run to undo.

    Raises:
        FixSettings: there is none, or its values are no longer kept.
    """
    from leadpact.sync.journal_kept import KEPT
    from leadpact_app.cli.run_text import find_run

    run = None
    if run_id == "last":
        run = next((one for one in pair.store.runs(1000) if one.kind in _UNDOABLE), None)
    else:
        run = find_run(pair.store, run_id)
    if run is None:
        raise FixSettings(
            f"There is no run {run_id!r}; `leadpact runs list` shows them.", code="run_unknown"
        )
    if pair.clock.now() - run.started_at > KEPT:
        raise FixSettings(
            f"Run {run.id} is older than {KEPT.days} days: the values that stood before it are no longer kept.",
            code="run_too_old",
        )
    return run


def _leads(pair: Pair, run: Run, named: list[str]) -> tuple[tuple[str, ...], int]:
    """The leads that the run wrote to, as they stand now, and how many of them are erased."""
    from leadpact_app.cli.finding import leads_named, standing

    wrote = tuple(pair.store.leads_of_run(run.id))
    links = pair.store.links(wrote)
    theirs = dict.fromkeys(
        standing(pair.store, one) if links[one].status == "folded" else one
        for one in wrote
        if one in links
    )
    if not named:
        return tuple(theirs), len(wrote) - len(links)
    chosen = leads_named(named, pair.store, pair.mapping, pair.connectors)
    return tuple(one for one in chosen if one in theirs), 0


def _run(
    console: Console,
    pair: Pair,
    run: Run,
    leads: tuple[str, ...],
    fields: list[str],
    *,
    archive: bool,
    dry: bool,
) -> undo_text.UndoTold:
    from leadpact.sync.undo import undo as put_back
    from leadpact.sync.undoing import UndoOrder
    from leadpact_app.cli import undo_text

    order = UndoOrder(run, frozenset(fields), archive=archive)
    with console.progress("Looking" if dry else "Putting back") as step:
        report = pair.run_cycle(
            dry=dry, only=leads, progress=step, steps=lambda context: put_back(context, order)
        )
    return undo_text.told(pair, run, report, len(leads), dry=dry)


def _pins(
    console: Console,
    run_id: str,
    named: list[str],
    fields: list[str],
    *,
    release: bool,
    as_json: bool,
) -> None:
    """List what was put back and stays so, or let go of it."""
    from leadpact.sync.releasing import released
    from leadpact_app.bootstrap import make_clock
    from leadpact_app.bootstrap.whom import lease_held
    from leadpact_app.cli import undo_text
    from leadpact_app.cli.finding import leads_named
    from leadpact_app.cli.opening import documents
    from leadpact_app.store.holders import this_process

    settings = settings_here()
    with state_here() as store:
        _pact, mapping = documents(settings)
        leads = set(leads_named(named, store, mapping)) if named else None
        undone = ""
        if run_id:
            undone = undo_text.undo_of(store, run_id)
        chosen = [
            one
            for one in store.pins(sorted(leads) if leads is not None else None)
            if (not undone or one.run_id == undone) and (not fields or one.field in fields)
        ]
        if release:
            if not (run_id or named or fields):
                raise FixSettings(
                    "Say which: a run, --lead or --field. `leadpact undo --pinned` lists all.",
                    code="usage",
                )
            now = make_clock(settings).now()
            lease = store.acquire(this_process(), now, settings.lease_lasts)
            if lease is None:
                # A run at work would settle its leads as it read them, and the release be lost.
                raise lease_held(store, now, "nothing was released")
            try:
                store.commit(released(store, mapping, chosen, now), lease, now)
            finally:
                store.release(lease)
    if as_json:
        console.json({"released" if release else "pinned": undo_text.pins_as_json(chosen)})
    else:
        undo_text.show_pins(console, chosen, release=release)
