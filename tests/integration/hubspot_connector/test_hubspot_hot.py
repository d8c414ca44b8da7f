"""The hot feed of contacts: what has a date is named, what has none is shown as it stands (R19)."""

from __future__ import annotations

from typing import Any

from leadpact.model.record import RecordRef

SEARCH = "POST /crm/v3/objects/contacts/search"
FIELDS = ("lifecyclestage", "hs_lead_status", "jobtitle_of_nobody")


def _caught_up(portal: Any, connector: Any) -> str:
    """A cursor behind everybody who is there."""
    cursor = str(connector.hot_changes("contacts", "", FIELDS).cursor)
    portal.world.clock.advance(600)
    portal.people(1, email="last@firm.example")
    portal.world.clock.advance(600)
    return str(connector.hot_changes("contacts", cursor, FIELDS).cursor)


def test_a_lead_status_is_shown_and_a_stage_is_named(portal: Any, connector: Any) -> None:
    status, stage, other = portal.people(3)
    cursor = _caught_up(portal, connector)
    for who, fields in (
        (status, {"hs_lead_status": "IN_PROGRESS"}),
        (stage, {"lifecyclestage": "marketingqualifiedlead"}),
        (other, {"city": "Oslo"}),
    ):
        portal.hubspot.edit("contacts", who, fields, "person:501")
    portal.settle()
    portal.calls()

    page = connector.hot_changes("contacts", cursor, FIELDS)

    assert {one.ref.id for one in page.changes} >= {status, stage, other}
    shown = {ref.id: dict(values) for ref, values in page.shown.items()}
    assert shown[status] == {"hs_lead_status": "IN_PROGRESS"}
    assert shown[other] in ({"hs_lead_status": None}, {"hs_lead_status": ""}, {})
    assert RecordRef(connector.capabilities.crm, "contacts", stage) not in page.shown


def test_behind_a_mass_change_it_costs_one_call_and_names_the_latest(
    portal: Any, connector: Any
) -> None:
    ids = portal.people(260)
    cursor = _caught_up(portal, connector)
    for who in ids:
        portal.hubspot.edit("contacts", who, {"city": "Oslo"}, "import:7")
    portal.settle()
    portal.calls()
    page = connector.hot_changes("contacts", cursor, FIELDS)
    dates = -(-len(connector._settings.hot_dates) // 3)
    assert portal.calls() == {SEARCH: dates + 1}
    assert len(page.shown) == 200


def test_who_was_merged_into_a_contact_is_named_with_it(portal: Any, connector: Any) -> None:
    one, two, other = portal.people(3)
    cursor = _caught_up(portal, connector)
    heir = str(portal.hubspot.merge("contacts", one, two)["id"])
    portal.hubspot.edit("contacts", heir, {"lifecyclestage": "salesqualifiedlead"}, "person:501")
    portal.hubspot.edit("contacts", other, {"lifecyclestage": "salesqualifiedlead"}, "person:501")
    portal.settle()
    portal.calls()

    page = connector.hot_changes("contacts", cursor, FIELDS)

    told = {(one.ref.id, one.how) for one in page.changes}
    assert told >= {(heir, "changed"), (one, "merged"), (two, "merged"), (other, "changed")}
    assert len([how for _id, how in told if how == "merged"]) == 2
    assert set(portal.calls()) == {SEARCH}
