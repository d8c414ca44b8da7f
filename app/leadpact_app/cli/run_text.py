"""A run as people and programs read it: per CRM what was written and what it cost, and what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadpact_app.cli import faults_text
from leadpact_app.cli.console import Console, crm_label, many, moment, shown
from leadpact_app.cli.doubling import duplicates_line

if TYPE_CHECKING:
    from leadpact.model.link import Outcome, Run
    from leadpact.ports.state_store import StateReader
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap import Pair

MOST_OUTCOMES = 100_000
SWEPT = "?archived=true"
"""How the routes end that list deleted records."""
_WINDOW = "window_p95_ms"


@dataclass(frozen=True, slots=True)
class RunTold:
    """All that is said of one cycle. ``calls`` are HTTP calls by CRM and route, of this whole command."""

    run_id: str
    plan_id: str
    status: str
    note: str
    exit_code: int
    counts: Mapping[str, int]
    failed: Mapping[str, int]
    problems: Mapping[str, str]
    held: Mapping[str, int]
    calls: Mapping[str, Mapping[str, int]]
    crms: tuple[str, ...]
    at: datetime
    beside: tuple[str, ...] = ()


def told(pair: Pair, report: CycleReport) -> RunTold:
    """Gather what is said of a cycle that has just ended."""
    runs = pair.store.runs(1)
    run_id = runs[0].id if runs else ""
    failed: Counter[str] = Counter()
    if report.counts["failed"]:
        outcomes = pair.store.outcomes(run_id=run_id, limit=MOST_OUTCOMES)
        failed.update(one.crm for one in outcomes if one.result == "failed")
    return RunTold(
        run_id=run_id,
        plan_id=report.plan_id,
        status=report.status,
        note=report.note,
        exit_code=report.exit_code,
        counts={name: count for name, count in sorted(report.counts.items()) if count},
        failed=dict(failed),
        problems=dict(report.problems),
        held=dict(report.held_causes.most_common()),
        calls=pair.calls.by_crm(),
        crms=tuple(pair.connectors),
        at=pair.clock.now(),
        beside=tuple(sentence for one in pair.neighbours for sentence in one.told),
    )


def as_json(run: RunTold) -> dict[str, Any]:
    """For programs."""
    return {
        "run": run.run_id,
        "plan": run.plan_id,
        "status": run.status,
        "note": run.note,
        "other_syncs": list(run.beside),
        "exit_code": run.exit_code,
        "counts": {
            **dict.fromkeys(("leads", "written", "unchanged", "held", "failed", "created"), 0),
            **run.counts,
        },
        "crms": {
            crm: {
                "written": run.counts.get(f"written_{crm}", 0),
                "failed": run.failed.get(crm, 0),
                "calls": _calls(run, crm),
                "sweep_calls": _sweep_calls(run, crm),
                "routes": dict(run.calls.get(crm, {})),
            }
            for crm in run.crms
        },
        "held": dict(run.held),
        "problems": dict(run.problems),
        "faults": faults_text.faults_met(run.counts, run.crms),
    }


def aside(counts: Mapping[str, int], planned: str = "") -> str:
    """What else became of leads, where anything did: they wait for a pause, or are out of scope (R37, R38)."""
    words = ((f"{planned}paused", "paused"), (f"{planned}out_of_scope", "out of scope"))
    return "".join(f", {counts[name]:,} {word}" for name, word in words if counts.get(name))


def _calls(run: RunTold, crm: str) -> int:
    """Calls of the cycle, the daily sweep left out (R26)."""
    return sum(run.calls.get(crm, {}).values()) - _sweep_calls(run, crm)


def _sweep_calls(run: RunTold, crm: str) -> int:
    calls = run.calls.get(crm, {})
    return sum(number for route, number in calls.items() if route.endswith(SWEPT))


def show(console: Console, run: RunTold) -> None:
    """For people."""
    counts = run.counts
    console.table(
        "",
        ("CRM", "Written#", "Failed#", "Calls#"),
        [
            (
                crm_label(crm),
                f"{counts.get(f'written_{crm}', 0):,}",
                f"{run.failed.get(crm, 0):,}",
                f"{_calls(run, crm):,}",
            )
            for crm in run.crms
        ],
    )
    looked, written = counts.get("leads", 0), counts.get("written", 0)
    console.say(
        f"{many(looked, 'lead')} looked at: {many(written, 'record')} written, "
        f"{counts.get('created', 0):,} of them new, {many(counts.get('stage_moves', 0), 'stage move')}, "
        f"{counts.get('unchanged', 0):,} unchanged, {counts.get('held', 0):,} held, "
        f"{counts.get('failed', 0):,} failed{aside(counts)}."
    )
    _window(console, counts)
    _beside(console, run)
    for crm, problem in run.problems.items():
        if problem != run.note:
            console.say(f"{crm_label(crm)}: {problem}")
    if run.note:
        console.say(run.note)
    if counts.get("newly_held"):
        console.say(f"{counts['newly_held']:,} newly held: see `leadpact review list`.")
    if counts.get("newly_failed"):
        console.say(f"{counts['newly_failed']:,} newly failed: see `leadpact failures list`.")
    if duplicates := duplicates_line(counts.get("duplicates", 0)):
        console.say(duplicates)
    if run.status == "needs_approval":
        for sentence in run.beside:
            console.say(sentence)
        if counts.get("leads"):
            console.say(
                f"It would write {many(counts.get('planned_writes', 0), 'record')}, "
                f"{counts.get('planned_creates', 0):,} of them new, with "
                f"{many(counts.get('planned_stage_moves', 0), 'stage move')}, and hold "
                f"{many(counts.get('planned_held', 0), 'lead')}."
            )
        console.say(
            f"Nothing was written. Plan {run.plan_id[:8]} waits: look with `leadpact plan`, then `leadpact apply`."
        )


def _beside(console: Console, run: RunTold) -> None:
    """What the calls met, those that looked for deletions, and whom new fields make due."""
    for sentence in faults_text.told(run.counts, run.crms):
        console.say(sentence)
    for crm in run.crms:
        if swept := _sweep_calls(run, crm):
            console.say(
                f"Beside that, {many(swept, 'call')} looked for deletions of the last day in {crm_label(crm)}: "
                f"{many(run.counts.get('sweep_found', 0), 'lead')} found."
            )
    if due := run.counts.get("new_fields_sweep", 0):
        console.say(
            f"Fields came into sight that leads were looked at without: {many(due, 'lead')} due again, next cycle."
        )


def _window(console: Console, counts: Mapping[str, int]) -> None:
    """How long another's edit could have slipped in between (R7), where anything was written."""
    if counts.get(_WINDOW) and counts.get("written"):
        console.say(
            f"95 % of the records were written within {counts[_WINDOW] / 1000:.2f} s of being read."
        )


def run_as_json(run: Run, outcomes: Sequence[Outcome] | None = None) -> dict[str, Any]:
    """One stored run for programs."""
    payload: dict[str, Any] = {
        "run": run.id,
        "kind": run.kind,
        "status": run.status,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "counts": dict(run.counts),
        "note": run.note,
        "pact": run.pact_hash,
        "mapping": run.mapping_hash,
        "undoes": run.undoes,
    }
    if outcomes is not None:
        payload["outcomes"] = [
            {
                "lead": one.link_id,
                "crm": one.crm,
                "result": one.result,
                "cause": one.cause,
                "fields": list(one.fields),
                "at": one.at,
            }
            for one in outcomes
        ]
    return payload


def show_run(console: Console, run: Run, outcomes: Sequence[Outcome], limit: int) -> None:
    """One stored run for people: what became of each record, by cause."""
    console.say(f"Run {run.id} ({run.kind}), {run.status}")
    console.say(f"started {moment(run.started_at)} UTC, ended {moment(run.ended_at)} UTC")
    if run.note:
        console.say(run.note)
    if run.counts:
        console.table(
            "",
            ("Count", "#"),
            [
                (name.replace("_", " "), f"{n:,}")
                for name, n in run.counts.items()
                if name != _WINDOW
            ],
        )
        _window(console, run.counts)
    causes = Counter((one.result, one.crm, one.cause) for one in outcomes)
    if causes:
        console.table(
            "Outcomes",
            ("Result", "CRM", "Cause", "Records#"),
            [
                (result, crm_label(crm) if crm else "both", cause, f"{count:,}")
                for (result, crm, cause), count in causes.most_common()
            ],
        )
    rows = [
        (
            one.link_id[:8],
            crm_label(one.crm) if one.crm else "both",
            one.result,
            one.cause,
            shown(", ".join(one.fields), 80),
        )
        for one in outcomes[:limit]
    ]
    if rows:
        console.table("Records", ("Lead", "CRM", "Result", "Cause", "Fields"), rows)
    if len(outcomes) > limit:
        console.say(f"… and {len(outcomes) - limit:,} more; --limit shows them.")


def find_run(store: StateReader, run_id: str) -> Run | None:
    """A run by id, by its beginning, or the newest for ``last``."""
    runs = store.runs(10_000)
    if run_id == "last":
        return runs[0] if runs else None
    exact = store.run(run_id)
    if exact is not None:
        return exact
    near = [one for one in runs if one.id.startswith(run_id)]
    return near[0] if len(near) == 1 else None
