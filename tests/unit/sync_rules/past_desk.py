"""A desk at which backfills are carried out, of CRMs that remember what a test says they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.simulation.crm_rows import Row
from tests.simulation.world import START
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import Author, FieldChange, Native
from leadpact.model.run_order import RunOrder
from leadpact.ports.past import Past
from leadpact.sync.backfill import backfill, forecast
from leadpact.sync.effects import Effect, ReadPast, Steps
from leadpact.sync.report import CycleReport

MARCH = datetime.fromisoformat("2025-03-03T09:00:00+00:00")
MAY = datetime.fromisoformat("2025-05-05T09:00:00+00:00")
NOBODY = Author("unknown")


class PastDesk(Desk):
    """A desk whose CRMs remember what a test says they do."""

    def __init__(self, crms: tuple[str, ...] = ("hubspot", "salesforce")) -> None:
        super().__init__(crms)
        self.pasts: dict[str, tuple[FieldChange, ...]] = {}
        self.order = RunOrder("fill", "backfill", START, {"watch_seconds": "0"})

    def remembers(self, row: Row, field: str, value: Native, at: datetime) -> None:
        """This record had this value from then on."""
        told = FieldChange(field, value, at, NOBODY)
        self.pasts[row.ref.id] = (*self.pasts.get(row.ref.id, ()), told)

    def drive(self, steps: Steps[Any]) -> Any:
        """A run of its own."""
        self.runs += 1
        self.effects = []
        return self.carry_out(steps)

    def _answer(self, effect: Effect) -> Any:
        if isinstance(effect, ReadPast):
            self.effects.append(effect)
            self.before(effect)
            return dict(self._past(effect))
        return super()._answer(effect)

    def _past(self, effect: ReadPast) -> Iterator[tuple[str, Past]]:
        rows: Mapping[str, Row] = {
            row.ref.id: row
            for row in self.world.crms[effect.crm].rows.values()
            if row.ref.kind == effect.kind
        }
        for one in effect.ids:
            shown = {name: rows[one].fields.get(name) for name in effect.also}
            yield one, Past((), self.pasts.get(one, ()), shown)

    def fill(self, *, order: RunOrder | None = None, pieces: int = 50) -> CycleReport:
        """The backfill, piece by piece, to its end."""
        order = order or self.store.order("fill") or self.order
        for _piece in range(pieces):
            report: CycleReport = self.drive(
                backfill(replace(self.context(), run_id=order.run_id), order)
            )
            order = self.store.order("fill") or order
            if report.status != "running":
                return report
        raise AssertionError("it never ends")

    def forecast(self) -> Mapping[str, int]:
        """What it would do."""
        counts: Mapping[str, int] = self.drive(forecast(self.context(dry=True), 1000))
        return counts


def pair_of(desk: Desk, number: int = 0, **lead: Native) -> tuple[Row, Row]:
    """A lead known to both CRMs."""
    address = f"person{number}@acme.example"
    return desk.contact(email=address, lifecyclestage="lead"), desk.lead(Email=address, **lead)
