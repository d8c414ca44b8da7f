"""What people and automations do in both CRMs, one act per turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.simulation.choices import Turn
from tests.simulation.crm_hubspot import CONTACTS, OWN_REASON, OWN_STAGE, SIGNALS
from tests.simulation.crm_hubspot import STAGE as LIFECYCLE
from tests.simulation.crm_hubspot import STATUS as LEAD_STATUS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import (
    CONTACT,
    IS_OPEN,
    IS_WON,
    LEAD,
    OPEN,
    OPPORTUNITY,
    REJECTED,
    STATUS,
    WORKING,
)
from tests.simulation.crm_salesforce import OWN_REASON as SF_REASON
from tests.simulation.crm_salesforce import OWN_STAGE as SF_STAGE
from tests.simulation.people_more import MORE
from tests.simulation.world import MARKETER, PEOPLE, REP, SURNAMES, WORKFLOW, World

from leadpact.model.record import Native

HUBSPOT_TEXT = (
    "city",
    "jobtitle",
    "firstname",
    "phone",
    "country",
    "company",
    "industry",
    "website",
)
LEAD_TEXT = ("City", "Title", "FirstName", "Phone", "Country", "Company", "Industry", "Website")
CONTACT_TEXT = ("MailingCity", "Title", "FirstName", "Phone", "MailingCountry")
REASONS = ("bad_timing", "no_budget", "competitor", "other")
OWN_STAGES = ("lead", "mql", "sal", "sql", "recycled", "disqualified", "subscriber", "customer")
LIFECYCLES = (
    *("lead", "marketingqualifiedlead", "salesqualifiedlead", "subscriber", "opportunity"),
    *("customer", "other", ""),
)
HUBSPOT_STATUSES = ("IN_PROGRESS", "UNQUALIFIED", "BAD_TIMING", "NEW", "")


def act(world: World, turn: Turn) -> None:
    """One person or automation does one thing, if there is a record to do it to."""
    ACTS[turn.below(len(ACTS))](world, turn)


def _say(world: World, row: Row, fields: dict[str, Native], who: str) -> None:
    told = ", ".join(f"{name} from {row.fields.get(name)!r} to {v!r}" for name, v in fields.items())
    world.tell(f"{who} changes {told} on {world.called(row)}.")


def _put(world: World, row: Row | None, fields: dict[str, Native], who: str) -> None:
    if row is None:
        return
    author = {"A marketer": MARKETER, "A rep": REP, "A workflow": WORKFLOW}[who]
    _say(world, row, fields, who)
    world.put(row, fields, author)


def _pick(world: World, turn: Turn, crm: str, *kinds: str) -> Row | None:
    rows = world.crms[crm].live(*kinds)
    return rows[turn.below(len(rows))] if rows else None


def _typed(world: World, row: Row, name: str) -> Native:
    """A value nobody ever typed, with the person's number in it."""
    number = world.unique()
    if name in ("phone", "Phone"):
        return f"+1 555 {row.person}{number:04d}"
    if name in ("website", "Website"):
        return f"https://www.p{row.person}v{number}.example/"
    return f"{name.lower()} p{row.person} v{number}"


def _hubspot_text(world: World, turn: Turn) -> None:
    row, name = _pick(world, turn, "hubspot"), turn.of(HUBSPOT_TEXT)
    if row is not None:
        _put(world, row, {name: _typed(world, row, name)}, "A marketer")


def _salesforce_text(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "salesforce")
    if row is not None:
        name = turn.of(LEAD_TEXT if row.ref.kind == LEAD else CONTACT_TEXT)
        value = _typed(world, row, name)
        padded = f"  {value} " if turn.below(5) == 1 else value
        _put(world, row, {name: padded}, "A rep")


def _blank(world: World, turn: Turn) -> None:
    crm = turn.of(("hubspot", "salesforce"))
    row = _pick(world, turn, crm)
    if row is None:
        return
    names = HUBSPOT_TEXT if crm == "hubspot" else CONTACT_TEXT
    name = turn.of(names)
    if row.ref.kind == LEAD and name.startswith("Mailing"):
        name = name.removeprefix("Mailing")
    _put(world, row, {name: ""}, "A marketer" if crm == "hubspot" else "A rep")


def _employees(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "salesforce", LEAD)
    _put(world, row, {"NumberOfEmployees": 3 + turn.below(1500)}, "A rep")


def _email(world: World, turn: Turn) -> None:
    crm = turn.of(("hubspot", "salesforce"))
    row = _pick(world, turn, crm)
    if row is None:
        return
    address = f"{PEOPLE[row.person].lower()}.v{world.unique()}@acme{row.person}.example"
    world.emails[address] = row.person
    name = world.crms[crm].email
    _put(world, row, {name: address}, "A marketer" if crm == "hubspot" else "A rep")


def _opt_out(world: World, turn: Turn) -> None:
    crm = turn.of(("hubspot", "salesforce"))
    row = _pick(world, turn, crm)
    name = "hs_email_optout" if crm == "hubspot" else "HasOptedOutOfEmail"
    value: Native = turn.below(4) != 3
    _put(world, row, {name: value}, "A marketer" if crm == "hubspot" else "A rep")


def _lifecycle(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "hubspot")
    who = "A workflow" if turn.below(4) == 1 else "A marketer"
    _put(world, row, {LIFECYCLE: turn.of(LIFECYCLES)}, who)


def _lead_status(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "hubspot")
    fields: dict[str, Native] = {LEAD_STATUS: turn.of(HUBSPOT_STATUSES)}
    if turn.below(3) == 1:
        fields[OWN_REASON] = turn.of(REASONS)
    _put(world, row, fields, "A marketer")


def _hubspot_stage(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "hubspot")
    fields: dict[str, Native] = {OWN_STAGE: turn.of(OWN_STAGES)}
    if turn.below(3) == 1:
        fields[OWN_REASON] = turn.of(REASONS)
    _put(world, row, fields, "A marketer")


def _rep_accepts(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "salesforce", LEAD)
    _put(world, row, {STATUS: turn.of((WORKING, WORKING, OPEN))}, "A rep")


def _rep_rejects(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "salesforce", LEAD)
    fields: dict[str, Native] = {STATUS: REJECTED}
    if turn.below(3):
        fields[SF_REASON] = turn.of(REASONS)
    _put(world, row, fields, "A rep")


def _salesforce_stage(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "salesforce")
    fields: dict[str, Native] = {SF_STAGE: turn.of(OWN_STAGES)}
    if turn.below(3) == 1:
        fields[SF_REASON] = turn.of(REASONS)
    _put(world, row, fields, "A workflow" if turn.below(5) == 1 else "A rep")


def _reason_only(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "salesforce")
    _put(world, row, {SF_REASON: turn.of(REASONS)}, "A rep")


def _signal(world: World, turn: Turn) -> None:
    row = _pick(world, turn, "hubspot")
    back = timedelta(days=turn.below(3))
    when = (world.now - back).strftime("%Y-%m-%dT%H:%M:%SZ")
    _put(world, row, {turn.of(SIGNALS): when}, "A workflow")


def _convert(world: World, turn: Turn) -> None:
    lead = _pick(world, turn, "salesforce", LEAD)
    if lead is None:
        return
    crm = world.salesforce
    known = [one for one in crm.live(CONTACT) if one.person == lead.person]
    into = known[0] if known and turn.below(2) == 0 else None
    deal, carry = turn.below(2) == 1, turn.below(3) == 1
    before = dict(into.fields) if into is not None else {}
    became = crm.convert(lead, REP, into=into, deal=deal, carry_ours=carry)
    changed = {name: v for name, v in became.fields.items() if before.get(name) != v}
    world.note(became, changed, REP, seeded=True)
    told = "an open opportunity" if deal else "no opportunity"
    world.tell(f"A rep converts {world.called(lead)} into {became.ref.id} with {told}.")


def _deal(world: World, turn: Turn) -> None:
    contact = _pick(world, turn, "salesforce", CONTACT)
    if contact is None:
        return
    deals = [
        one
        for one in world.salesforce.live(OPPORTUNITY)
        if one.person == contact.person and one.fields[IS_OPEN]
    ]
    if deals:
        won = turn.below(2) == 0
        world.salesforce.put(deals[0], {IS_OPEN: False, IS_WON: won}, REP)
        told = "wins" if won else "loses"
        world.tell(f"A rep {told} the opportunity of {world.called(contact)}.")
    else:
        world.salesforce.open_deal(contact, REP)
        world.tell(f"A rep opens an opportunity for {world.called(contact)}.")


def _delete(world: World, turn: Turn) -> None:
    crm = turn.of(("hubspot", "salesforce"))
    row = _pick(world, turn, crm)
    if row is not None:
        row.gone = True
        world.crms[crm].put(row, {}, REP)
        world.tell(f"Somebody deletes {world.called(row)}.")


def _restore(world: World, turn: Turn) -> None:
    crm = turn.of(("salesforce", "hubspot"))
    email = world.crms[crm].email
    taken = {row.fields[email] for row in world.crms[crm].live()}
    rows = [row for row in world.crms[crm].rows.values() if row.gone and row.merged is None]
    rows = [row for row in rows if crm != "hubspot" or row.fields[email] not in taken]
    if rows:
        row = rows[turn.below(len(rows))]
        row.gone = False
        world.crms[crm].put(row, {}, REP)
        world.tell(f"Somebody restores {world.called(row)}.")


def _create(world: World, turn: Turn) -> None:
    crm = turn.of(("salesforce", "hubspot"))
    person = turn.below(len(PEOPLE))
    address = f"{PEOPLE[person].lower()}@acme{person}.example"
    world.emails.setdefault(address, person)
    if crm == "hubspot":
        if any(row.fields["email"] == address for row in world.hubspot.live()):
            return
        fields: dict[str, Native] = {"email": address, "lastname": SURNAMES[person]}
        row = world.make("hubspot", CONTACTS, fields, person, MARKETER)
    else:
        fields = {"Email": address, "LastName": SURNAMES[person], "Company": f"Acme{person}"}
        row = world.make("salesforce", LEAD, fields, person, REP)
    world.tell(f"Somebody makes {world.called(row)} by hand.")


def _merge_contacts(world: World, turn: Turn) -> None:
    """Two HubSpot contacts of one person become a new one; who has one gets a second, to be merged later."""
    one = _pick(world, turn, "hubspot")
    if one is None:
        return
    others = [row for row in world.hubspot.live() if row.person == one.person and row is not one]
    if not others:
        address = f"{PEOPLE[one.person].lower()}.second{world.unique()}@acme{one.person}.example"
        fields: dict[str, Native] = {"email": address, "lastname": SURNAMES[one.person]}
        row = world.make("hubspot", CONTACTS, fields, one.person, MARKETER)
        world.tell(f"Somebody makes a second one, {world.called(row)}.")
        return
    made = world.hubspot.merge(one, others[0], MARKETER)
    world.note(made, {n: v for n, v in made.fields.items() if v is not None}, MARKETER, seeded=True)
    world.tell(f"A marketer merges {world.called(one)} and {others[0].ref.id} into {made.ref.id}.")


def _wrong_address(world: World, turn: Turn) -> None:
    """A rep types the address of somebody else, who has a contact in HubSpot."""
    row = _pick(world, turn, "salesforce")
    contacts = world.hubspot.live()
    if row is None or not contacts:
        return
    other = contacts[turn.below(len(contacts))]
    if other.person != row.person and other.fields["email"]:
        _put(world, row, {"Email": other.fields["email"]}, "A rep")


ACTS: tuple[Callable[[World, Turn], None], ...] = (
    *(_hubspot_text, _salesforce_text, _hubspot_text, _salesforce_text),
    *(_lifecycle, _rep_accepts, _rep_rejects, _hubspot_stage, _salesforce_stage, _lead_status),
    *(_signal, _signal, _convert, _deal, _blank, _email, _opt_out, _employees),
    *(_reason_only, _delete, _restore, _create, _lifecycle, _rep_rejects),
    *(_merge_contacts, _merge_contacts, _merge_contacts, _wrong_address, _delete, _restore),
    *MORE,
)
