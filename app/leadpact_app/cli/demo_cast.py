"""Who plays in the demo: people as both CRMs show them, chosen by what the story needs of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from leadpact.errors import FixSettings
from leadpact_app.cli.demo_world import World

MQL_AT = 60
LATIN = 0x250
"""Names up to here look the same on every terminal; the others are synced alike."""
PAGE_ACTS = (
    ("last_pricing_page_view", 20.0, "looks at the pricing page"),
    ("last_demo_page_view", 25.0, "looks at the demo page"),
    ("last_webinar_attended", 20.0, "attends a webinar"),
    ("last_gated_download", 15.0, "downloads a guide"),
)
"""HubSpot property, points that the shipped agreement gives, and words."""
CONTACT_FIELDS = [
    "firstname",
    "lastname",
    "email",
    "company",
    "jobtitle",
    "lifecyclestage",
    "hs_lead_status",
    "hs_email_optout",
    *(name for name, _points, _words in PAGE_ACTS),
    "lastmodifieddate",
    "leadpact_lead_id",
    "leadpact_stage",
    "leadpact_stage_reason",
    "leadpact_rejection_reason",
    "leadpact_score",
    "leadpact_fit",
    "leadpact_engagement",
    "leadpact_breakdown",
]
OWN_FIELDS = (
    "leadpact_lead_id__c, leadpact_stage__c, leadpact_stage_reason__c, leadpact_rejection_reason__c, "
    "leadpact_score__c, leadpact_grade__c, leadpact_breakdown__c, SystemModstamp"
)
LEADS = f"SELECT Id, Name, Company, Title, Status, IsConverted, {OWN_FIELDS} FROM Lead"  # noqa: S608 - constants only
CONTACTS = f"SELECT Id, Name, Title, {OWN_FIELDS} FROM Contact"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Stand:
    """All that both CRMs show at one moment, read over HTTP without leadpact.

    Attributes:
        hubspot: contacts by record id.
        leads: Salesforce Leads by record id.
        contacts: Salesforce Contacts by record id.
    """

    hubspot: Mapping[str, Mapping[str, Any]]
    leads: Mapping[str, Mapping[str, Any]]
    contacts: Mapping[str, Mapping[str, Any]]

    def moved(self, later: Stand) -> set[tuple[str, str, str]]:
        """(CRM, kind, id) of records that are new or changed in ``later``."""
        found: set[tuple[str, str, str]] = set()
        sides = (
            ("hubspot", "contacts", self.hubspot, later.hubspot),
            ("salesforce", "Lead", self.leads, later.leads),
            ("salesforce", "Contact", self.contacts, later.contacts),
        )
        for crm, kind, before, after in sides:
            found.update((crm, kind, key) for key in after if before.get(key) != after[key])
        return found


def stand_of(world: World) -> Stand:
    """Read every record of both CRMs."""
    return Stand(
        {one["id"]: one for one in world.contacts(CONTACT_FIELDS)},
        {one["Id"]: one for one in world.query(LEADS)},
        {one["Id"]: one for one in world.query(CONTACTS)},
    )


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the story as both CRMs show them.

    Attributes:
        sf_lead: their open Lead; "" where Salesforce has none.
        in_play: not a competitor, and not left out by the agreement.
        undone: acts of which HubSpot knows nothing yet.
    """

    lead_id: str
    name: str
    company: str
    email: str
    title: str
    stage: str
    score: float
    fit: float
    hs_contact: str
    sf_lead: str
    undone: tuple[tuple[str, float, str], ...]
    opted_out: bool
    in_play: bool
    lead_status: str
    lifecycle: str


def people_of(stand: Stand) -> list[Person]:
    """People with a HubSpot contact that leadpact knows, by record id; converted ones left out."""
    ours = {
        row["leadpact_lead_id__c"]: key
        for key, row in stand.leads.items()
        if row["leadpact_lead_id__c"] and not row["IsConverted"]
    }
    converted = {row["leadpact_lead_id__c"] for row in stand.contacts.values()}
    found = []
    for key, row in sorted(stand.hubspot.items(), key=lambda item: int(item[0])):
        lead_id = row["leadpact_lead_id"]
        if not lead_id or lead_id in converted:
            continue
        found.append(
            Person(
                lead_id=lead_id,
                name=f"{row['firstname'] or ''} {row['lastname'] or ''}".strip(),
                company=row["company"] or "",
                email=row["email"] or "",
                title=row["jobtitle"] or "",
                stage=row["leadpact_stage"] or "",
                score=float(row["leadpact_score"] or 0),
                fit=float(row["leadpact_fit"] or 0),
                hs_contact=key,
                sf_lead=ours.get(lead_id, ""),
                undone=tuple(one for one in PAGE_ACTS if not row[one[0]]),
                opted_out=row["hs_email_optout"] == "true",
                in_play=not (row["leadpact_breakdown"] or "").startswith(
                    ("Disqualified", "Left out")
                ),
                lead_status=row["hs_lead_status"] or "",
                lifecycle=row["lifecyclestage"] or "",
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Cast:
    """The parts of the story.

    Attributes:
        asks: known to HubSpot alone; asks for a demo.
        visits: a lead in both, a page visit or two short of MQL.
        corrected: an MQL whose title a marketer corrects.
        accepted, rejected, quarrelled: MQLs.
        converted: an accepted lead that a rep converts.
        dragged: an SQL that a marketer sets back.
    """

    asks: Person
    visits: Person
    corrected: Person
    accepted: Person
    rejected: Person
    converted: Person
    quarrelled: Person
    dragged: Person


def _easily_told(name: str) -> bool:
    words = name.lower().split()
    plain = len(words) > 1 and not {"null", "true", "false"} & set(words)
    return plain and all(ord(char) < LATIN for char in name)


def acts_to_mql(one: Person) -> tuple[tuple[str, float, str], ...]:
    """The fewest undone acts that bring this person's score over the threshold; none where all do not."""
    points = one.score
    for number, (_name, more, _words) in enumerate(one.undone, 1):
        points += more
        if points >= MQL_AT:
            return one.undone[:number]
    return ()


def choose(people: list[Person]) -> Cast:
    """Give every part to somebody whom it fits; each person plays one.

    Raises:
        FixSettings: nobody fits; more people help.
    """
    free = [one for one in people if _easily_told(one.name)]

    def part(name: str, *tries: Callable[[Person], bool]) -> Person:
        for fits in tries:
            for one in free:
                if fits(one):
                    free.remove(one)
                    return one
        raise FixSettings(
            f"Nobody among {len(people)} people fits the part of {name!r}; take more with --leads.",
            code="demo_cast",
        )

    def worked(one: Person) -> bool:
        return one.stage in ("sal", "sql") and bool(one.sf_lead)

    def mql(one: Person) -> bool:
        return one.stage == "mql" and bool(one.sf_lead)

    def near(one: Person, acts: int) -> bool:
        fits = one.in_play and one.stage == "lead" and bool(one.sf_lead) and one.fit >= 15
        return fits and one.score < MQL_AT and 0 < len(acts_to_mql(one)) <= acts

    return Cast(
        visits=part("visits", *(partial(near, acts=most) for most in (1, 2, 3, 4))),
        asks=part(
            "asks",
            lambda one: (
                one.stage in ("lead", "subscriber")
                and not one.sf_lead
                and bool(one.company and one.email and one.title)
                and one.fit >= 15
                and one.in_play
                and not one.opted_out
            ),
        ),
        dragged=part("dragged", lambda one: one.stage == "sql" and bool(one.sf_lead)),
        converted=part("converted", worked),
        corrected=part("corrected", lambda one: mql(one) and bool(one.title)),
        accepted=part("accepted", mql),
        rejected=part("rejected", mql),
        # Comes back by two acts later, to a floor of fit that it must have by then.
        quarrelled=part("quarrelled", lambda one: mql(one) and one.fit >= 15),
    )
