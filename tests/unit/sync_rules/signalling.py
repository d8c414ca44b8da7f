"""A desk whose HubSpot has a source of forms, in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.simulation import faults
from tests.simulation.agreement import engine
from tests.simulation.agreement import mapping as plain_mapping
from tests.unit.sync_rules import desk as desk_module
from tests.unit.sync_rules.desk import Desk

from leadpact.errors import LeadpactError, WaitUntil
from leadpact.mapping import LeadMapping
from leadpact.mapping.signal_sources import SourceRow, SourceRule, hash_of
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.source_signal import SignalPage, SourceSignal
from leadpact.ports.query_engine import QueryEngine
from leadpact.sync.effects import Effect, ReadSignals
from leadpact.sync.source_state import FEED, SourceState

FORMS = "forms"
EVERY = timedelta(hours=1)
LONG_AGO = timedelta(days=500)


class Source:
    """A signal source in memory: acts in the order in which they surface, a page of two at a time."""

    def __init__(self) -> None:
        self.acts: list[SourceSignal] = []
        self.error: LeadpactError | None = None
        self.reads: list[str] = []
        self.turn = False
        self.breaks_at = ""

    def signals(self, _source: str, since: str) -> SignalPage:
        self.reads.append(since)
        if self.error is not None:
            raise self.error
        if self.breaks_at and since == self.breaks_at:
            raise WaitUntil("HubSpot is not there.", code="unreachable")
        start = int(since or 0)
        page = self.acts[start : start + 2]
        end = start + len(page)
        last = end >= len(self.acts)
        return SignalPage(tuple(page), str(end), last or self.turn, self.turn and not last)


class Signalling(Desk):
    """A desk whose HubSpot has a source of forms."""

    def __init__(self) -> None:
        super().__init__()
        self.source = Source()
        self.rows: tuple[SourceRow, ...] = (
            SourceRow(("demo_request",), (("asset", "contains", ("demo",)),), keep_asset=False),
            SourceRow(("gated_download",), (("kind", "is", ("download",)),)),
        )
        self.engine: QueryEngine = engine()
        crm = self.world.crms["hubspot"]
        crm.capabilities = replace(crm.capabilities, signal_sources=(FORMS,))

    @property
    def mapping(self) -> LeadMapping:
        """The simulation's, with the source."""
        rule = SourceRule("hubspot", FORMS, EVERY, self.rows, hash_of(self.rows))
        return replace(plain_mapping(), signal_sources={("hubspot", FORMS): rule})

    @property
    def now(self) -> datetime:
        """The simulated instant."""
        return self.world.now

    def act(self, key: str, who: RecordRef, at: datetime, **changed: object) -> None:
        """An act surfaces in the source."""
        plain = SourceSignal(FORMS, key, who, "form", at, "Demo request form")
        self.source.acts.append(replace(plain, **changed))  # type: ignore[arg-type]

    def signals(self, ref: RecordRef) -> list[Signal]:
        """What is stored of a record's lead."""
        link_id = self.store.link_ids([ref])[ref]
        return list(self.store.signals([link_id], self.now - LONG_AGO)[link_id])

    def shown(self, ref: RecordRef) -> list[tuple[str, str]]:
        """(name, asset) of them."""
        return [(one.name, one.asset) for one in self.signals(ref)]

    def state(self) -> SourceState:
        """The source's checkpoint."""
        return SourceState.load(self.store.checkpoint("hubspot", FEED + FORMS))


def signalling(monkeypatch: pytest.MonkeyPatch) -> Signalling:
    """The desk, its cycles answered from its source and run by its mapping and engine."""
    made = Signalling()
    carry_out = faults.carry_out

    def answer(
        world: object, store: object, reads: object, effect: Effect, fault: object
    ) -> object:
        if isinstance(effect, ReadSignals):
            return made.source.signals(effect.kind, effect.since)
        return carry_out(world, store, reads, effect, fault)  # type: ignore[arg-type]

    monkeypatch.setattr(desk_module, "carry_out", answer)
    monkeypatch.setattr(desk_module, "mapping", lambda: made.mapping)
    monkeypatch.setattr(desk_module, "engine", lambda: made.engine)
    return made
