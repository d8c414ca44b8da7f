"""Orders of runs carried out by the one engine: what `runs` starts and resumes (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from leadpact.errors import FixSettings, WaitUntil

if TYPE_CHECKING:
    from leadpact.model.link import RunStatus
    from leadpact.model.run_order import RunOrder
    from leadpact.sync.context import Context
    from leadpact.sync.effects import Steps
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap.pair import Pair
    from leadpact_app.runs.inline import InlineRuns

Told = Callable[["RunOrder"], None]
Step = Callable[[str, int], None]
Piece = Callable[["Pair", "RunOrder", Step | None], "CycleReport"]

BETWEEN_S: Final = 0.3
"""How long the pair is free between two pieces: a sync that waits gets its turn."""
LONGEST_WAIT_S: Final = 2.0


def inline_runs(pair: Pair, progress: Step | None = None, told: Told | None = None) -> InlineRuns:
    """Runs of this pair, carried out in this process.

    Args:
        progress: told of every effect, as ``run_cycle`` does.
        told: told of the order after each piece.
    """
    from leadpact_app.runs.inline import InlineRuns

    return InlineRuns(
        pair.store,
        pair.clock,
        partial(carry_out, pair, progress=progress, told=told),
        lambda: uuid4().hex[:12],
    )


def carry_out(
    pair: Pair, order: RunOrder, *, progress: Step | None = None, told: Told | None = None
) -> tuple[RunStatus, int]:
    """Go on with an order for one piece (:data:`leadpact.ports.runs.CarryOut`).

    Raises:
        FixSettings: ``run_kind_unknown``; ``run_unapproved`` where nobody approved its forecast.
    """
    piece = PIECES.get(order.kind)
    if piece is None:
        raise FixSettings(f"A {order.kind} run is not carried out here.", code="run_kind_unknown")
    if order.options.get("approved") != "yes":
        raise FixSettings(
            f"Nobody approved run {order.run_id} yet. See its forecast with `leadpact runs show {order.run_id}`, "
            "then `leadpact backfill stages --write`.",
            code="run_unapproved",
        )
    try:
        report = piece(pair, order, progress)
    except WaitUntil as error:
        if error.code != "lease_held" or not order.place:
            raise
        # A sync took its turn between two pieces.
        pair.clock.sleep(LONGEST_WAIT_S)
        return "running", 0
    if told is not None:
        told(pair.store.order(order.run_id) or order)
    if report.status == "running":
        pair.clock.sleep(_pause(pair, order.run_id))
    return report.status, report.exit_code


def _pause(pair: Pair, run_id: str) -> float:
    """Seconds until the next piece: canaries are watched for as long as was said."""
    from leadpact.sync.backfill_place import BackfillPlace

    order = pair.store.order(run_id)
    until: datetime | None = BackfillPlace.of(order.place).watch_until if order else None
    left = (until - pair.clock.now()).total_seconds() if until is not None else 0.0
    return min(max(left, BETWEEN_S), LONGEST_WAIT_S)


def _backfill(pair: Pair, order: RunOrder, progress: Step | None) -> CycleReport:
    from leadpact.sync.backfill import backfill

    def steps(context: Context) -> Steps[CycleReport]:
        return backfill(context, order)

    pair.budget.lane = "bulk"
    try:
        return pair.run_cycle(steps=steps, run_id=order.run_id, progress=progress)
    finally:
        pair.budget.lane = "hot"


PIECES: Final[dict[str, Piece]] = {"backfill": _backfill}
"""By kind of run, what goes on with it for one piece."""
