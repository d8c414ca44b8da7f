"""Show 4 of issue 5: differences of six kinds are found, each with its cause, and mended until the counts meet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from tests.acceptance.conftest import MakeTown
from tests.acceptance.town import LIFTED, Town

from leadpact.audit.reconcile import Difference
from leadpact.audit.reconcile_counts import Tally
from leadpact.model.record import RecordRef
from leadpact_app.bootstrap import Pair
from leadpact_app.bootstrap.reconciling import reconcile_pair
from leadpact_app.cli.demo_differences import KINDS, Differences
from leadpact_app.cli.plan_rows import applying
from leadpact_app.cli.reconciling import save_repair


@dataclass(frozen=True)
class Audit:
    tally: Tally
    told: list[Difference]

    def causes(self) -> dict[RecordRef, Difference]:
        """By record; a record with two causes is a fault."""
        found: dict[RecordRef, Difference] = {}
        for one in self.told:
            for ref in one.records:
                assert ref not in found, f"{ref} has two causes"
                found[ref] = one
        return found

    def gaps(self, pair: Pair) -> dict[str, int]:
        """From MQL on, how far both CRMs' counts are apart, in our picklist and in their own fields."""
        stages = pair.pact.stages
        return {
            f"{by} {one.stage}": gap
            for by in ("stage", "native")
            for one in self.tally.by_stage(stages, by)
            if one.stage and stages[one.stage].rank >= stages["mql"].rank
            if (gap := one.counts["hubspot"] - one.counts["salesforce"])
        }


def audit(pair: Pair, *, take_up: bool = False) -> Audit:
    told: list[Difference] = []
    tally = reconcile_pair(pair, take_up=take_up, tell=told.append)
    assert tally.unexplained("stage") == tally.unexplained("native") == 0
    return Audit(tally, told)


def repair(town: Town, pair: Pair) -> None:
    """Save the repair plan, approve it, carry it out, and let the CRMs' answers come in."""
    town.later()
    found = audit(pair, take_up=True)
    leads = tuple(dict.fromkeys(found.tally.repairable))
    _report, plan = save_repair(pair, leads)
    assert plan is not None
    pair.approve(plan)
    report = pair.run_cycle(limits=LIFTED, only=leads, steps=applying(plan))
    assert (report.status, report.counts["moved_since_plan"]) == ("done", 0)
    assert pair.store.runs(1)[0].kind == "repair"
    pair.applied(plan)
    town.until_quiet(pair)


def play(town: Town, each: int) -> None:
    with town.pair() as pair:
        town.go_live(pair)
        before = audit(pair)
        planted = Differences(town.world, each, town.staff())
        planted.before_a_sync(pair)
        town.until_quiet(pair)
        planted.after_it()
        town.later()
        found = audit(pair)
        causes = found.causes()
        assert {
            ref: causes[ref].cause for ref in planted.records if ref in causes
        } == planted.records
        known = {(one.records, one.cause) for one in before.told}
        fresh = [one for one in found.told if (one.records, one.cause) not in known]
        assert Counter(one.cause for one in fresh) == dict.fromkeys(KINDS, each)
        assert len(fresh) == len(KINDS) * each
        refused = [one for one in fresh if one.cause == "write_refused"]
        assert {one.family for one in refused} == {"Custom code"}
        assert all("FIELD_CUSTOM_VALIDATION_EXCEPTION" in one.why for one in refused)
        assert found.gaps(pair) != before.gaps(pair)

        repair(town, pair)
        left = Counter(
            one.cause for one in audit(pair).told if (one.records, one.cause) not in known
        )
        assert left == dict.fromkeys(
            ("write_refused", "duplicate", "deleted", "status_unmapped"), each
        )
        planted.mend(pair)
        repair(town, pair)
        after = audit(pair)
        assert [one for one in after.told if (one.records, one.cause) not in known] == []
        assert after.gaps(pair) == before.gaps(pair)


def test_twelve_differences_of_six_kinds_are_named_and_mended(make_town: MakeTown) -> None:
    play(make_town(110), each=2)


@pytest.mark.soak
def test_a_hundred_and_thirty_two_differences_are_named_and_mended(make_town: MakeTown) -> None:
    play(make_town(1200), each=22)
