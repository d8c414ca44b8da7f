"""Engagements where HubSpot keeps them on every plan: counters of a contact, dated by their histories (R8, R35, §7).

Page visits are no source here: HubSpot tells them by its events API on the Enterprise plan alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from leadpact.errors import FixSettings
from leadpact.model.record import RecordRef
from leadpact.model.source_signal import SignalPage, SignalSource, SourceSignal
from leadpact_hubspot.acted import ActedFeed
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.counters import COUNTERS, MERGES, Counter, acts_of
from leadpact_hubspot.feed import ChangeFeed
from leadpact_hubspot.objects import CONTACTS, HISTORY_BATCH, Json


class SignalReader:
    """Reads the acts of the contacts that changed.

    Args:
        changed: the change feed of contacts.
        acted: a feed of those whose date under this name changed.
        crm_name: the side's name, for refs.
    """

    def __init__(
        self,
        client: HubSpotClient,
        changed: ChangeFeed,
        acted: Callable[[str], ChangeFeed],
        *,
        crm_name: str,
    ) -> None:
        self._client = client
        self._feeds = {one.name: ActedFeed(changed, acted(one.last)) for one in COUNTERS.values()}
        self._crm = crm_name
        self._lock = threading.Lock()
        self._names: frozenset[str] | None = None

    def sources(self) -> list[SignalSource]:
        """Each source, and whether the account has its properties; one call."""
        names = self._read_names()
        return [self._told(one, names) for one in COUNTERS.values()]

    def page(self, source: str, since: str) -> SignalPage:
        """One page (:meth:`leadpact.ports.signals.GivesSignals.signals`): one page of the change feed, or of
        those whose last act is new, and one read with history per 50 contacts on it; of a listing, per 50 who ever did
        such a thing."""
        counter = COUNTERS.get(source)
        if counter is None:
            raise FixSettings(
                f"{source[:40]!r} is no signal source of HubSpot; it has {', '.join(COUNTERS)}.",
                code="signal_source_unknown",
            )
        with self._lock:
            names = self._names
        told = self._told(counter, self._read_names() if names is None else names)
        if not told.readable:
            raise FixSettings(
                f"HubSpot's {told.label} cannot be read: {told.why_not}.",
                code="signal_source_unreadable",
            )
        page, behind = self._feeds[source].page(since, (counter.count, counter.last))
        ids = dict.fromkeys(one.ref.id for one in page.changes if one.how == "changed")
        found = [
            signal for row in self._rows(list(ids), counter) for signal in self._of(counter, row)
        ]
        return SignalPage(tuple(found), page.cursor, page.done, behind)

    def acts_of(self, source: str, ids: Sequence[str]) -> list[SourceSignal]:
        """What this source knows of these contacts; one read with history per 50."""
        counter = COUNTERS.get(source)
        if counter is None:
            raise FixSettings(
                f"{source[:40]!r} is no signal source of HubSpot.", code="signal_source_unknown"
            )
        return [signal for row in self._rows(ids, counter) for signal in self._of(counter, row)]

    def _of(self, counter: Counter, row: Json) -> list[SourceSignal]:
        contact = str(row["id"])
        return [
            SourceSignal(
                source=counter.name,
                id=f"{contact}:{counter.name}:{act.ordinal}",
                ref=RecordRef(self._crm, CONTACTS, contact),
                kind=counter.count,
                at=act.at,
                asset=act.asset,
                quality=act.quality,
                count=act.count,
            )
            for act in acts_of(counter, row)
        ]

    def _rows(self, ids: Sequence[str], counter: Counter) -> list[Json]:
        rows: list[Json] = []
        for start in range(0, len(ids), HISTORY_BATCH):
            answer = self._client.batch_read(
                {
                    "properties": [counter.count, MERGES],
                    "propertiesWithHistory": counter.properties,
                    "inputs": [{"id": one} for one in ids[start : start + HISTORY_BATCH]],
                }
            )
            rows += answer.get("results") or []
        return rows

    def _read_names(self) -> frozenset[str]:
        answer = self._client.list_properties()
        names = frozenset(str(one.get("name")) for one in answer.get("results") or [])
        with self._lock:
            self._names = names
        return names

    def _told(self, counter: Counter, names: frozenset[str]) -> SignalSource:
        missing = [one for one in (counter.count, counter.last) if one not in names]
        if not missing:
            return SignalSource(counter.name, counter.label)
        return SignalSource(
            counter.name,
            counter.label,
            why_not=f"the account shows no contact property {' or '.join(missing)}",
        )
