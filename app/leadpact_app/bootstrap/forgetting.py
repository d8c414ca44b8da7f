"""Erase one person from the state, and know the erased again by keyed hashes alone (R27)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from leadpact.errors import WaitUntil
from leadpact_app.bootstrap.normalising import email_key

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.matching.forgotten import Forgotten
    from leadpact.model.erasure import Erasure, Person
    from leadpact.ports.state_store import StateStore
    from leadpact_app.settings import Settings

LASTS: Final = timedelta(minutes=30)
"""Overwriting a large state file takes its time."""
_STATE: Final = "state"


def keys_of(settings: Settings, store: StateStore) -> Mapping[str, bytes]:
    """The keys of the hashes, by id; the first one makes new hashes.

    One key is kept in the state. Where ``LEADPACT_STATE_KEY`` is set, new hashes are keyed with that, too, so that
    the state alone tells nobody whether an address was erased.
    """
    kept = store.forget_key()
    found: dict[str, bytes] = {}
    if settings.state_key is not None:
        for one in settings.state_key.get_secret_value().split(","):
            key = blake2b(one.strip().encode(), key=kept, digest_size=32).digest()
            found[blake2b(key, digest_size=4).hexdigest()] = key
    return {**found, _STATE: kept}


def forgotten_of(settings: Settings, store: StateStore, now: datetime) -> Forgotten | None:
    """Who was erased from this state; None where nobody was, so that it costs nothing."""
    from leadpact.matching.forgotten import Forgotten
    from leadpact.sync.context import address_id

    if not store.count("forgotten", now):
        return None
    return Forgotten(keys_of(settings, store), store.forgotten, partial(address_id, settings.pair))


def erase(
    settings: Settings, store: StateStore, mapping: LeadMapping, link_id: str, now: datetime
) -> tuple[Person, Erasure]:
    """Erase the person of a lead from the state.

    Raises:
        WaitUntil: ``lease_held``; a cycle of this pair is at work. Nothing was removed.
    """
    from leadpact.audit.person import person_of, stages_reached
    from leadpact.matching.forgotten import mark_of
    from leadpact.model.erasure import Erasure, Mark

    holder = f"forget:{uuid4().hex[:8]}"
    lease = store.acquire(holder, now, LASTS)
    if lease is None:
        raise WaitUntil(
            "A cycle of this pair is at work; nothing was erased. Run it again when it has ended.",
            code="lease_held",
        )
    try:
        person = person_of(store, mapping, link_id, email_key)
        earlier = [("digest", one) for one in store.addresses_of(person.link_ids)]
        key_id, key = next(iter(keys_of(settings, store).items()))
        erasure_id = uuid4().hex[:12]
        marks = [
            Mark(mark_of(key, kind, value), key_id, now, erasure_id)
            for kind, value in (*_known_by(person), *earlier)
        ]
        records: dict[str, int] = {}
        for ref in person.refs:
            records[ref.crm] = records.get(ref.crm, 0) + 1
        wanted = Erasure(
            erasure_id,
            now,
            "asked",
            records=dict(sorted(records.items())),
            stages=stages_reached(store, person),
            marks=len(marks),
        )
        return person, store.erase(person, wanted, marks, lease)
    finally:
        store.release(lease)


def _known_by(person: Person) -> Iterator[tuple[str, str]]:
    yield from (("record", str(ref)) for ref in person.refs)
    yield from (("address", one) for one in person.addresses)
    yield from (("our_id", one) for one in person.our_ids)
