"""The seeded company as HubSpot holds it: owners, contacts, and how they came to be (facts §4, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from leadpact_sandbox.hubspot.history import CALCULATED, Event, Record, Source
from leadpact_sandbox.hubspot.lifecycle import stage_dates
from leadpact_sandbox.hubspot.owners import Owner
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.stamp import iso, to_ms
from leadpact_sandbox.hubspot.standard import STAGES
from leadpact_sandbox.seed.model import Company, Person, SeedSignal, SignalName

FIRST_OWNER = 71_000_101
FIRST_USER = 45_200_301
TEAM_IDS = {"Marketing": "5100101", "Sales": "5100102", "RevOps": "5100103"}
SIGNALS: dict[SignalName, tuple[str, str | None]] = {
    "pricing_page": ("last_pricing_page_view", None),
    "demo_page": ("last_demo_page_view", None),
    "gated_download": ("last_gated_download", "last_gated_download_asset"),
    "webinar": ("last_webinar_attended", "last_webinar_name"),
    "demo_request": ("last_demo_request", None),
    "contact_form": ("last_contact_form", None),
    "meeting_booked": ("last_meeting_booked", None),
}
"""Date property, and the property that names what it was; set by workflows (SEMANTICS R35)."""
FORMS: dict[SignalName, str] = {
    "demo_request": "Demo request form",
    "contact_form": "Contact form",
    "gated_download": "Download form",
}
MAX_OPENS = 10
ORIGINS = {
    "Web": "ORGANIC_SEARCH",
    "Phone Inquiry": "OFFLINE",
    "Partner Referral": "REFERRALS",
    "Purchased List": "OFFLINE",
    "Other": "OTHER_CAMPAIGNS",
}
SIZES = (
    (5, "1-5"),
    (25, "5-25"),
    (50, "25-50"),
    (100, "50-100"),
    (500, "100-500"),
    (1000, "500-1000"),
)
IMPORT = Source("IMPORT", "31200001", "Seeded contacts")
WORKFLOW = Source("AUTOMATION_PLATFORM", "1700001", "Stamp engagement dates")
NURTURE = Source("AUTOMATION_PLATFORM", "1700002", "Move lifecycle stage")


def seed_portal(portal: Portal, company: Company) -> None:
    """Fill an empty portal; search sees all of it at once."""
    owners = {
        person.key: Owner(
            id=FIRST_OWNER + 7 * place,
            user_id=FIRST_USER + 11 * place,
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            team_id=TEAM_IDS[person.team],
            team=person.team,
            created_ms=to_ms(company.as_of - timedelta(days=900)),
            archived=not person.active,
        )
        for place, person in enumerate(company.staff)
        if not person.integration
    }
    portal.owners.replace(owners.values())
    here = (person for person in company.people if person.in_hubspot)
    for person in sorted(here, key=lambda one: (one.created_at, one.key)):
        portal.store.put(_contact(portal, person, owners, company.as_of))
    portal.index.catch_up(all_of_it=True)


def _contact(
    portal: Portal, person: Person, owners: Mapping[str, Owner], as_of: datetime
) -> Record:
    number = portal.store.next_id
    owner = owners.get(person.hubspot_owner or "")
    # Odd milliseconds on most, so that stamps with and without a fraction are both met.
    created_ms = to_ms(person.created_at) + number * 37 % 1000
    values = _plain(person)
    if portal.store.holder("email", values.get("email", "")) is not None:
        del values["email"]
    if "email" in values:
        values["hs_email_domain"] = values["email"].rpartition("@")[2]
    if owner is not None:
        values["hubspot_owner_id"] = str(owner.id)
    contact = Record(number, values, IMPORT, created_ms, created_ms)
    values |= {"hs_object_id": str(number), "createdate": iso(created_ms)}
    contact.first = dict(values)
    _signals(contact, person.signals)
    _stage(contact, person, owner, as_of)
    contact.first["lastmodifieddate"] = iso(created_ms)
    contact.values["lastmodifieddate"] = iso(contact.updated_ms)
    if not contact.log:
        contact.values = contact.first
    return contact


def _plain(person: Person) -> dict[str, str]:
    conversions = [signal for signal in person.signals if signal.name in FORMS]
    found: dict[str, str | None] = {
        "firstname": person.first_name,
        "lastname": person.last_name,
        "email": person.email.strip().lower() if person.email else None,
        "phone": person.phone,
        "jobtitle": person.title,
        "company": person.company,
        "website": person.website,
        "numemployees": _size(person.employees),
        "industry": person.industry,
        "country": person.country,
        "city": person.city,
        "hs_lead_status": person.hubspot_lead_status,
        "hs_analytics_source": ORIGINS.get(person.lead_source or ""),
        "hs_email_optout": "true" if person.opted_out else None,
        "num_conversion_events": str(len(conversions)) if conversions else None,
    }
    if conversions:
        first, last = conversions[0], conversions[-1]
        found["first_conversion_date"] = iso(to_ms(first.at))
        found["first_conversion_event_name"] = FORMS[first.name]
        found["recent_conversion_date"] = iso(to_ms(last.at))
        found["recent_conversion_event_name"] = FORMS[last.name]
        found["num_unique_conversion_events"] = str(len({one.name for one in conversions}))
    return {name: value for name, value in found.items() if value}


def _size(employees: int | None) -> str | None:
    if employees is None:
        return None
    return next((name for most, name in SIZES if employees <= most), "1000+")


def _write(contact: Record, ms: int, source: Source, **changes: str) -> None:
    contact.log.append(Event(ms, source, changes))
    contact.values.update(changes)
    contact.updated_ms = max(contact.updated_ms, ms)


def _signals(contact: Record, signals: tuple[SeedSignal, ...]) -> None:
    opened: list[str] = []
    for signal in signals:
        ms = to_ms(signal.at)
        if signal.name == "sequence_email_opened":
            opened = [*opened, iso(ms)[:10]][-MAX_OPENS:]
            _write(contact, ms, WORKFLOW, sequence_emails_opened_dates=";".join(opened))
            continue
        date, asset = SIGNALS[signal.name]
        changes = {date: iso(ms)}
        if asset is not None and signal.asset:
            changes[asset] = signal.asset
        _write(contact, ms, WORKFLOW, **changes)


def _stage(contact: Record, person: Person, owner: Owner | None, as_of: datetime) -> None:
    """A contact comes as subscriber or lead; its owner, or a workflow, moved it on later."""
    stage = person.hubspot_stage
    if stage is None:
        return
    order = [name for name, _ in STAGES]
    first = "subscriber" if stage == "subscriber" else "lead"
    contact.first = {
        **contact.first,
        "lifecyclestage": first,
        **stage_dates(None, first, iso(contact.created_ms)),
    }
    contact.values = {**contact.first, **contact.values}
    if stage not in order or order.index(stage) <= order.index(first):
        return
    known = as_of - person.created_at
    moved_ms = contact.created_ms + int(min(known / 2, timedelta(days=45)).total_seconds() * 1000)
    mover = NURTURE
    if owner is not None and stage != "marketingqualifiedlead":
        mover = Source("CRM_UI", f"userId:{owner.user_id}", None, owner.user_id)
    _write(contact, moved_ms, mover, lifecyclestage=stage)
    _write(contact, moved_ms, CALCULATED, **stage_dates(first, stage, iso(moved_ms)))
