"""A state in memory with one lead whose story has every kind of line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadpact.model.link import Failure, Hold, Intent, Link, Side
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import PublishedScore
from leadpact.model.stage import StageState, Transition, TransitionResult
from leadpact.pact import Pact, load_pact
from leadpact.ports.state_store import StateChanges
from leadpact_app.store.memory import MemoryStore
from leadpact_mappings import default_text

START = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
CONTACT = RecordRef("hubspot", "contacts", "51")
LEAD = RecordRef("salesforce", "Lead", "00Q000000000001AAA")
OLD_LEAD = RecordRef("salesforce", "Lead", "00Q000000000002AAA")


@pytest.fixture(scope="session")
def pact() -> Pact:
    """The pact that ships."""
    return load_pact(default_text("pact.yaml"), "pact.yaml")


class Story:
    """Builds one lead's state, line by line, an hour apart."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.at = START

    def tick(self) -> datetime:
        self.at += timedelta(hours=1)
        return self.at

    def put(self, changes: StateChanges) -> None:
        self.store.commit(changes, None, self.at)

    def link(
        self, stage: StageState | None = None, published: PublishedScore | None = None
    ) -> None:
        link = Link("link-1", stage=stage, published=published, adopted=stage is not None)
        sides = [
            Side(OLD_LEAD, "link-1", primary=False),
            Side(LEAD, "link-1"),
            Side(CONTACT, "link-1"),
        ]
        self.put(StateChanges(links=[link], sides=sides))

    def said(
        self,
        result: TransitionResult,
        before: str,
        after: str,
        actor: str = "sales (person:0057)",
        *,
        crm: str = "salesforce",
        why: str = "",
        reason: str = "",
    ) -> None:
        at = self.tick()
        one = Transition(
            f"t-{at.isoformat()}", "link-1", at, result, before, after, actor, crm, why, reason
        )
        self.put(StateChanges(transitions=[one]))

    def wrote(self, ref: RecordRef, before: str | None, after: str, state: str = "written") -> None:
        at = self.tick()
        intent = Intent(
            id=f"i-{at.isoformat()}",
            run_id="run-1",
            link_id="link-1",
            ref=ref,
            op="set",
            before={"City": before},
            wanted={"City": after},
            agrees={"city": after},
            rule={"City": "edited in hubspot"},
            created_at=at,
            state=state,  # type: ignore[arg-type]
            closed_at=None if state == "open" else at,
        )
        self.put(StateChanges(intents=[intent]))

    def held(self, field: str, cause: str, why: str, status: str = "waiting") -> None:
        hold = Hold(
            f"h-{field}-{cause}",
            "link-1",
            field,
            cause,
            why,
            {"hubspot": "a", "salesforce": "b"},
            self.tick(),
            "run-1",
            status,  # type: ignore[arg-type]
        )
        self.put(StateChanges(holds=[hold]))

    def failed(self, message: str) -> None:
        at = self.tick()
        failure = Failure(
            "link-1",
            "salesforce",
            LEAD,
            "row_locked",
            "set aside",
            message,
            ("City",),
            "x",
            1,
            at,
            at,
            None,
        )
        self.put(StateChanges(failures=[failure]))


@pytest.fixture
def story() -> Story:
    """An empty state to tell a story into."""
    return Story()


@pytest.fixture
def score() -> PublishedScore:
    """A score as it stands on the records."""
    return PublishedScore(
        fit=3500,
        engagement=1000,
        total=4500,
        grade="A4",
        verdict="not_yet",
        reasons=("manager", "size"),
        breakdown="Not yet MQL: 45 of 60 points\nGrade A4: fit 35, engagement 10\n+20 Manager or above\n"
        "+15 50 to 500 employees\n+10 Opened 3 e-mails, 1 Mar 2026\n-0 nothing\n"
        "Missing: 15 more points to reach 60\nMissing: engagement of at least 20 (it is 10)",
        scored_at=START,
        pact_hash="abc",
    )
