"""The seeded company in words of no CRM: people, staff and dated signals (SANDBOX contract)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

SignalName: TypeAlias = Literal[
    "pricing_page",
    "demo_page",
    "gated_download",
    "webinar",
    "sequence_email_opened",
    "demo_request",
    "contact_form",
    "meeting_booked",
]
Team: TypeAlias = Literal["Marketing", "Sales", "RevOps"]
Conversion: TypeAlias = Literal["contact", "opportunity", "won", "lost"]


@dataclass(frozen=True, slots=True)
class SeedSignal:
    """One dated act of a person; ``at`` is aware UTC at whole seconds.

    ``asset`` names what was downloaded or attended, None for signals without one.
    """

    name: SignalName
    at: datetime
    asset: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """One human being, or a second Salesforce record of one (``duplicate_of``).

    Attributes:
        key: stable name inside the seed, ``p000001``.
        created_at: aware UTC at whole seconds; never after the seed's ``as_of``.
        hubspot_stage: internal value of ``lifecyclestage``, None when not in HubSpot.
        hubspot_lead_status: internal value of ``hs_lead_status``, None when blank.
        salesforce_status: Lead ``Status``, None when not in Salesforce.
        converted: None for a Lead that is not converted; else what conversion and sales made of it.
        duplicate_of: key of the person whose second Salesforce Lead this is.
        hubspot_owner: a Staff key or None.
        salesforce_owner: a Staff key, or ``QUEUE_KEY`` for the queue, None when not in Salesforce.
        signals: oldest first, none before ``created_at``.
    """

    key: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    title: str | None
    company: str | None
    website: str | None
    employees: int | None
    industry: str | None
    country: str | None
    city: str | None
    lead_source: str | None
    created_at: datetime
    hubspot_stage: str | None
    hubspot_lead_status: str | None
    salesforce_status: str | None
    converted: Conversion | None
    in_hubspot: bool
    in_salesforce: bool
    duplicate_of: str | None
    hubspot_owner: str | None
    salesforce_owner: str | None
    opted_out: bool
    signals: tuple[SeedSignal, ...]


@dataclass(frozen=True, slots=True)
class Staff:
    """One member of the company: a HubSpot owner and a Salesforce User with one e-mail address."""

    key: str
    first_name: str
    last_name: str
    email: str
    team: Team
    role: str
    integration: bool = False
    active: bool = True


QUEUE_KEY = "queue:inbound"
"""Owner key of leads that wait in the Salesforce queue."""
QUEUE_NAME = "Inbound Leads"
QUEUE_DEVELOPER_NAME = "Inbound_Leads"


@dataclass(frozen=True, slots=True)
class Company:
    """All that the seed makes; ``as_of`` is the instant that every date in it lies before."""

    name: str
    as_of: datetime
    staff: tuple[Staff, ...]
    people: tuple[Person, ...]
    queue_key: str = QUEUE_KEY
    queue_name: str = QUEUE_NAME
    queue_developer_name: str = QUEUE_DEVELOPER_NAME
