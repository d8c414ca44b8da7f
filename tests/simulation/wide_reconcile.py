"""Reconciliation at any moment, and its repair plan: the counts are explained, and after the repair they meet (R40)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.choices import Turn
from tests.simulation.driver import MOST_EFFECTS
from tests.simulation.world import MARKETER, REP

from leadpact.audit.reconcile import CAUSES, Difference
from leadpact.audit.reconcile_counts import Tally
from leadpact.audit.reconcile_reading import reconcile
from leadpact.model.link import WorkItem
from leadpact.model.record import Native
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.cycle import cycle
from leadpact.sync.effects import Steps
from leadpact.sync.report import CycleReport
from leadpact_app.cli.plan_rows import applying

if TYPE_CHECKING:
    from tests.simulation.wide import WideDriver

TEXTS = {"hubspot": ("city", "jobtitle", "phone"), "Lead": ("City", "Title", "Phone")}


class Reconciling:
    """Audits of one history.

    Attributes:
        silent: values that were set without any feed ever showing it.
    """

    def __init__(self, driver: WideDriver) -> None:
        self._driver = driver
        self.silent = 0

    def audit(self, *, take_up: bool = False) -> tuple[Tally, list[Difference]]:
        """Hold both CRMs against the state, whatever is under way."""
        driver, told = self._driver, list[Difference]()
        context = replace(driver.context(), dry=True)
        tally: Tally = driver.look(reconcile(context, take_up=take_up, tell=told.append))
        for by in ("stage", "native"):
            if tally.unexplained(by):
                driver.world.problems.append(f"reconcile leaves a difference by {by} unexplained")
        for one in told:
            if one.cause not in CAUSES or not (one.why and one.mend):
                driver.world.problems.append(f"reconcile tells no cause, or no mend, of {one}")
        return tally, told

    def now(self) -> None:
        """An operator audits."""
        tally, _told = self.audit()
        causes = ", ".join(f"{number} × {cause}" for cause, number in sorted(tally.causes.items()))
        self._driver.world.tell(f"The operator reconciles: {causes or 'no difference'}.")

    def repair(self) -> bool:
        """An operator has a repair planned, approves it, and begins to carry it out; False where there is nothing."""
        driver = self._driver
        if driver.slots or driver.go_live is None:
            return False
        leads = tuple(dict.fromkeys(self.audit(take_up=True)[0].repairable))
        if not leads:
            return False
        driver.world.tell(f"The operator has a repair of {len(leads)} leads planned.")
        work = [WorkItem(one, "only", driver.now, driver.now) for one in leads]
        driver.store.commit(StateChanges(work=work), None, driver.now)
        reports, before = len(driver.reports), driver.own_writes()
        if not driver.start("A", only=leads, steps=_dry):
            return False
        driver.go_on("A", MOST_EFFECTS + 1)
        if driver.own_writes() > before:
            driver.world.problems.append("a plan has written")
        plan_id = driver.reports[-1].plan_id if len(driver.reports) > reports else ""
        plan = driver.store.plan(plan_id) if plan_id else None
        if plan is None:
            return False
        plan = replace(plan, kind="repair", status="approved")
        driver.store.commit(StateChanges(plans=[plan]), None, driver.now)
        driver.world.tell("The operator approves it.")
        driver.approved = True
        return driver.start("A", only=leads, steps=applying(plan))

    def meets(self) -> None:
        """Of a settled world nothing is left for a plan to mend."""
        left = [one for one in self.audit()[1] if one.turn == "plan"]
        if left:
            one = left[0]
            self._driver.world.problems.append(
                f"reconcile still has {one.cause} of {one.fields} to repair: {one.why}"
            )


def _dry(context: Context) -> Steps[CycleReport]:
    return cycle(replace(context, dry=True))


def reconcile_now(driver: WideDriver, turn: Turn) -> None:
    """An audit at any moment; also between two steps of a cycle."""
    driver.reconciling.now()


def repair(driver: WideDriver, turn: Turn) -> None:
    """A repair plan, carried out by the turns that follow."""
    driver.reconciling.repair()


def silent_edit(driver: WideDriver, turn: Turn) -> None:
    """An import that keeps the records' stamps sets a value: no feed ever shows it."""
    world = driver.world
    crm = world.crms[turn.of(("salesforce", "hubspot"))]
    rows = [row for row in crm.live() if row.ref.kind in ("Lead", "contacts")]
    if not rows:
        return
    row = rows[turn.below(len(rows))]
    name = turn.of(TEXTS["hubspot" if crm.name == "hubspot" else "Lead"])
    value: Native = f"+1 555 {row.person}{world.unique():04d}"
    if name.lower() != "phone":
        value = f"{name.lower()} p{row.person} v{world.unique()}"
    stamp = row.version
    world.tell(f"{name} of {world.called(row)} becomes {value!r}, its stamp stays.")
    world.put(row, {name: value}, REP if crm.name == "salesforce" else MARKETER)
    row.version = row.shots[-1].version = stamp
    driver.reconciling.silent += 1
