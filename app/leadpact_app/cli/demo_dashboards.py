"""Scene 1: two dashboards disagree; reconcile names every record with its cause, and they meet again (SEMANTICS)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadpact_app.cli.demo_cast import Cast
from leadpact_app.cli.demo_differences import KINDS, Differences
from leadpact_app.cli.demo_scene import Scene
from leadpact_app.cli.demo_screen import count, expect
from leadpact_app.cli.demo_story import Staff
from leadpact_app.cli.reconcile_text import TURNS

if TYPE_CHECKING:
    from leadpact.audit.reconcile import Difference
    from leadpact.audit.reconcile_counts import Tally

EACH: Final = 2
_STAGES: Final = ("mql", "sal", "sql", "opportunity")
_TOLD: Final = (
    "write_refused",
    "duplicate",
    "deleted",
    "status_unmapped",
    "window",
    "converted",
)
_MOST_SYNCS: Final = 5


@dataclass(slots=True)
class _Audit:
    tally: Tally
    told: list[Difference]


def two_dashboards(scene: Scene, cast: Cast, staff: Staff) -> None:
    """Plant, audit, repair, let people take their turn, repair again: the counts meet."""
    screen, pair = scene.screen, scene.pair
    screen.chapter("Two dashboards disagree: which records, and why")
    players = [getattr(cast, name).lead_id for name in cast.__slots__]
    before = _audit(scene)
    known = {(one.records, one.cause) for one in before.told}
    planted = Differences(scene.world, EACH, staff)
    planted.before_a_sync(pair, players)
    scene.later()
    _sync(scene)
    planted.after_it()
    scene.later()
    found = _audit(scene)
    fresh = [one for one in found.told if (one.records, one.cause) not in known]
    screen.say(
        "An afternoon of people at work: a new rule in Salesforce, people typed in twice, Leads deleted, a value "
        "nobody agreed on, an acceptance and a conversion a minute ago."
    )
    _counts(scene, found.tally)
    screen.say(
        f"leadpact reconcile reads both CRMs and names {count(len(fresh), 'record')} that were not there "
        "this morning:"
    )
    _causes(scene, fresh)
    _expect_found(planted, found, fresh)
    screen.say(
        f"The other {len(before.told)} differ as agreed, or wait since the first sync: each has its cause, too."
    )
    mended = _repair(scene, found.tally)
    left = [one for one in _audit(scene).told if (one.records, one.cause) not in known]
    screen.good(
        f"leadpact reconcile --repair, leadpact apply: {count(mended, 'lead')} planned; "
        f"{len(fresh) - len(left)} of {len(fresh)} mended. The rest is people's turn, and reconcile says whose."
    )
    planted.mend(pair)
    scene.later()
    _repair(scene, _audit(scene).tally)
    last = _audit(scene)
    left = [one for one in last.told if (one.records, one.cause) not in known]
    expect(not left, f"{len(left)} planted differences are left")
    _counts(scene, last.tally)
    expect(
        _apart(last.tally, scene) == _apart(before.tally, scene),
        "the counts do not meet again",
    )
    _meet(scene, last.tally)


def _audit(scene: Scene) -> _Audit:
    from leadpact_app.bootstrap.reconciling import reconcile_pair

    told: list[Difference] = []
    tally = reconcile_pair(scene.pair, tell=told.append)
    unexplained = tally.unexplained("stage") + tally.unexplained("native")
    expect(not unexplained, f"{unexplained} records differ and no cause is told")
    return _Audit(tally, told)


def _counts(scene: Scene, tally: Tally) -> None:
    """Marketing's dashboard beside sales', by each CRM's own fields, and how much of each the other shows, too."""
    stages = scene.pair.pact.stages
    rows: list[tuple[object, ...]] = []
    for one in tally.by_stage(stages, "native"):
        if one.stage in _STAGES:
            hubspot, salesforce = one.counts["hubspot"], one.counts["salesforce"]
            numbers = (hubspot, salesforce, one.same)
            apart = sum(one.apart.values())
            why = ", ".join(f"{n} {cause.replace('_', ' ')}" for cause, n in one.causes.items())
            rows.append((stages[one.stage].label, *map(str, numbers), str(apart or ""), why))
    heads = ("HubSpot#", "Salesforce#", "the same in both#", "apart#", "apart, by cause")
    scene.screen.table(("Stage!", *heads), rows)


def _meet(scene: Scene, tally: Tally) -> None:
    """Say that they meet, and what is left that one CRM alone knows."""
    stages = scene.pair.pact.stages
    for one in tally.by_stage(stages, "native"):
        same = {one.counts[crm] - one.apart[crm] for crm in tally.crms}
        expect(len(same) == 1, f"{one.stage or 'no stage'} is not the same in both CRMs")
    expect(not tally.fields["stage"], "somebody whom both CRMs know stands at different stages")
    scene.screen.good(
        f"The rule is gone, the doubles are merged, answers were given, one more plan: whoever both CRMs know, "
        f"{count(tally.agreed, 'lead')}, stands at the same stage in both."
    )
    left = ", ".join(f"{n:,} {cause.replace('_', ' ')}" for cause, n in tally.causes.most_common())
    unexplained = tally.unexplained("stage") + tally.unexplained("native")
    scene.screen.good(
        f"What else the two dashboards count, one CRM alone knows, as agreed or since the first sync: {left}; "
        f"{unexplained} unexplained."
    )


def _apart(tally: Tally, scene: Scene) -> dict[str, int]:
    return {
        one.stage: one.counts["hubspot"] - one.counts["salesforce"]
        for one in tally.by_stage(scene.pair.pact.stages)
        if one.stage in _STAGES
    }


def _causes(scene: Scene, fresh: list[Difference]) -> None:
    rows = []
    for cause in _TOLD:
        mine = [one for one in fresh if one.cause == cause]
        if mine:
            one = mine[0]
            rows.append((cause.replace("_", " "), str(len(mine)), one.why, TURNS[one.turn]))
    scene.screen.table(("Cause!", "Records#", "One of them, as reconcile tells it", "Next!"), rows)


def _expect_found(planted: Differences, found: _Audit, fresh: list[Difference]) -> None:
    causes = {ref: one.cause for one in found.told for ref in one.records}
    wrong = [ref for ref, cause in planted.records.items() if causes.get(ref) != cause]
    expect(not wrong, f"{len(wrong)} planted differences have no cause, or another one")
    counted = {kind: sum(one.cause == kind for one in fresh) for kind in KINDS}
    expect(
        counted == dict.fromkeys(KINDS, EACH) and len(fresh) == EACH * len(KINDS),
        "reconcile names more than what was planted",
    )


def _repair(scene: Scene, tally: Tally) -> int:
    """Save the repair plan, approve it, carry it out, and let the CRMs' own acts settle; how many leads it planned."""
    from leadpact.sync.context import Limits
    from leadpact_app.cli.plan_rows import applying
    from leadpact_app.cli.reconciling import save_repair

    pair, leads = scene.pair, set(tally.repairable)
    _report, plan = save_repair(pair, sorted(leads))
    expect(plan is not None, "the repair plan was not saved")
    if plan is not None:
        pair.approve(plan)
        pair.run_cycle(limits=Limits(lifted=True), only=tuple(sorted(leads)), steps=applying(plan))
        pair.applied(plan)
    _sync(scene)
    return len(leads)


def _sync(scene: Scene) -> None:
    """Sync until nothing is left to write; what a CRM refuses stays refused."""
    from leadpact.sync.context import Limits

    for _cycle in range(_MOST_SYNCS):
        scene.later()
        report = scene.pair.run_cycle(limits=Limits(lifted=True))
        expect(report.status == "done", f"the sync ended as {report.status}: {report.note}")
        if not report.counts["written"]:
            return
