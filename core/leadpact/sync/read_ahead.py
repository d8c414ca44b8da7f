"""What the state knows of the records that a page is about to join, read at once instead of one by one.

Within one page nothing is committed while its leads are joined, so what was read ahead stays true until it is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from leadpact.model.handoff import Handoff
from leadpact.model.link import Failure, Hold, Link, Side
from leadpact.model.pin import Pin
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateReader


@dataclass(frozen=True, slots=True)
class Stored:
    """One link as the state has it, with its sides, holds, failures, pins and handoffs."""

    link: Link
    sides: Sequence[Side]
    holds: tuple[Hold, ...]
    failures: tuple[Failure, ...]
    pins: tuple[Pin, ...]
    handoffs: Sequence[Handoff]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Links that were read ahead.

    Attributes:
        owners: record → link id; a record that is not in it was not asked for, "" = nobody has it.
        leads: link id → what the state has of it.
    """

    owners: Mapping[RecordRef, str] = field(default_factory=dict)
    leads: Mapping[str, Stored] = field(default_factory=dict)

    def sides_of(self, store: StateReader, refs: Iterable[RecordRef]) -> Iterator[Sequence[Side]]:
        """All sides of each link that has one of these records; what was not read ahead is read now."""
        asked = sorted(refs)
        strange = [ref for ref in asked if ref not in self.owners]
        found = store.link_ids(strange) if strange else {}
        link_ids = dict.fromkeys(
            filter(None, (self.owners.get(ref) or found.get(ref) for ref in asked))
        )
        unread = [one for one in link_ids if one not in self.leads]
        read = store.sides(unread) if unread else {}
        for one in link_ids:
            yield read[one] if one in read else self.leads[one].sides


def stored(store: StateReader, link_ids: Sequence[str]) -> dict[str, Stored]:
    """These links with all that belongs to them, in six reads; a link that there is not is left out."""
    links = store.links(link_ids)
    sides = store.sides(list(links))
    holds: dict[str, list[Hold]] = {}
    for hold in store.holds(link_ids=list(links)):
        holds.setdefault(hold.link_id, []).append(hold)
    failures: dict[str, list[Failure]] = {}
    for failure in store.failures(link_ids=list(links)):
        failures.setdefault(failure.link_id, []).append(failure)
    pins: dict[str, list[Pin]] = {}
    for pin in store.pins(list(links)):
        pins.setdefault(pin.link_id, []).append(pin)
    handoffs = store.handoffs(list(links))
    return {
        one: Stored(
            link,
            sides[one],
            tuple(holds.get(one, ())),
            tuple(failures.get(one, ())),
            tuple(pins.get(one, ())),
            handoffs.get(one, ()),
        )
        for one, link in links.items()
    }


def read_ahead(store: StateReader, refs: Iterable[RecordRef], here: Iterable[str]) -> Ahead:
    """What belongs to these records.

    Args:
        here: links that the page holds itself.
    """
    asked = sorted(set(refs))
    if len(asked) < 2:
        return Ahead()
    found = store.link_ids(asked)
    elsewhere = sorted(set(found.values()).difference(here))
    return Ahead({ref: found.get(ref, "") for ref in asked}, stored(store, elsewhere))
