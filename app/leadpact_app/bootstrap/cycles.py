"""Cycles one after another, in a process that outlives its sign-in: what `sync --every` and the worker run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings, LeadpactError, SignIn, Stop, WaitUntil
from leadpact_app.runs.all_day import LaneName, Turned

if TYPE_CHECKING:
    from leadpact.sync.context import Limits
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap.pair import Pair
    from leadpact_app.settings import Settings

HELD = "lease_held"
LOOK_ANEW = timedelta(hours=24)
"""How often a process that runs all day reads both schemas again: what `provision` made, an admin granted or hid."""


def _nothing(_word: str, _count: int) -> None:
    """Nobody follows."""


def _nobody(_pair: Pair, _lane: LaneName, _report: CycleReport) -> None:
    """Nobody is told."""


@dataclass(slots=True)
class Cycles:
    """Runs cycles of one pair. After an error that a person must mend, settings and sign-in are read anew.

    Args:
        settings: reads the settings.
        hot_every: how often the hot lane is looked at; None = there are no lanes.
        stopping: whether the process was asked to end.
        limits: of a whole cycle; None = those of the settings.
        only: names the leads to which whole cycles are restricted, asked each time.
        ended: told of each cycle that came to an end.
    """

    settings: Callable[[], Settings]
    hot_every: timedelta | None = None
    stopping: Callable[[], bool] = lambda: False
    limits: Callable[[Pair], Limits | None] = lambda _pair: None
    only: Callable[[Pair], tuple[str, ...]] = lambda _pair: ()
    progress: Callable[[str, int], None] = _nothing
    ended: Callable[[Pair, LaneName, CycleReport], None] = _nobody
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _pair: Pair | None = None

    def open(self) -> Pair:
        """The pair, signed in; the same one as long as nothing must be mended.

        Raises:
            LeadpactError: by remedy.
        """
        if self._pair is None:
            from leadpact_app.bootstrap.opening import open_pair

            self._pair = self._stack.enter_context(open_pair(self.settings(), or_running=True))
        return self._pair

    def close(self) -> None:
        """Give back connections and the state."""
        self._pair = None
        self._stack.close()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Pair]:
        """The pair, closed at the end."""
        try:
            yield self.open()
        finally:
            self.close()

    def turn(self, lane: LaneName) -> Turned:
        """Run one cycle of a lane; every error of ours is told in what is returned."""
        try:
            pair = self.open()
            pair.look_anew(LOOK_ANEW)
            report = pair.run_cycle(
                limits=self.limits(pair) if lane == "bulk" else None,
                only=self.only(pair) if lane == "bulk" else (),
                progress=self.progress,
                lane=lane,
                hot_every=self.hot_every,
                stopping=self.stopping,
            )
        except WaitUntil as error:
            until = error.until
            if until is None and error.seconds and self._pair is not None:
                until = self._pair.clock.now() + timedelta(seconds=error.seconds)
            return Turned(4, busy=error.code == HELD, until=until, note=error.message)
        except (FixSettings, SignIn) as error:
            self.close()
            return Turned(error.exit_code, note=error.message)
        except Stop as error:
            return Turned(5, note=error.message)
        except LeadpactError as error:
            return Turned(error.exit_code, note=error.message)
        self.ended(pair, lane, report)
        if report.exit_code in (2, 3):
            self.close()
        # A field that waits for approval holds up no other: the cycle was whole.
        code = 0 if report.status == "done" else report.exit_code
        return Turned(code, until=report.wait_until, note=report.note if code else "")
