"""An undo as people and programs read it: what is put back, what changed since, what is never undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadpact.errors import FixSettings
from leadpact_app.cli.console import Console, crm_label, many, moment, shown

if TYPE_CHECKING:
    from datetime import datetime

    from leadpact.model.link import Run
    from leadpact.model.pin import Pin
    from leadpact.ports.state_store import StateReader
    from leadpact.sync.report import CycleReport
    from leadpact.sync.undoing import UndoLine
    from leadpact_app.bootstrap import Pair

MOST_IN_CELL = 40


@dataclass(slots=True)
class UndoTold:
    """All that is said of one undo.

    Attributes:
        undone: the run that is undone.
        run_id: the undo's own; "" of a dry one.
        sent: messages to people of that run's time, which no undo takes back.
        forgotten: leads that the run wrote to and that were erased since.
    """

    undone: str
    run_id: str
    started_at: datetime
    status: str
    note: str
    exit_code: int
    counts: Mapping[str, int]
    lines: Sequence[UndoLine]
    leads: int
    sent: int
    dry: bool
    forgotten: int = 0

    def count(self, result: str) -> int:
        """How many fields came to this."""
        return self.counts.get(result.replace(" ", "_"), 0)


def told(pair: Pair, run: Run, report: CycleReport, leads: int, *, dry: bool) -> UndoTold:
    """Gather what is said of an undo that has just ended."""
    newest = pair.store.runs(1)
    until = run.ended_at or pair.clock.now()
    sent = sum(
        one.created_at >= run.started_at and one.created_at <= until
        for one in pair.store.notices(state="sent", limit=10_000)
    )
    return UndoTold(
        run.id,
        "" if dry or not newest else newest[0].id,
        run.started_at,
        report.status,
        report.note,
        report.exit_code,
        {name: count for name, count in sorted(report.counts.items()) if count},
        list(report.undone),
        leads,
        sent,
        dry,
    )


def undo_of(store: StateReader, run_id: str) -> str:
    """The newest undo of this run; the run itself where it is an undo.

    Raises:
        FixSettings: there is no such run, or nobody undid it.
    """
    from leadpact_app.cli.run_text import find_run

    run = find_run(store, run_id)
    if run is None:
        raise FixSettings(f"There is no run {run_id!r}.", code="run_unknown")
    if run.kind == "undo":
        return run.id
    for one in store.runs(10_000):
        if one.undoes == run.id:
            return one.id
    raise FixSettings(f"Nobody undid run {run.id}.", code="run_not_undone")


def as_json(undo: UndoTold) -> dict[str, Any]:
    """For programs."""
    return {
        "undone": undo.undone,
        "run": undo.run_id,
        "dry_run": undo.dry,
        "status": undo.status,
        "note": undo.note,
        "exit_code": undo.exit_code,
        "leads": undo.leads,
        "erased_leads": undo.forgotten,
        "messages_sent": undo.sent,
        "counts": {
            **dict.fromkeys(
                ("put_back", "archived", "changed_since", "never_undone", "not_possible"), 0
            ),
            **undo.counts,
        },
        "lines": [
            {
                "lead": one.link_id,
                "crm": one.ref.crm,
                "kind": one.ref.kind,
                "record": one.ref.id,
                "field": one.field,
                "result": one.result.replace(" ", "_"),
                "written": one.ours,
                "before": one.before,
                "now": one.now,
                "why": one.why,
                "who": one.who,
                "at": one.at,
            }
            for one in undo.lines
        ],
    }


def show(console: Console, undo: UndoTold, limit: int, *, changed_only: bool = False) -> None:
    """For people: what stays as it is first, then what is put back."""
    left = [one for one in undo.lines if one.result not in ("put back", "archived")]
    away = [one for one in undo.lines if one.result == "archived"]
    back = [one for one in undo.lines if one.result == "put back"]
    if left and not changed_only:
        console.table(
            "Left as it stands",
            ("Lead", "Record", "Field", "leadpact wrote", "Now", "Why"),
            [_left_row(one) for one in left[:limit]],
        )
    if back and not changed_only:
        console.table(
            "Would be put back" if undo.dry else "Put back",
            ("Lead", "Record", "Field", "Now → as before"),
            [
                (*_record(one), one.field, f"{_cell(one.now)} → {_cell(one.before)}")
                for one in back[:limit]
            ],
        )
    if away and not changed_only:
        console.table(
            "Would be archived" if undo.dry else "Archived",
            ("Lead", "Record that the run made"),
            [_record(one) for one in away[:limit]],
        )
    hidden = max(0, len(away) - limit) + max(0, len(left) - limit) + max(0, len(back) - limit)
    if hidden and not changed_only:
        console.say(f"… and {hidden:,} more; --limit shows them, --json has all.")
    does = "would be put back" if undo.dry else "put back"
    console.say(
        f"Run {undo.undone} of {moment(undo.started_at)} UTC, {many(undo.leads, 'lead')}: "
        f"{many(undo.count('put back'), 'field')} {does},{_archived(undo)} "
        f"{undo.count('changed since'):,} changed since, "
        f"{undo.count('never undone'):,} never undone, {undo.count('not possible'):,} not possible."
    )
    _never(console, undo)
    if undo.note:
        console.say(undo.note)
    if undo.run_id and undo.count("put back"):
        console.say(
            f"This undo is run {undo.run_id}. What was put back stays so (`leadpact undo --pinned`) until a person "
            "edits it, the evidence changes, or you release it."
        )


def _archived(undo: UndoTold) -> str:
    """How many records are taken away, where any is."""
    count = undo.count("archived")
    does = "would be archived" if undo.dry else "archived"
    return f" {many(count, 'record')} {does}," if count else ""


def _never(console: Console, undo: UndoTold) -> None:
    if undo.sent:
        console.say(
            f"{many(undo.sent, 'message')} to people went out then; no undo takes those back."
        )
    if undo.forgotten:
        console.say(
            f"{many(undo.forgotten, 'lead')} of that run were erased since: nothing is kept of them."
        )


def _left_row(one: UndoLine) -> tuple[str, ...]:
    why = one.why or one.result
    if one.who:
        why = f"{why}: {one.who}" + (f", {moment(one.at)} UTC" if one.at else "")
    return (*_record(one), one.field, _cell(one.ours), _cell(one.now), why)


def _record(one: UndoLine) -> tuple[str, str]:
    where = f"{crm_label(one.ref.crm)} {one.ref.kind} {one.ref.id}" if one.ref.crm else "agreed"
    return one.link_id[:8], where


def _cell(value: object) -> str:
    return shown(value, MOST_IN_CELL)


def pins_as_json(pins: Sequence[Pin]) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "lead": one.link_id,
            "crm": one.ref.crm,
            "kind": one.ref.kind,
            "record": one.ref.id,
            "field": one.field,
            "kept": one.kept,
            "undone": one.undone,
            "since": one.since,
            "run": one.run_id,
        }
        for one in pins
    ]


def show_pins(console: Console, pins: Sequence[Pin], *, release: bool) -> None:
    """For people."""
    if not pins:
        console.say("Nothing is pinned." if not release else "Nothing of this is pinned.")
        return
    if release:
        console.say(f"Released {many(len(pins), 'field')}; the next sync decides them anew.")
        return
    rows = [
        (
            one.link_id[:8],
            f"{crm_label(one.ref.crm)} {one.ref.kind} {one.ref.id}" if one.ref.crm else "agreed",
            one.field,
            _cell(one.kept),
            _cell(one.undone),
            f"{moment(one.since)} ({one.run_id})",
        )
        for one in pins
    ]
    console.table(
        "Put back, and stays so",
        ("Lead", "Record", "Field", "Stays", "Not written again", "Since (undo)"),
        rows,
    )
    counted = Counter(one.link_id for one in pins)
    console.say(f"{many(len(pins), 'field')} of {many(len(counted), 'lead')}.")
