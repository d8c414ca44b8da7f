"""Episodes of leads, and leads by how long they are at a stage (R17, S138)."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.state_rows import NOW, at, episode, full_link, link_id

from leadpact.model.link import Link
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateChanges, StateStore


def test_episodes_come_in_their_order_and_a_row_replaces_its_row(store: StateStore) -> None:
    first, second = episode(1, 1), episode(1, 2, closed_at=None, outcome="", reason="")
    store.commit(StateChanges(episodes=[second, first, episode(2, 1)]), None, NOW)
    ids = [link_id(1), link_id(2), link_id(3)]
    assert {key: tuple(value) for key, value in store.episodes(ids).items()} == {
        link_id(1): (first, second),
        link_id(2): (episode(2, 1),),
        link_id(3): (),
    }
    won = replace(second, closed_at=at(5), outcome="won")
    store.commit(StateChanges(episodes=[won]), None, NOW)
    assert tuple(store.episodes([link_id(1)])[link_id(1)]) == (first, won)


def test_leads_of_some_stages_come_longest_there_first(store: StateStore) -> None:
    def at_stage(number: int, stage: str, seconds: float) -> Link:
        return full_link(number, stage=StageState(stage, at(seconds)))

    links = [
        at_stage(1, "mql", -5),
        at_stage(2, "pql", -9),
        at_stage(3, "mql", -5),
        at_stage(4, "sal", -99),
        replace(at_stage(5, "mql", -99), status="tombstone"),
        Link(link_id(6)),
    ]
    store.commit(StateChanges(links=links), None, NOW)
    equal = sorted([link_id(1), link_id(3)])
    assert [one.id for one in store.at_stages(("mql", "pql"), 9)] == [link_id(2), *equal]
    assert [one.id for one in store.at_stages(("mql",), 1)] == equal[:1]
    assert store.at_stages((), 9) == []
