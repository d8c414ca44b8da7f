"""R4 in a process that runs all day: `provision` beside it makes fields, and every lead gets what belongs there."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import LIFTED

from leadpact.sync.report import CycleReport
from leadpact_app.bootstrap import Pair
from leadpact_app.bootstrap.cycles import Cycles
from leadpact_app.runs.all_day import LaneName
from leadpact_app.settings import load_settings

DAY_S = 24 * 3600


def test_what_provision_makes_beside_it_is_filled_within_a_day(
    make_town: MakeTown, tmp_path: Path
) -> None:
    town = make_town(40)
    reports: list[CycleReport] = []

    def ended(_pair: Pair, _lane: LaneName, report: CycleReport) -> None:
        reports.append(report)

    with town.pair() as pair:
        plan = pair.store.plan(pair.run_cycle(dry=True).plan_id)
        assert plan is not None
        pair.approve(plan)
    cycles = Cycles(
        settings=lambda: load_settings(tmp_path, **town.settings()),
        limits=lambda _pair: LIFTED,
        ended=ended,
    )
    with cycles.opened() as pair:
        cycles.turn("bulk")
        assert reports[-1].status == "done"
        leads = len(pair.store.page_of_links("", 1000))
        with town.pair() as other:
            for name, connector in other.connectors.items():
                connector.provision(other.mapping.wanted_fields(name), dry_run=False)
        town.later()
        cycles.turn("bulk")
        assert reports[-1].counts["new_fields_sweep"] == 0, "it knows the schemas of its start"
        town.later(DAY_S)
        cycles.turn("bulk")
        assert reports[-1].counts["new_fields_sweep"] == leads
        town.later()
        cycles.turn("bulk")
        assert reports[-1].counts["written"] > leads // 2
        town.later()
        cycles.turn("bulk")
        assert reports[-1].counts["new_fields_sweep"] == 0
