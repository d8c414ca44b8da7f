"""One sync of the demo, watched from outside: what leadpact says it wrote, and what really changed in the CRMs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from leadpact_app.cli.console import crm_label, shown
from leadpact_app.cli.demo_cast import Person, Stand, stand_of
from leadpact_app.cli.demo_screen import Screen, calls_told, count, expect

if TYPE_CHECKING:
    from leadpact.model.link import Intent
    from leadpact.sync.context import Limits
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap import Pair
    from leadpact_app.cli.demo_world import World

LATER_S = 2 * 60
"""Between two scenes; longer than HubSpot's search lags."""
QUIET_AFTER_S = 15 * 60
"""Longer than any look-back, so that a cycle has nothing to look at again."""
QUIET_MINUTE_S = 60
"""From one cycle to the next."""
CALM = timedelta(minutes=60)
"""The story's own time."""
MOST_WAITS = 48


@dataclass(frozen=True, slots=True)
class Cycle:
    """One sync.

    Attributes:
        calls: calls per CRM, as the CRMs counted them.
        writes: the journal of this run: what was sent, with before, after and rule.
        after: both CRMs as they stand after it.
    """

    report: CycleReport
    calls: Mapping[str, int]
    writes: tuple[Intent, ...]
    after: Stand


@dataclass(slots=True)
class Scene:
    """What every chapter works with.

    Attributes:
        names: who is who, by lead id.
        spent: per cycle its name, calls per CRM and records written.
    """

    screen: Screen
    world: World
    pair: Pair
    names: dict[str, str] = field(default_factory=dict)
    spent: list[tuple[str, Mapping[str, int], int]] = field(default_factory=list)

    def sync(self, label: str, limits: Limits | None = None) -> Cycle:
        """Run one cycle between two readings of both CRMs, and hold it to what it says of itself.

        Raises:
            Stop: it failed, or the CRMs show more or less than the journal.
        """
        before, counted = stand_of(self.world), self.world.calls()
        report = self.pair.run_cycle(limits=limits)
        calls = self._since(counted)
        after = stand_of(self.world)
        run_id = self.pair.store.runs(1)[0].id
        writes = tuple(reversed(self.pair.store.intents(run_id=run_id, limit=100_000)))
        expect(
            report.status == "done" and not report.counts["failed"],
            f"the sync “{label}” ended as {report.status}: {report.note or self._failures()}",
        )
        told = {(one.ref.crm, one.ref.kind, one.ref.id) for one in writes if one.ref.id}
        new = sum(1 for one in writes if not one.ref.id)
        moved = before.moved(after)
        expect(
            told <= moved and len(moved) == len(told) + new,
            f"the journal of “{label}” names {len(told) + new} records, the CRMs show {len(moved)} changed",
        )
        if label not in (name for name, _calls, _writes in self.spent):
            self.spent.append((label, calls, len(writes)))
        else:
            self._add(label, calls, len(writes))
        return Cycle(report, calls, writes, after)

    def later(self, seconds: float = LATER_S) -> None:
        """Time passes in both CRMs."""
        self.world.advance(seconds)

    def calm(self) -> None:
        """Wait for an hour in which no signal grows out of its window, so that the story's writes are its people's.

        In a large population there may be none; then such writes are told apart (:meth:`due`).
        """
        clock, store = self.pair.clock, self.pair.store
        for _wait in range(MOST_WAITS):
            clock.follow()
            now = clock.now()
            soon = store.due(now + CALM, 10_000)
            if not soon:
                return
            self.later(max((soon[-1].due_at - now).total_seconds() + 1, 1))
            self.sync("scores whose signals grew old")

    def due(self) -> set[str]:
        """Leads whose own time has come (a signal leaves its window), whatever people do."""
        self.pair.clock.follow()
        items = self.pair.store.due(self.pair.clock.now(), 10_000)
        return {one.link_id for one in items if one.cause == "timer"}

    def show_writes(self, cycle: Cycle, people: Sequence[Person]) -> None:
        """Exactly the records that were written, person by person, with what tells most of each."""
        order = {one.lead_id: (place, one.name) for place, one in enumerate(people)}
        rows: list[tuple[str, str, str, str]] = []
        last = ""
        for intent in sorted(
            cycle.writes, key=lambda one: (order.get(one.link_id, (99, ""))[0], one.ref.crm)
        ):
            who = order.get(intent.link_id, (99, "a signal grew old"))[1]
            told = self._telling(intent)
            for number, (name, change) in enumerate(told):
                first = number == 0
                rows.append(
                    (
                        who if first and who != last else "",
                        _where(intent) if first else "",
                        name,
                        change,
                    )
                )
            last = who
        self.screen.table(("Who!", "Record!", "Field!", "before → after"), rows)

    def _telling(self, intent: Intent) -> list[tuple[str, str]]:
        table = self.pair.mapping.stage_table(intent.ref.crm, intent.ref.kind)
        outputs = self.pair.mapping.outputs(intent.ref.crm, intent.ref.kind)
        ours = set(outputs.values()) | {
            self.pair.mapping.external_id_field(intent.ref.crm, intent.ref.kind)
        }
        first = [*table.native_fields, table.own_field, table.reason_field]
        score = outputs.get("score_total", "")
        plain = [name for name in intent.wanted if name not in ours and name not in first]
        rows = [
            (field_label(name), f"{shown(intent.before.get(name), 30)} → {shown(value, 30)}")
            for name in [*first, score]
            if (value := intent.wanted.get(name)) not in (None, "")
            or (name in intent.wanted and intent.before.get(name) not in (None, ""))
        ]
        if intent.op == "make":
            return [*rows, ("the person", shown(", ".join(plain), 60))]
        return [
            *(
                (name, f"{shown(intent.before.get(name), 30)} → {shown(intent.wanted[name], 30)}")
                for name in plain
            ),
            *rows,
        ]

    def expect_only(self, cycle: Cycle, people: Iterable[Person], also: set[str]) -> None:
        """Every write belongs to one of these people, and each of them has one."""
        mine = {one.lead_id for one in people}
        written = {one.link_id for one in cycle.writes}
        expect(written - also <= mine, "a sync wrote records that nobody had touched")
        expect(mine <= written, "a sync left out somebody whose lead had changed")

    def say_written(self, cycle: Cycle) -> None:
        """How many records, and what it took."""
        self.screen.good(
            f"{count(len(cycle.writes), 'record')} written; both CRMs, read again, show exactly these "
            f"as changed ({calls_told(cycle.calls)})."
        )

    def again(self, label: str) -> Cycle:
        """Sync again: nothing to write.

        Raises:
            Stop: something was written.
        """
        also = self.due()
        cycle = self.sync(label)
        written = {one.link_id for one in cycle.writes} - also
        expect(not written, f"the sync “{label}” wrote {len(written)} records again")
        self.screen.good(
            f"Synced again: {count(len(cycle.writes), 'record')} written ({calls_told(cycle.calls)})."
        )
        return cycle

    def _add(self, label: str, calls: Mapping[str, int], writes: int) -> None:
        for place, (name, before, written) in enumerate(self.spent):
            if name == label:
                summed = {crm: before[crm] + calls[crm] for crm in calls}
                self.spent[place] = (name, summed, written + writes)

    def _since(self, counted: Mapping[str, int]) -> dict[str, int]:
        now = self.world.calls()
        return {crm: now[crm] - counted.get(crm, 0) for crm in now}

    def _failures(self) -> str:
        return "; ".join(one.message for one in self.pair.store.failures()[:3])


def _where(intent: Intent) -> str:
    kind = {"contacts": "contact"}.get(intent.ref.kind, intent.ref.kind)
    new = " (new)" if intent.op == "make" else ""
    return f"{crm_label(intent.ref.crm)} {kind}{new}"


def field_label(name: str) -> str:
    """A field of ours without the prefix and suffix that all of ours bear; any other as the CRM calls it."""
    bare = name.removesuffix("__c")
    return f"our {bare.removeprefix('leadpact_')}" if bare.startswith("leadpact_") else name
