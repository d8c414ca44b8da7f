"""What is read of people's earlier addresses and of the erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from leadpact.model.erasure import Erasure
from leadpact_app.store.core_sql import tables
from leadpact_app.store.person_rows import erasure_of
from leadpact_app.store.row_reading import RowReader


class PeopleReader(RowReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about who people were."""

    def known_as(self, digests: Sequence[str]) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        with self._reading() as connection:
            for row in self._within(connection, "known_as", list(dict.fromkeys(digests))):
                found.setdefault(row[1], []).append(row[2])
        return {digest: tuple(sorted(set(ids))) for digest, ids in found.items()}

    def addresses_of(self, link_ids: Sequence[str]) -> Sequence[str]:
        query = self._of(tables.known_as, tables.known_as.c.link_id.in_(list(link_ids)))
        return sorted({digest for _pair, digest, _link in self._list(query, tuple)})

    def forgotten(self, digests: Sequence[str]) -> Set[str]:
        with self._reading() as connection:
            asked = list(dict.fromkeys(digests))
            return {row[1] for row in self._within(connection, "forgotten", asked)}

    def erasures(self, limit: int) -> Sequence[Erasure]:
        query = (
            self._of(tables.erasures)
            .order_by(tables.erasures.c.at.desc(), tables.erasures.c.id)
            .limit(limit)
        )
        return self._list(query, erasure_of)
