"""What moves lifecycle stages behind everybody's back (facts §4 "Account automations")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from leadpact_sandbox.hubspot.associations import Associations
from leadpact_sandbox.hubspot.history import Record, Source
from leadpact_sandbox.hubspot.kinds import COMPANIES, CONTACTS, DEALS, Kind, kind_of
from leadpact_sandbox.hubspot.lifecycle import STAGE
from leadpact_sandbox.hubspot.spaces import Space
from leadpact_sandbox.hubspot.store import Change
from leadpact_sandbox.world import World

FROM_DEAL = Source("DEALS", "LifecycleStageSync")
FROM_COMPANY = Source("COMPANIES", "LifecycleStageSync")


class Surroundings(Protocol):
    """What the automations need of the portal."""

    world: World
    associations: Associations

    @property
    def spaces(self) -> Mapping[str, Space]:
        """Records by object type."""
        ...


class Automations:
    """The account's settings that sync stages between objects; forward only, as all writes are."""

    def __init__(self, portal: Surroundings) -> None:
        self._portal = portal

    def _company_leads(self) -> bool:
        return self._portal.world.switch("hubspot.4.company_stage_moves_contacts", False)

    def _deal_opens(self) -> bool:
        return self._portal.world.switch("hubspot.4.deal_makes_opportunity", False)

    def _deal_wins(self) -> bool:
        return self._portal.world.switch("hubspot.4.won_deal_makes_customer", False)

    def wanted(self) -> bool:
        """Whether any of them is on."""
        switches = self._portal.world.switches
        return bool(switches) and (self._company_leads() or self._deal_opens() or self._deal_wins())

    def told(self, change: Change) -> None:
        """Follow a change."""
        kind = kind_of(change.kind)
        if kind is None or not self.wanted():
            return
        if change.what == "associationChange":
            target = kind_of(change.changes["to"])
            if target is not None:
                other = int(change.changes["toObjectId"])
                self._linked(kind, change.record, target, other, change.ms)
                record = self._record(target, other)
                if record is not None:
                    self._linked(target, record, kind, change.record.id, change.ms)
        elif kind is DEALS and "dealstage" in change.changes:
            for target in (COMPANIES, CONTACTS):
                for other in self._portal.associations.of(DEALS, change.record.id, target):
                    self._deal(change.record, target, other, change.ms)
        elif kind is COMPANIES and change.changes.get(STAGE):
            for other in self._portal.associations.of(COMPANIES, change.record.id, CONTACTS):
                self._follow(change.record, other, change.ms)

    def _linked(self, kind: Kind, record: Record, target: Kind, other: int, ms: int) -> None:
        if kind is DEALS and target in {COMPANIES, CONTACTS}:
            self._deal(record, target, other, ms)
        if kind is COMPANIES and target is CONTACTS:
            self._follow(record, other, ms)

    def _record(self, kind: Kind, id: int) -> Record | None:
        record = self._portal.spaces[kind.name].store.records.get(id)
        return None if record is None or record.archived_ms is not None else record

    def _deal(self, deal: Record, target: Kind, other: int, ms: int) -> None:
        if self._deal_opens():
            self._move(target, other, "opportunity", FROM_DEAL, ms)
        if self._deal_wins() and deal.values.get("hs_is_closed_won") == "true":
            self._move(target, other, "customer", FROM_DEAL, ms)

    def _follow(self, company: Record, contact: int, ms: int) -> None:
        stage = company.values.get(STAGE)
        if stage and self._company_leads():
            self._move(CONTACTS, contact, stage, FROM_COMPANY, ms)

    def _move(self, kind: Kind, id: int, stage: str, source: Source, ms: int) -> None:
        record = self._record(kind, id)
        space = self._portal.spaces[kind.name]
        if record is not None and stage in space.catalog.stages:
            space.store.update(record, {STAGE: stage}, source, ms)
