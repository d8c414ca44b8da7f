"""The change feed: complete, ending, and one call when nothing happens (R1, facts §2)."""

from __future__ import annotations

from typing import Any

import pytest

from leadpact.errors import Stop

SEARCH = "POST /crm/v3/objects/contacts/search"
LIST = "GET /crm/v3/objects/contacts"


def cycle(connector: Any, cursor: str, pages: int = 400) -> tuple[list[str], str]:
    """Ids of one whole cycle and the next cursor."""
    ids: list[str] = []
    for _ in range(pages):
        page = connector.changes("contacts", cursor)
        ids += [change.ref.id for change in page.changes]
        cursor = page.cursor
        if page.done:
            return ids, cursor
    raise AssertionError("the feed does not end")


def quiet(portal: Any, connector: Any, cursor: str) -> str:
    """Two empty cycles a look-back apart, so that what was seen is settled."""
    for _ in range(2):
        portal.world.clock.advance(61)
        _, cursor = cycle(connector, cursor)
    portal.calls()
    return cursor


def edit(portal: Any, ids: list[str], **fields: object) -> None:
    for who in ids:
        portal.hubspot.edit("contacts", who, fields, "person:1")


def edit_at_once(portal: Any, ids: list[str], **fields: object) -> None:
    portal.hubspot.edit_many("contacts", dict.fromkeys(ids, fields), "import:9")


def test_the_first_read_lists_everything_and_then_follows_changes(
    portal: Any, connector: Any
) -> None:
    ids = portal.people(250)
    portal.calls()

    listed, cursor = cycle(connector, "")

    assert sorted(listed) == sorted(ids)
    assert portal.calls() == {SEARCH: 1, LIST: 3}
    portal.world.clock.advance(120)
    edit(portal, ids[:2], firstname="Q")
    portal.settle()
    changed, _ = cycle(connector, cursor)
    assert changed[-2:] == ids[:2]


def test_what_changes_while_everything_is_listed_comes_next(portal: Any, connector: Any) -> None:
    ids = portal.people(150)
    page = connector.changes("contacts", "")
    edit(portal, [ids[0]], firstname="Q")
    portal.settle()
    _, cursor = cycle(connector, page.cursor)

    changed, _ = cycle(connector, cursor)

    assert ids[0] in changed


def test_a_quiet_cycle_is_one_search_that_finds_nothing(portal: Any, connector: Any) -> None:
    portal.people(300)
    _, cursor = cycle(connector, "")
    cursor = quiet(portal, connector, cursor)

    ids, after = cycle(connector, cursor)

    assert ids == []
    assert portal.calls() == {SEARCH: 1}
    assert after == cursor


def test_a_thousand_changes_cost_five_searches(portal: Any, connector: Any) -> None:
    ids = portal.people(1000)
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    edit(portal, ids, firstname="Q")
    portal.settle()

    changed, _ = cycle(connector, cursor)

    assert sorted(changed) == sorted(ids)
    assert portal.calls() == {SEARCH: 5}


def test_changes_carry_the_version_that_a_read_shows(portal: Any, connector: Any) -> None:
    (who,) = portal.people(1)
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    edit(portal, [who], firstname="Q")
    portal.settle()

    (change,) = connector.changes("contacts", cursor).changes

    (record,) = connector.fetch("contacts", [who], ["email"])
    assert (change.how, change.version) == ("changed", record.version)


def test_a_row_that_surfaces_late_is_found_within_the_look_back(
    portal: Any, connector: Any
) -> None:
    late, prompt = portal.people(2)
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    portal.hubspot._portal.index.lag_s = 40
    edit(portal, [late], firstname="Q")
    portal.world.clock.advance(10)
    portal.hubspot._portal.index.lag_s = 0
    # Search shows in order of coming, so the prompt one is let in by hand.
    portal.hubspot._portal.index._pending.rotate(-1)
    edit(portal, [prompt], firstname="Q")
    portal.hubspot._portal.index._pending.rotate(1)

    first, cursor = cycle(connector, cursor)
    portal.world.clock.advance(45)
    second, _ = cycle(connector, cursor)

    assert first == [prompt]
    assert late in second


def test_more_changes_than_the_wall_all_come(portal: Any, connector: Any) -> None:
    ids = portal.people(10_450)
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    edit(portal, ids, firstname="Q")
    portal.settle()

    changed, cursor = cycle(connector, cursor)

    assert set(changed) == set(ids)
    assert portal.calls()[SEARCH] < 110
    assert cycle(connector, quiet(portal, connector, cursor))[0] == []


def test_fifteen_thousand_that_share_one_stamp_all_come(portal: Any, connector: Any) -> None:
    ids = portal.people(15_000)
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    edit_at_once(portal, ids, firstname="Q")
    portal.settle()

    changed, cursor = cycle(connector, cursor)

    assert set(changed) == set(ids)
    assert portal.calls()[SEARCH] <= 78
    assert cycle(connector, quiet(portal, connector, cursor))[0] == []


def test_a_stamp_shared_by_many_between_others_hides_none(portal: Any, connector: Any) -> None:
    ids = portal.people(1_400)
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    for start, end in ((0, 150), (150, 800), (800, 820), (820, 1_400)):
        portal.world.clock.advance(0.01)
        edit_at_once(portal, ids[start:end], firstname="Q")
    portal.settle()

    changed, _ = cycle(connector, cursor)

    assert set(changed) == set(ids)


@pytest.mark.parametrize("count", [450, 1_200])
def test_rows_that_move_to_the_end_meanwhile_push_none_out(
    portal: Any, connector: Any, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    ids = portal.people(count)
    portal.hubspot._portal.index.lag_s = 0
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    edit(portal, ids, firstname="Q")
    search = connector._client.search
    moved = iter(ids[:40])

    def busy(body: Any, kind: str) -> Any:
        answer = search(body, kind)
        for who in (next(moved, None) for _ in range(5)):
            if who is not None:
                edit(portal, [who], firstname="R")
        return answer

    monkeypatch.setattr(connector._client, "search", busy)

    changed, _ = cycle(connector, cursor)

    assert set(changed) == set(ids)


def test_a_portal_that_never_rests_still_ends_the_cycle(
    portal: Any, connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = portal.people(1_300)
    portal.hubspot._portal.index.lag_s = 0
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    edit(portal, ids, firstname="Q")
    search = connector._client.search

    def busy(body: Any, kind: str) -> Any:
        answer = search(body, kind)
        edit(portal, ids[:250], lastname="R")
        return answer

    monkeypatch.setattr(connector._client, "search", busy)

    changed, cursor = cycle(connector, cursor, pages=12)
    monkeypatch.undo()
    rest, _ = cycle(connector, cursor)

    assert set(changed) | set(rest) == set(ids)


def test_the_feed_asks_little_and_its_cursor_is_checked(
    portal: Any, connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.people(3)
    bodies: list[Any] = []
    search = connector._client.search

    def noted(body: Any, kind: str) -> Any:
        bodies.append(body)
        return search(body, kind)

    monkeypatch.setattr(connector._client, "search", noted)

    cycle(connector, cycle(connector, "")[1])

    assert {tuple(body["properties"]) for body in bodies} == {
        ("lastmodifieddate", "hs_merged_object_ids")
    }
    assert all(len(repr(body)) < 3_000 for body in bodies)
    for broken in ("{}", "[]", "no", '{"start":"yesterday"}', '{"start":1}'):
        with pytest.raises(Stop) as caught:
            connector.changes("contacts", broken)
        assert caught.value.code == "bad_cursor"


def just_after_many_changes(portal: Any, connector: Any, count: int) -> tuple[list[str], str]:
    """Many rows changed and seen a moment ago: within the look-back they all show again."""
    ids = portal.people(count)
    cursor = quiet(portal, connector, cycle(connector, "")[1])
    edit(portal, ids, firstname="Q")
    portal.settle()
    for _ in range(2):
        _, cursor = cycle(connector, cursor)
    portal.calls()
    return ids, cursor


def test_right_after_many_changes_a_quiet_cycle_is_one_search_too(
    portal: Any, connector: Any
) -> None:
    _, cursor = just_after_many_changes(portal, connector, 450)

    ids, after = cycle(connector, cursor)

    assert (ids, after) == ([], cursor)
    assert portal.calls() == {SEARCH: 1}


def test_an_edit_among_many_recent_changes_is_found(portal: Any, connector: Any) -> None:
    people, cursor = just_after_many_changes(portal, connector, 450)
    edit(portal, [people[7]], firstname="Z")
    portal.settle()

    ids, cursor = cycle(connector, cursor)

    assert people[7] in ids
    assert portal.calls() == {SEARCH: 3}
    assert cycle(connector, cursor)[0] == []


def test_what_the_short_look_missed_shows_when_the_look_back_ends(
    portal: Any, connector: Any
) -> None:
    people, cursor = just_after_many_changes(portal, connector, 450)
    portal.world.clock.advance(61)

    ids, _ = cycle(connector, cursor)

    assert sorted(ids) == sorted(people)
