"""Owners by assignment rules on creation alone, and what a refused task says, on an emulated org (R31, facts §6)."""

from __future__ import annotations

from tests.integration.salesforce_connector.conftest import Org

from leadpact.errors import SetAside
from leadpact.model.record import Record
from leadpact.ports.connector import Connector, Refused, WriteRow, Written

NEW = {"LastName": "New", "Company": "Firm"}


def _owner(connector: Connector, record_id: str) -> object:
    (seen,) = connector.fetch("Lead", [record_id], ["OwnerId"])
    assert isinstance(seen, Record)
    return seen.fields["OwnerId"]


def test_assignment_rules_run_on_creations_that_ask_for_it_and_on_no_update(
    org: Org, connector: Connector
) -> None:
    org.world.switches["salesforce.6.assignment_rules"] = True
    queue = org.salesforce.org.queue_id

    routed, ours = connector.write(
        "Lead",
        [
            WriteRow("make", "", NEW, external_id="key-1", assign=True),
            WriteRow("make", "", NEW, external_id="key-2"),
        ],
    )

    assert isinstance(routed, Written)
    assert isinstance(ours, Written)
    assert _owner(connector, routed.id) == queue
    before = _owner(connector, ours.id)
    assert before != queue
    (again,) = connector.write("Lead", [WriteRow("set", ours.id, {"Title": "CEO"})])
    assert isinstance(again, Written)
    assert _owner(connector, ours.id) == before


def test_a_task_is_looked_up_and_made_in_two_calls(org: Org, connector: Connector) -> None:
    ids = org.leads(3)
    fields = {
        "subject": "Answer",
        "body": "Asked for a demo.",
        "due_at": "2026-11-24T15:07:00+01:00",
    }
    rows = [WriteRow("announce", each, fields, f"key-{at}") for at, each in enumerate(ids)]

    results = connector.write("Lead", rows)

    assert all(isinstance(one, Written) and one.created for one in results)
    assert org.calls() == {"GET query": 1, "POST composite/sobjects": 1}
    bad = WriteRow("announce", ids[0], {**fields, "owner": "nobody"}, "key-9")
    (refused,) = connector.write("Lead", [bad])
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, SetAside)
    assert refused.error.code == "owner_refused"
