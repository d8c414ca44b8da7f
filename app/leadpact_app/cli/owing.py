"""What sales still owes: rejections and set-backs without a reason (R16, S96)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from leadpact_app.cli.console import many, moment, of, shown
from leadpact_app.cli.opening import documents, settings_here, state_here
from leadpact_app.cli.sheet import CSV, EVERY_ROW

if TYPE_CHECKING:
    from leadpact.audit.queue import Owing
    from leadpact.ports.state_store import StateReader

EVERY = 1_000_000_000
_WHAT = {
    "rejected": "rejected, reason owed",
    "set_back": "set back, put right",
    "sitting": "left at a rejecting status",
}


def list_owed(
    ctx: typer.Context,
    rep: str = typer.Option("", help="Only this rep, by id as shown."),
    limit: int = typer.Option(50, min=1, help="So many, the longest ago first."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List silent rejections, the longest ago first.

    They owe a reason, were set back without one, or sit at a status that means rejection while nobody settled it.

    A reason entered on the record in either CRM settles what is owed with the next sync. A set-back without a reason
    was put right at once; it is listed until the lead moves on.

    \b
    Examples:
      leadpact review owed
      leadpact review owed --rep salesforce:0055g00000AbCdE
      leadpact review owed --limit 200 --json
    """
    from leadpact.audit.queue import by_rep, rejecting_values, silent
    from leadpact_app.bootstrap import make_clock

    console = of(ctx)
    limit = EVERY_ROW if csv else limit
    settings = settings_here()
    pact, mapping = documents(settings)
    now = make_clock(settings).now()
    with state_here() as store:
        every = silent(store, pact, now, EVERY, rejecting_values(mapping))
    found = [one for one in every if rep in ("", one.rep)]
    counts = by_rep(one.rep for one in every)
    owed = sum(one.what == "rejected" for one in found)
    if as_json or csv:
        console.json(
            {
                "owed": [_as_json(one) for one in found[:limit]],
                "by_rep": dict(counts),
                "total": len(found),
            },
            csv,
            "owed",
        )
        return
    if not found:
        console.say("No rejection owes a reason, and nobody set a lead back without one.")
        return
    console.table(
        "",
        ("Lead", "Rep", "What", "Stage", "Since (UTC)", "Manager told (UTC)", "Why"),
        [
            (
                one.link_id[:8],
                one.rep or "unknown",
                _WHAT[one.what],
                pact.label(one.stage) or "none agreed",
                moment(one.since),
                _escalation(one),
                shown(one.why, 100),
            )
            for one in found[:limit]
        ],
    )
    if len(found) > limit:
        console.say(f"… and {len(found) - limit:,} more; --limit shows them.")
    console.say("Per rep: " + ", ".join(f"{name or 'unknown'} {number}" for name, number in counts))
    if owed:
        console.say("A reason entered on the record in either CRM settles it with the next sync.")


def _escalation(one: Owing) -> str:
    if one.manager_at is None:
        return ""
    return f"{moment(one.manager_at)}{', due' if one.escalated else ''}"


def _as_json(one: Owing) -> dict[str, Any]:
    return {
        "lead": one.link_id,
        "rep": one.rep,
        "what": one.what,
        "stage": one.stage,
        "since": one.since,
        "manager_at": one.manager_at,
        "escalated": one.escalated,
        "why": one.why,
    }


def count_owed(store: StateReader) -> int:
    """How many rejections and set-backs lack a reason now."""
    return store.count("owing", datetime.now(UTC))


def owed_line(total: int) -> str:
    """The line that points to the list, "" where nothing is owed."""
    if not total:
        return ""
    owe = "owes" if total == 1 else "owe"
    return f"{many(total, 'rejection')} still {owe} a reason: leadpact review owed"
