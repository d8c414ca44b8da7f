"""A Contact's Account read as the mapping asks: its industry reaches the person in HubSpot."""

from __future__ import annotations

from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import Town

from leadpact_mappings import default_text

CONTACTS = "SELECT Id, AccountId, leadpact_lead_id__c FROM Contact WHERE AccountId != null"
NAMES = ["leadpact_lead_id", "industry"]


def test_the_accounts_industry_reaches_the_contact_in_hubspot(make_town: MakeTown) -> None:
    town = make_town(60)
    text = default_text("mapping.yaml")
    row = "salesforce: {Lead: Industry}"
    assert text.count(row) == 1
    wider = "salesforce: {Lead: Industry, Contact: {field: Account.Industry, direction: from_crm}}"
    mapping = town.folder / "mapping.yaml"
    mapping.write_text(text.replace(row, wider))
    town.tables["mapping"] = str(mapping)
    town.tables["salesforce"]["account_fields"] = "Industry"
    with town.pair() as pair:
        town.begin(pair)
        town.answer_differences(pair)
        town.until_quiet(pair)
        ids = {row["leadpact_lead_id"]: row["id"] for row in town.world.contacts(NAMES)}
        linked = [one for one in town.world.query(CONTACTS) if one["leadpact_lead_id__c"] in ids]
        who = linked[0]
        edit(town, "Account", who["AccountId"], {"Industry": "Energy"})
        edit(town, "Contact", who["Id"], {"Department": "Works"})
        town.later()
        pair.run_cycle()
        contact = town.world.contact(ids[who["leadpact_lead_id__c"]], NAMES)
        assert contact["industry"] == "Energy"

        # Nobody touches the Contact: its Account alone changes, and is asked for within the hour (R20).
        edit(town, "Account", who["AccountId"], {"Industry": "Retail"})
        town.later(3700)
        pair.run_cycle()
        contact = town.world.contact(ids[who["leadpact_lead_id__c"]], NAMES)
        assert contact["industry"] == "Retail"


def edit(town: Town, kind: str, record_id: str, fields: dict[str, str]) -> None:
    told = {"object": kind, "id": record_id, "fields": fields, "by": "import:1"}
    town.world.control("/salesforce/edit", told)
