"""Duplicates: people with several records in one CRM, of which leadpact writes one (R23, R24)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from leadpact_app.cli.console import crm_label, many, of
from leadpact_app.cli.opening import state_here
from leadpact_app.cli.sheet import CSV, EVERY_ROW

if TYPE_CHECKING:
    from leadpact.ports.state_store import StateReader


def list_duplicates(
    ctx: typer.Context,
    limit: int = typer.Option(50, min=1, help="So many records."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    csv: str = CSV,
) -> None:
    """List the records that are not written because their person has another one in the same CRM.

    Merge them there; the next sync then sees one. Until then the others give evidence only, or, in a CRM in which a
    person may have one record, none at all.

    \b
    Examples:
      leadpact review duplicates
      leadpact review duplicates --limit 500 --json
    """
    console = of(ctx)
    limit = EVERY_ROW if csv else limit
    with state_here() as store:
        spare = store.duplicates(limit)
        sides = store.sides(list(dict.fromkeys(one.link_id for one in spare)))
        total = count_duplicates(store)
    written = {
        (side.link_id, side.ref.crm): side.ref
        for group in sides.values()
        for side in group
        if side.primary and side.state == "live"
    }
    rows = [(one, written.get((one.link_id, one.ref.crm))) for one in spare]
    if as_json or csv:
        console.json(
            {
                "duplicates": [
                    {
                        "lead": one.link_id,
                        "crm": one.ref.crm,
                        "kind": one.ref.kind,
                        "record": one.ref.id,
                        "written": {"kind": ref.kind, "record": ref.id} if ref else None,
                    }
                    for one, ref in rows
                ],
                "total": total,
            },
            csv,
            "duplicates",
        )
        return
    if not rows:
        console.say("No person has several records in one CRM.")
        return
    console.table(
        "",
        ("Lead", "CRM", "Duplicate", "Written instead"),
        [
            (
                one.link_id[:8],
                crm_label(one.ref.crm),
                f"{one.ref.kind} {one.ref.id}",
                f"{ref.kind} {ref.id}" if ref else "none",
            )
            for one, ref in rows
        ],
    )
    if total > len(rows):
        console.say(f"… and {total - len(rows):,} more; --limit shows them.")
    console.say("Merge them in their CRM; the next sync then sees one.")


def count_duplicates(store: StateReader) -> int:
    """How many records are duplicates now."""
    return store.count("duplicates", datetime.now(UTC))


def duplicates_line(total: int) -> str:
    """The line that points to the list, "" where there are none."""
    if not total:
        return ""
    verb = "doubles" if total == 1 else "double"
    return f"{many(total, 'record')} {verb} one that is written: leadpact review duplicates"
