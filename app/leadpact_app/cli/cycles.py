"""The commands that run a cycle: plan, apply, sync."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import Console, of
from leadpact_app.cli.opening import pair_here
from leadpact_app.cli.plan_rows import (
    applying,
    keep_own_row,
    leads_meant,
    named,
    only_meant,
    own_row,
    refuse_one_crm,
)

if TYPE_CHECKING:
    from leadpact.model.link import SavedPlan
    from leadpact.sync.context import Limits
    from leadpact_app.bootstrap import Pair

OPEN_PLANS = ("proposed", "approved")
FRESH = timedelta(hours=24)
"""How old a plan may be when it is approved."""
_ONLY = typer.Option(
    [],
    metavar="LEAD|stage=…|crm=…",
    help="Only this lead (link id, record id, e-mail), leads at this stage, writes to this CRM. Repeatable.",
)
_APPROVE = "Approve this plan and carry it out?"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("plan", short_help="Show before and after; write nothing.")(plan)
    app.command("apply", short_help="Approve a plan and carry it out.")(apply)
    app.command("sync", short_help="Run one cycle, or one after another.")(sync)


def plan(
    ctx: typer.Context,
    name: str = typer.Argument("", metavar="[NAME]", help="A name for it, for `leadpact apply`."),
    only: list[str] = _ONLY,
    limit: int = typer.Option(20, min=0, help="Leads shown in full; the rest are counted."),
    save: bool = typer.Option(True, "--save/--no-save", help="Keep the plan for `leadpact apply`."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Show what a sync would write: before and after, per field, record and CRM, with the rule that won.

    Nothing is written to any CRM. The plan is kept with what it saw of each lead, so that `leadpact apply` can carry it
    out where nothing has moved.

    \b
    Examples:
      leadpact plan
      leadpact plan --save friday
      leadpact plan --only stage=mql
      leadpact plan --limit 100
      leadpact plan --json > plan.json
    """
    from leadpact_app.cli import plan_text

    console = of(ctx)
    with pair_here(console) as pair:
        meant = only_meant(only, pair)
        with console.progress("Planning") as step:
            report = pair.run_cycle(dry=True, only=meant.leads, progress=step)
        saved = pair.store.plan(report.plan_id) if report.plan_id else None
        if saved is not None and save:
            keep_own_row(pair, saved, name, meant)
        told = plan_text.told(pair, report, saved, kept=save)
        if saved is not None and not save:
            _mark(pair, saved, "dropped")
    if as_json:
        console.json(plan_text.as_json(told))
    else:
        plan_text.show(console, told, limit)
    raise typer.Exit(report.exit_code)


def apply(
    ctx: typer.Context,
    plan_id: str = typer.Argument(
        "", metavar="[PLAN]", help="A plan's name, its id or the beginning of it; else the newest."
    ),
    only: list[str] = _ONLY,
    max_writes: str = typer.Option(
        "", metavar="N", help="Park if it would write more records than this."
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
    no_canary: bool = typer.Option(
        False, "--no-canary", help="Do not write a first small page alone."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Approve a plan and carry it out, where nothing has moved since it was made.

    Every record is read again first. A lead of which a record, or what is agreed, has moved is refused, with what moved
    and who did it; the rest is applied. Exit code 1 says that something was refused; the next sync decides it anew.
    A plan that a sync parked keeps its counts alone: approving it lets that sync go on, and decides all of it anew.

    \b
    Examples:
      leadpact apply
      leadpact apply friday
      leadpact apply --only crm=hubspot
      leadpact apply 3f2a9c --yes
    """
    from leadpact.sync.context import Limits
    from leadpact_app.cli import moved_text, plan_text, run_text

    console = of(ctx)
    if max_writes and not max_writes.isdecimal():
        raise FixSettings(f"--max-writes takes a number, not {max_writes!r}.", code="usage")
    console.answerable(_APPROVE, yes=yes)
    with pair_here(console) as pair:
        chosen = _chosen_plan(pair, plan_id)
        if chosen.status == "proposed" and pair.clock.now() - chosen.created_at > FRESH:
            console.warn(
                f"Plan {chosen.id[:8]} is older than {FRESH // timedelta(hours=1)} hours; nothing was written. "
                "Run `leadpact plan` again."
            )
            raise typer.Exit(6)
        if not yes:
            console.warn(plan_text.in_short(chosen))
            if not console.confirm(_APPROVE):
                console.warn("Not approved; nothing was written.")
                raise typer.Exit(6)
        own = own_row(pair, chosen)
        meant = only_meant(only, pair).within(own, pair)
        pair.approve(chosen)
        limits = Limits(lifted=True)
        if own is None or not own.leads:
            limits = replace(limits, approved=chosen.counts.get("due", 0))
        if max_writes.isdecimal():
            limits = replace(limits, lifted=False, max_writes=int(max_writes))
        with console.progress("Applying") as step:
            report = pair.run_cycle(
                limits=replace(limits, canary=0) if no_canary else limits,
                only=meant.leads,
                steps=applying(chosen) if own is not None else None,
                progress=step,
            )
        if report.status == "done":
            pair.applied(chosen)
        elif report.status == "needs_approval" and not report.counts["written"]:
            pair.drop(chosen)
        told = run_text.told(pair, report)
    if as_json:
        refused = moved_text.as_json(report)
        console.json({**run_text.as_json(told), **refused, "plan": told.plan_id or chosen.id})
    else:
        run_text.show(console, told)
        moved_text.show(console, report)
    raise typer.Exit(report.exit_code)


def _chosen_plan(pair: Pair, plan_id: str) -> SavedPlan:
    """The plan to carry out.

    Raises:
        FixSettings: there is none, it was applied or dropped, or was made under another pact or mapping.
    """
    plans = pair.store.plans(1000)
    if not plan_id:
        found = [one for one in plans if one.status in OPEN_PLANS][:1]
        if not found:
            raise FixSettings("No plan waits. `leadpact plan` makes one.", code="no_plan")
    else:
        found = [one for one in plans if one.id.startswith(plan_id)]
        found = named(pair, plans, plan_id) or found
        if len(found) != 1:
            many = "Several plans begin" if found else "No plan has this name or begins"
            raise FixSettings(f"{many} with {plan_id!r}.", code="plan_unknown")
    chosen = found[0]
    if chosen.status not in OPEN_PLANS:
        raise FixSettings(
            f"Plan {chosen.id[:8]} was {chosen.status} already. `leadpact plan` makes a new one.",
            code="plan_used",
        )
    moved = [
        word
        for word, then, now in (
            ("pact", chosen.pact_hash, pair.pact.hash),
            ("mapping", chosen.mapping_hash, pair.mapping.hash),
        )
        if then != now
    ]
    if moved:
        raise FixSettings(
            f"Plan {chosen.id[:8]} was made under another {' and '.join(moved)}. Run `leadpact plan` again.",
            code="plan_outdated",
        )
    return chosen


def sync(
    ctx: typer.Context,
    max_writes: str = typer.Option(
        "", metavar="N|off", help="Records this run may write without approval."
    ),
    no_canary: bool = typer.Option(
        False, "--no-canary", help="Do not write a first small page alone."
    ),
    only: list[str] = _ONLY,
    every: str = typer.Option(
        "", metavar="TIME|CRON", help="Go on all day: 60s, 5m, 1h, or five fields of cron."
    ),
    zone: str = typer.Option("UTC", help="Where the hours of a cron expression are meant."),
    hot_every: str = typer.Option(
        "60s", metavar="TIME|off", help="With --every: how often to look at what sales waits for."
    ),
    listen: str = typer.Option(
        "", metavar="HOST:PORT", help="With --every: serve /metrics and /health there."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Run one cycle: collect what changed in both CRMs, agree, write, settle.

    The first sync of a pair, and one that would pass a cap, writes nothing: its plan is kept and the exit code is 6.

    With --every it goes on until Ctrl-C or SIGTERM, which end it after the page in flight with exit code 0. What must
    wait is taken up again by itself; `leadpact runs list` says why a tick was left out.

    \b
    Examples:
      leadpact sync
      leadpact sync --max-writes 2000
      leadpact sync --only 0035g00000ABCdEAAW
      leadpact sync --every 5m
      leadpact sync --every '*/10 7-20 * * mon-fri' --zone Europe/Berlin
    """
    console = of(ctx)
    limits = _limits(max_writes, no_canary=no_canary)
    if every:
        from leadpact_app.cli.all_day import sync_all_day

        refuse_one_crm(only)

        code = sync_all_day(
            console,
            every=every,
            zone=zone,
            hot_every=hot_every,
            limits=limits,
            leads=lambda pair: leads_meant(tuple(only), pair),
            as_json=as_json,
            listen=listen,
        )
    else:
        with pair_here(console, or_running=True) as pair:
            code = _one_cycle(console, pair, limits, tuple(only), as_json=as_json)
    raise typer.Exit(code)


def _one_cycle(
    console: Console, pair: Pair, limits: Limits | None, only: tuple[str, ...], *, as_json: bool
) -> int:
    from leadpact_app.cli import run_text

    meant = only_meant(only, pair)
    if limits is not None and limits.max_writes is None:
        limits = replace(limits, max_writes=pair.settings.max_writes)
    with console.progress("Syncing") as step:
        report = pair.run_cycle(limits=limits, only=meant.leads, progress=step)
    told = run_text.told(pair, report)
    if as_json:
        console.json(run_text.as_json(told))
    else:
        run_text.show(console, told)
    mends = pair.refused is not None and report.exit_code in (0, 1)
    return 2 if mends else report.exit_code


def _limits(max_writes: str, *, no_canary: bool) -> Limits | None:
    from leadpact.sync.context import Limits

    if not max_writes and not no_canary:
        return None
    if max_writes not in ("", "off") and not max_writes.isdecimal():
        raise FixSettings(
            f"--max-writes takes a number or `off`, not {max_writes!r}.", code="usage"
        )
    limits = Limits(
        max_writes=int(max_writes) if max_writes.isdecimal() else None, lifted=max_writes == "off"
    )
    return replace(limits, canary=0) if no_canary else limits


def _mark(pair: Pair, saved: SavedPlan, status: str) -> None:
    from leadpact.ports.state_store import StateChanges

    if status != "dropped":
        raise ValueError(status)
    pair.store.commit(
        StateChanges(plans=[replace(saved, status="dropped")]), None, pair.clock.now()
    )
