"""The commands of response times: who waits for sales, how soon sales answers, what another time had shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from leadpact.errors import FixSettings
from leadpact_app.cli.console import of
from leadpact_app.cli.opening import settings_here, state_here
from leadpact_app.cli.sheet import CSV, EVERY_ROW

if TYPE_CHECKING:
    from datetime import datetime

    from leadpact_app.settings import Settings

EVERY = 1_000_000_000
STATES = {
    "running": "running",
    "near": "near_breach",
    "breached": "breached",
    "met": "met",
    "stopped": "stopped",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    sla = typer.Typer(
        help="Show who waits for sales, and how soon sales answers.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    sla.command("list", short_help="List leads by when first contact is due.")(list_clocks)
    sla.command("report", short_help="Count what was in time, by tier, rep or calendar.")(report)
    sla.command("what-if", short_help="Count it again under other response times.")(what_if)
    app.add_typer(sla, name="sla")


def list_clocks(
    ctx: typer.Context,
    state: str = typer.Option(
        "", help="running, near, breached, met or stopped; else all that wait for an answer."
    ),
    kind: str = typer.Option("contact", help="contact, or qualification (to SQL or rejection)."),
    tier: str = typer.Option("", help="Only this tier: high, medium, low, …"),
    owner: str = typer.Option("", help="Only this rep or queue, by id."),
    limit: int = typer.Option(50, min=1, help="So many, the earliest due first."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List leads that wait for sales, the earliest due first.

    \b
    Examples:
      leadpact sla list
      leadpact sla list --state breached
      leadpact sla list --state near --tier high --json
      leadpact sla list --kind qualification
    """
    from leadpact_app.cli import sla_text

    console = of(ctx)
    limit = EVERY_ROW if csv else limit
    if state and state not in STATES:
        raise FixSettings(f"{state!r} is no state; it is one of {', '.join(STATES)}.", code="usage")
    if kind not in ("contact", "qualification"):
        raise FixSettings("--kind is contact or qualification.", code="usage")
    now = _now(settings_here())
    with state_here() as store:
        ended = state in ("met", "stopped", "breached")
        found = store.clocks(limit=EVERY) if ended else store.running_clocks(limit=EVERY)
        chosen = sorted(
            (
                one
                for one in found
                if one.kind == kind
                and (not state or one.state(now) == STATES[state])
                and (not tier or one.tier == tier)
                and (not owner or owner in (one.owner, one.owner.partition(":")[2]))
            ),
            key=lambda one: (one.due_at, one.link_id),
        )
        shown = chosen[:limit]
        links = store.links([one.link_id for one in shown])
    if as_json or csv:
        console.json(
            {
                "now": now,
                "total": len(chosen),
                "clocks": [sla_text.clock_as_json(one, now) for one in shown],
            },
            csv,
            "clocks",
        )
    else:
        sla_text.show_list(console, shown, links, now, len(chosen))


def report(
    ctx: typer.Context,
    by: str = typer.Option("tier", help="tier, owner or calendar."),
    kind: str = typer.Option("contact", help="contact, or qualification (to SQL or rejection)."),
    since: str = typer.Option("", metavar="DATE", help="Only leads handed over since this day."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Count which first contacts were in time, and how long leads waited.

    \b
    Examples:
      leadpact sla report
      leadpact sla report --by owner --since 2026-11-01
      leadpact sla report --kind qualification --json
    """
    from leadpact.lifecycle.sla_history import tallied
    from leadpact_app.cli import sla_text

    console = of(ctx)
    if by not in ("tier", "owner", "calendar"):
        raise FixSettings("--by is tier, owner or calendar.", code="usage")
    now = _now(settings_here())
    with state_here() as store:
        found = store.clocks(_day(since), EVERY)
    counted = tallied(
        (one for one in found if one.kind == kind), lambda one: sla_text.key_of(one, by), now
    )
    if as_json:
        rows = [sla_text.tally_as_json(key, each) for key, each in counted.items()]
        console.json({"now": now, "by": by, "kind": kind, "rows": rows})
    else:
        sla_text.show_report(console, by, counted)


def what_if(
    ctx: typer.Context,
    pact: str = typer.Option("", metavar="FILE", help="Another agreement; else the one here."),
    high: str = typer.Option("", metavar="TIME", help="Such as 15m, 4h or 2d (working days)."),
    medium: str = typer.Option("", metavar="TIME", help="The same for medium intent."),
    low: str = typer.Option("", metavar="TIME", help="The same for low intent."),
    since: str = typer.Option("", metavar="DATE", help="Only leads handed over since this day."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Show what other response times had shown: every wait that is kept, counted again.

    When each lead was handed over and when sales answered stays as it was; only what is in time changes.
    Nothing is written.

    \b
    Examples:
      leadpact sla what-if --high 15m
      leadpact sla what-if --medium 4h --low 2d --since 2026-10-01
      leadpact sla what-if --pact next.yaml --json
    """
    from leadpact.lifecycle.sla_history import as_if, tallied
    from leadpact_app.cli import sla_text
    from leadpact_app.cli.sla_times import other_times

    console = of(ctx)
    settings = settings_here()
    times = other_times(settings, pact, {"high": high, "medium": medium, "low": low})
    now = _now(settings)
    with state_here() as store:
        kept = [one for one in store.clocks(_day(since), EVERY) if one.kind == "contact"]
        bases = (
            {key: one.base for key, one in store.links([one.link_id for one in kept]).items()}
            if times.choices
            else {}
        )
    was = tallied(kept, lambda one: one.intent or "medium", now)
    changed = as_if(kept, times, lambda link_id: bases.get(link_id, {}))
    would = tallied(changed, lambda one: one.intent or "medium", now)
    if as_json:
        console.json(
            {
                "now": now,
                "leads": len(kept),
                "as_it_is": [sla_text.tally_as_json(key, each) for key, each in was.items()],
                "as_it_would_be": [
                    sla_text.tally_as_json(key, each) for key, each in would.items()
                ],
            }
        )
    else:
        sla_text.show_what_if(console, was, would, times)


def _now(settings: Settings) -> datetime:
    from leadpact_app.bootstrap import make_clock

    return make_clock(settings).now()


def _day(text: str) -> datetime | None:
    from datetime import UTC, datetime

    if not text:
        return None
    try:
        return datetime.fromisoformat(f"{text}T00:00:00").replace(tzinfo=UTC)
    except ValueError as error:
        raise FixSettings(f"{text!r} is no day; write 2026-11-30.", code="usage") from error
