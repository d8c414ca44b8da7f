"""One person as the state knows it: all links, records and addresses, for who wants it erased (R27)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from leadpact.model.erasure import Person
from leadpact.model.link import Link
from leadpact.model.record import Known, Native

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.ports.state_store import StateReader

_EVERY = 1_000_000
EMAIL = "email"


def person_of(
    store: StateReader, mapping: LeadMapping, link_id: str, email_key: Callable[[Known], str]
) -> Person:
    """Everything by which this lead's person is found: also what became part of it, and earlier addresses.

    Args:
        link_id: the link that stands, not one that was folded into it.
        email_key: an address in the form in which addresses are compared.
    """
    links = list(_all_links(store, link_id))
    ids = tuple(dict.fromkeys(one.id for one in links))
    sides = [side for group in store.sides(ids).values() for side in group]
    values: list[Known] = [link.base.get(EMAIL) for link in links]
    fields = _address_fields(mapping)
    for side in sides:
        for shown in (side.renderings, side.open_renderings):
            values += _addresses(shown, fields.get((side.ref.crm, side.ref.kind), ()))
    for one in ids:
        for intent in store.intents(link_id=one, limit=_EVERY):
            names = fields.get((intent.ref.crm, intent.ref.kind), ())
            for written in (intent.before, intent.wanted):
                values += _addresses(written, names)
    held = chain.from_iterable(
        hold.shown.values() for hold in store.holds(link_ids=ids) if hold.field == EMAIL
    )
    addresses = (email_key(value) for value in (*values, *held) if value)
    return Person(
        ids,
        tuple(sorted(side.ref for side in sides)),
        tuple(sorted({one for one in addresses if "@" in one})),
        tuple(sorted({link.external_id for link in links})),
    )


def stages_reached(store: StateReader, person: Person) -> Mapping[str, int]:
    """How often the person came to each stage: counts that may be kept."""
    told = chain.from_iterable(store.transitions(one) for one in person.link_ids)
    reached = (one.to_stage for one in told if one.result in ("accepted", "implied", "adopted"))
    return dict(sorted(Counter(reached).items()))


def _all_links(store: StateReader, link_id: str) -> Iterator[Link]:
    waiting, seen = [link_id], set[str]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        link = store.links([one]).get(one)
        if link is not None:
            yield link
            waiting += [joined.id for joined in store.joined(one)]


def _address_fields(mapping: LeadMapping) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """By CRM and kind, the fields that hold addresses."""
    rule = mapping.fields.get(EMAIL)
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for place in mapping.kind_rules:
        main = (rule.sides[place].field,) if rule is not None and place in rule.sides else ()
        found[place] = (*main, *mapping.also_fields(*place, EMAIL))
    return found


def _addresses(shown: Mapping[str, Native], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        yield from filter(None, str(shown.get(name) or "").split(";"))
