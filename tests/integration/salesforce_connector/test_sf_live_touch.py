"""When a person last did something with a record (R23), against an emulated org."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from leadpact.ports.connector import Connector, WriteRow


def test_the_last_touch_is_a_persons_edit_or_a_logged_activity(
    org: Any, connector: Connector
) -> None:
    edited, ours, robot, met = org.leads(4)
    org.world.clock.advance(600)
    org.edit("Lead", edited, Title="VP")
    at = org.world.clock.now()
    org.world.clock.advance(600)
    connector.write("Lead", [WriteRow("set", each, {"Title": "CEO"}) for each in (ours, met)])
    org.edit("Lead", robot, by="integration:bot", Title="CEO")
    org.salesforce._org.tables["Lead"].rows[met]["LastActivityDate"] = "2026-01-15"

    touched = connector.last_touched("Lead", [edited, ours, robot, met])

    assert touched.keys() == {edited, met}
    assert abs((touched[edited] - at).total_seconds()) < 2
    assert touched[met] == datetime(2026, 1, 15, tzinfo=UTC)


def test_no_activity_field_is_no_fault(org: Any, connector: Connector) -> None:
    (lead,) = org.leads(1)
    assert connector.last_touched("Lead", [lead]).keys() == {lead}
    assert connector.last_touched("Lead", ["nonsense"]) == {}
