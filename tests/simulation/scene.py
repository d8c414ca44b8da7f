"""A world set up by hand, for stories that are told step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, LEAD
from tests.simulation.driver import Driver
from tests.simulation.invariants import check
from tests.simulation.world import MARKETER, REP, SEEDER, START, WORKFLOW, World

from leadpact.model.link import Hold, Link, WorkItem
from leadpact.model.record import Author, Native
from leadpact.model.stage import StageState, Transition
from leadpact.ports.connector import WriteRow
from leadpact.ports.state_store import StateChanges
from leadpact.sync.report import CycleReport
from leadpact_app.store.memory import MemoryStore

EMAIL = "ann@acme0.example"


class Scene:
    """Two CRMs and one state; Ann is person 0, Ben person 1.

    Args:
        swapped: the CRMs are named in the other order.
    """

    def __init__(self, *, swapped: bool = False) -> None:
        self.world = World(swapped=swapped)
        self.world.now = START - timedelta(days=9)
        self.store = MemoryStore()
        self.driver = Driver(self.world, self.store)

    # records; before the first cycle they are nine days old

    def contact(self, email: str = EMAIL, person: int = 0, **fields: Native) -> Row:
        """A HubSpot contact."""
        known: dict[str, Native] = {
            "email": email,
            "lastname": "Doe",
            "company": "Acme",
            "lifecyclestage": "lead",
        }
        return self.world.make("hubspot", CONTACTS, known | fields, person, SEEDER)

    def lead(self, email: str = EMAIL, person: int = 0, **fields: Native) -> Row:
        """A Salesforce Lead."""
        known: dict[str, Native] = {"Email": email, "LastName": "Doe", "Company": "Acme"}
        return self.world.make("salesforce", LEAD, known | fields, person, SEEDER)

    def sf_contact(self, email: str = EMAIL, person: int = 0, **fields: Native) -> Row:
        """A Salesforce Contact."""
        known: dict[str, Native] = {"Email": email, "LastName": "Doe"}
        return self.world.make("salesforce", CONTACT, known | fields, person, SEEDER)

    def linked(self, stage: str = "lead") -> tuple[Row, Row]:
        """Ann in both CRMs, agreed on."""
        lifecycle, lead_status, status = {
            "lead": ("lead", None, "Open - Not Contacted"),
            "mql": ("marketingqualifiedlead", None, "Open - Not Contacted"),
            "sal": ("marketingqualifiedlead", "IN_PROGRESS", "Working - Contacted"),
            "sql": ("salesqualifiedlead", None, "Working - Contacted"),
        }[stage]
        contact = self.contact(lifecyclestage=lifecycle, hs_lead_status=lead_status)
        rows = contact, self.lead(Status=status)
        self.cycle()
        assert self.stage(rows[0]).stage == stage
        return rows

    # what happens

    def edit(self, row: Row, author: Author = MARKETER, **fields: Native) -> None:
        """Somebody types; then ten seconds pass."""
        self.world.put(row, fields, author)
        self.wait(seconds=10)

    def marketer(self, row: Row, **fields: Native) -> None:
        """A marketer types."""
        self.edit(row, MARKETER, **fields)

    def rep(self, row: Row, **fields: Native) -> None:
        """A rep types."""
        self.edit(row, REP, **fields)

    def workflow(self, row: Row, **fields: Native) -> None:
        """A workflow sets values."""
        self.edit(row, WORKFLOW, **fields)

    def wait(self, **by: float) -> None:
        """Time passes."""
        self.world.now += timedelta(**by)

    def cycle(self) -> CycleReport:
        """One cycle to its end."""
        self.world.now = max(self.world.now, START) + timedelta(seconds=10)
        self.driver.whole("A")
        return self.driver.reports[-1]

    def writes_of_cycle(self) -> list[WriteRow]:
        """One cycle; what the CRMs took from it."""
        before = len(self.world.writes)
        self.cycle()
        return self.world.writes[before:]

    def delete(self, row: Row) -> None:
        """Somebody deletes a record."""
        row.gone = True
        self.world.crms[row.ref.crm].put(row, {}, REP)
        self.wait(seconds=10)

    def restore(self, row: Row) -> None:
        """Somebody takes it out of the bin."""
        row.gone = False
        self.world.crms[row.ref.crm].put(row, {}, REP)
        self.wait(seconds=10)

    def answer(self, hold: Hold, answer: str) -> None:
        """The operator answers a hold, as `leadpact review` does."""
        now = self.world.now
        self.store.commit(
            StateChanges(
                holds=[replace(hold, status="answered", answer=answer)],
                work=[WorkItem(hold.link_id, "review", now, now)],
            ),
            None,
            now,
        )

    # what is known then

    def link(self, row: Row) -> Link:
        """The link of a record."""
        link_id = self.store.link_ids([row.ref])[row.ref]
        return self.store.links([link_id])[link_id]

    def stage(self, row: Row) -> StageState:
        """The agreed stage."""
        state = self.link(row).stage
        assert state is not None
        return state

    def holds(self, row: Row) -> dict[tuple[str, str], Hold]:
        """What waits for a person, by field and cause."""
        found = self.store.holds(link_ids=[self.link(row).id], waiting_only=True)
        return {(one.field, one.cause): one for one in found}

    def history(self, row: Row, *results: str) -> Sequence[Transition]:
        """Lines of the stage history with these results."""
        return [one for one in self.store.transitions(self.link(row).id) if one.result in results]

    def settles(self) -> None:
        """Nothing is left to do, and every promise is kept."""
        assert self.driver.settle()
        assert check(self.driver) == []
