"""The journal of a run: each field that it wrote, what stood there before, what was written, and the rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leadpact_app.cli.console import Console, crm_label, shown

if TYPE_CHECKING:
    from leadpact.model.link import Intent
    from leadpact.ports.state_store import StateReader

MOST_WRITES = 100_000
MOST_IN_CELL = 40


def as_json(store: StateReader, run_id: str) -> dict[str, Any]:
    """For programs; a CSV takes the same rows."""
    return {
        "fields": [
            _row(one, name)
            for one in _writes(store, run_id)
            for name in (one.rule if one.op == "archive" else one.wanted)
        ]
    }


def _writes(store: StateReader, run_id: str) -> Sequence[Intent]:
    return sorted(
        store.intents(run_id=run_id, limit=MOST_WRITES),
        key=lambda one: (one.link_id, one.created_at, one.id),
    )


def _row(one: Intent, name: str) -> dict[str, Any]:
    return {
        "lead": one.link_id,
        "crm": one.ref.crm,
        "kind": one.ref.kind,
        "record": one.ref.id,
        "field": name,
        "before": one.before.get(name),
        "written": "archived" if one.op == "archive" else one.wanted[name],
        "rule": one.rule.get(name, ""),
        "state": one.state,
        "at": one.created_at,
    }


def show(console: Console, store: StateReader, run_id: str, limit: int) -> None:
    """For people."""
    rows = as_json(store, run_id)["fields"]
    if not rows:
        console.say("No field is kept of it: it wrote none, or it is more than 90 days ago.")
        return
    console.table(
        "Fields",
        ("Lead", "Record", "Field", "Before → written", "Rule", "Ended"),
        [
            (
                one["lead"][:8],
                f"{crm_label(one['crm'])} {one['kind']} {one['record'] or 'new'}",
                one["field"],
                f"{shown(one['before'], MOST_IN_CELL)} → {shown(one['written'], MOST_IN_CELL)}",
                shown(one["rule"], MOST_IN_CELL),
                one["state"],
            )
            for one in rows[:limit]
        ],
    )
    if len(rows) > limit:
        console.say(f"… and {len(rows) - limit:,} more; --limit shows them, --json has all.")
