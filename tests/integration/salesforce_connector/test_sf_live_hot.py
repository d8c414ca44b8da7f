"""The hot feed where an org tracks Status and Owner, and where it tracks nothing (R19), against an emulated org."""

from __future__ import annotations

from typing import Any

from leadpact.ports.connector import Connector, WriteRow

TRACKING = "salesforce.6.history_tracking"
FIELDS = ("leadpact_reason__c",)


def _caught_up(org: Any, connector: Any) -> str:
    """A cursor behind what is there, at an org that has changed some tracked field before."""
    cursor = str(connector.hot_changes("Lead", "", FIELDS).cursor)
    org.world.clock.advance(600)
    return str(connector.hot_changes("Lead", cursor, FIELDS).cursor)


def _hot(connector: Any, cursor: str) -> set[str]:
    return {one.ref.id for one in connector.hot_changes("Lead", cursor, FIELDS).changes}


def test_tracked_changes_are_found_behind_a_mass_change(org: Any, connector: Connector) -> None:
    org.world.switches[TRACKING] = True
    worked, owned, ours, met, *mass = org.leads(12)
    org.edit("Lead", worked, Status="Working - Contacted")
    org.world.clock.advance(600)
    cursor = _caught_up(org, connector)
    org.world.clock.advance(60)
    org.edit("Lead", worked, Status="Closed - Not Converted")
    org.edit("Lead", owned, OwnerId=org.salesforce.staff["max"])
    connector.write("Lead", [WriteRow("set", ours, {"Status": "Working - Contacted"})])
    org.make(
        "Event",
        Subject="Demo",
        WhoId=met,
        DurationInMinutes=30,
        ActivityDateTime=str(org.time.now()),
    )
    org.world.clock.advance(30)
    for each in mass:
        org.edit("Lead", each, by="integration:bot", Title="Head of everything")

    assert _hot(connector, cursor) == {worked, owned, met}


def test_a_conversion_and_a_new_record_are_tracked_changes(org: Any, connector: Connector) -> None:
    org.world.switches[TRACKING] = True
    (there,) = org.leads(1)
    org.edit("Lead", there, Status="Working - Contacted")
    org.world.clock.advance(600)
    cursor = _caught_up(org, connector)
    org.world.clock.advance(60)
    (made,) = org.leads(1)
    assert _hot(connector, cursor) == {made}


def test_a_look_costs_two_calls_however_much_changed(org: Any, connector: Connector) -> None:
    org.world.switches[TRACKING] = True
    leads = org.leads(40)
    org.edit("Lead", leads[0], Status="Working - Contacted")
    org.world.clock.advance(600)
    cursor = _caught_up(org, connector)
    for each in leads:
        org.edit("Lead", each, by="integration:bot", Title="Head of everything")
    org.routes.clear()
    page = connector.hot_changes("Lead", cursor, FIELDS)  # type: ignore[attr-defined]
    assert (page.changes, page.done) == ((), True)
    assert len(org.routes) == 2


def test_where_nothing_is_tracked_the_latest_changes_are_looked_at(
    org: Any, connector: Connector
) -> None:
    worked, retitled, ours = org.leads(3)
    org.world.clock.advance(600)
    cursor = _caught_up(org, connector)
    org.world.clock.advance(60)
    org.edit("Lead", worked, Status="Working - Contacted")
    org.edit("Lead", retitled, Title="Head of everything")
    connector.write("Lead", [WriteRow("set", ours, {"Title": "CEO"})])
    assert _hot(connector, cursor) == {worked, retitled}
