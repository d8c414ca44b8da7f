"""Making our own fields in an emulated org, and being let to see them (facts/salesforce.md §7)."""

from __future__ import annotations

import pytest
from tests.integration.salesforce_connector.conftest import REASONS, WANTED, Org

from leadpact.errors import WaitUntil
from leadpact.model.schema import WantedField
from leadpact.ports.connector import Connector, WriteRow, Written

FIELD = "/services/data/{version}/tooling/sobjects/CustomField"


def test_provision_asks_first_makes_once_and_extends(org: Org) -> None:
    connector = org.connect()
    dry = connector.provision(WANTED, dry_run=True)
    assert {each.result for each in dry} == {"would_make"}
    assert "leadpact_score__c" not in connector.schema(["Lead"])["Lead"].fields
    made = connector.provision(WANTED, dry_run=False)
    assert [(each.kind, each.name) for each in made] == [(each.kind, each.name) for each in WANTED]
    assert {each.result for each in made} == {"made"}
    org.calls()
    assert {each.result for each in connector.provision(WANTED, dry_run=False)} == {"present"}
    assert not [route for route in org.calls() if not route.startswith("GET")]
    more = WantedField(
        "Lead",
        "leadpact_reason__c",
        "Reason",
        "picklist",
        "Kept by leadpact.",
        options=(*REASONS, ("competitor", "Competitor")),
    )
    assert connector.provision([more], dry_run=True)[0].result == "would_extend"
    assert connector.provision([more], dry_run=False)[0].result == "extended"
    (lead,) = org.leads(1)
    for value in ("competitor", "bad_timing"):
        row = WriteRow("set", lead, {"leadpact_reason__c": value})
        assert isinstance(connector.write("Lead", [row])[0], Written)
    assert connector.provision([more], dry_run=False)[0].result == "present"


def test_provision_shows_a_field_that_was_only_hidden(org: Org, connector: Connector) -> None:
    for grant in list(org.salesforce.org.tables["FieldPermissions"].all_rows()):
        org.salesforce.org.erase("FieldPermissions", grant["Id"])
    assert {each.result for each in connector.provision(WANTED, dry_run=True)} == {"would_extend"}
    assert {each.result for each in connector.provision(WANTED, dry_run=False)} == {"extended"}
    (lead,) = org.leads(1)
    row = WriteRow("set", lead, {"leadpact_score__c": 5})
    assert isinstance(connector.write("Lead", [row])[0], Written)


def test_provision_refuses_what_it_cannot_make_and_makes_the_rest(org: Org) -> None:
    connector = org.connect()
    wanted = [
        WantedField("Lead", "Status__c", "Status", "reference", "No."),
        WantedField("Opportunity", "x__c", "X", "text", "No."),
        WantedField("Lead", "Rating", "Rating", "text", "No."),
        WantedField("Lead", "x__c FROM User", "X", "text", "No."),
        WantedField("Lead", "ok__c", "Ok", "text", "Yes."),
    ]
    results = connector.provision(wanted, dry_run=False)
    assert [each.result for each in results] == ["refused"] * 4 + ["made"]
    assert all(each.detail for each in results[:4])


def test_provision_goes_on_where_it_broke_off(org: Org) -> None:
    connector = org.connect()
    org.fault(f"POST {FIELD}", "lost_answer", nth=3)
    with pytest.raises(WaitUntil):
        connector.provision(WANTED, dry_run=False)
    again = connector.provision(WANTED, dry_run=False)
    # Three were made, unseen by anyone; the others are made now; all are granted.
    assert [each.result for each in again] == ["extended"] * 3 + ["made"] * (len(WANTED) - 3)
    assert {each.result for each in connector.provision(WANTED, dry_run=True)} == {"present"}


def test_provision_of_nothing_calls_nobody(org: Org) -> None:
    assert list(org.connect().provision([], dry_run=False)) == []
    assert org.calls() == {}
