"""LeadHistory: only while tracking is on, query-only, values neither filtered nor sorted (facts salesforce §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

SWITCH = "salesforce.6.history_tracking"
ALL = "SELECT LeadId, Field, OldValue, NewValue, CreatedById, CreatedDate FROM LeadHistory"


def kept(desk: Desk, lead_id: str) -> list[tuple[Any, ...]]:
    """(field, old, new) of a Lead's history, oldest first."""
    rows = desk.records(f"{ALL} WHERE LeadId = '{lead_id}' ORDER BY CreatedDate, Id")
    return [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows]


def test_nothing_is_kept_while_tracking_is_off(desk: Desk, lead_id: str) -> None:
    desk.salesforce.edit("Lead", lead_id, {"Status": "Working - Contacted"}, desk.by())
    assert kept(desk, lead_id) == []


def test_status_and_owner_are_kept_with_their_author(desk: Desk) -> None:
    desk.world.switches[SWITCH] = True
    lead_id = desk.lead()
    desk.world.clock.advance(60)
    desk.salesforce.edit(
        "Lead", lead_id, {"Status": "Working - Contacted", "City": "Graz"}, desk.by()
    )
    desk.world.clock.advance(60)
    desk.salesforce.edit("Lead", lead_id, {"OwnerId": desk.salesforce.org.queue_id}, "workflow:4")
    history = kept(desk, lead_id)
    assert history[0] == ("created", None, None)
    assert history[1] == ("Status", "Open - Not Contacted", "Working - Contacted")
    # A lookup is logged twice: by name and by id.
    assert [row[0] for row in history[2:]] == ["Owner", "Owner"]
    assert history[3][2] == desk.salesforce.org.queue_id
    rows = desk.records(f"{ALL} WHERE LeadId = '{lead_id}' AND Field = 'Status'")
    assert f"person:{rows[0]['CreatedById']}" == desk.by()
    by_whom = desk.records(
        f"SELECT CreatedBy.UserType FROM LeadHistory WHERE LeadId = '{lead_id}' AND Field = 'Owner'"
    )
    assert {row["CreatedBy"]["UserType"] for row in by_whom} == {"AutomatedProcess"}


def test_a_write_by_the_api_is_kept_and_one_of_nothing_new_is_not(desk: Desk) -> None:
    desk.world.switches[SWITCH] = True
    lead_id = desk.lead()
    for _ in range(2):
        desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Status": "Working - Contacted"})
    assert [row[0] for row in kept(desk, lead_id)] == ["created", "Status"]


def test_a_conversion_is_kept(desk: Desk) -> None:
    desk.world.switches[SWITCH] = True
    lead_id = desk.lead()
    desk.salesforce.convert(lead_id, "Closed - Converted", by=desk.by())
    assert {row[0] for row in kept(desk, lead_id)} == {"created", "Status", "leadConverted"}


def test_a_refused_save_leaves_no_history(desk: Desk) -> None:
    desk.world.switches[SWITCH] = True
    lead_id = desk.lead()
    refused = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Status": "Closed - Converted"})
    assert refused.status_code == 400
    assert [row[0] for row in kept(desk, lead_id)] == ["created"]


@pytest.mark.parametrize("clause", ["WHERE NewValue = 'x'", "ORDER BY OldValue"])
def test_values_can_be_neither_filtered_nor_sorted(desk: Desk, clause: str) -> None:
    answer = desk.query(f"SELECT Id FROM LeadHistory {clause}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_it_is_query_only(desk: Desk, lead_id: str) -> None:
    answer = desk.call("POST", "/sobjects/LeadHistory", {"LeadId": lead_id})
    assert answer.status_code == 400
    shown = desk.get("/sobjects/LeadHistory/describe").json()
    assert not any(shown[verb] for verb in ("createable", "updateable", "deletable"))


def test_a_snapshot_keeps_it(desk: Desk) -> None:
    desk.world.switches[SWITCH] = True
    lead_id = desk.lead()
    before = kept(desk, lead_id)
    desk.salesforce.restore(desk.salesforce.snapshot())
    desk.use(desk.salesforce.connection(desk.url)["access_token"])
    assert kept(desk, lead_id) == before
