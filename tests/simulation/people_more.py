"""What else happens to people: merges in Salesforce, answers, acts, contracts that end, addresses that move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.simulation.choices import Turn
from tests.simulation.crm_hubspot import OWN_REASON, OWN_STAGE
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, LEAD
from tests.simulation.crm_salesforce import OWN_REASON as SF_REASON
from tests.simulation.crm_salesforce import OWN_STAGE as SF_STAGE
from tests.simulation.staff import leave, reassign
from tests.simulation.world import MARKETER, PEOPLE, REP, SURNAMES, World

from leadpact.model.record import Native
from leadpact.model.source_signal import SourceSignal

CRITERIA: dict[str, tuple[str, ...]] = {
    "leadpact_budget": ("allocated", "obtainable", "none"),
    "leadpact_authority": ("decides", "influences", "none"),
    "leadpact_need": ("pain", "curious"),
    "leadpact_timeline": ("within_30_days", "within_180_days", "someday"),
}
FORMS = ("Demo request", "Contact form", "Newsletter", "Feedback")
CAMPAIGNS = ("Webinar", "Content", "Trade show")
CALLS = ("Connected", "Left message")
LATE_S = (400, 30, 5)
"""Seconds by which a commit may come after its stamp; less than the feeds look back."""


def merge_in_salesforce(world: World, turn: Turn) -> None:
    """A rep merges two records of one person and kind; who has one gets a second, to be merged later."""
    rows = world.salesforce.live(LEAD, CONTACT)
    if not rows:
        return
    one = rows[turn.below(len(rows))]
    others = [
        row
        for row in world.salesforce.live(one.ref.kind)
        if row.person == one.person and row is not one
    ]
    if not others:
        address = f"{PEOPLE[one.person].lower()}@acme{one.person}.example"
        fields: dict[str, Native] = {
            "Email": one.fields["Email"] or address,
            "LastName": SURNAMES[one.person],
        }
        if one.ref.kind == LEAD:
            fields["Company"] = f"Acme{one.person}"
        row = world.make("salesforce", one.ref.kind, fields, one.person, REP)
        world.tell(f"Somebody makes a second one, {world.called(row)}.")
        return
    world.salesforce.merge(others[0], one, REP)
    world.tell(f"A rep merges {others[0].ref.id} into {world.called(one)}.")


def answer_criteria(world: World, turn: Turn) -> None:
    """Sales writes down what a lead said of budget, authority, need or timeline."""
    crm = turn.of(("salesforce", "hubspot"))
    rows = world.crms[crm].live()
    if not rows:
        return
    row = rows[turn.below(len(rows))]
    name = turn.of(tuple(CRITERIA))
    native = name if crm == "hubspot" else f"{name}__c"
    _put(world, row, {native: turn.of(CRITERIA[name])})


def all_criteria(world: World, turn: Turn) -> None:
    """Sales writes down everything after one conversation."""
    rows = world.salesforce.live(LEAD, CONTACT)
    if rows:
        row = rows[turn.below(len(rows))]
        _put(world, row, {f"{name}__c": options[0] for name, options in CRITERIA.items()})


def fill_form(world: World, turn: Turn) -> None:
    """Somebody fills in a form; HubSpot keeps the submission."""
    rows = world.hubspot.live()
    if rows:
        asset = turn.of(FORMS)
        _act(world, turn, rows[turn.below(len(rows))], "form_submissions", "submission", asset)


def respond(world: World, turn: Turn) -> None:
    """Somebody responds to a campaign; Salesforce keeps the member."""
    rows = world.salesforce.live(LEAD, CONTACT)
    if rows:
        sort = turn.of(CAMPAIGNS)
        row = rows[turn.below(len(rows))]
        detail: dict[str, Native] = {"Campaign.Type": sort}
        _act(world, turn, row, "campaign_members", "Responded", f"{sort} 7", detail)


def call(world: World, turn: Turn) -> None:
    """A rep logs a call."""
    rows = world.salesforce.live(LEAD, CONTACT)
    if rows:
        detail: dict[str, Native] = {"CallDisposition": turn.of(CALLS)}
        row = rows[turn.below(len(rows))]
        _act(world, turn, row, "tasks", "Call", "Call", detail)


def _act(
    world: World,
    turn: Turn,
    row: Row,
    source: str,
    kind: str,
    asset: str,
    detail: dict[str, Native] | None = None,
) -> None:
    back = timedelta(hours=turn.of((0, 0, 2, 30)))
    at = (world.now - back).replace(microsecond=0)
    crm = world.crms[row.ref.crm]
    number = f"{source}-{world.unique()}"
    crm.activities.add(SourceSignal(source, number, row.ref, kind, at, asset, detail=detail or {}))
    world.tell(f"{world.called(row)} has a new act: {kind} of {asset!r} at {at:%d %H:%M}.")


def contract_ends(world: World, turn: Turn) -> None:
    """A customer leaves, or somebody is said to be one."""
    crm = turn.of(("hubspot", "salesforce"))
    rows = world.crms[crm].live()
    if not rows:
        return
    row = rows[turn.below(len(rows))]
    own, why = (OWN_STAGE, OWN_REASON) if crm == "hubspot" else (SF_STAGE, SF_REASON)
    if row.fields[own] in ("customer", "evangelist"):
        _put(world, row, {own: "former_customer", why: "contract_ended"})
    else:
        _put(world, row, {own: turn.of(("evangelist", "opportunity", "pql", "former_customer"))})


def late_commit(world: World, turn: Turn) -> None:
    """A long transaction commits: its stamp is older than what a feed may have shown meanwhile."""
    crm = turn.of(("salesforce", "hubspot"))
    rows = world.crms[crm].live()
    if not rows:
        return
    row = rows[turn.below(len(rows))]
    name = "jobtitle" if crm == "hubspot" else "Title"
    late = turn.of(LATE_S) if crm == "salesforce" else 5
    value = f"{name.lower()} p{row.person} v{world.unique()}"
    author = MARKETER if crm == "hubspot" else REP
    world.tell(f"{name} {value!r} on {world.called(row)} is committed {late} s after its stamp.")
    world.put(row, {name: value}, author, begun=world.now - timedelta(seconds=late))


def address_moves(world: World, turn: Turn) -> None:
    """Somebody takes over an address: its person gets another one, a colleague's Salesforce record gets the old one."""
    contacts = world.hubspot.live()
    if not contacts:
        return
    row = contacts[turn.below(len(contacts))]
    old = row.fields["email"]
    others = [one for one in world.salesforce.live(LEAD, CONTACT) if one.person != row.person]
    if not old or not others:
        return
    new = f"{PEOPLE[row.person].lower()}.n{world.unique()}@acme{row.person}.example"
    world.emails[new] = row.person
    _put(world, row, {"email": new})
    other = others[turn.below(len(others))]
    world.emails[str(old)] = other.person
    _put(world, other, {"Email": old})


def _put(world: World, row: Row, fields: dict[str, Native]) -> None:
    hubspot = row.ref.crm == "hubspot"
    told = ", ".join(f"{name} from {row.fields.get(name)!r} to {v!r}" for name, v in fields.items())
    world.tell(f"{'A marketer' if hubspot else 'A rep'} changes {told} on {world.called(row)}.")
    world.put(row, fields, MARKETER if hubspot else REP)


MORE: tuple[Callable[[World, Turn], None], ...] = (
    *(
        merge_in_salesforce,
        merge_in_salesforce,
        merge_in_salesforce,
        answer_criteria,
        all_criteria,
        contract_ends,
    ),
    *(fill_form, fill_form, respond, call, late_commit, address_moves, reassign, leave),
)
