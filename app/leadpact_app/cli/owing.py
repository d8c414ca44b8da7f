"""What sales still owes: rejections without their reason (R16); no holds, a reason on the record settles them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from leadpact_app.cli.console import many, moment, of, shown
from leadpact_app.cli.opening import settings_here, state_here

if TYPE_CHECKING:
    from leadpact.ports.state_store import StateReader


def list_owed(
    ctx: typer.Context,
    limit: int = typer.Option(50, min=1, help="So many, the longest owed first."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """List the rejections whose reason is still owed, the longest owed first.

    A reason entered on the record in either CRM settles it with the next sync.

    \b
    Examples:
      leadpact review owed
      leadpact review owed --limit 200 --json
    """
    from leadpact_app.bootstrap import load_pact_file

    console = of(ctx)
    with state_here() as store:
        found = [(one.id, one.stage) for one in store.owing(limit)]
        total = count_owed(store)
    owed = [(link_id, stage) for link_id, stage in found if stage is not None]
    if as_json:
        rows = [
            {"lead": link_id, "stage": stage.stage, "since": stage.since, "why": stage.why}
            for link_id, stage in owed
        ]
        console.json({"owed": rows, "total": total})
        return
    if not owed:
        console.say("No rejection owes a reason.")
        return
    pact = load_pact_file(settings_here())
    console.table(
        "",
        ("Lead", "Stage", "Since (UTC)", "Why"),
        [
            (link_id[:8], pact.label(stage.stage), moment(stage.since), shown(stage.why, 140))
            for link_id, stage in owed
        ],
    )
    if total > len(owed):
        console.say(f"… and {total - len(owed):,} more; --limit shows them.")
    console.say("A reason entered on the record in either CRM settles it with the next sync.")


def count_owed(store: StateReader) -> int:
    """How many rejections owe a reason now."""
    return store.count("owing", datetime.now(UTC))


def owed_line(total: int) -> str:
    """The line that points to the list, "" where nothing is owed."""
    if not total:
        return ""
    owe = "owes" if total == 1 else "owe"
    return f"{many(total, 'rejection')} still {owe} a reason: leadpact review owed"
