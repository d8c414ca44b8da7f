"""Deals as evidence of stages: whose they are, and whether they are open or won (R12, R16; facts §6).

A deal is won by its stage's probability, never by the stage's name: accounts rename and add stages.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from leadpact.errors import FixSettings
from leadpact.model.record import Native, Observation, Record
from leadpact.ports.clock import Clock
from leadpact_hubspot.associations import linked_ids
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import CONTACT_IDS, CONTACTS, DEALS, OBJECT_ID, Json, checked_ids
from leadpact_hubspot.reader import RecordReader

IS_OPEN: Final = "leadpact:is_open"
IS_WON: Final = "leadpact:is_won"
CONTACT: Final = "contact"
_STAGE, _PIPELINE = "dealstage", "pipeline"
_CLOSED, _WON = "hs_is_closed", "hs_is_closed_won"
_ASKED: Final = (_STAGE, _PIPELINE, _CLOSED, _WON)
_KEPT_FOR: Final = timedelta(hours=1)

State = tuple[bool, bool]
"""Whether a deal is open, and whether it is won."""


class DealReader:
    """Reads deals with what they say of their contacts' stages.

    Args:
        reader: of deals.
        clock: tells when the pipelines are read again.
    """

    def __init__(self, client: HubSpotClient, *, reader: RecordReader, clock: Clock) -> None:
        self._client = client
        self._reader = reader
        self._stages = _Stages(client, clock)

    def state(self, deal: Mapping[str, Native]) -> State | None:
        """Whether a deal with these properties is open, and whether it is won; None where HubSpot does not tell."""
        return self._stages.state(deal)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> list[Observation]:
        """One observation per id, same order; records carry the pseudo fields of evidence."""
        seen = self._reader.fetch(ids, list(dict.fromkeys((*fields, *_ASKED))))
        found = [one.ref.id for one in seen if isinstance(one, Record)]
        theirs = linked_ids(self._client, DEALS, CONTACTS, found) if found else {}
        return [
            self._told(one, list(theirs.get(one.ref.id, ())), fields)
            if isinstance(one, Record)
            else one
            for one in seen
        ]

    def find(self, key: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        """Deals of these contacts (``key="contact"``), or by id; each once.

        Raises:
            FixSettings: ``bad_field``, for another key; ``bad_id``.
        """
        ids = checked_ids(list(dict.fromkeys(values)))
        if key == CONTACT:
            linked = linked_ids(self._client, CONTACTS, DEALS, ids) if ids else {}
            ids = list(dict.fromkeys(deal for deals in linked.values() for deal in deals))
        elif key != OBJECT_ID:
            raise FixSettings(
                f"HubSpot deals are found by contact or id, not by {key[:60]!r}.", code="bad_field"
            )
        return [one for one in self.fetch(ids, fields) if isinstance(one, Record)] if ids else []

    def _told(self, record: Record, contacts: list[str], fields: Sequence[str]) -> Record:
        told: dict[str, Native] = {
            name: record.fields[name] for name in fields if name in record.fields
        }
        told[CONTACT_IDS] = ";".join(contacts)
        state = self._stages.state(record.fields)
        if state is not None:
            told[IS_OPEN], told[IS_WON] = state
        return replace(record, fields=told)


class _Stages:
    """What each stage of each pipeline means; read again for one that is new, and once an hour."""

    def __init__(self, client: HubSpotClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], State] = {}
        self._unknown: set[tuple[str, str]] = set()
        self._read_at: datetime | None = None

    def state(self, deal: Mapping[str, Native]) -> State | None:
        """Open and won; None where HubSpot does not tell."""
        key = (str(deal.get(_PIPELINE) or ""), str(deal.get(_STAGE) or ""))
        with self._lock:
            now = self._clock.now()
            if self._read_at is None or now - self._read_at >= _KEPT_FOR:
                self._unknown.clear()
                self._read_at = None
            if self._read_at is None or (key not in self._kept and key not in self._unknown):
                self._kept = _states(self._client.pipelines())
                self._read_at = now
            state = self._kept.get(key)
            if state is None:
                self._unknown.add(key)
        if state is not None:
            return state
        # A stage that its pipeline has no longer: what the deal itself says, if it does.
        closed = deal.get(_CLOSED)
        return None if closed in (None, "") else (closed != "true", deal.get(_WON) == "true")


def _states(answer: Json) -> dict[tuple[str, str], State]:
    found: dict[tuple[str, str], State] = {}
    for pipeline in answer.get("results") or ():
        for stage in pipeline.get("stages") or ():
            metadata = stage.get("metadata") or {}
            won = _probability(metadata.get("probability")) == 1.0
            closed = str(metadata.get("isClosed")).lower() == "true"
            found[str(pipeline["id"]), str(stage["id"])] = (not closed and not won, won)
    return found


def _probability(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return 0.0
