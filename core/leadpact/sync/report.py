"""What a cycle tells of itself: counts, the plan's lines, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from leadpact.model.lanes import LaneName
from leadpact.model.link import Hold, Intent, RunStatus
from leadpact.sync.holding import newly_held
from leadpact.sync.plan import LeadPlan, PlanLine, lines_of
from leadpact.sync.undoing import UndoLine

SAVED_LINES = 5000
"""Most lines that a saved plan keeps; its counts are always of all."""


LIKE_ASSERTIONS = 200
"""More of one sort from one import or person in a cycle are one batch that a person approves (R34)."""


@dataclass(slots=True)
class CycleReport:
    """Counts of one cycle.

    Attributes:
        counts: ``leads`` looked at, ``written`` records, ``unchanged`` and ``held`` leads, ``failed`` rows,
            ``created``, ``stage_moves``, ``newly_held``, ``newly_failed``; ``planned_...`` before writing.
        intents: what the plan would write, as far as its lines are kept; ``rows`` are their fields.
        unanswered: records whose answer lacked a field that the schema has, by (crm, field); ``unanswered_before``:
            holds of the pair for fields that were missing before this cycle and stand in the schema now (R4).
        likes: what people and imports said of stages, by (crm, who, what), whatever came of it (R34).
        undone: of an undo, what becomes of each field that the run wrote (R32).
        refused: of a saved plan that was applied, what has moved since it was made.
        missing: fields that are suspended since they are not seen, and where, as words.
        wait_until: not before this instant again, where the error that ended the cycle named one.
        delays: by lane, in steps of a second: how long after its change in the CRM a lead was settled (R19).
        problems: what kept a CRM from being read or written, by CRM, as sentences.
    """

    status: RunStatus = "running"
    note: str = ""
    exit_code: int = 0
    plan_id: str = ""
    wait_until: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    intents: list[Intent] = field(default_factory=list)
    undone: list[UndoLine] = field(default_factory=list)
    refused: list[UndoLine] = field(default_factory=list)
    rows: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    held_causes: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    likes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    blanks: Counter[tuple[str, str]] = field(default_factory=Counter)
    unanswered: Counter[tuple[str, str]] = field(default_factory=Counter)
    unanswered_before: dict[str, Hold] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    windows: Counter[int] = field(default_factory=Counter)
    delays: dict[LaneName, Counter[int]] = field(default_factory=dict)

    def note_delay(self, lane: LaneName, delay: timedelta) -> None:
        """Count a lead by how long after its change it was settled; clocks that differ make none negative."""
        seconds = max(int(delay.total_seconds()), 0)
        self.delays.setdefault(lane, Counter())[seconds] += 1

    def delay_p95(self, lane: LaneName) -> int | None:
        """Seconds within which 95 % of the lane's leads were settled; None where there were none."""
        return _p95(self.delays[lane]) + 1 if self.delays.get(lane) else None

    def note_window(self, milliseconds: int, rows: int) -> None:
        """Count rows by the time between their reading and their writing, in steps of 10 ms (R7)."""
        self.windows[milliseconds // 10 * 10] += rows

    def window_p95(self) -> int:
        """Milliseconds within which 95 % of the rows were written after they were read; 0 for none."""
        return _p95(self.windows) + 10 if self.windows else 0

    def refuse(self, moved: int, unplanned: int, lines: Sequence[UndoLine]) -> None:
        """Count leads that a saved plan does not write: they have moved since, or it did not have them."""
        self.counts["moved_since_plan"] += moved
        self.counts["not_in_plan"] += unplanned
        self.refused.extend(lines[: SAVED_LINES - len(self.refused)])

    def forget_plans(self) -> None:
        """Start anew: what was planned is planned again."""
        for name in [one for one in self.counts if one == "leads" or one.startswith("planned_")]:
            del self.counts[name]
        for counter in (self.held_causes, self.moves, self.likes, self.blanks, self.unanswered):
            counter.clear()
        self.intents.clear()
        self.rows = 0

    def take_counts(self, lane: CycleReport) -> None:
        """Add what a lane of this cycle planned apart."""
        for name, count in lane.counts.items():
            self.counts[name] += count

    def take_plans(self, plans: Iterable[LeadPlan], left_out: int = 0) -> None:
        """Count what a planned page would do; ``left_out``: leads out of scope, which it leaves alone (R37)."""
        leads = deletes = handoffs = 0
        if left_out:
            leads += left_out
            self.counts["planned_out_of_scope"] += left_out
        for plan in plans:
            view = plan.view
            leads += 1
            if view.holds:
                self.counts["planned_held"] += 1
                self.held_causes.update(one.cause for one in view.holds.values())
                deletes += sum(one.cause.startswith("deleted_in_") for one in newly_held(view))
            if view.paused:
                self.counts["planned_paused"] += 1
            handoffs += view.handoffs_begun
            if view.stage_moved:
                self.counts["planned_stage_moves"] += 1
            for told in view.transitions:
                if told.result in ("accepted", "adopted"):
                    self.moves[f"{told.from_stage or 'first sight'} → {told.to_stage}"] += 1
            if view.asserted:
                self.likes.update(view.asserted)
            if view.blanked:
                self.blanks.update(view.blanked)
            if view.unanswered:
                self.unanswered.update(view.unanswered)
            self._take_rows(plan)
        if leads:
            self.counts["leads"] += leads
            self.counts["planned_deletes"] += deletes
            self.counts["planned_handoffs"] += handoffs

    def _take_rows(self, plan: LeadPlan) -> None:
        for intent in plan.intents:
            self.counts["planned_writes"] += 1
            self.counts[f"planned_{intent.ref.crm}"] += 1
            if intent.op == "make":
                self.counts["planned_creates"] += 1
            if self.rows < SAVED_LINES:
                self.intents.append(intent)
                self.rows += len(intent.wanted)

    @property
    def lines(self) -> list[PlanLine]:
        """The two-sided diff, at most ``SAVED_LINES`` of it; made when asked for, since most runs show none."""
        return lines_of(self.intents)[:SAVED_LINES]

    def lines_as_text(self) -> str:
        """The saved plan's lines as JSON text."""
        return orjson.dumps(
            [
                [
                    one.link_id,
                    one.crm,
                    one.kind,
                    one.record_id,
                    one.field,
                    one.before,
                    one.after,
                    one.why,
                ]
                for one in self.lines
            ]
        ).decode()


def _p95(steps: Counter[int]) -> int:
    below = sum(steps.values()) * 0.95
    for step in sorted(steps):
        below -= steps[step]
        if below <= 0:
            return step
    return 0


def like_assertions(report: CycleReport, bound: int = LIKE_ASSERTIONS) -> str:
    """Which batch of like assertions needs approval as one, as a sentence; "" for none (R34)."""
    for (crm, actor, stage), count in sorted(report.likes.items()):
        if count > bound:
            return (
                f"One batch: {actor} set {count:,} leads to {stage} in {crm}. "
                "Look at it, then approve all of it with `leadpact apply`, or put it back there."
            )
    return ""
