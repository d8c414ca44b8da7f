"""`pact what-if`: what another agreement would make of the leads there are. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from leadpact_app.cli.console import Console, many, of
from leadpact_app.cli.opening import settings_here, state_here

if TYPE_CHECKING:
    from leadpact.audit.another_pact import Change
    from leadpact.pact import Pact
    from leadpact.ports.population import Comparison, Standing

_VERDICTS = {
    "qualified": "qualified",
    "not_yet": "not yet",
    "needs_data": "needs data",
    "excluded": "excluded",
    "disqualified": "disqualified",
}


class EngineName(str, Enum):
    """What scores the population."""

    auto = "auto"
    embedded = "embedded"
    duckdb = "duckdb"


def add(group: typer.Typer) -> None:
    """Add this command to the group."""
    group.command("what-if", short_help="Score all leads by another agreement, and compare.")(
        what_if
    )


def what_if(
    ctx: typer.Context,
    pact: str = typer.Option(..., "--pact", metavar="FILE", help="The other agreement."),
    examples: int = typer.Option(10, min=0, max=1000, help="Leads shown one by one."),
    engine: EngineName = typer.Option(
        EngineName.auto, help="auto takes DuckDB for many leads, where it is installed."
    ),
    tables: str = typer.Option(
        "", metavar="FOLDER", help="Score lead and signal in this folder (.parquet or .csv)."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Score all leads by the running agreement and by another one, and say what differs. Writes nothing.

    The leads are those of leadpact's own state, as they were last agreed; no CRM is asked. With --tables they are those
    of a warehouse, in the form that `leadpact pact query` names.

    \b
    Examples:
      leadpact pact what-if --pact stricter.yaml
      leadpact pact what-if --pact stricter.yaml --examples 50 --json
      leadpact pact what-if --pact stricter.yaml --tables exported/
    """
    from leadpact_app.bootstrap import load_pact_file, make_clock
    from leadpact_app.bootstrap.running import running_pact
    from leadpact_app.cli.pact_effect import change_json, judge_all, show_moves
    from leadpact_app.engines.choosing import files_engine

    console = of(ctx)
    settings = settings_here()
    other = load_pact_file(settings.model_copy(update={"pact": pact}))
    change: Change | None = None
    if tables:
        running = load_pact_file(settings)
        found = files_engine(engine.value).compare_files(
            running.scoring, other.scoring, Path(tables), examples=examples
        )
    else:
        clock = make_clock(settings)
        clock.follow()
        with state_here() as store:
            latest = next(iter(store.activations(1)), None)
            running = running_pact(latest) if latest is not None else load_pact_file(settings)
            change = judge_all(console, store, running, other, clock.now(), engine.value, examples)
        found = change.scores
    if as_json:
        moves = {} if change is None else {"judged": change_json(change)}
        console.json({**_as_json(running, other, found), **moves})
        return
    _show(console, running, other, found)
    if change is not None and change.leads:
        show_moves(console, change, other, {}, "Moved by `pact activate --reassess` alone")


def _as_json(running: Pact, other: Pact, found: Comparison) -> dict[str, Any]:
    def pairs(counts: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
        return [
            {"before": old, "after": new, "leads": n} for (old, new), n in sorted(counts.items())
        ]

    def standing(one: Standing) -> dict[str, Any]:
        return {**asdict(one), "total": one.total}

    return {
        "before": {"version": running.version, "hash": running.hash},
        "after": {"version": other.version, "hash": other.hash},
        "leads": found.leads,
        "rescored": found.rescored,
        "verdicts": pairs(found.verdicts),
        "makes": pairs(found.makes),
        "grades": pairs(found.grades),
        "lanes": pairs(found.lanes),
        "examples": [
            {"lead": one.link_id, "before": standing(one.before), "after": standing(one.after)}
            for one in found.shifts
        ],
    }


def _show(console: Console, running: Pact, other: Pact, found: Comparison) -> None:
    console.say(
        f"{many(found.leads, 'lead')} scored by pact {running.version} ({running.hash[:8]}) and by "
        f"{other.version} ({other.hash[:8]}). Nothing was written."
    )
    if not found.leads:
        console.say("There is no lead in the state yet: the first sync brings them.")
        return
    before, after = _sums(found.verdicts, 0), _sums(found.verdicts, 1)
    moved = {pair: n for pair, n in found.verdicts.items() if pair[0] != pair[1]}
    console.table(
        "",
        ("Verdict", "Before#", "After#", "Change#"),
        [
            (label, before.get(key, 0), after.get(key, 0), f"{after.get(key, 0) - before.get(key, 0):+,}")
            for key, label in _VERDICTS.items()
            if before.get(key) or after.get(key)
        ],
    )  # fmt: skip
    for (old, new), count in sorted(moved.items(), key=lambda each: (-each[1], each[0])):
        console.say(f"{many(count, 'lead')}: {_VERDICTS[old]} → {_VERDICTS[new]}")
    if not moved:
        console.say("No verdict differs.")
    regraded = sum(n for (old, new), n in found.grades.items() if old != new)
    lanes = sum(n for (old, new), n in found.lanes.items() if old != new)
    console.say(
        f"The total differs for {many(found.rescored, 'lead')}, the grade for {regraded:,}, "
        f"the fast lane for {lanes:,}."
    )
    if found.shifts:
        console.table(
            "",
            ("Lead", "Verdict", "Total", "Grade", "Fast lane"),
            [
                (
                    one.link_id[:8],
                    _arrow(_VERDICTS[one.before.verdict], _VERDICTS[one.after.verdict]),
                    _arrow(_points(one.before.total), _points(one.after.total)),
                    _arrow(one.before.grade, one.after.grade),
                    _arrow(one.before.fast_lane or "none", one.after.fast_lane or "none"),
                )
                for one in found.shifts
            ],
        )


def _sums(counts: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    sums: dict[str, int] = {}
    for pair, count in counts.items():
        sums[pair[side]] = sums.get(pair[side], 0) + count
    return sums


def _points(hundredths: int) -> str:
    return f"{hundredths / 100:g}"


def _arrow(old: str, new: str) -> str:
    return old if old == new else f"{old} → {new}"
