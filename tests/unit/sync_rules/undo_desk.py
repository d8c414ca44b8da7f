"""A desk at which runs are undone."""

from __future__ import annotations

from collections.abc import Iterable

from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import Native, Record
from leadpact.sync.report import CycleReport
from leadpact.sync.undo import undo
from leadpact.sync.undoing import UndoOrder


class UndoDesk(Desk):
    """Both CRMs in memory, and their undo."""

    def last_run(self) -> str:
        """The id of the run before."""
        return f"run{self.runs}"

    def undo(
        self,
        run_id: str = "",
        *,
        fields: Iterable[str] = (),
        dry: bool = False,
        archive: bool = False,
    ) -> CycleReport:
        """Undo a run, the latest if none is named."""
        run = self.store.run(run_id or self.last_run())
        assert run is not None
        leads = tuple(self.store.leads_of_run(run.id))
        self.begin()
        return self.carry_out(
            undo(
                self.context(dry=dry, only=leads),
                UndoOrder(run, frozenset(fields), archive=archive),
            )
        )

    def shown(self) -> dict[str, dict[str, Native]]:
        """All that both CRMs show, by record."""
        return {
            str(row.ref): {
                name: value for name, value in row.fields.items() if value not in (None, "")
            }
            for crm in self.world.crms.values()
            for row in crm.rows.values()
        }

    def results(self, report: CycleReport) -> dict[str, str]:
        """What became of each field, by ``crm.field``."""
        return {f"{one.ref.crm}.{one.field}": one.result for one in report.undone}


__all__ = ["Record", "UndoDesk"]
