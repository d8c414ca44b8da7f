"""Archived contacts and merges through the real client against an emulated portal (R26, facts §1, §6)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from leadpact.errors import Stop

LIST = "GET /crm/v3/objects/contacts"


def archive(portal: Any, ids: list[str]) -> None:
    for one in ids:
        portal.hubspot.archive("contacts", one, "person:1")


def swept(connector: Any, cursor: str) -> tuple[list[str], str]:
    """Ids of a whole sweep, and where the next begins."""
    ids: list[str] = []
    for _page in range(50):
        page = connector.archived("contacts", cursor)
        ids += [change.ref.id for change in page.changes]
        assert {change.how for change in page.changes} <= {"deleted"}
        cursor = page.cursor
        if page.done:
            return ids, cursor
    raise AssertionError("the sweep does not end")


def test_the_first_one_asks_nothing(portal: Any, connector: Any) -> None:
    archive(portal, portal.people(2))
    portal.calls()
    page = connector.archived("contacts", "")
    assert (page.changes, page.done, portal.calls()) == ((), True, {})


def test_only_what_was_archived_since_is_told(portal: Any, connector: Any) -> None:
    ids = portal.people(250)
    archive(portal, ids[:120])
    portal.world.clock.advance(2 * 3600)
    cursor = connector.archived("contacts", "").cursor
    portal.world.clock.advance(2 * 3600)
    archive(portal, ids[120:130])
    portal.world.clock.advance(2 * 3600)
    portal.calls()

    gone, cursor = swept(connector, cursor)

    # The list has all 130, a hundred to a call, in no order of time.
    assert (gone, portal.calls()) == (ids[120:130], {LIST: 2})
    assert portal.routes[-2:] == [f"{LIST}?archived=true"] * 2
    portal.world.clock.advance(24 * 3600)
    assert swept(connector, cursor)[0] == []


def test_what_is_archived_during_a_sweep_comes_with_the_next(portal: Any, connector: Any) -> None:
    ids = portal.people(150)
    cursor = connector.archived("contacts", "").cursor
    archive(portal, ids[1:])
    page = connector.archived("contacts", cursor)
    assert not page.done
    archive(portal, ids[:1])
    first, cursor = swept(connector, page.cursor)
    assert ids[0] not in first
    portal.world.clock.advance(24 * 3600)
    assert ids[0] in swept(connector, cursor)[0]


def test_a_damaged_place_is_told(connector: Any) -> None:
    with pytest.raises(Stop, match="damaged"):
        connector.archived("contacts", '{"since": "yesterday"}')


def test_who_went_into_a_merge_is_in_the_feed(portal: Any, connector: Any) -> None:
    one, other = portal.people(2)
    page = connector.changes("contacts", "")
    portal.world.clock.advance(120)
    made = str(portal.hubspot.merge("contacts", one, other)["id"])
    portal.settle()

    changes = connector.changes("contacts", page.cursor).changes

    assert {(change.ref.id, change.how) for change in changes} == {
        (made, "changed"),
        (one, "merged"),
        (other, "merged"),
    }


def test_second_addresses_are_found_in_batches(portal: Any, connector: Any) -> None:
    ids = portal.people(120, hs_additional_emails="")
    for number, one in enumerate(ids[:90]):
        fields = {"hs_additional_emails": f"second{number}@home.example;third{number}@home.example"}
        portal.hubspot.edit("contacts", one, fields, "person:1")
    portal.settle()
    portal.calls()
    wanted = [f"third{number}@home.example" for number in range(90)]

    found = connector.find("contacts", "hs_additional_emails", wanted, ["email"])

    assert {record.ref.id for record in found} == set(ids[:90])
    calls = portal.calls()
    assert calls["POST /crm/v3/objects/contacts/search"] <= 2
    assert sum(calls.values()) <= 4


def test_what_can_be_restored_is_told_from_what_was_deleted_for_good(
    portal: Any, connector: Any
) -> None:
    archived, erased = portal.people(2)
    archive(portal, [archived])
    answered = requests.post(
        f"{portal.base_url}/crm/v3/objects/contacts/gdpr-delete",
        headers={"Authorization": f"Bearer {portal.hubspot.token}"},
        json={"objectId": erased},
        timeout=10,
    )
    assert answered.status_code == 204
    seen = connector.fetch("contacts", [archived, erased, "999999999"], ["email"])
    assert [one.for_good for one in seen] == [False, True, True]
