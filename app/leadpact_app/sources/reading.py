"""Read sources outside the CRMs into the store: the same identity, the same waiting for a link as those of a CRM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings, LeadpactError, LeaseLost
from leadpact.mapping.signal_sources import OutsideRule, SourceRow
from leadpact.model.record import RecordRef
from leadpact.model.source_signal import OUTSIDE, SourceSignal
from leadpact.ports.state_store import Lease, StateChanges, StateStore
from leadpact.sync.collect_signals import sort_in
from leadpact.sync.context import Context
from leadpact.sync.source_state import FEED, SourceState
from leadpact_app.sources.acts import BadRow, EmailKey, acts_of
from leadpact_app.sources.addresses import spellings
from leadpact_app.sources.rows import rows_of

if TYPE_CHECKING:
    from leadpact_app.settings import SourceSettings

AT_ONCE = 500
SHOWN = 100
"""Bad rows that are listed; all are counted."""
LOOK_BACK = timedelta(days=1)
"""By how much a query is asked again: rows may come into a database later than they are dated."""


@dataclass(slots=True)
class Reading:
    """What one reading of a source gave.

    Attributes:
        rows: how many there were; ``new`` of them were signals not known before, ``waiting`` of these of people who
            have no link yet; ``unmapped`` mean nothing to the agreement.
        bad: rows that say nothing usable, the first ones by line; ``bad_rows`` counts all.
        error: what kept the source from being read to its end; what was read before is kept.
    """

    source: str
    rows: int = 0
    new: int = 0
    waiting: int = 0
    unmapped: int = 0
    bad_rows: int = 0
    bad: list[BadRow] = field(default_factory=list)
    error: LeadpactError | None = None

    def note(self, row: BadRow) -> None:
        """Count a bad row."""
        self.bad_rows += 1
        if len(self.bad) < SHOWN:
            self.bad.append(row)


class OutsideReader:
    """Reads the sources of a mapping.

    Args:
        context: the pair's, as for a cycle.
        lease: the pair's; every commit renews it.
        where: the settings of each source by name.
        email_key: the form in which addresses are compared.
    """

    def __init__(
        self,
        context: Context,
        store: StateStore,
        lease: Lease,
        where: Mapping[str, SourceSettings],
        email_key: EmailKey,
        *,
        lasts: timedelta,
    ) -> None:
        self._context = context
        self._store = store
        self._lease = lease
        self._where = where
        self._email_key = email_key
        self._lasts = lasts

    def due(self, now: datetime) -> list[str]:
        """Sources whose pace says that they are read now; those without a place are left to `check`."""
        found = []
        for name, rule in self._context.mapping.sources.items():
            state = self._state(rule)
            settled = name in self._where
            if settled and (state.read_at is None or now - state.read_at >= rule.rule.every):
                found.append(name)
        return found

    def read(self, name: str, now: datetime) -> Reading:
        """One source to its end; a bad row ends nothing.

        Raises:
            LeaseLost: another process took the pair over.
        """
        rule = self._context.mapping.sources[name]
        reading, state = Reading(name), self._state(rule)
        since = state.read_at - LOOK_BACK if state.read_at is not None else None
        state.unmapped.clear()
        try:
            settings = self._where.get(name)
            if settings is None:
                raise FixSettings(
                    f"Nothing says where the source {name} is: set LEADPACT_SOURCES__{name.upper()}__PATH, or __URL "
                    "and __QUERY.",
                    code="source_unsettled",
                )
            with closing(rows_of(name, settings, since)) as rows:
                for part in _parts(acts_of(rule, rows, self._email_key), reading):
                    self._take_in(rule, part, reading, state, now)
            state.why_not, state.read_at = "", now
        except LeaseLost:
            raise
        except LeadpactError as error:
            reading.error, state.why_not = error, str(error)
        state.told += reading.rows
        state.kept += reading.new
        self._commit(StateChanges(checkpoints={(OUTSIDE, FEED + name): state.dump()}), now)
        return reading

    def _take_in(
        self,
        rule: OutsideRule,
        acts: Iterable[SourceSignal],
        reading: Reading,
        state: SourceState,
        now: datetime,
    ) -> None:
        mapped: list[tuple[SourceSignal, SourceRow]] = []
        for act in acts:
            row = rule.rule.row_of(act)
            if row is None:
                reading.unmapped += 1
                state.note_unmapped(act.kind[:60])
            else:
                mapped.append((act, row))
        people = self._people({act.ref for act, _row in mapped}, reading)
        changes = sort_in(self._context, mapped, f"{OUTSIDE}.{rule.rule.source}", now, people)
        known = self._store.waiting_signals([one.ref for one in changes.waiting])
        there = {one.id for each in known.values() for one in each}
        changes.waiting = [one for one in changes.waiting if one.signal.id not in there]
        reading.new += len(changes.signals) + len(changes.waiting)
        reading.waiting += len(changes.waiting)
        self._commit(changes, now)

    def _people(self, refs: set[RecordRef], reading: Reading) -> dict[RecordRef, str]:
        """Links of those who have one; an address of two leads is nobody's until that is settled."""
        found: dict[RecordRef, str] = {}
        forms = {ref: spellings(ref.id) for ref in refs if ref.kind == "email"}
        by_address = self._store.addressed([one for each in forms.values() for one in each])
        for ref, each in forms.items():
            links = {link_id for form in each for link_id in by_address.get(form, ())}
            if len(links) == 1:
                found[ref] = links.pop()
            elif links:
                reading.note(
                    BadRow(
                        0, f"an address belongs to {len(links)} leads; it waits until they are one"
                    )
                )
        wanted = [one.id for one in refs if one.kind == "external_id"]
        for link_id in self._store.links(wanted):
            found[RecordRef(OUTSIDE, "external_id", link_id)] = self._standing(link_id)
        return found

    def _standing(self, link_id: str) -> str:
        """The link that this one became part of, or itself."""
        for _step in range(20):
            link = self._store.links([link_id]).get(link_id)
            if link is None or link.status != "folded" or not link.folded_into:
                break
            link_id = link.folded_into
        return link_id

    def _state(self, rule: OutsideRule) -> SourceState:
        state = SourceState.load(self._store.checkpoint(OUTSIDE, FEED + rule.rule.source))
        return state if state.rules == rule.rule.hash else SourceState(rules=rule.rule.hash)

    def _commit(self, changes: StateChanges, now: datetime) -> None:
        self._store.commit(changes, self._lease, now, self._lasts)


def _parts(
    found: Iterator[SourceSignal | BadRow], reading: Reading
) -> Iterator[list[SourceSignal]]:
    """The acts in pieces for one commit each; bad rows are noted on the way."""
    while piece := list(islice(found, AT_ONCE)):
        reading.rows += len(piece)
        acts = []
        for one in piece:
            if isinstance(one, BadRow):
                reading.note(one)
            else:
                acts.append(one)
        yield acts
