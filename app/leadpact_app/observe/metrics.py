"""What Prometheus reads: numbers of the state, by pair, stage, lane and cause; never of a person (DESIGN §7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from leadpact.audit.digest import liveness_of
from leadpact.errors import FixSettings
from leadpact.ports.state_store import Counted, StateReader

RECENT: Final = 300
COUNTED: Final[dict[str, tuple[Counted, str]]] = {
    "leadpact_links": ("links", "Live leads"),
    "leadpact_work_due": ("due", "Leads due to be looked at"),
    "leadpact_holds_waiting": ("waiting", "Holds that wait for a person"),
    "leadpact_failures_open": ("failing", "Writes that wait for a mend"),
    "leadpact_reasons_owed": ("owing", "Rejections whose reason is owed"),
    "leadpact_duplicates": ("duplicates", "Records that double one that is written"),
    "leadpact_notices_unsent": ("unsent", "Messages that wait to be sent"),
    "leadpact_notices_given_up": ("unsendable", "Messages that were given up"),
}
TOLD: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "leadpact_up": (("pair",), "1 where a cycle has succeeded within the time of the alarm"),
    "leadpact_last_success_timestamp_seconds": (("pair",), "When a whole cycle succeeded last"),
    "leadpact_leads_at_stage": (
        ("pair", "stage"),
        "Live leads by agreed stage; none = no stage yet",
    ),
    "leadpact_runs_last_day": (("pair", "kind", "status"), "Runs that began within 24 hours"),
    "leadpact_records_last_day": (
        ("pair", "result"),
        "Records of the runs that began within 24 hours",
    ),
    "leadpact_ticks_missed_last_day": (("pair",), "Ticks that were left out within 24 hours"),
    "leadpact_lane_delay_seconds": (
        ("pair", "lane"),
        "From a change in a CRM to the end of its lead's page, 95 %, of the newest run that measured it",
    ),
    "leadpact_handoffs_waiting": (("pair",), "Handoffs that are not done"),
    "leadpact_response_clocks_running": (("pair",), "Leads that wait for their first answer"),
}
"""Metric → its labels and its help; all are gauges."""
_RESULTS: Final = {
    "written": "written",
    "created": "created",
    "handed_over": "handed_off",
    "newly_held": "held",
    "newly_failed": "failed",
    "near_misses": "near_miss",
    "stage_moves": "stage_move",
}


class _Gathered:
    """A collector over one look at the state."""

    def __init__(
        self, store: StateReader, pair: str, now: datetime, alarm_after: timedelta
    ) -> None:
        self._store = store
        self._pair = pair
        self._now = now
        self._alarm_after = alarm_after

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - an extra

        for name, (what, text) in COUNTED.items():
            family = GaugeMetricFamily(name, text, labels=("pair",))
            family.add_metric((self._pair,), self._store.count(what, self._now))
            yield family
        told = self._told()
        for name, (labels, text) in TOLD.items():
            family = GaugeMetricFamily(name, text, labels=labels)
            for values, number in sorted(told.get(name, {}).items()):
                family.add_metric((self._pair, *values), number)
            yield family

    def _told(self) -> dict[str, dict[tuple[str, ...], float]]:
        store, now = self._store, self._now
        runs = store.runs(5_000)
        alive = liveness_of(runs[:RECENT], now, self._alarm_after)
        told: dict[str, dict[tuple[str, ...], float]] = {
            "leadpact_up": {(): float(alive.ok)},
            "leadpact_leads_at_stage": {
                (stage or "none",): count for stage, count in store.stage_counts().items()
            },
            "leadpact_handoffs_waiting": {(): len(store.waiting_handoffs(10_000))},
            "leadpact_response_clocks_running": {(): len(store.running_clocks(limit=10_000))},
        }
        if alive.last_success is not None:
            at = alive.last_success.timestamp()
            told["leadpact_last_success_timestamp_seconds"] = {(): at}
        recent = [one for one in runs if one.started_at >= now - timedelta(days=1)]
        by_kind = Counter((one.kind, one.status) for one in recent if one.kind != "missed")
        told["leadpact_runs_last_day"] = {
            (kind, status): n for (kind, status), n in by_kind.items()
        }
        told["leadpact_records_last_day"] = {
            (result,): sum(one.counts.get(count, 0) for one in recent if one.kind != "plan")
            for count, result in _RESULTS.items()
        }
        missed = sum(one.counts.get("ticks", 0) for one in recent if one.kind == "missed")
        told["leadpact_ticks_missed_last_day"] = {(): missed}
        delays: dict[tuple[str, ...], float] = {}
        for one in reversed(recent):
            for lane in ("hot", "bulk"):
                if f"{lane}_delay_p95_s" in one.counts:
                    delays[lane,] = one.counts[f"{lane}_delay_p95_s"]
        told["leadpact_lane_delay_seconds"] = delays
        return told


def metrics_text(store: StateReader, pair: str, now: datetime, alarm_after: timedelta) -> str:
    """All metrics of a pair, as Prometheus reads them.

    Raises:
        FixSettings: ``extra_missing``.
    """
    try:
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415
    except ImportError as error:
        raise FixSettings(
            "Metrics need the extra `worker`: pip install 'leadpact[worker]'", code="extra_missing"
        ) from error
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gathered(store, pair, now, alarm_after))
    return generate_latest(registry).decode()
