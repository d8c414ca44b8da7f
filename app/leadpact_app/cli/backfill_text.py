"""A backfill in words: its forecast, its progress, its report (R33)."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadpact_app.cli.console import Console, crm_label, many, moment

if TYPE_CHECKING:
    from leadpact.model.link import Run
    from leadpact.model.run_order import RunOrder
    from leadpact.ports.state_store import StateReader
    from leadpact_app.bootstrap import Pair
    from leadpact_app.bootstrap.backfilling import Forecast

LEFT: Final[dict[str, str]] = {
    "changed": "changed since the last sync; sync first, then backfill again",
    "held": "waits for a person as a whole (`leadpact review list`)",
    "gone": "deleted, or without a record",
    "failing": "a CRM refuses something of it (`leadpact failures list`): no row there, no stage",
    "undone": "an undo put it back, and it stays so (`leadpact undo --pinned`; `--release`)",
    "paused": "fields that somebody paused",
    "scope": "out of scope, or back in it only now (`scope` in the mapping)",
    "busy": "changed again and again while it was worked on",
}
"""Why a lead is left alone, for people."""
REJECTS: Final[dict[str, str]] = {
    "field_missing": "not there; `leadpact provision` makes it",
    "field_read_only": "leadpact may not write it",
    "picklist_value_unknown": "the picklist lacks the value; `leadpact provision` adds it",
    "value_too_long": "the value is too long",
}
EVERY_S: Final = 30.0
"""Seconds between two lines of progress where no terminal shows one line that moves."""


def forecast_as_json(told: Forecast) -> dict[str, Any]:
    """For programs."""
    return {
        "run": told.run_id,
        "leads": told.leads,
        "looked_at": told.looked,
        "records": told.rows,
        "dates": told.dates,
        "stages": told.stages,
        "minutes": round(told.minutes, 2),
        "crms": {
            crm: {
                "records": one.rows,
                "calls": one.calls,
                "minutes": round(one.minutes, 2),
                "calls_left_today": one.left,
            }
            for crm, one in told.crms.items()
        },
        "left_alone": dict(told.left),
        "rejects": dict(told.rejects),
        "native_stages": told.native_asked,
        "native_values": dict(told.native),
    }


def show_forecast(console: Console, told: Forecast) -> None:
    """For people."""
    part = told.looked < told.leads
    of = f"by {told.looked:,} of them, scaled" if part else "all looked at"
    console.say(f"Forecast {told.run_id}: {many(told.leads, 'lead')}, {of}. Nothing was written.")
    console.table(
        "",
        ("CRM", "Records#", "Calls#", "Minutes#", "Calls left today#"),
        [
            (
                crm_label(crm),
                f"{one.rows:,}",
                f"{one.calls:,}",
                f"{one.minutes:,.0f}" if one.minutes else "no burst limit",
                f"{one.left:,}" if one.left is not None else "unknown",
            )
            for crm, one in told.crms.items()
        ],
    )
    console.say(
        f"{told.dates:,} dates to fill in; history shows {many(told.stages, 'lead')} further on than was agreed. "
        f"It takes {_minutes(told.minutes)}."
    )
    for crm, one in told.crms.items():
        if one.left is not None and one.calls > one.left:
            console.say(
                f"{crm_label(crm)}: more calls than are left today; the run waits when they are used up and goes on "
                "with `leadpact runs resume`."
            )
    _causes(console, "Left alone", told.left, LEFT)
    _causes(console, "Would be refused", told.rejects, REJECTS)
    if told.native:
        title = (
            "Native values" if told.native_asked else "Native values (only with --native-stages)"
        )
        console.table(
            title, ("Value", "Records#"), [(one, f"{n:,}") for one, n in told.native.items()]
        )
    console.say("To carry it out: leadpact backfill stages --write")


def in_short(run: Run) -> str:
    """The forecast in a sentence, before it is approved."""
    counts = run.counts
    return (
        f"Backfill {run.id}: {many(counts.get('forecast_rows', 0), 'record')} of "
        f"{many(counts.get('forecast_leads', 0), 'lead')}, about {counts.get('forecast_calls', 0):,} calls and "
        f"{counts.get('forecast_minutes', 0):,} min (forecast of {moment(run.started_at)} UTC)."
    )


def run_as_json(store: StateReader, run: Run) -> dict[str, Any]:
    """One backfill for programs."""
    order = store.order(run.id)
    return {
        "run": run.id,
        "kind": run.kind,
        "status": run.status,
        "asked": order.asked if order is not None else "",
        "note": run.note,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "counts": dict(run.counts),
        **_pace(run.counts),
    }


def show_run(console: Console, run: Run) -> None:
    """One backfill for people."""
    counts = run.counts
    console.say(f"Backfill {run.id}: {run.status.replace('_', ' ')}.")
    done, of = counts.get("leads", 0), counts.get("of", 0)
    written = ", ".join(
        f"{n:,} in {crm_label(name.removeprefix('written_'))}"
        for name, n in counts.items()
        if name.startswith("written_")
    )
    console.say(
        f"{done:,} of {many(of, 'lead')}: {many(counts.get('written', 0), 'record')} written"
        f"{f' ({written})' if written else ''}, {counts.get('dates', 0):,} dates, "
        f"{many(counts.get('stages', 0), 'stage')} from history, {counts.get('failed', 0):,} refused, "
        f"{counts.get('unchanged', 0):,} had nothing to fill in."
    )
    if counts.get("held_stage"):
        console.say(
            f"{many(counts['held_stage'], 'lead')} with a stage that waits for a person got dates only "
            "(`leadpact review list`)."
        )
    _causes(console, "Left alone", _part(counts, "left_"), LEFT)
    _causes(
        console,
        "Refused ahead",
        {name: n for name, n in _part(counts, "reject_").items() if ":" in name},
        REJECTS,
    )
    if counts.get("failed"):
        console.say("See `leadpact failures list`.")
    if run.note:
        console.say(run.note)


def _part(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): n for name, n in counts.items() if name.startswith(prefix) and n
    }


def _causes(
    console: Console, title: str, counts: Mapping[str, int], words: Mapping[str, str]
) -> None:
    if not counts:
        return
    rows = []
    for name, count in sorted(counts.items(), key=lambda one: -one[1]):
        cause, _, where = name.partition(":")
        rows.append((where or cause, words.get(cause, cause), f"{count:,}"))
    console.table(title, ("Cause", "Means", "Leads#"), rows)


def _pace(counts: Mapping[str, int]) -> dict[str, Any]:
    done, of, seconds = counts.get("leads", 0), counts.get("of", 0), counts.get("seconds", 0)
    rate = done / seconds if seconds else 0.0
    return {
        "leads_per_second": round(rate, 1),
        "seconds_left": round((of - done) / rate) if rate and of > done else 0,
    }


def _minutes(minutes: float) -> str:
    return "less than a minute" if minutes < 1 else f"about {minutes:,.0f} min"


@dataclass(slots=True)
class Progress:
    """How far a run is: leads, rate, time left, the day's calls; one moving line, or a line now and then."""

    console: Console
    pair: Pair
    told_at: float = 0.0
    longest: int = 0

    def told(self, order: RunOrder) -> None:
        """A piece is done."""
        run = self.pair.store.run(order.run_id)
        now = time.monotonic()
        moving = sys.stderr.isatty()
        if run is None or (not moving and self.told_at and now - self.told_at < EVERY_S):
            return
        self.told_at = now
        line = self._line(run)
        if moving:
            self.longest = max(self.longest, len(line))
            sys.stderr.write("\r" + line.ljust(self.longest))
            sys.stderr.flush()
        elif run.status == "running":
            self.console.warn(line)

    def end(self) -> None:
        """Leave the moving line."""
        if self.longest:
            sys.stderr.write("\n")

    def _line(self, run: Run) -> str:
        pace = _pace(run.counts)
        done, of = run.counts.get("leads", 0), run.counts.get("of", 0)
        left = pace["seconds_left"]
        words = [f"{done:,} of {of:,} leads", f"{pace['leads_per_second']:,.0f}/s"]
        if left:
            words.append(f"{left // 60} min left" if left >= 90 else f"{left} s left")
        for crm, one in self.pair.allowances().items():
            if one.day and one.left is not None:
                words.append(f"{crm_label(crm)}: {one.left:,} calls left today")
        return " · ".join(words)
