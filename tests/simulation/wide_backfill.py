"""A backfill in the midst of everything: ordered, paused, cancelled, killed; and what it promises (R33)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.simulation.agreement import mapping, pact
from tests.simulation.choices import Turn
from tests.simulation.crm_base import OURS as WRITTEN_BY_US
from tests.simulation.crm_hubspot import CONTACTS, STAGES
from tests.simulation.crm_hubspot import STAGE as LIFECYCLE
from tests.simulation.crm_hubspot import STATUS as LEAD_STATUS
from tests.simulation.driver import MOST_EFFECTS

from leadpact.errors import FixSettings
from leadpact.model.link import RunStatus
from leadpact.model.record import RecordRef
from leadpact.model.run_order import RunOrder
from leadpact.ports.runs import RunRequest
from leadpact.ports.state_store import StateChanges
from leadpact.sync.backfill import backfill, forecast
from leadpact.sync.effects import Write
from leadpact.sync.report import CycleReport
from leadpact.sync.same import same_native
from leadpact_app.runs.inline import InlineRuns

if TYPE_CHECKING:
    from tests.simulation.driver import Running
    from tests.simulation.invariants import Person
    from tests.simulation.wide import WideDriver

OURS = "leadpact_"
MOST_PIECES = 40
OVER = ("done", "cancelled")


class Backfills:
    """The backfills of one history; the store and the inline adapter keep them, this watches.

    Attributes:
        orders: ids, oldest first.
        runs: the adapter by which an operator orders, pauses, resumes and cancels.
    """

    def __init__(self, driver: WideDriver) -> None:
        self._driver = driver
        self.orders: list[str] = []
        self._of: dict[int, str] = {}
        self._rows: Counter[str] = Counter()
        self.runs = InlineRuns(driver.store, _Clock(driver), self._carry_out, self._new_id)

    # what operators do

    def begin(self, turn: Turn) -> None:
        """Go on with the last backfill, or order one after its forecast."""
        driver = self._driver
        if driver.slots or driver.go_live is None:
            return
        run_id = self.open
        if run_id:
            driver.world.tell(f"The operator lets {run_id} go on.")
            self._go_on(run_id)
            return
        self._forecast()
        options = {
            "approved": "yes",
            "native_stages": turn.of(("no", "yes")),
            "watch_seconds": turn.of(("0", "30")),
        }
        driver.world.tell(
            f"The operator orders a backfill, native stages: {options['native_stages']}."
        )
        self.runs.start(RunRequest("backfill", options))

    def ask(self, turn: Turn) -> None:
        """Pause or cancel the last backfill, whatever it is at."""
        run_id = self.open
        if not run_id:
            return
        word = turn.of(("pause", "pause", "cancel"))
        self._driver.world.tell(f"The operator asks {run_id} to {word}.")
        try:
            (self.runs.pause if word == "pause" else self.runs.cancel)(run_id)
        except FixSettings as error:
            self._driver.world.problems.append(f"{run_id} does not {word}: {error.message}")

    @property
    def open(self) -> str:
        """The backfill that is not at its end; "" where there is none."""
        run_id = self.orders[-1] if self.orders else ""
        run = self._driver.store.run(run_id) if run_id else None
        return "" if run is not None and run.status in OVER else run_id

    def finish(self) -> None:
        """Let the last backfill go on to its end, while nobody does anything else."""
        for _piece in range(MOST_PIECES):
            run_id = self.open
            if not run_id:
                return
            self._go_on(run_id)
            self._driver.go_on("A", MOST_EFFECTS + 1)
            self._driver.world.now += timedelta(seconds=61)
        self._driver.world.problems.append("a backfill does not end")

    def fills_all(self) -> bool:
        """A backfill of everybody, and one more, which finds nothing to write; whether cycles were quiet between."""
        self._whole_one()
        if not self._driver.until_quiet():
            return False
        self._driver.world.problems.extend(self._dates_lack())
        rows = self._whole_one()
        if rows:
            self._driver.world.problems.append(f"a second backfill wrote {rows} rows more")
        return True

    # what is watched

    def written(self, running: Running, effect: Write) -> Iterator[str]:
        """Our own fields alone, and nothing that stands there; native ones where asked, forward, behind the mark."""
        run_id = self._of.get(running.number)
        if run_id is None:
            return
        order = self._driver.store.order(run_id)
        native = order is not None and order.options["native_stages"] == "yes"
        mark = mapping().backfill(effect.crm, effect.kind).mark
        self._rows[run_id] += len(effect.rows)
        for row in effect.rows:
            there = self._driver.world.crms[effect.crm].rows.get(
                RecordRef(effect.crm, effect.kind, row.id)
            )
            if row.op != "set" or there is None:
                yield f"a backfill did {row.op} {row.id}"
                continue
            foreign = sorted(name for name in row.fields if not name.startswith(OURS))
            if foreign and not (native and there.fields[mark]):
                yield f"a backfill wrote {foreign}"
            if LIFECYCLE in row.fields and there.fields[LIFECYCLE]:
                to, at = str(row.fields[LIFECYCLE]), str(there.fields[LIFECYCLE])
                looked = running.reads.get(there.ref, self._driver.world.now)
                edited = there.history[LIFECYCLE][0].at >= looked
                if STAGES.index(to) < STAGES.index(at) and not edited:
                    yield f"a backfill set {there.ref} back from {at} to {to}"
            news = [
                n
                for n, v in row.fields.items()
                if n != mark and not same_native(there.fields[n], v)
            ]
            if not news:
                yield f"a backfill wrote {sorted(row.fields)} of {there.ref}, which stood there"

    def committed(self, running: Running, changes: StateChanges) -> Iterator[str]:
        """It sets nobody back, hands nobody over and starts no clock."""
        if running.number not in self._of:
            return
        stages = pact().stages
        for one in changes.transitions:
            if one.actor != "backfill":
                continue
            was, now = stages.get(one.from_stage), stages[one.to_stage]
            if now.side or (was is not None and (was.side or was.rank >= now.rank)):
                yield f"a backfill moved {one.link_id[:8]} from {one.from_stage} to {one.to_stage}"
        ids = [one.link_id for one in changes.handoffs] + [one.link_id for one in changes.clocks]
        links = list(dict.fromkeys(ids))
        store = self._driver.store
        known = {one.id for group in store.handoffs(links).values() for one in group}
        clocks = {one.started_at for group in store.clocks_of(links).values() for one in group}
        for handoff in changes.handoffs:
            if handoff.id not in known:
                yield f"a backfill hands {handoff.link_id[:8]} over"
        for clock in changes.clocks:
            if clock.started_at not in clocks:
                yield f"a backfill starts a clock of {clock.link_id[:8]}"

    def ended(self, running: Running, report: CycleReport) -> bool:
        """Whether this was a piece of a backfill; only those park without a plan."""
        return running.number in self._of

    def _carry_out(self, order: RunOrder) -> tuple[RunStatus, int]:
        """A piece is begun in a slot; the turns that follow carry it out, or kill it."""
        driver = self._driver
        begun = driver.start(
            "A", steps=lambda context: backfill(replace(context, run_id=order.run_id), order)
        )
        if begun:
            self._of[driver.slots["A"].number] = order.run_id
        return "waiting", 4

    def _new_id(self) -> str:
        self.orders.append(f"fill{len(self.orders) + 1}")
        return self.orders[-1]

    def _go_on(self, run_id: str) -> None:
        run = self._driver.store.run(run_id)
        if run is None:
            self.runs.start(RunRequest("backfill", run_id=run_id))
        else:
            self.runs.resume(run_id)

    def _forecast(self) -> None:
        driver = self._driver
        before = driver.own_writes(), len(driver.watch.committed)
        driver.look(forecast(replace(driver.context(), dry=True), 1000))
        if before != (driver.own_writes(), len(driver.watch.committed)):
            driver.world.problems.append("a forecast has written")

    def _whole_one(self) -> int:
        """One more backfill to its end; how many rows it sent."""
        self._driver.world.tell("One more backfill, to its end.")
        self.runs.start(
            RunRequest("backfill", {"approved": "yes", "native_stages": "no", "watch_seconds": "0"})
        )
        self._driver.go_on("A", MOST_EFFECTS + 1)
        self.finish()
        return self._rows[self.orders[-1]]

    def _dates_lack(self) -> Iterator[str]:
        """Every stage that others set on a lead's contact, as HubSpot remembers, is dated there, no later than that."""
        from tests.simulation.invariants import _people

        for person in _people(self._driver):
            if "hubspot" not in person.sides or person.failures:
                continue
            if any(hold.field == "" for hold in person.holds if hold.status == "waiting"):
                continue
            _side, row = person.sides["hubspot"]
            pinned = {(pin.ref, pin.field) for pin in person.pins}
            if any(one.value for one in row.history.get(LEAD_STATUS, ())):
                continue  # both fields together say the stage
            for value, one_stage in NAMED.items():
                stage = _dated_as(person, value, one_stage)
                at = [
                    one.at
                    for one in row.history.get(LIFECYCLE, ())
                    if one.value == value and one.author != WRITTEN_BY_US
                ]
                name = f"leadpact_first_{stage}"
                shown = str(row.fields[name] or "")
                if (row.ref, name) in pinned:
                    continue  # an undo took it back (R32)
                if at and (not shown or _instant(shown) > min(at)):
                    yield f"{row.ref} was first at {stage} on {min(at):%d %H:%M:%S}, and shows {shown!r}"


NAMED = {"marketingqualifiedlead": "mql", "salesqualifiedlead": "sql", "customer": "customer"}
"""Lifecycle stages that mean one stage of ours."""


def _dated_as(person: Person, value: str, stage: str) -> str:
    """Of several stages that share a lifecycle stage, and say as little, the agreed one is dated (R33)."""
    state, shown = person.link.stage, {LIFECYCLE: value, LEAD_STATUS: None}
    meant = mapping().stage_table("hubspot", CONTACTS).stages_of(shown) or ()
    if state is None or state.stage not in meant:
        return stage
    here, there = pact().stages[stage], pact().stages[state.stage]
    return state.stage if (here.rank, here.side) == (there.rank, there.side) else stage


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


class _Clock:
    def __init__(self, driver: WideDriver) -> None:
        self._driver = driver

    def now(self) -> datetime:
        return self._driver.now

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


def go_on_with_backfill(driver: WideDriver, turn: Turn) -> None:
    """Order a backfill, or go on with it."""
    driver.backfills.begin(turn)


def ask_of_backfill(driver: WideDriver, turn: Turn) -> None:
    """Pause or cancel it."""
    driver.backfills.ask(turn)
