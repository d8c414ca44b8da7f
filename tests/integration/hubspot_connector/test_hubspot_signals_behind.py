"""Behind a mass change: who acted is read first, the rest a few pages a turn, nothing is lost (R8; facts §2, §7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from leadpact.errors import Stop
from leadpact_hubspot import acted

FORMS = "form_submissions"
SEARCH = "POST /crm/v3/objects/contacts/search"
READ = "POST /crm/v3/objects/contacts/batch/read"
MANY = 1_300
TURN = 3


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acted, "TURN", TURN)


def turn(connector: Any, since: str) -> tuple[set[str], str, bool]:
    """Who is told of in one cycle, the next cursor, and whether something is left."""
    found: set[str] = set()
    for _ in range(100):
        page = connector.signals(FORMS, since)
        found |= {act.ref.id for act in page.signals}
        since = page.cursor
        if page.done:
            return found, since, page.behind
    raise AssertionError("the turn does not end")


def submit(portal: Any, who: str, *, number: int = 1, at: datetime | None = None) -> None:
    at = at or portal.world.clock.now()
    fields = {
        "num_conversion_events": str(number),
        "recent_conversion_date": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "recent_conversion_event_name": "Demo request form",
    }
    portal.hubspot.edit("contacts", who, fields, "workflow:1")


def written(portal: Any, ids: list[str]) -> None:
    """A backfill writes all of them, a hundred at a time."""
    for start in range(0, len(ids), 100):
        these = {who: {"jobtitle": "Written"} for who in ids[start : start + 100]}
        portal.hubspot.edit_many("contacts", these, "integration:1")
        portal.world.clock.advance(1)


@pytest.fixture
def many(portal: Any, connector: Any) -> tuple[list[str], str]:
    """Contacts that never acted, and a cursor after them."""
    ids = portal.people(MANY)
    portal.world.clock.advance(86_400)
    _, cursor, behind = turn(connector, "")
    assert not behind
    behind = True
    while behind:
        _, cursor, behind = turn(connector, cursor)
        portal.world.clock.advance(300)
    return ids, cursor


def test_behind_a_mass_write_who_acted_is_told_first_and_a_turn_is_short(
    portal: Any, connector: Any, many: tuple[list[str], str]
) -> None:
    ids, cursor = many
    submit(portal, ids[700])
    written(portal, ids)
    submit(portal, ids[900])
    portal.world.clock.advance(70)
    portal.calls()

    found, cursor, behind = turn(connector, cursor)

    assert behind
    assert {ids[700], ids[900]} <= found
    # A page of all that changed, those who acted, and the rest of the turn; four reads with history for a page of 200.
    assert portal.calls() == {SEARCH: 1 + TURN, READ: 4 + 1 + 4 * (TURN - 1)}


def test_all_who_changed_come_over_the_turns_however_their_acts_are_dated(
    portal: Any, connector: Any, many: tuple[list[str], str]
) -> None:
    ids, cursor = many
    last_week = portal.world.clock.now() - timedelta(days=7)
    written(portal, ids)
    submit(portal, ids[650], at=last_week)
    portal.hubspot.edit("contacts", ids[651], {"num_conversion_events": "2"}, "workflow:1")
    portal.world.clock.advance(70)

    told, turns, behind = [], 0, True
    while behind:
        portal.world.clock.advance(300)
        if turns == 1:
            submit(portal, ids[5])
            portal.settle()
        found, cursor, behind = turn(connector, cursor)
        told.append(found)
        turns += 1

    assert turns > 2
    assert ids[650] not in told[0]
    assert {ids[650], ids[651]} <= set().union(*told)
    assert ids[5] in told[1]
    portal.world.clock.advance(3_600)
    _, cursor, behind = turn(connector, cursor)
    portal.calls()
    assert turn(connector, cursor)[0] == set()
    assert portal.calls() == {SEARCH: 1}
    assert not behind


def test_more_who_acted_than_a_turn_holds_come_over_the_turns(
    portal: Any, connector: Any, many: tuple[list[str], str]
) -> None:
    ids, cursor = many
    for who in ids:
        submit(portal, who)
    portal.world.clock.advance(70)

    told: set[str] = set()
    turns, behind = 0, True
    while behind:
        portal.world.clock.advance(300)
        found, cursor, behind = turn(connector, cursor)
        told |= found
        turns += 1

    assert told == set(ids)
    assert turns > 2


@pytest.mark.parametrize(
    "place",
    ['{"changed":"","acted":"x"}', '{"changed":"{}","more":1}', '{"changed":"no"}', "7", "[]"],
)
def test_a_damaged_place_is_told(connector: Any, place: str) -> None:
    with pytest.raises(Stop) as caught:
        connector.signals(FORMS, place)
    assert caught.value.code == "bad_cursor"
