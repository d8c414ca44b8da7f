"""Runs and what came of them, of the state store in plain dicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leadpact.model.link import Failure, Hold, Outcome, Run, SavedPlan
from leadpact.model.run_order import RunOrder
from leadpact.ports.state_store import StateChanges


class MemoryRuns:
    """Runs, plans, outcomes, holds, failures: part of :class:`~leadpact_app.store.memory.MemoryStore`."""

    def __init__(self) -> None:
        super().__init__()
        self._holds: dict[str, Hold] = {}
        self._failures: dict[tuple[str, str], Failure] = {}
        self._outcomes: dict[tuple[str, str, str], Outcome] = {}
        self._runs: dict[str, Run] = {}
        self._plans: dict[str, SavedPlan] = {}
        self._orders: dict[str, RunOrder] = {}

    def holds(
        self, *, link_ids: Sequence[str] | None = None, waiting_only: bool = False
    ) -> Sequence[Hold]:
        if not self._holds:
            return ()
        wanted = None if link_ids is None else set(link_ids)
        found = [
            hold
            for hold in self._holds.values()
            if (hold.status == "waiting" if waiting_only else hold.status != "closed")
            and (wanted is None or hold.link_id in wanted)
        ]
        found.sort(key=lambda hold: (hold.since, hold.id))
        return found

    def failures(self, *, link_ids: Sequence[str] | None = None) -> Sequence[Failure]:
        if not self._failures:
            return ()
        wanted = None if link_ids is None else set(link_ids)
        found = [
            failure
            for failure in self._failures.values()
            if failure.open and (wanted is None or failure.link_id in wanted)
        ]
        found.sort(key=lambda failure: (failure.first_at, failure.link_id, failure.crm))
        return found

    def outcomes(
        self, *, run_id: str = "", link_id: str = "", limit: int = 1000
    ) -> Sequence[Outcome]:
        found = sorted(
            (
                outcome
                for outcome in self._outcomes.values()
                if (not run_id or outcome.run_id == run_id)
                and (not link_id or outcome.link_id == link_id)
            ),
            key=lambda outcome: (outcome.link_id, outcome.crm),
        )
        found.sort(key=lambda outcome: outcome.at, reverse=True)
        return found[:limit]

    def runs(self, limit: int) -> Sequence[Run]:
        found = sorted(self._runs.values(), key=lambda run: run.id)
        found.sort(key=lambda run: run.started_at, reverse=True)
        return found[:limit]

    def run(self, run_id: str) -> Run | None:
        return self._runs.get(run_id)

    def order(self, run_id: str) -> RunOrder | None:
        return self._orders.get(run_id)

    def plan(self, plan_id: str) -> SavedPlan | None:
        return self._plans.get(plan_id)

    def plans(self, limit: int) -> Sequence[SavedPlan]:
        found = sorted(self._plans.values(), key=lambda plan: plan.id)
        found.sort(key=lambda plan: plan.created_at, reverse=True)
        return found[:limit]

    def _waiting_holds(self) -> int:
        return sum(hold.status == "waiting" for hold in self._holds.values())

    def _open_failures(self) -> int:
        return sum(failure.open for failure in self._failures.values())

    def _put_runs(self, changes: StateChanges) -> None:
        for hold in changes.holds:
            self._holds[hold.id] = hold
        for failure in changes.failures:
            self._failures[failure.link_id, failure.crm] = failure
        for outcome in changes.outcomes:
            self._outcomes[outcome.run_id, outcome.link_id, outcome.crm] = outcome
        for run in changes.runs:
            self._runs[run.id] = run
        for plan in changes.plans:
            self._plans[plan.id] = plan
        for order in changes.orders:
            there = self._orders.get(order.run_id, order)
            self._orders[order.run_id] = replace(order, asked=there.asked, asked_at=there.asked_at)
        for said in changes.asks:
            there = self._orders.get(said.run_id, said)
            self._orders[said.run_id] = replace(there, asked=said.asked, asked_at=said.asked_at)
