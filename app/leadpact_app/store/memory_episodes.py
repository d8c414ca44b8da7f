"""Episodes, and leads by how long they are at a stage, in plain dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.model.episode import Episode
from leadpact.model.link import Link
from leadpact.ports.state_store import StateChanges


class MemoryEpisodes:
    """The part of the state store in memory that keeps the passes of a person through the funnel."""

    def __init__(self) -> None:
        super().__init__()
        self._links: dict[str, Link] = {}
        self._live: list[str] = []
        self._episodes: dict[str, dict[int, Episode]] = {}

    def episodes(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Episode]]:
        known = {link_id: self._episodes.get(link_id, {}) for link_id in link_ids}
        return {link_id: tuple([each[n] for n in sorted(each)]) for link_id, each in known.items()}

    def at_stages(self, stages: Sequence[str], limit: int) -> Sequence[Link]:
        live = [self._links[link_id] for link_id in self._live]
        there = [
            (one.stage.since, one.id, one)
            for one in live
            if one.stage and one.stage.stage in stages
        ]
        return [link for _since, _id, link in sorted(there, key=lambda row: row[:2])[:limit]]

    def _put_episodes(self, changes: StateChanges) -> None:
        for episode in changes.episodes:
            self._episodes.setdefault(episode.link_id, {})[episode.number] = episode
