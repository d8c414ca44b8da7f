"""The command queue: leads that wait for sales and that nobody has reviewed yet (S99, S138)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from leadpact_app.cli.console import many, moment, of, shown
from leadpact_app.cli.opening import settings_here, state_here
from leadpact_app.cli.sheet import CSV, EVERY_ROW

if TYPE_CHECKING:
    from leadpact.audit.queue import Waiting

EVERY = 1_000_000_000


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("queue", short_help="List unreviewed MQLs, the longest waiting first.")(list_queue)


def list_queue(
    ctx: typer.Context,
    owner: str = typer.Option("", help="Only this rep or queue, by id as shown."),
    late: bool = typer.Option(False, "--late", help="Only those that wait longer than agreed."),
    limit: int = typer.Option(50, min=1, help="So many, the longest waiting first."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List MQLs that nobody has reviewed yet, the longest waiting first.

    A lead waits from when it became an MQL (or from go-live, or from the last hand raised) until sales takes it,
    rejects it or gets in touch. `ageing` in pact.yaml says after how many days it is late, and when it is recycled as
    unworked.

    \b
    Examples:
      leadpact queue
      leadpact queue --late
      leadpact queue --owner salesforce:0055g00000AbCdE --json
    """
    from leadpact.audit.queue import by_rep, unreviewed, went_live
    from leadpact_app.bootstrap import load_pact_file, make_clock

    console = of(ctx)
    limit = EVERY_ROW if csv else limit
    settings = settings_here()
    pact = load_pact_file(settings, scores=False)
    now = make_clock(settings).now()
    with state_here() as store:
        every = unreviewed(store, pact, went_live(store), now, EVERY)
    found = [one for one in every if owner in ("", one.owner) and (one.late or not late)]
    too_late = [one for one in every if one.late]
    if as_json or csv:
        console.json(
            {
                "queue": [_as_json(one) for one in found[:limit]],
                "late_by_owner": dict(by_rep(one.owner for one in too_late)),
                "late": len(too_late),
                "total": len(found),
            },
            csv,
            "queue",
        )
        return
    if not found:
        console.say(
            "Nobody waits in the queue." if not late else "Nobody waits longer than agreed."
        )
        return
    ageing, both = pact.rejection.ageing, (pact.label("mql"), pact.label("sql"))
    unit = "business days" if ageing.business else "days"
    console.table(
        "",
        (
            "Lead",
            "Owner",
            "Stage",
            f"Waits, {unit}#",
            "Since (UTC)",
            "Late from (UTC)",
            "Why it is there",
        ),
        [
            (
                one.link_id[:8],
                one.owner or "nobody",
                pact.label(one.stage) + (", priority" if one.priority else ""),
                f"{one.days}{' late' if one.late else ''}",
                moment(one.since),
                moment(one.alarm_at) if one.alarm_at is not None else "",
                shown(one.why, 80),
            )
            for one in found[:limit]
        ],
    )
    if len(found) > limit:
        console.say(f"… and {len(found) - limit:,} more; --limit shows them.")
    if too_late:
        told = ", ".join(f"{name or 'nobody'} {n}" for name, n in by_rep(o.owner for o in too_late))
        console.say(f"{many(len(too_late), 'lead')} late, by owner: {told}")
    if ageing.after is not None:
        reason = pact.reasons[ageing.reason].label if ageing.reason in pact.reasons else ""
        console.say(f"After {ageing.after.days} days unworked a lead is recycled: {reason}.")
    console.say(
        f"That an {both[0]} becomes an {both[1]} is the duty of both teams; `leadpact report conversion` shows what "
        "each did for it."
    )


def _as_json(one: Waiting) -> dict[str, Any]:
    return {
        "lead": one.link_id,
        "stage": one.stage,
        "owner": one.owner,
        "since": one.since,
        "days": one.days,
        "late": one.late,
        "late_from": one.alarm_at,
        "recycled_at": one.recycled_at,
        "priority": one.priority,
        "why": one.why,
    }
