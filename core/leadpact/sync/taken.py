"""Which leads the pages of a plan hold already, in memory that does not grow with the number of leads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges, StateReader
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView


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
        self._looked_up: dict[str, bool] = {}

    def add(self, link_ids: Iterable[str]) -> None:
        """Take these too."""
        self._here.update(link_ids)

    def take(self, context: Context, view: LeadView) -> None:
        """Take a lead that is planned, those that became part of it, and records that it has for the first time.

        Nobody may have had such a record yet: of the state alone a later page would not learn whose it is now.
        """
        self._here.add(view.link.id)
        if view.folded:
            self._here.update(one.id for one in view.folded)
        if view.sides.keys() != view.stored_sides.keys():
            gained = view.sides.keys() - view.stored_sides.keys()
            self._here.update(context.id("link", ref) for ref in gained)

    def has_record(self, context: Context, ref: RecordRef) -> bool:
        """Whether a record that nobody has in the state is one of a lead that is taken."""
        return context.id("link", ref) in self

    def look_up(self, link_ids: Iterable[str]) -> None:
        """Look those of a page up at once that it will ask for one by one; nothing else is remembered of the state."""
        if self._spilled and (asked := list(link_ids)):
            known = self._store.planned(asked)
            self._looked_up = {one: one in known for one in asked}

    def among(self, link_ids: Sequence[str]) -> set[str]:
        """Those of these that are taken."""
        found = self._here.intersection(link_ids)
        if self._spilled:
            found |= self._store.planned(link_ids)
        return found

    def __contains__(self, link_id: object) -> bool:
        if not isinstance(link_id, str) or not link_id:
            return False
        if link_id in self._here:
            return True
        if not self._spilled:
            return False
        looked_up = self._looked_up.get(link_id)
        return bool(self.among([link_id])) if looked_up is None else looked_up

    def spilled(self) -> StateChanges | None:
        """What is to be committed where they have become too many for memory; None while they have not."""
        if len(self._here) <= self._most:
            return None
        changes = StateChanges(planned=sorted(self._here))
        self._here.clear()
        self._looked_up = {}
        self._spilled = True
        return changes
