"""``guard: strict``: one record to a call, refused where it changed since it was read (R7, facts §1)."""

from __future__ import annotations

from tests.integration.salesforce_connector.conftest import Org

from leadpact.errors import SetAside
from leadpact.model.record import Record
from leadpact.ports.connector import Connector, Refused, WriteRow, Written
from leadpact_sandbox.world import Fault

TITLE = "Title"


def seen(connector: Connector, lead: str) -> Record:
    (record,) = connector.fetch("Lead", [lead], [TITLE])
    assert isinstance(record, Record)
    return record


def guarded(record: Record, title: str) -> WriteRow:
    return WriteRow("set", record.ref.id, {TITLE: title}, unchanged_since=record.version)


def test_a_record_that_changed_since_is_refused_and_the_others_are_written(
    org: Org, connector: Connector
) -> None:
    ids = org.leads(3)
    records = [seen(connector, each) for each in ids]
    org.world.clock.advance(30)
    org.salesforce.edit("Lead", ids[1], {TITLE: "VP"}, f"person:{org.salesforce.staff['ann']}")
    org.world.clock.advance(30)
    org.calls()
    results = connector.write("Lead", [guarded(each, "CEO") for each in records])
    assert isinstance(results[0], Written)
    assert isinstance(results[2], Written)
    refused = results[1]
    assert isinstance(refused, Refused)
    assert refused.moved
    assert isinstance(refused.error, SetAside)
    assert refused.error.code == "changed_meanwhile"
    assert [seen(connector, each).fields[TITLE] for each in ids] == ["CEO", "VP", "CEO"]
    calls = org.calls()
    assert sum(count for route, count in calls.items() if route.startswith("PATCH")) == 3, calls


def test_rows_without_a_stamp_go_in_one_collection(org: Org, connector: Connector) -> None:
    first, second, third = (seen(connector, each) for each in org.leads(3))
    org.calls()
    connector.write(
        "Lead",
        [
            guarded(first, "CEO"),
            WriteRow("set", second.ref.id, {TITLE: "CFO"}),
            WriteRow("set", third.ref.id, {TITLE: "CTO"}),
        ],
    )
    calls = org.calls()
    assert sum(count for route, count in calls.items() if route.startswith("PATCH")) == 2, calls
    titles = [seen(connector, each.ref.id).fields[TITLE] for each in (first, second, third)]
    assert titles == ["CEO", "CFO", "CTO"]


def test_a_refused_value_is_that_records_matter(org: Org, connector: Connector) -> None:
    one, other = (seen(connector, each) for each in org.leads(2))
    bad = WriteRow("set", one.ref.id, {"Company": None}, unchanged_since=one.version)
    results = connector.write("Lead", [bad, guarded(other, "CEO")])
    assert isinstance(results[0], Refused)
    assert not results[0].moved
    assert isinstance(results[0].error, SetAside)
    assert isinstance(results[1], Written)


def test_a_lost_answer_is_unknown_and_the_rest_goes_on(org: Org, connector: Connector) -> None:
    one, other = (seen(connector, each) for each in org.leads(2))
    route = "PATCH /services/data/{version}/sobjects/Lead/{id}"
    org.world.faults.replace([Fault("salesforce", route, "lost_answer", nth=1)])
    results = connector.write("Lead", [guarded(one, "CEO"), guarded(other, "CFO")])
    assert isinstance(results[0], Refused)
    assert results[0].unknown
    assert isinstance(results[1], Written)
