"""A backfill before it begins: the forecast, kept as a run that waits for approval (R33)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import orjson

from leadpact.errors import FixSettings
from leadpact.model.link import Run
from leadpact.model.run_order import RunOrder
from leadpact.ports.state_store import StateChanges

if TYPE_CHECKING:
    from leadpact.sync.context import Context
    from leadpact.sync.effects import Steps
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap.pair import Pair

FRESH: Final = timedelta(hours=24)
"""How old a forecast may be when it is approved."""


@dataclass(frozen=True, slots=True)
class CrmCost:
    """What one CRM would be asked for.

    Attributes:
        calls: reads and writes together.
        minutes: what those calls take at our share of its burst limit; 0 where no such limit is known.
        left: calls of our share that are left today; None where no reply has told.
    """

    rows: int
    calls: int
    minutes: float
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a backfill would do.

    Attributes:
        leads, looked: all live leads, and how many of them were looked at; other numbers are scaled to all.
        dates, stages: dates to be filled in, and leads that history shows further on.
        minutes: the longer of what the calls and what this machine take.
        left: leads that are left alone, by cause.
        rejects: fields that would be refused, by cause and place.
        native: by ``<crm> <kind>.<field>=<value>``, how many records would get it with ``--native-stages``.
    """

    run_id: str
    leads: int
    looked: int
    dates: int
    stages: int
    crms: Mapping[str, CrmCost]
    minutes: float
    left: Mapping[str, int] = field(default_factory=dict)
    rejects: Mapping[str, int] = field(default_factory=dict)
    native: Mapping[str, int] = field(default_factory=dict)
    native_asked: bool = False

    @property
    def rows(self) -> int:
        """Records to be written."""
        return sum(one.rows for one in self.crms.values())


def make_forecast(pair: Pair, *, sample: int, native: bool, watch: timedelta) -> Forecast:
    """Look at leads, write nothing, and keep what a backfill would do as a run that waits for approval.

    Raises:
        FixSettings: ``not_live`` before the first sync was approved; ``no_mark`` where native stages are asked and no
            field bears the mark.
    """
    if pair.go_live() is None:
        raise FixSettings(
            "The first sync of this pair is not approved yet; a backfill fills in what it agreed on. "
            "Run `leadpact plan`, then `leadpact apply`.",
            code="not_live",
        )
    if native:
        _need_marks(pair)
    before, began = _calls(pair), monotonic()
    counts = _looked(pair, sample)
    seconds, made = monotonic() - began, _calls(pair)
    leads = pair.store.count("links", pair.clock.now())
    looked = max(counts["looked"], 1)
    scale = leads / looked
    crms = {
        crm: _cost(pair, crm, counts, made[crm] - before[crm], scale) for crm in pair.connectors
    }
    told = Forecast(
        uuid4().hex[:12],
        leads,
        counts["looked"],
        round(counts["dates"] * scale),
        round(counts["stages"] * scale),
        crms,
        max(seconds * scale * 2 / 60, *(one.minutes for one in crms.values())),
        _named(counts, "left_", scale),
        {name: count for name, count in _named(counts, "reject_", scale).items() if ":" in name},
        _named(counts, "native:", scale),
        native,
    )
    _keep(pair, told, watch)
    return told


def _looked(pair: Pair, sample: int) -> Counter[str]:
    from leadpact.sync.backfill import forecast
    from leadpact.sync.report import CycleReport

    def steps(context: Context) -> Steps[CycleReport]:
        counts = yield from forecast(context, sample)
        return CycleReport(status="done", counts=counts)

    pair.budget.lane = "bulk"
    try:
        return pair.run_cycle(dry=True, steps=steps).counts
    finally:
        pair.budget.lane = "hot"


def _cost(pair: Pair, crm: str, counts: Counter[str], calls: int, scale: float) -> CrmCost:
    """Reads as they were counted, writes by the size of a batch."""
    capabilities = pair.connectors[crm].capabilities
    rows = round(counts[f"rows_{crm}"] * scale)
    writes = math.ceil(rows / capabilities.write_batch)
    again = 0 if capabilities.answers_values else math.ceil(rows / capabilities.fetch_batch)
    total = math.ceil(calls * scale) + writes + again
    allowance = pair.allowances().get(crm)
    pace = allowance.per_second if allowance is not None else 0.0
    return CrmCost(
        rows,
        total,
        total / pace / 60 if pace else 0.0,
        allowance.left if allowance is not None else None,
    )


def _calls(pair: Pair) -> Counter[str]:
    return Counter({crm: sum(routes.values()) for crm, routes in pair.calls.by_crm().items()})


def _named(counts: Counter[str], prefix: str, scale: float) -> dict[str, int]:
    return {
        name.removeprefix(prefix): round(count * scale)
        for name, count in sorted(counts.items())
        if name.startswith(prefix) and count
    }


def _need_marks(pair: Pair) -> None:
    lacking = [
        f"{crm} {kind}"
        for crm, side in pair.sides().items()
        for kind in pair.mapping.kinds(crm)
        if pair.mapping.stage_table(crm, kind).native_fields
        and pair.mapping.backfill(crm, kind).mark not in side.schemas[kind].fields
    ]
    if lacking:
        raise FixSettings(
            f"Native stages are written only behind a mark that workflows can leave out; there is none on "
            f"{', '.join(lacking)}. Name it under `backfill: {{mark: …}}` in the mapping, then `leadpact provision`.",
            code="no_mark",
        )


def _keep(pair: Pair, told: Forecast, watch: timedelta) -> None:
    """The forecast is a run that waits; an older one that nobody approved gives way."""
    now = pair.clock.now()
    older = [
        replace(run, status="cancelled", ended_at=now, note="A newer forecast took its place.")
        for run, order in waiting_forecasts(pair)
        if order.options.get("approved") != "yes"
    ]
    order = RunOrder(
        told.run_id,
        "backfill",
        now,
        {
            "native_stages": "yes" if told.native_asked else "no",
            "watch_seconds": str(int(watch.total_seconds())),
            "approved_rows": str(told.rows),
            "natives": orjson.dumps(sorted(told.native)).decode(),
        },
    )
    counts = {
        "forecast_leads": told.leads,
        "forecast_rows": told.rows,
        "forecast_dates": told.dates,
        "forecast_stages": told.stages,
        "forecast_calls": sum(one.calls for one in told.crms.values()),
        "forecast_minutes": math.ceil(told.minutes),
    }
    run = Run(
        told.run_id,
        "backfill",
        now,
        "needs_approval",
        now,
        counts,
        "A forecast; nothing was written. `leadpact backfill stages --write` carries it out.",
        pair.pact.hash,
        pair.mapping.hash,
    )
    pair.store.commit(StateChanges(runs=[*older, run], orders=[order]), None, now)


def waiting_forecasts(pair: Pair) -> Sequence[tuple[Run, RunOrder]]:
    """Backfills that wait for somebody, newest first."""
    found = []
    for run in pair.store.runs(200):
        if run.kind == "backfill" and run.status == "needs_approval":
            order = pair.store.order(run.id)
            if order is not None:
                found.append((run, order))
    return found


def unapproved(pair: Pair) -> tuple[Run, RunOrder]:
    """The forecast to approve.

    Raises:
        FixSettings: ``no_forecast``, ``forecast_old``; ``run_unfinished`` where another backfill is not at its end.
    """
    for run in pair.store.runs(200):
        order = pair.store.order(run.id) if run.kind == "backfill" else None
        approved = order is not None and order.options.get("approved") == "yes"
        if approved and run.status not in ("done", "cancelled"):
            raise FixSettings(
                f"Backfill {run.id} is not at its end ({run.status.replace('_', ' ')}). "
                f"`leadpact runs resume {run.id}` goes on with it, `leadpact runs cancel {run.id}` ends it.",
                code="run_unfinished",
            )
    waiting = [one for one in waiting_forecasts(pair) if one[1].options.get("approved") != "yes"]
    if not waiting:
        raise FixSettings(
            "There is no forecast to approve. `leadpact backfill stages` makes one.",
            code="no_forecast",
        )
    run, order = waiting[0]
    moved = (run.pact_hash, run.mapping_hash) != (pair.pact.hash, pair.mapping.hash)
    if moved or pair.clock.now() - run.started_at > FRESH:
        why = "was made under another pact or mapping" if moved else "is older than 24 hours"
        raise FixSettings(
            f"The forecast {run.id} {why}. `leadpact backfill stages` makes a new one.",
            code="forecast_old",
        )
    return run, order


def approve(pair: Pair, order: RunOrder, watch: int | None = None) -> None:
    """Note that a person agreed to this forecast; ``watch`` = seconds, where they differ from the forecast's."""
    now = pair.clock.now()
    options = {**order.options, "approved": "yes"}
    if watch is not None:
        options["watch_seconds"] = str(watch)
    pair.store.commit(StateChanges(orders=[replace(order, options=options)]), None, now)
