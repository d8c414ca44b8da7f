"""The wide family of histories: all that the others have, and beside it what an operator runs and redraws.

Its seeds are its own: what is added here leaves the histories of the other family as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.simulation.choices import Turn, turns_of
from tests.simulation.driver import MOST_EFFECTS, Driver, Running
from tests.simulation.faults import Fault, carry_out
from tests.simulation.hearing import Hearing
from tests.simulation.wide_accounts import change_account
from tests.simulation.wide_agreement import strict_pact, wide_mapping
from tests.simulation.wide_backfill import Backfills, ask_of_backfill, go_on_with_backfill
from tests.simulation.wide_batches import Batches, answer_batch, set_alike
from tests.simulation.wide_lanes import acts_of, look_at_hot_lane
from tests.simulation.wide_modes import change_mode, written_in_mode
from tests.simulation.wide_reconcile import Reconciling, reconcile_now, repair, silent_edit
from tests.simulation.wide_scope import bring_back, come_back, leave, redraw, written_out_of_scope
from tests.simulation.wide_undo import Undos, undo_or_release
from tests.simulation.wide_world import Options, open_wide_world
from tests.simulation.world import World

from leadpact.errors import LeadpactError
from leadpact.mapping import LeadMapping
from leadpact.model.lanes import LaneName
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact.sync.context import Context, Limits
from leadpact.sync.cycle import cycle
from leadpact.sync.effects import (
    Commit,
    Effect,
    EnterLane,
    Gather,
    Instant,
    ReadSignalsOf,
    Steps,
    Write,
)
from leadpact.sync.report import CycleReport
from leadpact_app.bootstrap.modes import Mode, keep_mode
from leadpact_app.store.memory import MemoryStore

LANE_EVERY = timedelta(seconds=60)
ONE_IN = 5
"""One turn in so many is a wide one."""
UNDO_IN = 15
"""One turn in so many undoes a run."""


class WideDriver(Driver):
    """Runs one wide history.

    Attributes:
        scope: who takes part now, an index of ``SCOPES``.
        mode: what the settings say; None = they never said anything.
        lanes: the hot lane goes beside the bulk lane.
    """

    def __init__(self, world: World, store: StateStore, options: Options) -> None:
        super().__init__(world, store)
        self.options = options
        self.scope = options.scope
        self.mode: Mode | None = None
        self.lanes = options.lanes
        self.lane: LaneName = "bulk"
        self.modes: dict[int, Mode | None] = {}
        self.scopes: dict[int, int] = {}
        self.backfills = Backfills(self)
        self.batches = Batches(self)
        self.reconciling = Reconciling(self)
        self.undos = Undos(self)
        if options.few:
            most = self.limits.max_writes if world.capped else 500
            self.limits = Limits(page=world.page, max_writes=most, like=1)

    @property
    def mapping(self) -> LeadMapping:
        """As the settings have it now."""
        return wide_mapping(self.scope)

    def context(self, *, only: tuple[str, ...] = ()) -> Context:
        made = replace(
            super().context(only=only),
            mapping=self.mapping,
            hot_every=LANE_EVERY if self.lanes else None,
        )
        return replace(made, pact=strict_pact()) if self.options.sparing else made

    def start(
        self,
        slot: str,
        *,
        only: tuple[str, ...] = (),
        steps: Callable[[Context], Steps[CycleReport]] = cycle,
    ) -> bool:
        def heedful(context: Context) -> Steps[CycleReport]:
            if self.mode is not None:
                keep_mode(self.store, self.mode, self.now)
            return steps(context)

        begun = super().start(slot, only=only, steps=heedful)
        if begun:
            self.lane = "bulk"
            self.modes[self.runs], self.scopes[self.runs] = self.mode, self.scope
        return begun

    def look(self, steps: Steps[Any]) -> Any:
        """Carry out what takes no lease and may write to no CRM.

        Raises:
            LeadpactError: as the steps raise it.
        """
        effect: Effect = next(steps)
        try:
            while True:
                try:
                    answer = self._looked_at(effect)
                except LeadpactError as error:
                    effect = steps.throw(error)
                else:
                    effect = steps.send(answer)
        except StopIteration as ended:
            return ended.value

    def _looked_at(self, effect: Effect) -> Any:
        if isinstance(effect, Instant):
            return self.now
        if isinstance(effect, Gather):
            return [self._looked_at(one) for one in effect.effects]
        if isinstance(effect, Commit):
            self.store.commit(effect.changes, None, self.now)
            return None
        if isinstance(effect, Write):
            self.world.problems.append("what only looks has written")
        return carry_out(self.world, self.store, {}, effect, None)

    # what is watched on the way

    def _call(self, running: Running, effect: Effect, fault: Fault | None) -> Any:
        if isinstance(effect, EnterLane):
            self.lane = effect.lane
            return None
        if isinstance(effect, ReadSignalsOf):
            return acts_of(self.world.crms[effect.crm], effect)
        if not isinstance(effect, Write):
            return super()._call(running, effect, fault)
        self._watch_write(running, effect)
        before = self._own_writes()
        answer = super()._call(running, effect, fault)
        if self.lane == "hot":
            # What sales waits for goes at once, under caps of its own: it is no write of the plan that parks.
            running.writes += self._own_writes() - before
        return answer

    def _watch_write(self, running: Running, effect: Write) -> None:
        problems = self.world.problems
        problems += written_in_mode(self.modes[running.number], self.mode, effect)
        problems += self.backfills.written(running, effect)
        for row in effect.rows:
            ref = RecordRef(effect.crm, effect.kind, row.id)
            problems += written_out_of_scope(self, running, ref)

    def _commit(self, running: Running, changes: StateChanges) -> None:
        problems = [
            *self.backfills.committed(running, changes),
            *self.batches.committed(changes),
            *self.undos.committed(running, changes),
        ]
        super()._commit(running, changes)
        self.world.problems += problems

    def _parked(self, running: Running, report: CycleReport) -> None:
        if self.backfills.ended(running, report):
            return
        self.undos.ended(running, report)
        super()._parked(running, report)

    # the history

    def turn(self, turn: Turn) -> None:
        """One turn: now and then a wide one, else as all histories have them."""
        chosen = turn.values[0] // 100 if turn.values else 0
        if chosen % ONE_IN == ONE_IN - 1:
            turn.taken += 1
            self.world.now += timedelta(milliseconds=40)
            WIDE[turn.below(len(WIDE))](self, turn)
        elif chosen % UNDO_IN == ONE_IN - 2:
            turn.taken += 1
            self.world.now += timedelta(milliseconds=40)
            undo_or_release(self, turn)
        else:
            super().turn(turn)

    def settle(self) -> bool:
        """As every history settles; then backfills end, all who left are back, and the counts meet."""
        if self.mode is not None:
            self.mode = "act"
        if not super().settle():
            return False
        quiet = True
        if self.backfills.orders:
            self.backfills.finish()
            quiet = self._until_quiet()
        if bring_back(self):
            quiet = self._until_quiet() and quiet
        if self.backfills.orders and quiet:
            quiet = self.backfills.fills_all() and self._until_quiet()
        self.reconciling.meets()
        return quiet

    def sweep(self) -> CycleReport:
        """As every history looks at everybody once more; what no feed has shown is repaired first."""
        if self.reconciling.silent:
            self.reconciling.silent = 0
            if self.reconciling.repair():
                self.go_on("A", MOST_EFFECTS + 1)
                self._until_quiet()
            self.reconciling.meets()
        return super().sweep()

    def own_writes(self) -> int:
        """Rows that were written, those left out that landed late."""
        return self._own_writes()

    def until_quiet(self) -> bool:
        """Cycles until one has nothing to do."""
        return self._until_quiet()


Event = Callable[[WideDriver, Turn], None]
WIDE: tuple[Event, ...] = (
    *(go_on_with_backfill, go_on_with_backfill, go_on_with_backfill, ask_of_backfill),
    *(ask_of_backfill, leave, leave, come_back, redraw, change_mode, change_mode),
    *(look_at_hot_lane, look_at_hot_lane, look_at_hot_lane, set_alike, set_alike, set_alike),
    *(answer_batch, answer_batch, change_account, change_account, reconcile_now, repair),
    *(silent_edit,),
)


def play_wide(
    choices: Sequence[int],
    *,
    swapped: bool = False,
    lanes: bool | None = None,
    apart: bool = False,
    store: Callable[[], StateStore] = MemoryStore,
) -> WideDriver:
    """Run a whole wide history and settle it.

    Args:
        lanes: with the hot lane or without, whatever the history says.
        apart: what pages that go side by side ask is answered page by page.
    """
    turns = turns_of(choices)
    world, options = open_wide_world(next(turns, Turn(())), swapped=swapped)
    driver = WideDriver(world, store(), options)
    driver.hearing = Hearing(apart=apart)
    if lanes is not None:
        driver.lanes = lanes
    for turn in turns:
        driver.turn(turn)
    if not driver.settle():
        driver.world.problems.append("not quiet: cycles go on writing with nobody editing")
    return driver
