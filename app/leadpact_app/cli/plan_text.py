"""A plan as people and programs read it: both sides, before and after, with the rule that won."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadpact_app.cli.console import Console, crm_label, many, moment, shown
from leadpact_app.cli.run_text import aside

if TYPE_CHECKING:
    from leadpact.model.link import SavedPlan
    from leadpact.sync.forecast import Cost
    from leadpact.sync.plan import PlanLine
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap import Pair

MOST_IN_CELL = 60


@dataclass(frozen=True, slots=True)
class PlanTold:
    """All that is said of one plan.

    Attributes:
        kind: ``first_sync`` waits for approval before anything is written; ``asked`` and ``capped`` see the engine.
        over: caps that this plan passes, as sentences; a sync would park before it.
        beside: another sync of these CRMs and what is left to it, as sentences (R13).
        own: which output of ours a field holds, by (crm, kind, field); those are shown as one row per record.
    """

    plan_id: str
    kind: str
    status: str
    note: str
    exit_code: int
    created_at: datetime | None
    counts: Mapping[str, int]
    lines: Sequence[PlanLine]
    moves: Mapping[str, int]
    held: Mapping[str, int]
    problems: Mapping[str, str]
    over: Sequence[str]
    kept: bool
    own: Mapping[tuple[str, str, str], str]
    beside: Sequence[str] = ()
    costs: Mapping[str, Cost] = field(default_factory=dict)


def told(pair: Pair, report: CycleReport, saved: SavedPlan | None, *, kept: bool) -> PlanTold:
    """Gather what is said of a planned cycle."""
    return PlanTold(
        plan_id=report.plan_id,
        kind=saved.kind if saved else "asked",
        status=report.status,
        note=report.note,
        exit_code=report.exit_code,
        created_at=saved.created_at if saved else None,
        counts={name: count for name, count in sorted(report.counts.items()) if count},
        lines=list(report.lines),
        moves=dict(report.moves.most_common()),
        held=dict(report.held_causes.most_common()),
        problems=dict(report.problems),
        over=_over(pair, report),
        kept=kept,
        own=_own_fields(pair),
        beside=[sentence for one in pair.neighbours for sentence in one.told],
        costs=costs_of(pair, report),
    )


def costs_of(pair: Pair, report: CycleReport) -> dict[str, Cost]:
    """What carrying the plan out costs each CRM account; nothing where nothing is planned."""
    from leadpact.sync.context import Limits
    from leadpact.sync.forecast import forecast

    leads = report.counts["leads"]
    if not leads:
        return {}
    sides = {crm: one.capabilities for crm, one in pair.connectors.items()}
    writes = {crm: report.counts[f"planned_{crm}"] for crm in sides}
    return forecast(sides, pair.allowances(), leads, writes, Limits().page)


def _own_fields(pair: Pair) -> dict[tuple[str, str, str], str]:
    own: dict[tuple[str, str, str], str] = {}
    for crm, kind in pair.mapping.kind_rules:
        own[crm, kind, pair.mapping.external_id_field(crm, kind)] = "lead id"
        for output, name in pair.mapping.outputs(crm, kind).items():
            own[crm, kind, name] = output
    return own


def _over(pair: Pair, report: CycleReport) -> list[str]:
    from leadpact.sync.context import Limits

    limits = Limits(max_writes=pair.settings.max_writes)
    links = pair.store.count("links", pair.clock.now())
    caps = (
        ("planned_writes", limits.writes(links), "records to write"),
        ("planned_stage_moves", limits.stage_moves(links), "stage moves"),
        ("planned_creates", limits.creates(links), "records to create"),
        ("planned_handoffs", limits.handoffs(links), "leads to hand over"),
        ("planned_deletes", limits.deletes(links), "deletions"),
    )
    return [
        f"{report.counts[name]:,} {what}, {cap:,} go without approval"
        for name, cap, what in caps
        if report.counts[name] > cap
    ]


def as_json(plan: PlanTold) -> dict[str, Any]:
    """For programs."""
    return {
        "plan": plan.plan_id if plan.kept else "",
        "kind": plan.kind,
        "status": plan.status,
        "note": plan.note,
        "exit_code": plan.exit_code,
        "created_at": plan.created_at,
        "counts": {"leads": 0, **dict.fromkeys(sorted(_TOTALS), 0), **plan.counts},
        "stage_moves": dict(plan.moves),
        "held": dict(plan.held),
        "problems": dict(plan.problems),
        "over_caps": list(plan.over),
        "other_syncs": list(plan.beside),
        "forecast": {
            crm: {
                "calls": one.calls,
                "minutes": round(one.minutes, 1),
                "days": one.days,
                "left_today": one.left,
            }
            for crm, one in plan.costs.items()
        },
        "lines": [
            {
                "lead": one.link_id,
                "crm": one.crm,
                "kind": one.kind,
                "record": one.record_id,
                "field": one.field,
                "before": one.before,
                "after": one.after,
                "rule": one.why,
            }
            for one in plan.lines
        ],
    }


def show(console: Console, plan: PlanTold, limit: int) -> None:
    """For people: the first leads in full, the rest counted."""
    for crm, problem in plan.problems.items():
        console.warn(f"{crm_label(crm)}: {problem}")
    if plan.status in ("waiting", "failed"):
        console.warn(f"The plan is not complete: {plan.note}")
    for sentence in plan.beside:
        console.say(sentence)
    _lines(console, plan, limit)
    if plan.moves:
        console.table("Stage moves", ("From → to", "Leads#"), list(plan.moves.items()))
    if plan.held:
        console.table("Waits for a person", ("Cause", "Holds#"), list(plan.held.items()))
    counts = plan.counts
    per_crm = ", ".join(
        f"{counts[name]:,} in {crm_label(name.removeprefix('planned_'))}"
        for name in sorted(counts)
        if name.startswith("planned_") and name not in _TOTALS
    )
    console.say(
        f"{many(counts.get('leads', 0), 'lead')} looked at, "
        f"{many(counts.get('planned_writes', 0), 'record')} to write"
        + (f" ({per_crm})" if per_crm else "")
        + f", {counts.get('planned_creates', 0):,} of them new, "
        f"{many(counts.get('planned_stage_moves', 0), 'stage move')}, "
        f"{many(counts.get('planned_held', 0), 'lead')} held{aside(counts, 'planned_')}."
    )
    if plan.note and plan.status == "done":
        console.say(plan.note)
    if counts.get("planned_writes"):
        show_costs(console, plan.costs)
    for sentence in plan.over:
        console.say(f"Needs approval: {sentence}.")
    if plan.kind == "first_sync":
        console.say(
            "This is the first sync of this pair: nothing is written before a plan was approved."
        )
    if plan.plan_id and plan.kept:
        console.say(
            f"Saved as plan {plan.plan_id[:8]}. `leadpact apply` approves it and carries it out."
        )


def show_costs(console: Console, costs: Mapping[str, Cost]) -> None:
    """The forecast, a sentence per CRM."""
    from leadpact.sync.forecast import told as told_cost

    for crm, one in costs.items():
        console.say(told_cost(crm_label(crm), one))


_TOTALS = {
    "planned_writes",
    "planned_creates",
    "planned_held",
    "planned_stage_moves",
    "planned_deletes",
    "planned_paused",
    "planned_handoffs",
    "planned_out_of_scope",
}


_TOLD_OF_OWN = ("stage", "rejection_reason", "score_total", "grade")


def _lines(console: Console, plan: PlanTold, limit: int) -> None:
    """The first leads: each field that people keep in a row, our own fields of a record in one."""
    leads = list(dict.fromkeys(one.link_id for one in plan.lines))
    first = set(leads[:limit])
    records: dict[tuple[str, str, str, str], list[PlanLine]] = {}
    for one in plan.lines:
        if one.link_id in first:
            key = (one.link_id, one.crm, one.kind, one.record_id)
            records.setdefault(key, []).append(one)
    rows: list[tuple[str, ...]] = []
    last = ""
    for (link_id, crm, kind, record_id), lines in records.items():
        head = (
            "" if link_id == last else link_id[:8],
            f"{crm_label(crm)} {kind} {record_id or 'new'}",
        )
        for cells in _rows_of_record(plan, lines):
            rows.append((*head, *cells))
            head = ("", "")
        last = link_id
    if rows:
        console.table("Before → after", ("Lead", "Record", "Field", "Before → after", "Rule"), rows)
    rest = Counter((one.crm, one.field) for one in plan.lines if one.link_id not in first)
    if rest:
        console.table(
            f"And {len(leads) - len(first):,} more leads",
            ("CRM", "Field", "Records#"),
            [(crm_label(crm), name, count) for (crm, name), count in rest.most_common()],
        )


def _rows_of_record(plan: PlanTold, lines: Sequence[PlanLine]) -> Iterator[tuple[str, str, str]]:
    own: dict[str, PlanLine] = {}
    for one in lines:
        output = plan.own.get((one.crm, one.kind, one.field))
        if output is not None:
            own[output] = one
        else:
            yield one.field, _change(one.before, one.after), shown(one.why, MOST_IN_CELL)
    for output in _TOLD_OF_OWN:
        if output in own and own[output].before not in (None, ""):
            one = own.pop(output)
            yield one.field, _change(one.before, one.after), shown(one.why, MOST_IN_CELL)
    if own:
        told = [
            f"{output.removesuffix('_total').replace('_', ' ')} {shown(own[output].after, 30)}"
            for output in _TOLD_OF_OWN
            if output in own
        ]
        what = f"{len(own)} fields of leadpact" if len(own) > 1 else next(iter(own.values())).field
        yield what, ", ".join(told) or "set", shown(next(iter(own.values())).why, MOST_IN_CELL)


def _change(before: object, after: object) -> str:
    return f"{shown(before, MOST_IN_CELL)} → {shown(after, MOST_IN_CELL)}"


def in_short(plan: SavedPlan) -> str:
    """One sentence on a saved plan, before a person approves it."""
    counts = plan.counts
    return (
        f"Plan {plan.id[:8]} of {moment(plan.created_at)} UTC: "
        f"{many(counts.get('planned_writes', 0), 'record')} to write, "
        f"{counts.get('planned_creates', 0):,} of them new, "
        f"{many(counts.get('planned_stage_moves', 0), 'stage move')}, "
        f"{many(counts.get('planned_held', 0), 'lead')} held."
    )
