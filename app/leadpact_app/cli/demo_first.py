"""The demo's first half: two CRMs that never met, the first plan, the first sync, and what people must choose."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leadpact_app.cli.console import crm_label, shown
from leadpact_app.cli.demo_cast import LATIN, Stand, stand_of
from leadpact_app.cli.demo_scene import Scene, field_label
from leadpact_app.cli.demo_screen import count, expect

if TYPE_CHECKING:
    from leadpact.model.link import Hold
    from leadpact.sync.context import Limits
    from leadpact.sync.plan import PlanLine
    from leadpact.sync.report import CycleReport

LINES_EACH = 3
HELD_IN_WORDS = {
    "stages_differ": "the two CRMs show different stages",
    "role_address": "address like info@ or sales@, which several people read",
    "consent_unclear": "opted out in one CRM only",
}


def introduce(scene: Scene) -> None:
    """Where the CRMs listen, and who is in them."""
    screen, world = scene.screen, scene.world
    screen.chapter("Two CRMs that never met")
    contacts = len(world.contacts(["email"]))
    open_leads = len(world.query("SELECT Id FROM Lead WHERE IsConverted = false"))
    sf_contacts = len(world.query("SELECT Id FROM Contact"))
    screen.table(
        ("CRM", "listens on", "holds"),
        [
            ("HubSpot (emulated)", world.hubspot_url, count(contacts, "contact")),
            (
                "Salesforce (emulated)",
                world.salesforce_url,
                f"{count(open_leads, 'open Lead')}, {count(sf_contacts, 'Contact')}",
            ),
        ],
    )
    screen.say(
        "Strict local stand-ins, reached over real HTTP through the real client libraries. Marketing "
        "works in HubSpot, sales in Salesforce; nobody has told them of each other. All people are made up."
    )


def provision(scene: Scene) -> None:
    """Make our own fields, twice: the second time there is nothing to do."""
    scene.screen.chapter("A place for what both teams agree on")
    made: dict[str, int] = {}
    for name, connector in scene.pair.connectors.items():
        wanted = scene.pair.mapping.wanted_fields(name)
        results = connector.provision(wanted, dry_run=False)
        refused = [one for one in results if one.result == "refused"]
        expect(not refused, f"{crm_label(name)} refused to make a field")
        made[name] = sum(one.result == "made" for one in results)
        again = connector.provision(wanted, dry_run=True)
        expect(all(one.result == "present" for one in again), "provisioning is not repeatable")
    told = ", ".join(f"{number} in {crm_label(name)}" for name, number in made.items())
    scene.screen.good(
        f"Fields made: {told}: agreed stage, why, rejection reason, score and its reasons."
    )


def first_plan(scene: Scene) -> None:
    """The first sync's plan: shown, not carried out."""
    screen, pair = scene.screen, scene.pair
    screen.chapter("The first plan: nothing is written before a person has seen it")
    before = stand_of(scene.world)
    report = pair.run_cycle(dry=True)
    expect(report.status == "done", f"the plan ended as {report.status}: {report.note}")
    expect(not before.moved(stand_of(scene.world)), "making a plan changed a CRM")
    scene.names = _names(report, before)
    _show_excerpt(scene, report)
    _show_found(scene, report)
    counts = report.counts
    screen.say(
        f"{count(counts['leads'], 'lead')}. To write: {counts['planned_hubspot']:,} records in HubSpot, "
        f"{counts['planned_salesforce']:,} in Salesforce, {counts['planned_creates']} of them new. "
        "Stages that agree are adopted in silence: nobody is moved, no clock starts."
    )
    _show_held(scene, report)
    plan = pair.store.plan(report.plan_id)
    expect(plan is not None and plan.kind == "first_sync", "the plan was not kept for approval")
    if plan is not None:
        pair.approve(plan)
        screen.good("Read, and approved.")


def first_sync(scene: Scene, limits: Limits) -> None:
    """Carry the approved plan out; approval lifts the caps for this run."""
    scene.screen.chapter("The first sync")
    cycle = scene.sync("first sync", limits)
    created = sum(one.op == "make" and one.ref.crm == "salesforce" for one in cycle.writes)
    expect(
        created == sum(one.op == "make" for one in cycle.writes) == cycle.report.counts["created"],
        "the first sync made records that the plan did not speak of",
    )
    scene.say_written(cycle)
    scene.screen.say(
        f"{count(created, 'Lead')} made in Salesforce, for people whom HubSpot alone knew and who are MQL. "
        "Nobody was made twice: each record bears our id."
    )


def settle_differences(scene: Scene) -> None:
    """A person decides, in one go, what no rule may guess."""
    screen, pair = scene.screen, scene.pair
    holds = [one for one in pair.store.holds(waiting_only=True) if one.cause == "stages_differ"]
    if not holds:
        return
    screen.chapter("Where the two CRMs disagreed, a person decides")
    _answer(scene, holds, "take:salesforce")
    scene.later()
    also = scene.due()
    cycle = scene.sync("differences settled")
    stages = pair.store.links([one.link_id for one in holds])
    rows = []
    for one in holds:
        agreed = stages[one.link_id].stage
        expect(agreed is not None, "an answered difference is still open")
        if agreed is not None:
            rows.append(
                (
                    _readable(scene.names.get(one.link_id, one.link_id[:8])),
                    shown(one.shown.get("hubspot"), 38),
                    shown(one.shown.get("salesforce") or _evidence(one), 26),
                    pair.pact.label(agreed.stage),
                )
            )
    screen.table(("Who!", "HubSpot said", "Salesforce said", "agreed now"), rows)
    screen.say("Answered in bulk: Salesforce is right. (`leadpact review list`, `review accept`.)")
    written = {one.link_id for one in cycle.writes} - also
    expect(written <= {one.link_id for one in holds}, "an answer wrote somebody else's record")
    scene.say_written(cycle)


def _evidence(one: Hold) -> str:
    return f"opportunity: {one.shown['opportunity']}" if "opportunity" in one.shown else ""


def _answer(scene: Scene, holds: list[Hold], answer: str) -> None:
    """What ``leadpact review`` does, for all of these."""
    from leadpact.model.link import WorkItem
    from leadpact.ports.state_store import StateChanges

    now = scene.pair.clock.now()
    changes = StateChanges(
        holds=[replace(one, status="answered", answer=answer) for one in holds],
        work=[WorkItem(one.link_id, "review", now, now) for one in holds],
    )
    scene.pair.store.commit(changes, None, now)


def _names(report: CycleReport, stand: Stand) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in report.lines:
        row: dict[str, Any] = dict(stand.hubspot.get(line.record_id, {}))
        if line.crm == "hubspot" and row:
            name = f"{row['firstname'] or ''} {row['lastname'] or ''}".strip()
            found[line.link_id] = name or str(row["email"] or "")
        elif line.crm == "salesforce" and line.record_id:
            kept = stand.leads.get(line.record_id) or stand.contacts.get(line.record_id)
            if kept:
                found.setdefault(line.link_id, str(kept["Name"]))
    return found


def _show_excerpt(scene: Scene, report: CycleReport) -> None:
    """A few leads of the plan, side by side, where more than our own fields would change."""
    by_lead: dict[str, list[PlanLine]] = {}
    for line in report.lines:
        by_lead.setdefault(line.link_id, []).append(line)
    known = [key for key in by_lead if _latin(scene.names.get(key, "—"))]
    makes = [key for key in known if any(not one.record_id for one in by_lead[key])]
    others = [key for key in known if key not in makes]
    fills = sorted(others, key=lambda key: _plain(by_lead[key]), reverse=True)[:1]
    scores = sorted(
        (key for key in others if key not in fills),
        key=lambda key: _score(by_lead[key]),
        reverse=True,
    )[:1]
    rows = []
    for key in [*fills, *scores, *makes[:1]]:
        who = scene.names.get(key, key[:8])
        last, told = "", 0
        for line in sorted(by_lead[key], key=_weight):
            where = crm_label(line.crm)
            told = told + 1 if where == last else 1
            if told > LINES_EACH:
                continue
            rows.append(
                (
                    who,
                    where if where != last else "",
                    field_label(line.field),
                    f"{shown(line.before, 10)} → {shown(line.after, 20)}",
                    shown(line.why, 26),
                )
            )
            who, last = "", where
    scene.screen.table(("Who!", "CRM!", "Field!", "before → after", "Rule that won"), rows)
    scene.screen.say(f"… and so on: {len(report.lines):,} fields of {count(len(by_lead), 'lead')}.")


def _latin(name: str) -> bool:
    return all(ord(char) < LATIN for char in name)


def _readable(name: str) -> str:
    """A name in right-to-left letters turns a table's columns round on many terminals."""
    right_to_left = any(unicodedata.bidirectional(char) in ("R", "AL") for char in name)
    return f"\u2067{name}\u2069" if right_to_left else name


def _plain(lines: list[PlanLine]) -> tuple[int, int]:
    """How many fields other than our own would change."""
    plain = sum("leadpact_" not in one.field for one in lines)
    return plain, len({one.crm for one in lines})


def _score(lines: list[PlanLine]) -> tuple[int, float]:
    found = [
        float(one.after) for one in lines if "_score" in one.field and isinstance(one.after, float)
    ]
    return len({one.crm for one in lines if "leadpact_stage" in one.field}), max(found, default=0.0)


def _weight(line: PlanLine) -> tuple[str, int, str]:
    first = ("our stage", "", "our score", "our grade")
    label = field_label(line.field)
    if not label.startswith("our "):
        return (line.crm, 1, label)
    return (line.crm, first.index(label) if label in first else 9, label)


def _show_found(scene: Scene, report: CycleReport) -> None:
    found: Counter[str] = Counter()
    for move, number in report.moves.items():
        found[move.rpartition(" → ")[2]] += number
    stages = scene.pair.pact.stages
    ordered = sorted(found, key=lambda key: (stages[key].side, stages[key].rank))
    scene.screen.say(
        "Agreed at first sight: "
        + ", ".join(f"{stages[key].label} {found[key]}" for key in ordered)
        + "."
    )


def _show_held(scene: Scene, report: CycleReport) -> None:
    if report.held_causes:
        scene.screen.say("Held, because no rule may guess:")
        scene.screen.table(
            ("Holds#", "Why"),
            [
                (number, HELD_IN_WORDS.get(cause, cause.replace("_", " ")))
                for cause, number in report.held_causes.most_common()
            ],
        )
