"""What both CRMs show, read over HTTP without leadpact, and held against each other and against the state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leadpact.audit import explain
from leadpact_app.bootstrap import Pair
from leadpact_app.cli.demo_world import World

PLAIN = {"jobtitle": "Title", "city": ("City", "MailingCity")}
HUBSPOT = [
    "email",
    "jobtitle",
    "city",
    "lifecyclestage",
    "hs_lead_status",
    "leadpact_lead_id",
    "leadpact_stage",
    "leadpact_rejection_reason",
    "leadpact_stage_reason",
    "leadpact_score",
]
OURS = (
    "leadpact_lead_id__c, leadpact_stage__c, leadpact_rejection_reason__c, leadpact_stage_reason__c, "
    "leadpact_score__c"
)
LEADS = f"SELECT Id, Email, Title, City, Status, IsConverted, ConvertedContactId, {OURS} FROM Lead"
CONTACTS = f"SELECT Id, Email, Title, MailingCity, {OURS} FROM Contact"
STAGE = "leadpact_stage"


@dataclass(frozen=True)
class Shown:
    """Every record of both CRMs, by record id."""

    hubspot: Mapping[str, Mapping[str, Any]]
    leads: Mapping[str, Mapping[str, Any]]
    contacts: Mapping[str, Mapping[str, Any]]

    def hubspot_by_id(self) -> dict[str, Mapping[str, Any]]:
        """HubSpot contacts by our id."""
        return _unique(self.hubspot.values(), "leadpact_lead_id")

    def salesforce_by_id(self) -> dict[str, Mapping[str, Any]]:
        """Salesforce's open Leads and Contacts by our id."""
        open_leads = [row for row in self.leads.values() if not row["IsConverted"]]
        return _unique([*open_leads, *self.contacts.values()], "leadpact_lead_id__c")


def shown(world: World, only: str = "") -> Shown:
    """Read both CRMs, or ``only`` one of them."""
    hubspot, salesforce = only != "salesforce", only != "hubspot"
    return Shown(
        {row["id"]: row for row in world.contacts(HUBSPOT)} if hubspot else {},
        {row["Id"]: row for row in world.query(LEADS)} if salesforce else {},
        {row["Id"]: row for row in world.query(CONTACTS)} if salesforce else {},
    )


def _unique(rows: Iterable[Mapping[str, Any]], name: str) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row[name]:
            assert row[name] not in found, f"two records bear {row[name]}"
            found[row[name]] = row
    return found


def assert_agree(world: World, pair: Pair) -> Shown:
    """Both CRMs show the same of everybody, our own fields and theirs; nobody has two records of ours."""
    now = shown(world)
    hubspot, salesforce = now.hubspot_by_id(), now.salesforce_by_id()
    both = hubspot.keys() & salesforce.keys()
    held = {one.link_id for one in pair.store.holds()}
    assert both
    for key in both:
        left, right = hubspot[key], salesforce[key]
        for name in (STAGE, "leadpact_rejection_reason"):
            assert (left[name] or "") == (right[name + "__c"] or ""), (key, name)
        assert float(left["leadpact_score"] or 0) == (right["leadpact_score__c"] or 0), key
        if key in held:
            continue
        for name, there in PLAIN.items():
            names = (there,) if isinstance(there, str) else there
            value = next((right[one] for one in names if one in right), None)
            assert (left[name] or "") == (value or ""), (key, name)
    for key in hubspot.keys() - held:
        assert_native(pair, "hubspot", "contacts", hubspot[key])
    for key in salesforce.keys() - held:
        if "Status" in salesforce[key]:
            assert_native(pair, "salesforce", "Lead", salesforce[key])
    return now


def assert_native(pair: Pair, crm: str, kind: str, row: Mapping[str, Any]) -> None:
    """The CRM's own stage fields mean, by the stage table, what our picklist says."""
    stage = row[STAGE if crm == "hubspot" else STAGE + "__c"]
    if stage:
        table = pair.mapping.stage_table(crm, kind)
        meant = table.stages_of({name: row[name] for name in table.native_fields})
        assert meant is not None
        assert stage in meant, (crm, stage, meant)


def assert_told(pair: Pair, now: Shown) -> None:
    """The state tells the truth: what ``explain`` says is what both CRMs show, and nothing is left open."""
    assert not pair.store.open_intents(10)
    assert not pair.store.failures()
    hubspot, salesforce = now.hubspot_by_id(), now.salesforce_by_id()
    for link_id in pair.store.page_of_links("", 100_000):
        story = explain(pair.store, pair.pact, link_id)
        assert story is not None
        stage = story.stage.stage if story.stage is not None else ""
        for row, name in ((hubspot.get(link_id), STAGE), (salesforce.get(link_id), STAGE + "__c")):
            if row is not None:
                assert (row[name] or "") == stage, link_id
        moves = [one.transition for one in story.history if one.transition.result == "accepted"]
        if moves:
            assert moves[0].to_stage == stage, link_id


def assert_nobody_doubled(before: Shown, after: Shown, made: int = 0) -> None:
    """No record was made but ``made`` new Leads, none of them for somebody who had one."""
    assert len(after.hubspot) == len(before.hubspot)
    new = [row for key, row in after.leads.items() if key not in before.leads]
    assert len(new) == made, (made, new)
    known = Counter(_email(row) for row in [*before.leads.values(), *before.contacts.values()])
    fresh = Counter(_email(row) for row in new)
    assert all(number == 1 and not known[email] for email, number in fresh.items()), fresh


def _email(row: Mapping[str, Any]) -> str:
    return str(row["Email"] or "").lower()
