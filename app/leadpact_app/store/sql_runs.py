"""What is read of runs: plans, intents, outcomes, holds, failures, checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.model.decided import Activation
from leadpact.model.link import Failure, Hold, Intent, Outcome, Run, SavedPlan
from leadpact.model.run_order import RunOrder
from leadpact_app.store import decided_rows, rows, run_rows
from leadpact_app.store.core_sql import tables, word
from leadpact_app.store.order_rows import order_of
from leadpact_app.store.row_reading import all_rows, given
from leadpact_app.store.sql_packs import PackReader


class RunReader(PackReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about runs and what came of them."""

    def checkpoint(self, crm: str, kind: str) -> str:
        found = self._asked("checkpoint", crm, kind)
        return str(found[0][0]) if found else ""

    def open_intents(self, limit: int) -> Sequence[Intent]:
        return [rows.intent_of(row) for row in self._asked("open_intents", limit, 0)]

    def intents(
        self, *, link_id: str = "", run_id: str = "", limit: int = 1000
    ) -> Sequence[Intent]:
        with self._reading() as connection:
            if link_id and not run_id:
                loose = self._found(connection, "intents_of_lead", link_id)
            else:
                asked = given(tables.intents, link_id=link_id, run_id=run_id)
                loose = all_rows(connection, self._of(tables.intents, *asked))
            found = self._latest(connection, "writes", link_id, run_id, limit, loose)
            found.sort(key=lambda row: row[2])
            found.sort(key=lambda row: row[9], reverse=True)
            return [rows.intent_of(row) for row in found[:limit]]

    def holds(
        self, *, link_ids: Sequence[str] | None = None, waiting_only: bool = False
    ) -> Sequence[Hold]:
        if link_ids is None:
            found = self._list(
                self._of(tables.holds, tables.holds.c.status != word("closed")), run_rows.hold_of
            )
        else:
            found = self._list_within("holds", link_ids, run_rows.hold_of)
        if waiting_only:
            found = [hold for hold in found if hold.status == "waiting"]
        found.sort(key=lambda hold: (hold.since, hold.id))
        return found

    def failures(self, *, link_ids: Sequence[str] | None = None) -> Sequence[Failure]:
        if link_ids is None:
            found = self._list(
                self._of(tables.failures, tables.failures.c.is_open), run_rows.failure_of
            )
        else:
            found = self._list_within("failures", link_ids, run_rows.failure_of)
        found.sort(key=lambda failure: (failure.first_at, failure.link_id, failure.crm))
        return found

    def outcomes(
        self, *, run_id: str = "", link_id: str = "", limit: int = 1000
    ) -> Sequence[Outcome]:
        with self._reading() as connection:
            found = self._latest(connection, "results", link_id, run_id, limit)
            return [run_rows.outcome_of(row) for row in found[:limit]]

    def runs(self, limit: int) -> Sequence[Run]:
        query = (
            self._of(tables.runs)
            .order_by(tables.runs.c.started_at.desc(), tables.runs.c.id)
            .limit(limit)
        )
        return self._list(query, run_rows.run_of)

    def run(self, run_id: str) -> Run | None:
        return next(
            iter(self._list(self._of(tables.runs, tables.runs.c.id == run_id), run_rows.run_of)),
            None,
        )

    def order(self, run_id: str) -> RunOrder | None:
        return next((order_of(row) for row in self._asked("order", run_id)), None)

    def plan(self, plan_id: str) -> SavedPlan | None:
        return next(
            iter(
                self._list(self._of(tables.plans, tables.plans.c.id == plan_id), run_rows.plan_of)
            ),
            None,
        )

    def plans(self, limit: int) -> Sequence[SavedPlan]:
        return [run_rows.plan_of(row) for row in self._asked("plans", limit, 0)]

    def activations(self, limit: int) -> Sequence[Activation]:
        return [decided_rows.activation_of(row) for row in self._asked("activations", limit, 0)]
