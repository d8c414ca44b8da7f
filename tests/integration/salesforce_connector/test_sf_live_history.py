"""Authors and stage dates from LeadHistory, and what stands in where it is not kept (R6, R12; facts §6)."""

from __future__ import annotations

from tests.integration.salesforce_connector.conftest import Org

from leadpact.model.record import SINCE, FieldDate, MovedTo, Observation, Record, since_of
from leadpact.ports.connector import Connector, KnowsFieldTimes
from leadpact_salesforce.connector import SalesforceConnector

TRACKING = "salesforce.6.history_tracking"
STATUS, WORKING = "Status", "Working - Contacted"
SINCE_STATUS = SINCE + STATUS
QUERY = "query"


def since(seen: Observation) -> FieldDate | None:
    record = seen.record if isinstance(seen, MovedTo) else seen
    assert isinstance(record, Record)
    return since_of(record.fields.get(SINCE_STATUS))


BOT = "integration:bot"


def person(org: Org) -> str:
    return f"person:{org.salesforce.staff['ann']}"


def test_the_author_of_the_status_is_told_though_somebody_else_came_after(
    org: Org, connector: Connector
) -> None:
    org.world.switches[TRACKING] = True
    (lead,) = org.leads(1)
    org.world.clock.advance(60)
    at = org.world.clock.now().replace(microsecond=0)
    org.salesforce.edit("Lead", lead, {STATUS: WORKING}, person(org))
    org.world.clock.advance(60)
    org.salesforce.edit("Lead", lead, {"City": "Graz"}, "integration:zap")
    newest, *_older = connector.history("Lead", [lead], [STATUS])[lead]
    assert (newest.value, newest.at, newest.inferred) == (WORKING, at, False)
    assert (newest.author.kind, newest.author.id) == ("person", org.salesforce.staff["ann"])
    assert newest.author.team == "Sales"


def test_without_tracking_the_last_to_touch_the_record_is_named_and_marked(
    org: Org, connector: Connector
) -> None:
    (lead,) = org.leads(1)
    org.salesforce.edit("Lead", lead, {STATUS: WORKING}, person(org))
    org.world.clock.advance(60)
    org.salesforce.edit("Lead", lead, {"City": "Graz"}, "workflow:7")
    (only,) = connector.history("Lead", [lead], [STATUS])[lead]
    assert (only.value, only.author.kind, only.inferred) == (WORKING, "workflow", True)


def test_history_that_stopped_is_not_taken_for_the_present(org: Org, connector: Connector) -> None:
    org.world.switches[TRACKING] = True
    (lead,) = org.leads(1)
    org.salesforce.edit("Lead", lead, {STATUS: WORKING}, person(org))
    org.world.switches[TRACKING] = False
    org.world.clock.advance(60)
    org.salesforce.edit("Lead", lead, {STATUS: "Closed - Not Converted"}, "workflow:7")
    newest, older = connector.history("Lead", [lead], [STATUS])[lead]
    assert (newest.value, newest.author.kind, newest.inferred) == (
        "Closed - Not Converted",
        "workflow",
        True,
    )
    assert (older.value, older.inferred) == (WORKING, False)
    (seen,) = connector.fetch("Lead", [lead], [STATUS, SINCE_STATUS])
    assert since(seen) is None


def test_authors_of_a_page_are_one_query_more(org: Org, connector: Connector) -> None:
    org.world.switches[TRACKING] = True
    leads = org.leads(150)
    for lead in leads:
        org.salesforce.edit("Lead", lead, {STATUS: WORKING}, person(org))
    connector.history("Lead", leads[:1], [STATUS])
    org.calls()
    found = connector.history("Lead", leads, [STATUS])
    assert all(found[lead][0].author.kind == "person" for lead in leads)
    calls = org.calls()
    assert sum(n for route, n in calls.items() if QUERY in route) == 1, calls


def test_stage_dates_come_from_tracked_history(org: Org, connector: Connector) -> None:
    org.world.switches[TRACKING] = True
    changed, as_made = org.leads(2)
    made = org.world.clock.now().replace(microsecond=0)
    org.world.clock.advance(900)
    at = org.world.clock.now().replace(microsecond=0)
    org.salesforce.edit("Lead", changed, {STATUS: WORKING}, person(org))
    org.world.clock.advance(900)
    org.calls()
    one, other = connector.fetch("Lead", [changed, as_made], [STATUS, SINCE_STATUS])
    assert since(one) == FieldDate(at)
    born = since(other)
    assert born is not None
    assert not born.approximate
    assert abs((born.at - made).total_seconds()) <= 1
    calls = org.calls()
    assert sum(n for route, n in calls.items() if QUERY in route) == 1, calls


def test_without_tracking_only_a_first_status_and_a_conversion_are_dated_and_marked(
    org: Org, connector: Connector
) -> None:
    first, moved, converted = org.leads(3)
    org.world.clock.advance(900)
    day = org.world.clock.now().date()
    org.salesforce.edit("Lead", moved, {STATUS: WORKING}, person(org))
    org.salesforce.convert(converted, "Closed - Converted", by=person(org))
    seen = connector.fetch("Lead", [first, moved, converted], [STATUS, SINCE_STATUS])
    assert isinstance(seen[0], Record)
    assert since(seen[0]) == FieldDate(seen[0].created_at, approximate=True)  # type: ignore[arg-type]
    assert since(seen[1]) is None
    third = since(seen[2])
    assert third is not None
    assert (third.at.date(), third.approximate) == (day, True)


def test_a_plain_reading_asks_for_no_history(org: Org, connector: Connector) -> None:
    org.world.switches[TRACKING] = True
    leads = org.leads(2)
    org.calls()
    connector.fetch("Lead", leads, [STATUS])
    assert not [route for route in org.calls() if QUERY in route]


def test_which_fields_the_org_keeps_times_of(org: Org, connector: Connector) -> None:
    assert isinstance(connector, KnowsFieldTimes)
    assert connector.untimed("Lead", [STATUS, "City"]) == [STATUS, "City"]
    org.world.switches[TRACKING] = True
    (lead,) = org.leads(1)
    org.salesforce.edit("Lead", lead, {STATUS: WORKING, "City": "Graz"}, person(org))
    assert connector.untimed("Lead", [STATUS, "City"]) == ["City"]


def test_the_past_tells_tracked_history_or_what_comes_near_it(
    org: Org, connector: SalesforceConnector
) -> None:
    org.world.switches[TRACKING] = True
    tracked, other = org.leads(2)
    org.world.clock.advance(60)
    at = org.world.clock.now().replace(microsecond=0)
    org.salesforce.edit("Lead", tracked, {STATUS: WORKING, "City": "Graz"}, person(org))

    found = connector.past("Lead", [tracked, other], [STATUS], ["City"])

    assert set(found) == {tracked, other}
    assert (WORKING, at) in {(one.value, one.at) for one in found[tracked].changes}
    assert found[tracked].shown == {"City": "Graz"}
    assert all(one.field == STATUS for one in found[other].entered)


def test_the_past_tells_what_leadpact_wrote_or_made_itself(
    org: Org, connector: SalesforceConnector
) -> None:
    (theirs,) = org.leads(1)
    made = org.salesforce.create("Lead", {"LastName": "Doe", "Company": "Firm"}, org.by(BOT))
    ours = str(made["Id"])
    told = connector.past("Lead", [theirs, ours], [STATUS], ())
    assert [told[each].entered[0].author.kind for each in (theirs, ours)] == ["unknown", "ours"]

    org.world.switches[TRACKING] = True
    org.edit("Lead", theirs, by=BOT, Status=WORKING)
    org.edit("Lead", ours, Status=WORKING)
    told = connector.past("Lead", [theirs, ours], [STATUS], ())
    for each, by in ((theirs, "ours"), (ours, "unknown")):
        (change,), (entered,) = told[each].changes, told[each].entered
        assert (change.author.kind, entered.author.kind) == (by, by)


def test_an_opportunitys_past_is_its_stage_history(
    org: Org, connector: SalesforceConnector
) -> None:
    (lead,) = org.leads(1)
    rep = person(org)
    made = org.salesforce.convert(lead, "Closed - Converted", opportunity="New", by=rep)
    deal = str(made["ConvertedOpportunityId"])
    org.world.clock.advance(600)
    won = org.world.clock.now().replace(microsecond=0)
    org.salesforce.edit("Opportunity", deal, {"StageName": "Closed Won"}, rep)
    org.world.clock.advance(600)
    org.salesforce.edit("Opportunity", deal, {"Amount": 7}, rep)

    (past,) = connector.past("Opportunity", [deal], [], []).values()
    told = {one.field: one for one in past.entered}

    assert (told["leadpact:is_won"].at, told["leadpact:is_won"].inferred) == (won, False)
    assert told["leadpact:is_open"].at < won
