"""Who works in both CRMs: reps with a seat in each, and a queue."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.crm_base import FakeCrm
from tests.simulation.crm_hubspot import FakeHubSpot
from tests.simulation.crm_salesforce import CONTACT, LEAD, FakeSalesforce

from leadpact.model.owner import Owner

OWNER = "OwnerId"
RITA, ROB, QUEUE = "005RITA", "005ROB", "00GQUEUE"
REPS = (
    Owner(RITA, "Rita Rep", "rita@seller.example", zone="Europe/Berlin"),
    Owner(ROB, "Rob Rep", "rob@seller.example", zone="America/New_York"),
    Owner(QUEUE, "Inbound", kind="queue"),
)
SEATS = (
    Owner("71", "Rita Rep", "rita@seller.example"),
    Owner("72", "Rob Rep", "rob@seller.example"),
)


def open_for_business(hubspot: FakeHubSpot, salesforce: FakeSalesforce) -> None:
    """Everybody is at work, what Salesforce's own rules route goes to Rita, and acts are kept one by one."""
    salesforce.tasks.staff = {one.id: one for one in REPS}
    hubspot.tasks.staff = {one.id: one for one in SEATS}
    salesforce.routed = {kind: {OWNER: RITA} for kind in (LEAD, CONTACT)}
    _keeps_acts(hubspot, {"form_submissions": "contacts"})
    _keeps_acts(salesforce, {})


def _keeps_acts(crm: FakeCrm, feeds: dict[str, str]) -> None:
    crm.capabilities = replace(crm.capabilities, signal_sources=crm.sources, signal_feeds=feeds)
