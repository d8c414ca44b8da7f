"""What a state store keeps of links, their records, the feeds and the runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from tests.contract.state_rows import (
    NOW,
    at,
    full_link,
    hubspot,
    link_id,
    plan,
    run,
    salesforce,
    work,
)

from leadpact.model.link import Link, LinkStatus
from leadpact.model.record import RecordRef
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateChanges, StateStore

COUNTED: tuple[Literal["links", "due", "waiting", "failing", "owing"], ...] = (
    "links",
    "due",
    "waiting",
    "failing",
    "owing",
)


def test_an_empty_state_answers_every_question(store: StateStore) -> None:
    assert store.links([link_id(1)]) == {}
    assert store.sides([link_id(1)]) == {link_id(1): ()}
    assert store.link_ids([RecordRef("hubspot", "contacts", "1")]) == {}
    assert list(store.due(NOW, 10)) == []
    assert [store.count(what, NOW) for what in COUNTED] == [0] * 5
    assert store.checkpoint("hubspot", "contacts") == ""
    assert list(store.open_intents(10)) == []
    assert list(store.holds()) == []
    assert list(store.failures()) == []
    assert store.signals([link_id(1)], NOW) == {link_id(1): ()}
    assert store.run("none") is None
    assert store.plan("none") is None
    assert store.stage_counts() == {}
    assert list(store.owing(10)) == []
    assert list(store.page_of_links("", 10)) == []


def test_nothing_asked_is_nothing_answered(store: StateStore) -> None:
    store.commit(StateChanges(links=[full_link(1)], sides=[hubspot("101", 1)]), None, NOW)

    assert store.links([]) == {}
    assert store.sides([]) == {}
    assert store.link_ids([]) == {}
    assert store.signals([], NOW) == {}
    assert list(store.holds(link_ids=[])) == []
    assert list(store.failures(link_ids=[])) == []


def test_a_link_comes_back_as_it_was_put(store: StateStore) -> None:
    bare = Link(link_id(2))
    folded = full_link(3, status="folded", folded_into=link_id(1), stage=None, published=None)

    store.commit(StateChanges(links=[full_link(1), bare, folded]), None, NOW)

    assert store.links([link_id(3), link_id(1), link_id(2), link_id(9)]) == {
        link_id(1): full_link(1),
        link_id(2): bare,
        link_id(3): folded,
    }


def test_a_later_row_of_the_same_key_replaces_the_earlier(store: StateStore) -> None:
    later = full_link(1, base={}, stage=None, published=None, adopted=False)

    store.commit(StateChanges(links=[full_link(1)]), None, NOW)
    store.commit(StateChanges(links=[later]), None, NOW)

    assert store.links([link_id(1)]) == {link_id(1): later}


def test_only_live_links_are_counted_and_paged(store: StateStore) -> None:
    links = [full_link(number) for number in range(5)]
    links[1] = replace(links[1], status="tombstone")
    links[2] = replace(links[2], stage=None)
    store.commit(StateChanges(links=links), None, NOW)
    live = sorted(link_id(number) for number in (0, 2, 3, 4))

    assert store.count("links", NOW) == 4
    assert store.stage_counts() == {"mql": 3, "": 1}
    assert list(store.page_of_links("", 3)) == live[:3]
    assert list(store.page_of_links(live[2], 3)) == live[3:]


def test_a_tombstone_that_is_revived_is_live_again(store: StateStore) -> None:
    store.commit(StateChanges(links=[full_link(1, status="tombstone")]), None, NOW)
    store.commit(StateChanges(links=[full_link(1)]), None, NOW)

    assert store.count("links", NOW) == 1
    assert list(store.page_of_links("", 10)) == [link_id(1)]


def _rejected(number: int, since: float, *, owes: bool = True, status: LinkStatus = "live") -> Link:
    stage = StageState("recycled", at(since), reason_owed=owes, why="Sales rejected")
    return full_link(number, stage=stage, status=status)


def test_rejections_that_owe_a_reason_are_listed_longest_first(store: StateStore) -> None:
    owing = [_rejected(1, -5), _rejected(2, -9.000001), _rejected(3, -5), _rejected(4, -9)]
    paid, dead = _rejected(5, -99, owes=False), _rejected(6, -99, status="tombstone")
    store.commit(StateChanges(links=[*owing, paid, dead, Link(link_id(7))]), None, NOW)
    in_order = [owing[1], owing[3], *sorted((owing[0], owing[2]), key=lambda link: link.id)]

    assert list(store.owing(10)) == in_order
    assert list(store.owing(3)) == in_order[:3]
    assert store.count("owing", NOW) == 4


def test_a_reason_that_was_given_and_a_lead_that_is_gone_owe_nothing(store: StateStore) -> None:
    store.commit(StateChanges(links=[_rejected(1, -5), _rejected(2, -4)]), None, NOW)
    store.commit(StateChanges(links=[_rejected(1, -5, owes=False)]), None, NOW)
    assert list(store.owing(10)) == [_rejected(2, -4)]

    store.commit(StateChanges(links=[_rejected(2, -4, status="tombstone")]), None, NOW)
    assert (list(store.owing(10)), store.count("owing", NOW)) == ([], 0)

    store.commit(StateChanges(links=[_rejected(2, -4)]), None, NOW)
    assert list(store.owing(10)) == [_rejected(2, -4)]


def test_sides_come_by_link_in_the_order_of_their_records(store: StateStore) -> None:
    sides = [
        salesforce("00Q9", 1, primary=False, state="converted"),
        salesforce("0031", 1, kind="Contact"),
        hubspot("9", 1),
        hubspot("10", 1, state="gone"),
        hubspot("7", 2),
    ]

    store.commit(StateChanges(sides=sides), None, NOW)

    assert store.sides([link_id(1), link_id(2), link_id(3)]) == {
        link_id(1): (sides[3], sides[2], sides[1], sides[0]),
        link_id(2): (sides[4],),
        link_id(3): (),
    }


def test_the_same_id_in_two_crms_and_kinds_is_two_records(store: StateStore) -> None:
    refs = [RecordRef("hubspot", "contacts", "1"), RecordRef("salesforce", "Lead", "1")]
    sides = [
        replace(hubspot("1", 1), ref=refs[0]),
        replace(salesforce("1", 2), ref=refs[1]),
    ]
    store.commit(StateChanges(sides=sides), None, NOW)

    assert store.link_ids([*refs, RecordRef("salesforce", "Contact", "1")]) == {
        refs[0]: link_id(1),
        refs[1]: link_id(2),
    }


def test_a_record_that_moves_to_another_link_leaves_the_first(store: StateStore) -> None:
    store.commit(StateChanges(sides=[hubspot("101", 1), hubspot("102", 1)]), None, NOW)
    moved = hubspot("101", 2, primary=False)

    store.commit(StateChanges(sides=[moved]), None, NOW)

    assert store.sides([link_id(1), link_id(2)]) == {
        link_id(1): (hubspot("102", 1),),
        link_id(2): (moved,),
    }
    assert store.link_ids([moved.ref]) == {moved.ref: link_id(2)}


def test_of_two_rows_of_a_record_in_one_commit_the_later_counts(store: StateStore) -> None:
    first, moved = hubspot("1", 1), hubspot("1", 2, version="2026-01-02T00:00:00.000Z")
    store.commit(StateChanges(sides=[first, moved]), None, NOW)

    assert store.sides([link_id(1), link_id(2)]) == {link_id(1): (), link_id(2): (moved,)}
    assert store.link_ids([first.ref]) == {first.ref: link_id(2)}


def test_a_record_is_known_by_its_link_state_and_version(store: StateStore) -> None:
    known = hubspot("1", 1, version="2026-01-02T00:00:00.000Z+")
    gone = salesforce("7", 2, state="gone", version="")
    store.commit(StateChanges(sides=[known, gone]), None, NOW)

    assert store.known_records([gone.ref, hubspot("9", 9).ref, known.ref]) == {
        known.ref: (link_id(1), "live", "2026-01-02T00:00:00.000Z+"),
        gone.ref: (link_id(2), "gone", ""),
    }


def test_a_dropped_side_is_gone_and_may_be_put_again_in_the_same_commit(store: StateStore) -> None:
    store.commit(StateChanges(sides=[hubspot("101", 1), hubspot("102", 1)]), None, NOW)
    again = hubspot("102", 2)

    store.commit(
        StateChanges(
            dropped_sides=[hubspot("101", 1).ref, again.ref, RecordRef("x", "y", "z")],
            sides=[again],
        ),
        None,
        NOW,
    )

    assert store.sides([link_id(1), link_id(2)]) == {link_id(1): (), link_id(2): (again,)}


def test_a_checkpoint_belongs_to_one_feed(store: StateStore) -> None:
    store.commit(StateChanges(checkpoints={("hubspot", "contacts"): "a"}), None, NOW)
    store.commit(
        StateChanges(checkpoints={("hubspot", "contacts"): "b", ("salesforce", "Lead"): "c"}),
        None,
        NOW,
    )

    assert store.checkpoint("hubspot", "contacts") == "b"
    assert store.checkpoint("salesforce", "Lead") == "c"
    assert store.checkpoint("salesforce", "Contact") == ""


@pytest.mark.parametrize("size", [511, 512, 513, 4000])
def test_many_ids_in_one_call(store: StateStore, size: int) -> None:
    store.commit(
        StateChanges(
            links=[Link(link_id(number)) for number in range(size)],
            sides=[hubspot(str(number), number) for number in range(size)],
            work=[work(number) for number in range(size)],
        ),
        None,
        NOW,
    )
    ids = [link_id(number) for number in range(size)]
    refs = [RecordRef("hubspot", "contacts", str(number)) for number in range(size)]

    assert list(store.links(ids)) == ids
    assert [len(sides) for sides in store.sides(ids).values()] == [1] * size
    assert store.link_ids(refs) == dict(zip(refs, ids, strict=True))
    assert [item.link_id for item in store.due(NOW, size + 1)] == sorted(ids)
    assert list(store.page_of_links("", size)) == sorted(ids)


def test_an_id_asked_twice_is_answered_once(store: StateStore) -> None:
    store.commit(StateChanges(links=[full_link(1)], sides=[hubspot("1", 1)]), None, NOW)

    assert len(store.links([link_id(1), link_id(1)])) == 1
    assert store.sides([link_id(1), link_id(1)]) == {link_id(1): (hubspot("1", 1),)}


def test_runs_and_plans_come_newest_first_and_are_replaced_by_id(store: StateStore) -> None:
    store.commit(
        StateChanges(
            runs=[run("a", 0), run("b", 60), run("c", 30)], plans=[plan("p"), plan("q", 1)]
        ),
        None,
        NOW,
    )
    ended = run("a", 0, status="done", ended_at=NOW, counts={}, pact_hash="x", mapping_hash="y")
    undo = run("d", 90, kind="undo", undoes="a")
    approved = plan("p", status="approved", pact_hash="x", mapping_hash="y", lines='["…"]')
    store.commit(StateChanges(runs=[ended, undo], plans=[approved]), None, NOW)

    assert [each.id for each in store.runs(3)] == ["d", "b", "c"]
    assert (store.run("a"), store.run("d")) == (ended, undo)
    assert [each.undoes for each in store.runs(9)] == ["a", None, None, None]
    assert [each.id for each in store.plans(5)] == ["q", "p"]
    assert store.plan("p") == approved


def test_a_state_is_bound_to_the_accounts_it_was_first_used_with(store: StateStore) -> None:
    from leadpact.errors import FixSettings

    accounts = {"hubspot": "4242", "salesforce": "00D000000000001AAA"}
    store.bind(accounts)
    store.bind(dict(reversed(accounts.items())))

    for others in ({**accounts, "hubspot": "4243"}, {"hubspot": "4242"}, {}):
        with pytest.raises(FixSettings, match="4242") as refused:
            store.bind(others)
        assert refused.value.code == "state_of_another_pair"
    store.bind(accounts)
