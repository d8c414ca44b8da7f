"""A reconciliation as people and programs read it: counts side by side, causes, who is next, records by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadpact_app.cli.console import Console, crm_label, many, shown
from leadpact_app.cli.sheet import safe

if TYPE_CHECKING:
    from leadpact.audit.reconcile import Difference, Turn
    from leadpact.audit.reconcile_counts import By, StageCount, Tally
    from leadpact.pact import Pact
    from leadpact_app.cli.plan_text import PlanTold

COLUMNS: Final = (
    "lead",
    "cause",
    "turn",
    "records",
    "agreed",
    "shown",
    "fields",
    "code",
    "family",
    "hold",
    "why",
    "mend",
)
"""Columns of the CSV file; no values of any field are among them."""
TURNS: Final[Mapping[Turn, str]] = {
    "plan": "repair plan",
    "sync": "the next syncs",
    "review": "leadpact review",
    "crm": "people in the CRM",
    "settings": "the mapping",
    "nobody": "nobody, as agreed",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which differences are shown; the counts are always of all.

    Attributes:
        limit: most records of each cause.
        values: tell the values that differ, too.
    """

    field: str = ""
    cause: str = ""
    limit: int = 5
    values: bool = False

    def takes(self, one: Difference) -> bool:
        """Whether this one was asked for."""
        return (not self.field or self.field in one.fields) and self.cause in ("", one.cause)


@dataclass(frozen=True, slots=True)
class Told:
    """All that is said of one reconciliation.

    Attributes:
        kept: the differences that are shown; ``matching``: how many were asked for.
        paused: what somebody, or the mode, has stopped: a plan does not write that either (R36, R38).
        repair, plan: a repair plan was asked for, and what became of it; None where there is nothing to plan.
    """

    tally: Tally
    kept: tuple[Difference, ...]
    wanted: Wanted
    pact: Pact
    calls: Mapping[str, Mapping[str, int]]
    matching: int
    paused: tuple[str, ...] = ()
    repair: bool = False
    plan: PlanTold | None = None


def cells(one: Difference) -> tuple[str, ...]:
    """One difference as a row of the CSV file."""
    told = {
        "lead": one.link_id,
        "cause": one.cause,
        "turn": one.turn,
        "records": " ".join(map(str, one.records)),
        "agreed": one.agreed,
        "shown": " ".join(f"{crm}={_stage(one, crm)}" for crm in sorted(one.shown)),
        "fields": " ".join(one.fields),
        "code": one.code,
        "family": one.family,
        "hold": one.hold,
        "why": one.why,
        "mend": one.mend,
    }
    return tuple(safe(told[name]) for name in COLUMNS)


def _stage(one: Difference, crm: str) -> str:
    said = one.shown[crm]
    return (
        said.stage
        if said.stage == said.native or not said.native
        else f"{said.stage}/{said.native}"
    )


def as_json(told: Told) -> dict[str, Any]:
    """For programs."""
    tally = told.tally
    return {
        "records": {
            crm: {kind: n for (each, kind), n in sorted(tally.records.items()) if each == crm}
            for crm in tally.crms
        },
        "converted_leads": tally.converted,
        "leads": tally.leads,
        "agreed": tally.agreed,
        "stages": [_stage_json(one) for one in tally.by_stage(told.pact.stages)],
        "native_stages": [_stage_json(one) for one in tally.by_stage(told.pact.stages, "native")],
        "differences": {
            "count": tally.differences,
            "causes": dict(tally.causes),
            "turns": dict(tally.turns),
            "families": dict(tally.families),
            "fields": dict(tally.drift),
            "unexplained": _unexplained(tally),
            "matching": told.matching,
            "shown": [_difference_json(one) for one in told.kept],
        },
        "paused": list(told.paused),
        "repairable": len(set(tally.repairable)),
        "plan": told.plan.plan_id if told.plan is not None else "",
        "calls": {crm: sum(routes.values()) for crm, routes in told.calls.items()},
    }


def _unexplained(tally: Tally) -> int:
    return tally.unexplained() + tally.unexplained("native")


def _stage_json(one: StageCount) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "records": dict(one.counts),
        "same": one.same,
        "differences": dict(one.causes),
    }


def _difference_json(one: Difference) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "lead": one.link_id,
        "cause": one.cause,
        "turn": one.turn,
        "why": one.why,
        "mend": one.mend,
        "records": [{"crm": ref.crm, "kind": ref.kind, "record": ref.id} for ref in one.records],
        "agreed": one.agreed,
        "shown": {
            crm: {"stage": said.stage, "native": said.native, "unmapped": said.unmapped}
            for crm, said in one.shown.items()
        },
        "fields": list(one.fields),
        "code": one.code,
        "hold": one.hold,
        "family": one.family,
    }
    if one.values:
        payload["values"] = {name: dict(told) for name, told in one.values.items()}
    return payload


def show(console: Console, told: Told, file: str = "") -> None:
    """For people."""
    tally = told.tally
    read = "; ".join(
        f"{crm_label(crm)}: "
        + ", ".join(
            f"{number:,} {kind}"
            for (each, kind), number in sorted(tally.records.items())
            if each == crm
        )
        for crm in tally.crms
    )
    aside = (
        f" {many(tally.converted, 'converted Lead')} aside, of which the Contact counts."
        if tally.converted
        else ""
    )
    console.say(f"Read: {read}.{aside}")
    if not told.wanted.field and not told.wanted.cause:
        _stages(console, told, "stage", "Agreed stage, by leadpact's own picklist")
        _stages(console, told, "native", "Stage by each CRM's own fields")
    _causes(console, tally)
    _fields(console, told)
    _records(console, told)
    _ending(console, told, file)


def _stages(console: Console, told: Told, by: By, title: str) -> None:
    rows = []
    for one in told.tally.by_stage(told.pact.stages, by):
        label = told.pact.label(one.stage) if one.stage else "none"
        numbers = [f"{one.counts[crm]:,}" for crm in told.tally.crms]
        why = ", ".join(f"{n:,} {cause.replace('_', ' ')}" for cause, n in one.causes.items())
        rows.append((label, *numbers, f"{one.same:,}", "" if one.meets else _apart(one), why))
    heads = [f"{crm_label(crm)}#" for crm in told.tally.crms]
    console.table(
        title, ("Stage", *heads, "Same in both#", "Apart#", "Records that differ, by cause"), rows
    )


def _apart(one: StageCount) -> str:
    return f"{max(one.counts.values()) - min(one.counts.values()):,}"


def _causes(console: Console, tally: Tally) -> None:
    from leadpact.audit.reconcile import CAUSES

    if not tally.causes:
        return
    console.table(
        "Causes",
        ("Cause", "Records#", "What it means"),
        [
            (cause, f"{tally.causes[cause]:,}", meaning)
            for cause, meaning in CAUSES.items()
            if tally.causes[cause]
        ],
    )
    if tally.families:
        told = ", ".join(f"{family} {number:,}" for family, number in tally.families.most_common())
        console.say(f"Refused writes by HubSpot's own error families: {told}.")


def _fields(console: Console, told: Told) -> None:
    drift = told.tally.drift
    if drift:
        rows = [(name, f"{number:,}") for name, number in drift.items()]
        console.table("Drift per field", ("Field", "Leads#"), rows)


def _records(console: Console, told: Told) -> None:
    """The first records of each cause; ids alone unless values were asked for."""
    if not told.wanted.limit:
        return
    rows = [
        (
            one.link_id[:8] or "unknown",
            one.cause,
            "\n".join(f"{crm_label(ref.crm)} {ref.kind} {ref.id}" for ref in one.records),
            ", ".join(one.fields),
            _sentence(one),
            one.mend,
        )
        for one in _in_order(told.kept)
    ]
    if rows:
        console.table("Records", ("Lead", "Cause", "Records", "Fields", "Why", "What to do"), rows)


def _sentence(one: Difference) -> str:
    if not one.values:
        return one.why
    told = "; ".join(
        f"{name}: " + ", ".join(f"{_side(crm)} {shown(value, 40)}" for crm, value in sides.items())
        for name, sides in one.values.items()
    )
    return f"{one.why} [{told}]"


def _side(name: str) -> str:
    return name if name == "agreed" else crm_label(name)


def _in_order(kept: Sequence[Difference]) -> Iterable[Difference]:
    from leadpact.audit.reconcile import CAUSES

    order = {cause: place for place, cause in enumerate(CAUSES)}
    return sorted(kept, key=lambda one: (order[one.cause], one.link_id, one.records))


def _ending(console: Console, told: Told, file: str) -> None:
    tally = told.tally
    console.say(
        f"{many(tally.leads, 'lead')}, {tally.agreed:,} of them as agreed everywhere. "
        f"{many(tally.differences, 'record')} of the difference, each with one cause; "
        f"{_unexplained(tally):,} unexplained."
    )
    hidden = told.matching - len(told.kept)
    if told.wanted.field or told.wanted.cause:
        console.say(f"{told.matching:,} of these are what was asked for.")
    if file:
        console.say(f"All that was asked for is in {file}.")
    elif hidden > 0 and told.wanted.limit:
        console.say(f"{hidden:,} more: --limit shows them, --csv FILE writes all of them.")
    if tally.differences:
        console.say("Whose turn it is:")
    for turn, words in TURNS.items():
        if tally.turns[turn]:
            console.say(f"  {tally.turns[turn]:>7,}  {words}")
    for sentence in told.paused:
        console.say(sentence)
    if told.repair:
        _plan(console, told)
    elif tally.repairable:
        console.say("`leadpact reconcile --repair` saves a plan over what a plan can mend.")


def _plan(console: Console, told: Told) -> None:
    plan = told.plan
    if plan is None:
        console.say("Nothing of it can be mended by a plan.")
        return
    counts = plan.counts
    console.say(
        f"Repair plan {plan.plan_id[:8]}: {many(counts.get('leads', 0), 'lead')}, "
        f"{many(counts.get('planned_writes', 0), 'record')} to write, "
        f"{counts.get('planned_creates', 0):,} of them new, "
        f"{many(counts.get('planned_stage_moves', 0), 'stage move')}, "
        f"{many(counts.get('planned_held', 0), 'lead')} held. Nothing was written yet."
    )
    for sentence in plan.over:
        console.say(f"Needs approval: {sentence}.")
    console.say(
        f"`leadpact apply {plan.plan_id[:8]}` approves it and carries it out; every record is read again first."
    )
