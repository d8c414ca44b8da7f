"""What a saved plan was not applied to, as people and programs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadpact_app.cli.console import Console, crm_label, many, moment, shown

if TYPE_CHECKING:
    from leadpact.sync.report import CycleReport

SHOWN = 50
MOST_IN_CELL = 40


def as_json(report: CycleReport) -> dict[str, Any]:
    """For programs: nothing where nothing was refused."""
    return {
        "refused": [
            {
                "lead": one.link_id,
                "crm": one.ref.crm,
                "kind": one.ref.kind,
                "record": one.ref.id,
                "field": one.field,
                "before": one.before,
                "now": one.now,
                "why": one.why,
                "who": one.who,
                "at": one.at,
            }
            for one in report.refused
        ]
    }


def show(console: Console, report: CycleReport) -> None:
    """For people."""
    rows = []
    for one in report.refused[:SHOWN]:
        where = f"{crm_label(one.ref.crm)} {one.ref.kind} {one.ref.id}" if one.ref.crm else "agreed"
        by = f"{one.who}, {moment(one.at)} UTC" if one.who and one.at else one.who
        change = f"{shown(one.before, MOST_IN_CELL)} → {shown(one.now, MOST_IN_CELL)}"
        rows.append((one.link_id[:8], where, one.field, change, by or one.why))
    if rows:
        console.table(
            "Refused: moved since the plan",
            ("Lead", "Record", "Field", "Then → now", "By whom, or why"),
            rows,
        )
    moved, beside = report.counts["moved_since_plan"], report.counts["not_in_plan"]
    if moved:
        console.say(
            f"{many(moved, 'lead')} refused, since something of them moved; the next sync decides them anew."
        )
    if beside:
        console.say(
            f"{many(beside, 'lead')} changed that the plan does not have; the next sync takes them."
        )
