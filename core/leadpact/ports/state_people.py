"""The part of the state store's port about who people were: earlier addresses, the erased (R26, R27, R29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from leadpact.model.erasure import Erasure, Mark, Person


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run this pair's cycle. ``token`` grows with every acquisition; an older one can commit nothing."""

    holder: str
    token: int
    expires_at: datetime


class ReadsPeople(Protocol):
    """What is read of them."""

    def known_as(self, digests: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Links that had, or further have, the address of each digest, in order; unknown digests are absent."""
        ...

    def addresses_of(self, link_ids: Sequence[str]) -> Sequence[str]:
        """Digests of the earlier and further addresses of these links, in order."""
        ...

    def forgotten(self, digests: Sequence[str]) -> Set[str]:
        """Those of these keyed hashes that are of somebody erased (R27)."""
        ...

    def erasures(self, limit: int) -> Sequence[Erasure]:
        """The latest erasures, newest first."""
        ...


class ErasesPeople(Protocol):
    """How one of them is taken out for good."""

    def forget_key(self) -> bytes:
        """The key of the hashes of the erased, made when it is first asked for."""
        ...

    def erase(
        self, person: Person, erasure: Erasure, marks: Sequence[Mark], lease: Lease
    ) -> Erasure:
        """Remove a person from every table, for good; keep marks and the record of it (R27).

        Where the database keeps removed bytes in its file, they are overwritten before this returns.

        Returns:
            The erasure, with what was removed and redacted.

        Raises:
            LeaseLost: the lease is not ours any more; nothing was removed.
        """
        ...
