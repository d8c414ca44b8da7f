"""Drives cycles of the engine through a world, one effect at a time, as the recorded choices say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.agreement import engine, mapping, pact
from tests.simulation.buttons import BUTTONS, forgotten, heeded, let_go
from tests.simulation.choices import Turn, turns_of
from tests.simulation.consent import more_than_opt_outs
from tests.simulation.crm_base import FakeCrm
from tests.simulation.faults import Fault, carry_out, fault_of, land
from tests.simulation.hearing import Hearing
from tests.simulation.late import LateWrite
from tests.simulation.operator import answer
from tests.simulation.people import act
from tests.simulation.watch import Watch
from tests.simulation.weather import WEATHER, clear_up
from tests.simulation.world import START, World, open_world

from leadpact.errors import LeadpactError, LeaseLost, Stop
from leadpact.model.pause import Pause
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import Lease, StateChanges, StateStore
from leadpact.sync.context import Context, CrmSide, Limits
from leadpact.sync.cycle import cycle
from leadpact.sync.effects import UNDER_WAY, Commit, Effect, Gather, Instant, Steps, Write
from leadpact.sync.report import CycleReport
from leadpact_app.store.memory import MemoryStore

LEASE_LASTS = timedelta(minutes=5)
LEASE_SPARE = timedelta(minutes=2)
SLOTS = ("A", "B")
BOUNDARIES = (
    *("Write", "Commit", "Write", "Observe", "Write", "Commit", "Write"),
    *("CollectChanges", "FindMatches", "ReadHistory", "Observe"),
)
TIMES = (1, 1, 1, 2, 3)
STEP = timedelta(milliseconds=90)
TICKS = (1, 1, 3, 20, 90, 150, 400, 3700, 90_000, 260_000, 2_600_000, 4_000_000)
MOST_EFFECTS = 400
"""Effects after which a cycle counts as endless."""
SOURCES_READ = timedelta(minutes=125)
"""After which every source of signals is read again, though it was read by a clock that was an hour ahead."""
MOST_WRITES = 2
"""Records that a run may write without approval, where runs are capped."""
MOST_CYCLES = 14
"""Cycles after which a settled world must be quiet."""


@dataclass
class Running:
    """One cycle on its way."""

    steps: Steps[CycleReport]
    effect: Effect
    lease: Lease
    expires: datetime
    number: int
    writes: int
    pauses: tuple[Pause, ...] = ()
    done: int = 0
    reads: dict[Any, datetime] = field(default_factory=dict)


class Driver:
    """Runs one history.

    Args:
        store: the state that all cycles of this world share.
    """

    def __init__(self, world: World, store: StateStore) -> None:
        self.world = world
        self.store = store
        self.hearing = Hearing()
        self.slots: dict[str, Running] = {}
        self.watch = Watch(world, store)
        self.runs = 0
        self.limits = Limits(page=world.page, lifted=True)
        self.go_live: datetime | None = START
        if world.capped:
            self.limits = Limits(page=world.page, max_writes=MOST_WRITES)
            self.go_live = None
        self.reports: list[CycleReport] = []
        self.parked = False
        self.approved = False
        self.erased: set[RecordRef] = set()
        self.erased_by: set[str] = set()
        self.kept_apart: list[frozenset[str]] = []
        self.answered: dict[tuple[RecordRef, str], datetime] = {}
        names = ["hubspot", "salesforce"]
        if world.swapped:
            names.reverse()
        self.names = names

    @property
    def now(self) -> datetime:
        """What our own clock says."""
        return self.world.now + self.world.skew

    @property
    def sides(self) -> dict[str, CrmSide]:
        """Both CRMs as they look now."""
        return {name: self._side(self.world.crms[name]) for name in self.names}

    def _side(self, crm: FakeCrm) -> CrmSide:
        shown = crm.schema(mapping().kinds(crm.name))
        return CrmSide(crm.name, crm.capabilities, shown, frozenset({"leadpact"}))

    def context(self, *, only: tuple[str, ...] = ()) -> Context:
        """A cycle's context."""
        self.runs += 1
        limits = Limits(page=self.world.page, lifted=True) if self.approved else self.limits
        self.approved = False
        return Context(
            pair_id="sim",
            run_id=f"run{self.runs}",
            crms=self.sides,
            mapping=mapping(),
            pact=pact(),
            scoring=engine(),
            store=self.store,
            limits=limits,
            go_live=self.go_live,
            only=only,
            forgotten=forgotten(self),
        )

    # cycles

    def start(
        self,
        slot: str,
        *,
        only: tuple[str, ...] = (),
        steps: Callable[[Context], Steps[CycleReport]] = cycle,
    ) -> bool:
        """Begin a cycle, or something else of the engine; False where another one holds the lease."""
        lease = self.store.acquire(slot, self.now, LEASE_LASTS)
        if lease is None:
            self.world.tell(f"Cycle {slot} finds the lease taken.")
            return False
        going = steps(self.context(only=only))
        self.slots[slot] = Running(
            going,
            next(going),
            lease,
            self.now + LEASE_LASTS,
            self.runs,
            self._own_writes(),
            tuple(self.store.pauses()),
        )
        self.world.tell(f"Cycle {slot} starts (run {self.runs}).")
        return True

    def go_on(self, slot: str, effects: int, fault: Fault | None = None) -> None:
        """Let a cycle carry out some effects; the fault strikes the last of them."""
        for number in range(effects):
            running = self.slots.get(slot)
            if running is None:
                return
            running.done += 1
            if running.done > MOST_EFFECTS:
                self.world.problems.append(f"cycle {slot} does not end")
                del self.slots[slot]
                return
            self._one_effect(slot, running, fault if number == effects - 1 else None)

    def go_to(self, slot: str, boundary: str, times: int) -> bool:
        """Let a cycle go on until it is about to ask for such an effect the n-th time; False where it ends before."""
        if slot not in self.slots and not self.start(slot):
            return False
        left = times
        while slot in self.slots:
            left -= _is(self.slots[slot].effect, boundary)
            if left <= 0:
                return True
            self.go_on(slot, 1)
        return False

    def _one_effect(self, slot: str, running: Running, fault: Fault | None) -> None:
        self.world.now += STEP
        try:
            try:
                answer = self._answer(running, running.effect, fault)
            except LeadpactError as error:
                running.effect = running.steps.throw(error)
            else:
                running.effect = running.steps.send(answer)
        except StopIteration as ended:
            del self.slots[slot]
            report: CycleReport = ended.value
            self.reports.append(report)
            self.world.tell(f"Cycle {slot} ends: {report.status} {report.note}".rstrip() + ".")
            self.store.release(running.lease)
            self._parked(running, report)
        except (LeaseLost, Stop) as error:
            del self.slots[slot]
            self.world.tell(f"Cycle {slot} ends: {error.message}")

    def _parked(self, running: Running, report: CycleReport) -> None:
        """A run that waits for approval has written nothing (DESIGN §8, R6, R38)."""
        self.parked = report.status == "needs_approval"
        if self.parked and self._own_writes() > running.writes:
            self.world.problems.append(f"run {running.number} waits for approval, and wrote")

    def _own_writes(self) -> int:
        """Rows that were written, less what landed late, and opt-outs, which wait for no approval (R28)."""
        return more_than_opt_outs(self.world.writes) - self.world.late.landed

    def crash(self, slot: str, *, after: bool) -> None:
        """Kill a cycle before its next effect, or after it was carried out and before it heard so."""
        running = self.slots.pop(slot, None)
        if running is None:
            return
        if after:
            self.world.now += STEP
            try:
                self._answer(running, running.effect, None)
            except LeadpactError as error:
                self.world.tell(f"({error.message})")
        word = "after" if after else "before"
        self.world.tell(f"Cycle {slot} is killed {word} {_named(running.effect)}.")
        running.steps.close()

    def whole(self, slot: str, *, only: tuple[str, ...] = ()) -> None:
        """Run a cycle to its end, going on with what is under way there."""
        if slot not in self.slots and not self.start(slot, only=only):
            return
        self.go_on(slot, MOST_EFFECTS + 1)

    # effects

    def _answer(self, running: Running, effect: Effect, fault: Fault | None) -> Any:
        if isinstance(effect, Instant):
            return self.now
        if isinstance(effect, Commit):
            if fault is not None and fault.stops_commit:
                self.world.tell("The disk is full: nothing is committed.")
                raise Stop("The state cannot be written.", code="state_unwritable")
            self._commit(running, effect.changes)
            return None
        self._keep_lease(running)
        if not isinstance(effect, Gather):
            return self._call(running, effect, fault)
        answers: list[Any] = []
        heard = self.hearing.of(effect)
        struck = heard[fault.place % len(heard)] if fault is not None and heard else -1
        for number, one in enumerate(effect.effects):
            hit = fault if number == struck else None
            try:
                answers.append(self._call(running, one, hit) if number in heard else UNDER_WAY)
            except LeadpactError as error:
                answers.append(error)
        return answers

    def _call(self, running: Running, effect: Effect, fault: Fault | None) -> Any:
        self.world.late.called(running.number, self._land)
        if isinstance(effect, Write):
            standing = tuple(set(running.pauses) & set(self.store.pauses()))
            for row in effect.rows if standing else ():
                if not heeded(standing, effect.crm, effect.kind, row):
                    self.world.problems.append(f"{sorted(row.fields)} was written while paused")
        return carry_out(self.world, self.store, running.reads, effect, fault, running.number)

    def _land(self, late: LateWrite) -> None:
        before = len(self.world.writes)
        land(self.world, late)
        self.world.late.landed += more_than_opt_outs(self.world.writes[before:])

    def _commit(self, running: Running, changes: StateChanges) -> None:
        self.watch.before_commit(changes)
        self.store.commit(changes, running.lease, self.now, LEASE_LASTS)
        self.watch.after_commit(changes)
        running.expires = self.now + LEASE_LASTS

    def _keep_lease(self, running: Running) -> None:
        """As the runner does: no call starts with less lease left than it may take."""
        if running.expires - self.now < LEASE_SPARE:
            self._commit(running, StateChanges())

    # the history

    def turn(self, turn: Turn) -> None:
        """One turn of the history."""
        kind = turn.below(100)
        if kind < 18:
            self._people_wait()
            self.whole(next(iter(self.slots), SLOTS[0]))
        elif kind < 56:
            self.world.now += timedelta(milliseconds=40 + turn.below(400))
            act(self.world, turn)
        elif kind < 60:
            turn.of(WEATHER)(self.world, turn)
        elif kind < 64:
            answer(self, turn)
        elif kind < 68:
            turn.of(BUTTONS)(self, turn)
        elif kind < 92 and not self.world.calm:
            slot = SLOTS[turn.below(8) == 7]
            boundary = turn.of(BOUNDARIES)
            if not self.go_to(slot, boundary, turn.of(TIMES)) or kind < 70:
                return
            if kind < 82:
                self.go_on(slot, 1, fault_of(turn, boundary))
            else:
                self.crash(slot, after=turn.below(2) == 1)
        else:
            self.tick(TICKS[turn.below(len(TICKS))])

    def _people_wait(self) -> None:
        """In a calm history nobody edits within the seconds in which a CRM's stamp is blurred."""
        if self.world.calm:
            self.world.now += timedelta(seconds=90)

    def tick(self, seconds: int) -> None:
        """Let time pass."""
        self.world.now += timedelta(seconds=seconds)
        self.world.tell(f"{seconds} seconds pass.")
        self.world.late.until(self.world.now, self._land)

    def settle(self) -> bool:
        """Faults and people stop; cycles run until one has nothing to do. True where that comes."""
        self.world.tell("From here on nobody edits and nothing fails.")
        for slot in tuple(self.slots):
            self.crash(slot, after=False)
        self.world.late.all(self._land)
        clear_up(self.world)
        let_go(self)
        self.limits = Limits(page=self.world.page, lifted=True)
        self.go_live = self.go_live or self.world.now
        self.world.now += SOURCES_READ
        if not self._until_quiet():
            return False
        self.sweep()
        return self._until_quiet()

    def _until_quiet(self) -> bool:
        for number in range(MOST_CYCLES):
            self.world.now += timedelta(minutes=11)
            before = len(self.reports)
            self.whole("A")
            if len(self.reports) == before:
                continue
            report = self.reports[-1]
            if number and report.status == "done" and not self._busy(report):
                return True
        return False

    def _busy(self, report: CycleReport) -> bool:
        return bool(
            report.counts["planned_writes"]
            or self.store.open_intents(1)
            or self.store.count("due", self.now)
        )

    def sweep(self) -> CycleReport:
        """Look at every link once more, whether or not a feed named it."""
        links = tuple(self.store.page_of_links("", 1000))
        self.world.now += timedelta(minutes=1)
        self.whole("A", only=links)
        return self.reports[-1]


def _is(effect: Effect, boundary: str) -> bool:
    parts = effect.effects if isinstance(effect, Gather) else (effect,)
    return any(type(one).__name__ == boundary for one in parts)


def _named(effect: Effect) -> str:
    if isinstance(effect, Gather):
        return "+".join(sorted({_named(one) for one in effect.effects}))
    crm = getattr(effect, "crm", "")
    return f"{type(effect).__name__}{' in ' + crm if crm else ''}"


def play(
    choices: Sequence[int],
    *,
    swapped: bool = False,
    store: Callable[[], StateStore] = MemoryStore,
    family: Callable[[World, StateStore], Driver] = Driver,
) -> Driver:
    """Run a whole history and settle it; what went wrong is in ``driver.world.problems``.

    Args:
        family: what its choices mean.
    """
    turns = turns_of(choices)
    driver = family(open_world(next(turns, Turn(())), swapped=swapped), store())
    for turn in turns:
        driver.turn(turn)
    if not driver.settle():
        driver.world.problems.append("not quiet: cycles go on writing with nobody editing")
    return driver
