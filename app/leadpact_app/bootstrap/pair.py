"""One pair, signed in and open: what a command runs its cycle on."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from leadpact_app.bootstrap.between_pieces import asked_to_end, wait_between_pieces
from leadpact_app.bootstrap.budgeting import allowances
from leadpact_app.bootstrap.connecting import all_on_loopback, make_room
from leadpact_app.bootstrap.forgetting import forgotten_of
from leadpact_app.bootstrap.modes import keep_mode
from leadpact_app.bootstrap.normalising import email_key, spellings
from leadpact_app.bootstrap.outside import read_due
from leadpact_app.bootstrap.running import running_mapping, running_pact
from leadpact_app.bootstrap.whom import lease_held

if TYPE_CHECKING:
    from leadpact.errors import FixSettings
    from leadpact.mapping import LeadMapping
    from leadpact.mapping.coexistence import Neighbour
    from leadpact.model.decided import Activation
    from leadpact.model.lanes import LaneName
    from leadpact.model.link import SavedPlan
    from leadpact.pact import Pact
    from leadpact.ports.budget import Allowance
    from leadpact.ports.connector import Connector, CrmIdentity
    from leadpact.ports.query_engine import QueryEngine
    from leadpact.ports.state_store import Lease, StateStore
    from leadpact.sync.context import Context, CrmSide, Limits
    from leadpact.sync.effects import Steps
    from leadpact.sync.report import CycleReport
    from leadpact_app.observe.calls import CallCounter, DayBudget
    from leadpact_app.runner.clock import SystemClock
    from leadpact_app.settings import Settings


def _never() -> bool:
    return False


@dataclass(slots=True)
class Pair:
    """One portal and one org under one agreement, signed in and ready to run a cycle.

    Attributes:
        pact: the agreement that runs: the one activated last, before the first sync the file's.
        activation: how it took effect; None before the first sync.
        pending: the file's agreement, where it is another one than runs (R22).
        refused: why the file's agreement is none, where the running one goes on without it.
        to_crm: the one CRM that cycles write to, "" = each; what is due in the other waits for a later cycle.
    """

    settings: Settings
    pact: Pact
    mapping: LeadMapping
    connectors: Mapping[str, Connector]
    identities: Mapping[str, CrmIdentity]
    store: StateStore
    clock: SystemClock
    calls: CallCounter
    budget: DayBudget
    neighbours: tuple[Neighbour, ...] = ()
    activation: Activation | None = None
    pending: Pact | None = None
    refused: FixSettings | None = None
    to_crm: str = ""
    _sides: dict[str, CrmSide] = field(default_factory=dict)
    _looked_at: datetime | None = None
    _scoring: QueryEngine | None = None
    _went_live: datetime | None = None

    def sides(self) -> Mapping[str, CrmSide]:
        """Each CRM's capabilities and live schema, and with them what else keeps the CRMs in step (R13).

        Read once, and anew after :meth:`look_anew`.
        """
        from leadpact.sync.context import CrmSide

        unread = [name for name in self.connectors if name not in self._sides]
        for name in unread:
            connector = self.connectors[name]
            self._sides[name] = CrmSide(
                name,
                connector.capabilities,
                connector.schema(self.mapping.kinds(name)),
                self.identities[name].actor_ids,
            )
        if self._looked_at is None:
            self.mapping, self.neighbours = make_room(self.mapping, self.connectors)
        if unread:
            self._looked_at = self.clock.now()
        return self._sides

    def look_anew(self, after: timedelta) -> None:
        """Let the next cycle read the schemas again where they were read so long ago: admins change them."""
        self.clock.follow()
        if self._looked_at is not None and self.clock.now() - self._looked_at >= after:
            self._sides.clear()

    def take_up_running(self) -> None:
        """Go by the agreement that was activated last, whatever the file says by now (R22).

        Raises:
            FixSettings: ``running_pact_refused``, ``mapping_of_pending``.
        """
        latest = next(iter(self.store.activations(1)), None)
        self.activation = latest
        if latest is None or latest.pact_hash == self.pact.hash:
            return
        filed, self.pact = self.pending or self.pact, running_pact(latest)
        if filed.hash == self.pact.hash:
            self.pact, self.pending = filed, None
        else:
            self.pending = filed
        self.mapping = running_mapping(self.settings, self.pact, self.pending).for_crms(
            tuple(self.connectors)
        )
        self._sides.clear()
        self._looked_at = None

    def _take_effect(self, lease: Lease) -> None:
        """Let the file's agreement take effect with the first sync that writes."""
        from leadpact.model.decided import Activation
        from leadpact.ports.state_store import StateChanges

        now = self.clock.now()
        pact = self.pact
        self.activation = Activation(
            uuid4().hex[:12], now, pact.hash, pact.version, "first", pact.text
        )
        self.store.commit(StateChanges(activations=[self.activation]), lease, now)

    def go_live(self) -> datetime | None:
        """When the first plan was made that then was approved; None while the first sync waits (R6)."""
        if self._went_live is None:
            approved = [
                plan.created_at
                for plan in self.store.plans(10_000)
                if plan.kind == "first_sync" and plan.status in ("approved", "applied")
            ]
            self._went_live = min(approved, default=None)
        return self._went_live

    def run_cycle(
        self,
        *,
        dry: bool = False,
        limits: Limits | None = None,
        only: tuple[str, ...] = (),
        progress: Callable[[str, int], None] | None = None,
        lane: LaneName = "bulk",
        hot_every: timedelta | None = None,
        stopping: Callable[[], bool] | None = None,
        steps: Callable[[Context], Steps[CycleReport]] | None = None,
        run_id: str = "",
    ) -> CycleReport:
        """Run one cycle under the pair's lease.

        Args:
            lane: ``hot`` for a cycle of the hot lane alone.
            hot_every: how often the hot lane is looked at meanwhile; None = this cycle has no lanes.
            stopping: asked between pages: whether the process was asked to end.
            steps: another part of the engine in its place, as an undo or a backfill does; outside sources are not read.
            run_id: of a run that goes on; a new one if left out.

        Raises:
            WaitUntil: another cycle holds the lease.
        """
        from leadpact.scoring.embedded import EmbeddedEngine
        from leadpact.sync.context import Context, Limits
        from leadpact.sync.cycle import cycle
        from leadpact.sync.hot_cycle import hot_cycle
        from leadpact.sync.pausing import write_only_to
        from leadpact_app.notify.channels import channels_of
        from leadpact_app.notify.sending import ChannelNotifier
        from leadpact_app.runner.runner import CrashPoints, Runner
        from leadpact_app.store.holders import this_process

        channels = channels_of(
            {name: url.get_secret_value() for name, url in self.settings.notify.items()}
        )
        met = self._met_since(self.calls.faults.so_far())
        holder = this_process()
        self.clock.follow()
        lasts = self.settings.lease_lasts
        lease = self.store.acquire(holder, self.clock.now(), lasts)
        if lease is None and steps is None:
            lease = wait_between_pieces(self.store, self.clock, holder, lasts)
        if lease is None:
            raise lease_held(self.store, self.clock.now(), "this one changed nothing")
        try:
            keep_mode(self.store, self.settings.mode, self.clock.now())
            self.take_up_running()
            if self.activation is None and not dry and self.go_live() is not None:
                self._take_effect(lease)
            sides = self.sides()
        except BaseException:
            self.store.release(lease)
            raise
        self._scoring = self._scoring or EmbeddedEngine()
        running = run_id or uuid4().hex[:12]
        context = Context(
            pair_id=self.settings.pair,
            run_id=running,
            crms=sides,
            mapping=self.mapping,
            pact=self.pact,
            scoring=self._scoring,
            store=self.store,
            limits=limits or Limits(max_writes=self.settings.max_writes),
            go_live=self.go_live(),
            activation=self.activation,
            dry=dry,
            mass=bool(run_id),
            only=only,
            shut=write_only_to(self.to_crm, sides, self.clock.now()) if self.to_crm else (),
            hot_every=hot_every,
            stopping=partial(asked_to_end, self.store, running, stopping or _never),
            channels=frozenset(channels) if self.settings.mode == "act" else frozenset(),
            allowances=self.allowances(),
            email_key=email_key,
            spellings=spellings,
            forgotten=forgotten_of(self.settings, self.store, self.clock.now()),
            met=met,
        )
        crash = CrashPoints(self.settings.crash_at if self.on_loopback() else "")
        runner = Runner(
            self.connectors,
            self.store,
            self.clock,
            lease,
            crash_points=crash,
            progress=progress,
            notifier=ChannelNotifier(channels),
            enter_lane=self._enter_lane,
            lease_lasts=lasts,
        )
        free, self.budget.before_each = self.budget.before_each, runner.stay_within_lease
        # What is loaded by now outlives the cycle, and a page's rows die by count: the collector need not walk
        # them page by page. Garbage that was frozen with it is found again afterwards, in a process of many cycles.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        try:
            if steps is not None:
                return runner.run(steps(context))
            unread = (
                read_due(self.settings, context, self.store, lease, self.clock)
                if lane == "bulk"
                else {}
            )
            if hot_every is not None:
                self._enter_lane("bulk")
            report = runner.run(hot_cycle(context) if lane == "hot" else cycle(context))
            report.problems.update(unread)
            return report
        finally:
            gc.unfreeze()
            self.budget.before_each = free
            self._enter_lane("hot")
            self.store.release(lease)

    def _met_since(self, before: Mapping[str, int]) -> Callable[[], Mapping[str, int]]:
        """What this run's calls met, when it is asked at its end."""

        def met() -> Mapping[str, int]:
            after = self.calls.faults.so_far()
            return {word: number - before.get(word, 0) for word, number in after.items()}

        return met

    def allowances(self) -> Mapping[str, Allowance]:
        """What each CRM account allows a run of the present lane."""
        return allowances(self.settings, self.connectors, self.budget)

    def _enter_lane(self, lane: LaneName) -> None:
        """Of our calls the bulk lane leaves a part to the hot one."""
        self.budget.lane = lane

    def on_loopback(self) -> bool:
        """Whether every CRM is on this machine: a sandbox."""
        return all_on_loopback(self.settings)

    def approve(self, plan: SavedPlan) -> None:
        """Note that a person agreed to this plan."""
        from leadpact.ports.state_store import StateChanges

        self.store.commit(
            StateChanges(plans=[replace(plan, status="approved")]), None, self.clock.now()
        )

    def drop(self, plan: SavedPlan) -> None:
        """Take an approval back: nothing of the plan was written, and a newer one waits."""
        from leadpact.ports.state_store import StateChanges

        self.store.commit(
            StateChanges(plans=[replace(plan, status="dropped", lines="[]")]),
            None,
            self.clock.now(),
        )

    def applied(self, plan: SavedPlan) -> None:
        """Note that an approved plan was carried out."""
        from leadpact.ports.state_store import StateChanges

        self.store.commit(
            StateChanges(plans=[replace(plan, status="applied")]), None, self.clock.now()
        )
