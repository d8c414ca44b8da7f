"""`leadpact sync --every`: one process that syncs all day; a live line on a terminal, JSON logs elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leadpact_app.cli.console import Console, many
from leadpact_app.cli.opening import (
    look_for_garbage,
    pending_words,
    refused_words,
    settings_here,
    state_here,
)

if TYPE_CHECKING:
    from leadpact.sync.context import Limits
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap import Pair
    from leadpact_app.runs.all_day import LaneName, Standing, Turned
    from leadpact_app.runs.missed import Missed
    from leadpact_app.runs.watch import Watch


ONE_MINUTE = timedelta(minutes=1)
WATCH_EVERY = timedelta(seconds=30)


def sync_all_day(
    console: Console,
    *,
    every: str,
    zone: str,
    hot_every: str,
    limits: Limits | None,
    leads: Callable[[Pair], tuple[str, ...]],
    as_json: bool,
    listen: str = "",
    worker: str | None = None,
) -> int:
    """Sync until the process is asked to end (SIGTERM, Ctrl-C); returns its exit code.

    Args:
        listen: where metrics and health are served meanwhile; "" = nowhere.
        worker: this process is one of several workers of the pair, of this name; "" = that of the machine.

    Raises:
        FixSettings, SignIn, WaitUntil, Stop: before the first cycle; later errors are told, and tried again.
    """
    from dataclasses import replace

    from leadpact_app.bootstrap.cycles import Cycles
    from leadpact_app.bootstrap.watching import open_worker, watch_of
    from leadpact_app.cli.ending import asked_to_end
    from leadpact_app.cli.serving import serving
    from leadpact_app.observe.logs import set_up_logs
    from leadpact_app.runs.all_day import AllDay
    from leadpact_app.runs.missed import TickBook
    from leadpact_app.runs.ticks import ticks_of

    ticks = ticks_of(every, zone)
    hot = None if hot_every == "off" else ticks_of(hot_every, option="--hot-every")
    lanes = None if hot is None else hot.every or ONE_MINUTE
    if lanes is not None and ticks.every is not None and lanes >= ticks.every:
        # A hot lane no quicker than the bulk lane has no ticks of its own, only its place between two pages.
        hot = None
    terminal = sys.stderr.isatty()
    set_up_logs(verbose=console.verbose or not terminal)
    teller = Teller(console, terminal=terminal, as_json=as_json)

    def within(pair: Pair) -> Limits | None:
        if limits is not None and limits.max_writes is None:
            return replace(limits, max_writes=pair.settings.max_writes)
        return limits

    with asked_to_end() as stopping:
        cycles = Cycles(
            settings_here,
            hot_every=lanes,
            stopping=stopping.is_set,
            limits=within,
            only=leads,
            progress=teller.progress,
            ended=teller.ended,
        )
        with cycles.opened() as pair, state_here() as store, ExitStack() as stack:
            look_for_garbage()
            if pair.refused is not None:
                console.warn(refused_words(pair.settings.pact, pair.refused, pair.pact))
            if pair.pending is not None:
                console.warn(pending_words(pair.settings.pact, pair.pending, pair.pact.hash))
            teller.began(ticks.text, pair)
            if listen:
                stack.callback(serving(console, pair.settings, listen).close)

            def turn(lane: LaneName, _due: datetime) -> Turned:
                return cycles.turn(lane)

            taken: Callable[[LaneName, datetime], Turned] = turn
            if worker is not None:
                runs = stack.enter_context(
                    open_worker(pair.settings, store, pair.clock, cycles, worker)
                )
                runs.prune()
                teller.took_up(runs.take_up())
                taken = runs.turn
            teller.watch = watch_of(pair.settings, pair.pact, store)
            all_day = AllDay(
                ticks,
                hot,
                pair.clock,
                TickBook(store),
                stopping,
                taken,
                teller.missed,
                teller.rests,
                teller.show,
            )
            code = all_day.run()
            teller.stops(code)
    return code


class Teller:
    """Tells what a process does that nobody waits for: lines on a terminal, JSON logs elsewhere.

    Args:
        as_json: each whole cycle as a document on stdout, too.
    """

    def __init__(self, console: Console, *, terminal: bool, as_json: bool) -> None:
        import structlog

        self._console = console
        self._terminal = terminal
        self._json = as_json
        self._log = structlog.get_logger()
        self._counts: dict[str, int] = {}
        self._live = ""
        self._watched: datetime | None = None
        self.watch: Watch | None = None

    def took_up(self, run_ids: list[str]) -> None:
        """Runs of the state that this worker put on their way again."""
        for one in run_ids:
            self._event("run_taken_up", f"Run {one} goes on from its place.", run=one)

    def began(self, every: str, pair: Pair) -> None:
        """The process is ready."""
        self._event(
            "all_day_began",
            f"leadpact syncs {pair.settings.pair} at {every}; Ctrl-C ends it.",
            every=every,
        )

    def progress(self, word: str, count: int) -> None:
        """So many more were collected, observed or written in the cycle that goes on."""
        if not self._terminal:
            return
        self._counts[word] = self._counts.get(word, 0) + count
        self._line(
            "Syncing: " + " · ".join(f"{one} {total:,}" for one, total in self._counts.items())
        )

    def ended(self, pair: Pair, lane: LaneName, report: CycleReport) -> None:
        """A cycle came to its end."""
        from leadpact_app.cli import run_text

        self._counts.clear()
        if lane == "bulk" and self._json:
            self._console.json(run_text.as_json(run_text.told(pair, report)))
        counts = {name: count for name, count in report.counts.items() if count}
        done = [
            f"{report.counts[name]:,} {word}"
            for name, word in (("written", "written"), ("held", "held"), ("failed", "failed"))
            if report.counts[name]
        ]
        quiet = lane == "hot" and not done and report.exit_code == 0
        words = f"{_clock(pair.clock.now())} {lane}: {report.status.replace('_', ' ')}"
        words += f" · {', '.join(done) or 'nothing to write'}"
        if report.note and report.exit_code:
            words += f" · {report.note}"
        if quiet:
            return
        self._event(
            "cycle_ended",
            words,
            lane=lane,
            status=report.status,
            exit_code=report.exit_code,
            counts=counts,
        )
        for crm, problem in report.problems.items():
            self._event("problem", f"  {crm}: {problem}", warning=True, crm=crm, why=problem)

    def missed(self, missed: Missed) -> None:
        """Ticks were left out."""
        self._event(
            "ticks_missed",
            missed.words(),
            warning=True,
            cause=missed.cause,
            ticks=missed.count,
            first=missed.first.isoformat(),
            last=missed.last.isoformat(),
            why=missed.words(),
        )

    def rests(self, lane: LaneName, turned: Turned, until: datetime) -> None:
        """A lane waits for a limit, an approval, or somebody who mends something."""
        words = (
            f"{_clock(until)} UTC is the next try of the {lane} lane: {turned.note or 'it waits.'}"
        )
        self._event(
            "lane_rests",
            words,
            warning=True,
            lane=lane,
            exit_code=turned.code,
            until=until.isoformat(),
            why=turned.note,
        )

    def show(self, standing: Standing) -> None:
        """Where things stand, while nothing is done."""
        if self._watched is None or standing.now - self._watched >= WATCH_EVERY:
            self._watched = standing.now
            for notice in self.watch.look(standing.now) if self.watch is not None else ():
                self._event(
                    "told", f"Told {notice.to}: {notice.subject}", about=notice.kind, to=notice.to
                )
        if not self._terminal:
            return
        words = f"Next cycle {_clock(standing.next_bulk)} UTC, in {_span(standing.next_bulk - standing.now)}"
        if standing.next_hot is not None:
            words += f" · hot lane in {_span(standing.next_hot - standing.now)}"
        if standing.waits:
            words += f" · waits: {standing.waits[:60]}"
        self._line(words)

    def stops(self, code: int) -> None:
        """The process ends."""
        self._event(
            "all_day_ended",
            "leadpact was asked to end." if code == 0 else "leadpact stops.",
            exit_code=code,
        )

    def _event(self, event: str, words: str, *, warning: bool = False, **fields: Any) -> None:
        if not self._terminal:
            (self._log.warning if warning else self._log.info)(event, **fields)
            return
        self._line("")
        sys.stderr.write("\r")
        self._console.warn(words)

    def _line(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(len(self._live)))
        sys.stderr.flush()
        self._live = text


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S}"


def _span(left: timedelta) -> str:
    seconds = max(int(left.total_seconds()), 0)
    if seconds < 120:
        return many(seconds, "second")
    return (
        f"{seconds // 60} min"
        if seconds < 7200
        else f"{seconds // 3600} h {seconds % 3600 // 60} min"
    )
