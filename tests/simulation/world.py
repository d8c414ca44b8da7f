"""One simulated world: a clock, both CRMs, the people in them, and everything that anybody ever typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.simulation.agreement import mapping
from tests.simulation.choices import Turn
from tests.simulation.crm_base import FakeCrm
from tests.simulation.crm_hubspot import CONTACTS, FakeHubSpot
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, LEAD, FakeSalesforce
from tests.simulation.late import LateWrites
from tests.simulation.seats import open_for_business

from leadpact.model.record import UNKNOWN, Author, Known, Native, RecordRef
from leadpact.ports.connector import WriteRow

START = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
PEOPLE = ("Ann", "Ben", "Cleo", "Dan")
SURNAMES = ("Doe", "Roe", "Poe", "Moe")
MARKETER = Author("person", "u-mara", "Marketing")
REP = Author("person", "005REP", "Sales")
WORKFLOW = Author("workflow", "wf-7")
SEEDER = Author("import", "seed")
LAGS = (0, 0, 5, 40)
PAGES = (200, 200, 1, 2)


@dataclass(frozen=True)
class Edit:
    """One value that a person, an automation or the seed put on a record."""

    at: datetime
    ref: RecordRef
    person: int
    native: str
    value: Native
    author: Author
    seeded: bool = False


@dataclass
class Overwrite:
    """A value of a person that was put in between our last look and our write (R7's remaining window)."""

    at: datetime
    ref: RecordRef
    native: str


@dataclass
class World:
    """What is simulated.

    Attributes:
        edits: every value typed, oldest first.
        near_misses: values that were overwritten in the window that no CRM lets us close.
        writes: every row that a CRM took from us, oldest first.
        told: the story so far.
        problems: broken promises that were seen while the history ran.
        skew: how wrong our own clock is.
        renamed: picklist values that an admin has renamed.
        capped: runs write little without approval, and the first plan has to be approved.
        late: writes that were sent, and are still to land.
    """

    lag: timedelta = timedelta()
    page: int = 200
    swapped: bool = False
    calm: bool = False
    capped: bool = False
    now: datetime = START
    skew: timedelta = timedelta()
    renamed: set[int] = field(default_factory=set)
    edits: list[Edit] = field(default_factory=list)
    near_misses: list[Overwrite] = field(default_factory=list)
    writes: list[WriteRow] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    emails: dict[str, int] = field(default_factory=dict)
    counter: int = 0
    late: LateWrites = field(default_factory=LateWrites)

    def __post_init__(self) -> None:
        clock: Callable[[], datetime] = lambda: self.now  # noqa: E731
        self.hubspot = FakeHubSpot(clock, self.lag)
        self.salesforce = FakeSalesforce(clock, self.lag)
        self.hubspot.person_of = self._person_of
        self.salesforce.person_of = self._person_of
        self.crms: dict[str, FakeCrm] = {"hubspot": self.hubspot, "salesforce": self.salesforce}

    def tell(self, sentence: str) -> None:
        """Add a sentence to the story."""
        gone = self.now - START
        hours, rest = divmod(int(gone.total_seconds()), 3600)
        clock = f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}.{self.now.microsecond // 1000:03d}"
        self.told.append(f"{clock} {sentence}")

    def unique(self) -> int:
        """A number never used before in this world."""
        self.counter += 1
        return self.counter

    def put(
        self,
        row: Row,
        fields: dict[str, Native],
        author: Author,
        *,
        begun: datetime | None = None,
    ) -> None:
        """A person, an automation or the seed sets values on a record."""
        before = dict(row.fields)
        self.crms[row.ref.crm].put(row, fields, author, begun=begun)
        changed = {name: v for name, v in fields.items() if row.fields[name] != before[name]}
        self.note(row, changed, author)

    def note(
        self, row: Row, fields: Mapping[str, Native], author: Author, *, seeded: bool = False
    ) -> None:
        """Remember what was typed."""
        for name in fields:
            self.edits.append(
                Edit(self.now, row.ref, row.person, name, row.fields[name], author, seeded)
            )

    def make(
        self, crm: str, kind: str, fields: dict[str, Native], person: int, author: Author
    ) -> Row:
        """A person makes a record."""
        row = self.crms[crm].make(kind, fields, person, author)
        email = str(row.fields.get(self.crms[crm].email) or "")
        if email:
            self.emails.setdefault(email, person)
        typed = {name: value for name, value in fields.items() if value is not None}
        self.note(row, typed, author, seeded=author == SEEDER)
        return row

    def called(self, row: Row) -> str:
        """A record as the story names it."""
        words = {CONTACTS: "contact", LEAD: "Lead", CONTACT: "Contact"}
        who = PEOPLE[row.person] if 0 <= row.person < len(PEOPLE) else "somebody"
        crm = {"hubspot": "HubSpot", "salesforce": "Salesforce"}[row.ref.crm]
        return f"{who}'s {crm} {words.get(row.ref.kind, row.ref.kind)} {row.ref.id}"

    def _person_of(self, row: WriteRow) -> int:
        email = str(row.fields.get("email") or row.fields.get("Email") or "").strip().lower()
        return self.emails.get(email, -1)


def canonical_names(ref: RecordRef) -> dict[str, str]:
    """Canonical field by CRM field, for the kind of this record."""
    return _canonical_names(ref.crm, ref.kind)


@cache
def _canonical_names(crm: str, kind: str) -> dict[str, str]:
    return {
        rule.sides[crm, kind].field: name
        for name, rule in mapping().fields.items()
        if (crm, kind) in rule.sides
    }


def canonical(ref: RecordRef, name: str, native: str, value: Native) -> Known:
    """A native value of a mapped field as the engine would compare it."""
    rule = mapping().fields[name]
    try:
        read = rule.sides[ref.crm, ref.kind].read(value)
    except ValueError:
        return UNKNOWN
    return rule.blank_means if read is None else read


def open_world(turn: Turn, *, swapped: bool) -> World:
    """A world as the first turn of a history makes it."""
    options = turn.below(512)
    world = World(
        lag=timedelta(seconds=LAGS[options % 4]),
        page=PAGES[options // 4 % 4],
        calm=options // 16 % 4 == 1,
        capped=options // 64 == 7,
        swapped=swapped,
    )
    open_for_business(world.hubspot, world.salesforce)
    people = 2 + turn.below(3)
    shapes = turn.below(1 << 16)
    stages = turn.below(1 << 16)
    world.now = START - timedelta(days=9)
    for person in range(people):
        _seed(world, person, shapes >> (4 * person) & 15, stages >> (4 * person) & 15)
    world.now = START
    return world


HUBSPOT_SEEDS: tuple[dict[str, Native], ...] = (
    {"lifecyclestage": "lead"},
    {"lifecyclestage": "subscriber"},
    {"lifecyclestage": "marketingqualifiedlead"},
    {"lifecyclestage": "salesqualifiedlead"},
    {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "IN_PROGRESS"},
    {"lifecyclestage": "other"},
)
SALESFORCE_SEEDS = (
    *("Open - Not Contacted", "Open - Not Contacted", "Working - Contacted"),
    *("Working - Contacted", "Closed - Not Converted"),
)


def _seed(world: World, person: int, shape: int, stage: int) -> None:
    """Put a person where the shape says: both CRMs (mostly), one of them, or with a duplicate."""
    name = PEOPLE[person]
    email = f"{name.lower()}@acme{person}.example"
    world.emails[email] = person
    hubspot: dict[str, Native] = {
        "email": email,
        "firstname": name,
        "lastname": SURNAMES[person],
        "city": f"Oslo{person}",
        "jobtitle": f"director p{person}",
        "company": f"Acme{person}" if stage % 4 else None,
    }
    salesforce: dict[str, Native] = {
        "Email": email if shape % 3 else email.upper(),
        "FirstName": name if shape % 5 else None,
        "LastName": SURNAMES[person],
        "Company": f"Acme{person}",
        "City": f"Oslo{person}" if shape % 2 else f"Bergen{person}",
    }
    if shape != 13:
        row_stage = HUBSPOT_SEEDS[stage % 6 if stage < 12 else 0]
        row = world.make("hubspot", CONTACTS, {**hubspot, **row_stage}, person, SEEDER)
        world.tell(f"There is {world.called(row)} at {row_stage}.")
    if shape in (3, 11, 15):
        return
    if shape == 7:
        contact = {
            ("MailingCity" if field == "City" else field): value
            for field, value in salesforce.items()
            if field != "Company"
        }
        row = world.make("salesforce", CONTACT, contact, person, SEEDER)
        world.tell(f"There is {world.called(row)}.")
        return
    status = SALESFORCE_SEEDS[0 if stage < 10 else stage % 5]
    row = world.make("salesforce", LEAD, {**salesforce, "Status": status}, person, SEEDER)
    world.tell(f"There is {world.called(row)} at {status!r}.")
    if shape == 9:
        row = world.make("salesforce", LEAD, {**salesforce, "Status": status}, person, SEEDER)
        world.tell(f"There is a second one, {world.called(row)}.")
