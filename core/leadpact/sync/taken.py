"""Which leads the pages of a plan hold already, in memory that does not grow with the number of leads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leadpact.ports.state_store import StateChanges, StateReader


class Taken:
    """Links of pages that are planned and not yet committed.

    Args:
        store: where those beyond ``most`` are looked up.
        most: how many are kept in memory; the others lie in the state until the cycle ends.
    """

    def __init__(self, store: StateReader, most: int = 0) -> None:
        self._store = store
        self._most = most
        self._here: set[str] = set()
        self._spilled = False

    def add(self, link_ids: Iterable[str]) -> None:
        """Take these too."""
        self._here.update(link_ids)

    def among(self, link_ids: Sequence[str]) -> set[str]:
        """Those of these that are taken."""
        found = self._here.intersection(link_ids)
        if self._spilled:
            found |= self._store.planned(link_ids)
        return found

    def __contains__(self, link_id: object) -> bool:
        return isinstance(link_id, str) and bool(self.among([link_id]))

    def spilled(self) -> StateChanges | None:
        """What is to be committed where they have become too many for memory; None while they have not."""
        if len(self._here) <= self._most:
            return None
        changes = StateChanges(planned=sorted(self._here))
        self._here.clear()
        self._spilled = True
        return changes
