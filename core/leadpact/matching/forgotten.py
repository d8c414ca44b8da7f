"""Who was erased, told by keyed hashes alone: a record or an address that matches is not taken in again (R27)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

from leadpact.model.erasure import Mark
from leadpact.model.record import RecordRef

T = TypeVar("T")
_DIGEST_BYTES = 20


def mark_of(key: bytes, kind: str, value: str) -> str:
    """The keyed hash of one thing by which a person is known.

    Args:
        key: 16 to 64 bytes; without it, nobody can tell whose hash it is.
        kind: ``address``, ``digest`` (of an earlier one), ``record`` or ``our_id``.
    """
    return blake2b(f"{kind}\x1f{value}".encode(), key=key, digest_size=_DIGEST_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """People who were erased from this state.

    Attributes:
        keys: by key id, the one that makes new marks first; those made under another are heeded while it is known.
        known: which of these hashes the state keeps.
        digest_of: how the state keeps an address that somebody had earlier; None = it keeps none.
    """

    keys: Mapping[str, bytes]
    known: Callable[[Sequence[str]], Set[str]]
    digest_of: Callable[[str], str] | None = None

    def records(self, refs: Iterable[RecordRef]) -> set[RecordRef]:
        """Those of the records that are of somebody erased."""
        return self._among({ref: ("record", str(ref)) for ref in refs})

    def addresses(self, addresses: Iterable[str]) -> set[str]:
        """Those of the addresses that are of somebody erased, earlier ones too."""
        asked = tuple(addresses)
        found = self._among({one: ("address", one) for one in asked})
        if self.digest_of is not None:
            found |= self._among({one: ("digest", self.digest_of(one)) for one in asked})
        return found

    def our_ids(self, ids: Iterable[str]) -> set[str]:
        """Those of our external ids that were of somebody erased."""
        return self._among({one: ("our_id", one) for one in ids})

    def marks(self, addresses: Iterable[str], our_ids: Iterable[str], at: datetime) -> list[Mark]:
        """What is kept of these addresses and ids of ours, of somebody erased, who was not known by them so far."""
        key_id, key = next(iter(self.keys.items()))
        told = [("address", one) for one in sorted(addresses)]
        told += [("our_id", one) for one in sorted(our_ids)]
        return [Mark(mark_of(key, kind, value), key_id, at, "") for kind, value in told]

    def _among(self, asked: Mapping[T, tuple[str, str]]) -> set[T]:
        digests = {
            mark_of(key, kind, value): thing
            for thing, (kind, value) in asked.items()
            for key in self.keys.values()
        }
        return {digests[one] for one in self.known(tuple(digests))} if digests else set()
