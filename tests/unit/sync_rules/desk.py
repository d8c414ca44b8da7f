"""A desk to try one rule at: both CRMs in memory, a store, and cycles that are run effect by effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.simulation.agreement import engine, mapping, pact
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import LEAD
from tests.simulation.faults import Fault, carry_out
from tests.simulation.world import MARKETER, REP, START, World

from leadpact.errors import LeadpactError
from leadpact.mapping import LeadMapping
from leadpact.mapping.coexistence import beside
from leadpact.matching.forgotten import Forgotten
from leadpact.model.decided import Activation
from leadpact.model.link import Hold, Link, WorkItem
from leadpact.model.notice import Notice
from leadpact.model.other_sync import OtherSync
from leadpact.model.record import Author, Native, RecordRef
from leadpact.model.stage import StageState
from leadpact.ports.budget import Allowance
from leadpact.ports.notifier import Delivery
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context, CrmSide, Limits
from leadpact.sync.cycle import cycle
from leadpact.sync.effects import (
    Commit,
    Effect,
    EnterLane,
    Gather,
    Instant,
    Notify,
    Steps,
    Write,
)
from leadpact.sync.report import CycleReport
from leadpact_app.store.memory import MemoryStore

STEP = timedelta(milliseconds=50)
LEASE = timedelta(hours=1)
ANN = {"email": "ann@acme.example", "firstname": "Ann", "lastname": "Doe", "company": "Acme"}
ANN_LEAD = {
    "Email": "ann@acme.example",
    "FirstName": "Ann",
    "LastName": "Doe",
    "Company": "Acme",
}


BANT: dict[str, Any] = {
    "leadpact_budget": "allocated",
    "leadpact_authority": "decides",
    "leadpact_need": "pain",
    "leadpact_timeline": "within_90_days",
}
"""All of BANT confirmed, as a HubSpot contact has it."""
BANT_LEAD: dict[str, Any] = {f"{name}__c": value for name, value in BANT.items()}


T = TypeVar("T")


class Killed(Exception):
    """The process died here."""


class Desk:
    """Both CRMs, the state, and the effects of the last cycle.

    Attributes:
        effects: what the last cycle asked for, in order; members of a Gather one by one.
        before: called with each effect before it is carried out (a person edits, a process dies).
        fault: the fault that befalls an effect, if any.
        pact, activation: the agreement that runs, and how it was activated; scoped: a mapping of its own.
        other_syncs: other syncs that a CRM shows (R13).
    """

    def __init__(self, crms: tuple[str, ...] = ("hubspot", "salesforce")) -> None:
        self.world = World()
        self.store = MemoryStore()
        self.names = crms
        self.go_live: datetime | None = START
        self.pact = pact()
        self.scoped: LeadMapping | None = None
        self.activation: Activation | None = None
        self.runs = 0
        self.effects: list[Effect] = []
        self.before: Callable[[Effect], None] = lambda _effect: None
        self.fault: Callable[[Effect], Fault | None] = lambda _effect: None
        self.slow = STEP
        self.other_syncs: dict[str, tuple[OtherSync, ...]] = {}
        self.strict: frozenset[str] = frozenset()
        self.channels: frozenset[str] = frozenset()
        self.notices: list[Notice] = []
        self.forgotten: Forgotten | None = None
        self.hot_every: timedelta | None = None
        self.steps_of: Callable[[Context], Steps[CycleReport]] = cycle
        self.deliver: Callable[[Notice], Delivery] = lambda _notice: Delivery(sent=True)

    # people

    def contact(self, **fields: Native) -> Row:
        """A HubSpot contact that somebody made."""
        return self.world.hubspot.make(CONTACTS, {**ANN, **fields}, 0, MARKETER)

    def lead(self, **fields: Native) -> Row:
        """A Salesforce Lead that somebody made."""
        return self.world.salesforce.make(LEAD, {**ANN_LEAD, **fields}, 0, REP)

    def put(self, row: Row, by: Author | None = None, **fields: Native) -> None:
        """Somebody edits a record, a while later."""
        self.later(minutes=1)
        author = by or (MARKETER if row.ref.crm == "hubspot" else REP)
        self.world.crms[row.ref.crm].put(row, fields, author)

    def later(self, **span: float) -> None:
        """Time passes."""
        self.world.now += timedelta(**span)

    # cycles

    def sync(
        self,
        *,
        limits: Limits | None = None,
        dry: bool = False,
        approved: bool = True,
        allowances: Mapping[str, Allowance] | None = None,
    ) -> CycleReport:
        """One cycle, a quarter of an hour after whatever was before; raises ``Killed`` as ``before`` does."""
        self.begin()
        context = self.context(limits=limits, dry=dry, approved=approved)
        steps = self.steps_of(replace(context, allowances=allowances or {}))
        return self.carry_out(steps)

    def begin(self) -> None:
        """The next run, a quarter of an hour after whatever was before."""
        self.later(minutes=15)
        self.runs += 1
        self.effects = []

    def carry_out(self, steps: Steps[T]) -> T:
        """Run an engine's steps to their end."""
        lease = self.store.acquire(f"run{self.runs}", self.world.now, LEASE)
        assert lease is not None, "the cycle before was not given up"
        effect = next(steps)
        try:
            while True:
                self.world.now += self.slow
                try:
                    if isinstance(effect, Commit):
                        self.effects.append(effect)
                        self.before(effect)
                        self.store.commit(effect.changes, lease, self.world.now, LEASE)
                        answer: Any = None
                    else:
                        answer = self._answer(effect)
                except LeadpactError as error:
                    effect = steps.throw(error)
                else:
                    effect = steps.send(answer)
        except StopIteration as ended:
            done: T = ended.value
            return done
        finally:
            steps.close()
            self.store.release(lease)

    def context(
        self,
        *,
        limits: Limits | None = None,
        dry: bool = False,
        approved: bool = True,
        only: tuple[str, ...] = (),
    ) -> Context:
        """What a cycle would be given now."""
        return Context(
            pair_id="desk",
            run_id=f"run{self.runs}",
            crms={
                name: CrmSide(
                    name,
                    self.world.crms[name].capabilities,
                    self.world.crms[name].schema(mapping().kinds(name)),
                    frozenset({"leadpact"}),
                )
                for name in self.names
            },
            mapping=replace(
                beside((self.scoped or mapping()).for_crms(self.names), self.other_syncs)[0],
                strict=self.strict,
            ),
            pact=self.pact,
            scoring=engine(),
            store=self.store,
            limits=limits or Limits(lifted=approved),
            go_live=self.go_live if approved else None,
            activation=self.activation,
            dry=dry,
            only=only,
            channels=self.channels,
            forgotten=self.forgotten,
            hot_every=self.hot_every,
        )

    def killed(self, before: Callable[[Effect], bool]) -> None:
        """One cycle that dies before the first effect of which ``before`` is true."""

        def die(effect: Effect) -> None:
            if before(effect):
                raise Killed

        self.before = die
        try:
            self.sync()
        except Killed:
            pass
        else:
            raise AssertionError("the cycle lived to its end")
        finally:
            self.before = lambda _effect: None

    def _answer(self, effect: Effect) -> Any:
        if isinstance(effect, Gather):
            answers = []
            for one in effect.effects:
                try:
                    answers.append(self._answer(one))
                except LeadpactError as error:
                    answers.append(error)
            return answers
        if isinstance(effect, Instant):
            return self.world.now
        self.effects.append(effect)
        self.before(effect)
        if isinstance(effect, EnterLane):
            return None
        if isinstance(effect, Notify):
            self.notices += effect.notices
            return [self.deliver(one) for one in effect.notices]
        return carry_out(self.world, self.store, {}, effect, self.fault(effect))

    # what came of it

    def writes(self) -> list[tuple[str, str, dict[str, Native]]]:
        """(CRM, op, fields) of each row that the last cycle sent, in order."""
        return [
            (one.crm, row.op, dict(row.fields))
            for one in self.effects
            if isinstance(one, Write)
            for row in one.rows
        ]

    def written(self, *names: str) -> list[str]:
        """Which of these fields the last cycle sent."""
        sent = {name for _crm, _op, fields in self.writes() for name in fields}
        return [name for name in names if name in sent]

    def link(self, row: Row) -> Link:
        """The link of a record."""
        link_id = self.store.link_ids([row.ref])[row.ref]
        return self.store.links([link_id])[link_id]

    def stage(self, row: Row) -> StageState:
        """The agreed stage of a record's lead."""
        state = self.link(row).stage
        assert state is not None, "no stage was agreed"
        return state

    def holds(self, row: Row) -> dict[str, Hold]:
        """What waits for a person, by cause."""
        found = self.store.holds(link_ids=[self.link(row).id], waiting_only=True)
        return {one.cause: one for one in found}

    def told(self, row: Row) -> list[tuple[str, str]]:
        """(result, why) of the lead's stage history, oldest first."""
        return [(one.result, one.why) for one in self.store.transitions(self.link(row).id)]

    def side_state(self, ref: RecordRef) -> str:
        """What the state says a record is: live, gone, converted, merged."""
        link_id = self.store.link_ids([ref])[ref]
        return next(one.state for one in self.store.sides([link_id])[link_id] if one.ref == ref)

    def answer(self, row: Row, cause: str, answer: str) -> None:
        """A person answers a hold, as ``leadpact review`` does."""
        hold = self.holds(row)[cause]
        now = self.world.now
        self.store.commit(
            StateChanges(
                holds=[replace(hold, status="answered", answer=answer)],
                work=[WorkItem(hold.link_id, "review", now, now)],
            ),
            None,
            now,
        )
