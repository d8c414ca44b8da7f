"""A town for acceptance tests: both emulators as a process, the product wired as it ships, one folder of state."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.forked import process_of, run_forked

from leadpact.model.link import WorkItem
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Limits
from leadpact.sync.report import CycleReport
from leadpact.sync.sweep import EVERY
from leadpact_app.bootstrap import Pair, open_pair
from leadpact_app.cli import main
from leadpact_app.cli.demo_cast import Person, people_of, stand_of
from leadpact_app.cli.demo_story import Staff
from leadpact_app.cli.demo_world import World
from leadpact_app.settings import load_settings

MINUTES_15 = 15 * 60
LEASE_S = 5 * 60 + 1
LIFTED = Limits(lifted=True)
KILLED = 137
CHILD_S = 60.0
COMMAND = "from leadpact_app.cli import main; main()"


@dataclass
class Town:
    """Both CRMs, their people at work, and leadpact between them."""

    world: World
    folder: Path
    tables: dict[str, Any]
    state: str = ""
    """The state's address; blank = a file in the folder."""

    @contextlib.contextmanager
    def pair(self, **overrides: Any) -> Iterator[Pair]:
        """The pair as every command opens it."""
        with open_pair(load_settings(self.folder, **self.settings(), **overrides)) as pair:
            yield pair

    def settings(self) -> dict[str, Any]:
        """What leadpact is told."""
        state = {"state": self.state or str(self.folder / "state.db")}
        return {"pair": "acceptance", **state, "max_writes": None, **self.tables}

    def environment(self) -> dict[str, str]:
        """The same for a process of its own."""
        env = {"LEADPACT_PAIR": "acceptance", "LEADPACT_STATE": str(self.settings()["state"])}
        for name, table in self.tables.items():
            if isinstance(table, Mapping):
                env |= {f"LEADPACT_{name}__{key}".upper(): str(v) for key, v in table.items()}
            else:
                env[f"LEADPACT_{name}".upper()] = str(table)
        return env

    def later(self, seconds: float = MINUTES_15) -> None:
        """Time passes in both CRMs."""
        self.world.advance(seconds)

    def begin(self, pair: Pair) -> None:
        """Make the fields, plan, approve."""
        for name, connector in pair.connectors.items():
            made = connector.provision(pair.mapping.wanted_fields(name), dry_run=False)
            assert not [one for one in made if one.result == "refused"]
        report = pair.run_cycle(dry=True)
        plan = pair.store.plan(report.plan_id)
        assert plan is not None
        pair.approve(plan)

    def go_live(self, pair: Pair) -> None:
        """The first sync, differences settled for Salesforce, and a cycle with nothing to do."""
        self.begin(pair)
        assert pair.run_cycle(limits=LIFTED).status == "done"
        self.answer_differences(pair)
        self.until_quiet(pair)

    def answer_differences(self, pair: Pair, answer: str = "take:salesforce") -> None:
        """Answer every stage that differed at first sight."""
        holds = [one for one in pair.store.holds() if one.cause == "stages_differ"]
        now = pair.clock.now()
        changes = StateChanges(
            holds=[replace(one, status="answered", answer=answer) for one in holds],
            work=[WorkItem(one.link_id, "review", now, now) for one in holds],
        )
        pair.store.commit(changes, None, now)

    def until_quiet(self, pair: Pair, most: int = 6) -> int:
        """Sync until a cycle writes nothing; how many cycles that took."""
        for cycle in range(1, most + 1):
            self.later()
            report = pair.run_cycle(limits=LIFTED)
            assert report.status == "done", report.note
            if not report.counts["written"] and not report.counts["failed"]:
                return cycle
        raise AssertionError(f"{most} cycles, and still something to write: {report.counts}")

    def calm(self, pair: Pair, seconds: float) -> None:
        """Wait for so long a time in which no signal grows out of its window and no daily sweep is due."""
        for _wait in range(200):
            pair.clock.follow()
            now = pair.clock.now()
            until = now + timedelta(seconds=seconds)
            last = [one.due_at for one in pair.store.due(until, 10_000)[-1:]]
            swept, _, _cursor = pair.store.checkpoint("hubspot", "contacts:archived").partition(" ")
            if swept and (due := datetime.fromisoformat(swept) + EVERY) < until:
                last.append(due)
            if not last:
                return
            self.later(max((max(last) - now).total_seconds() + 1, 1))
            pair.run_cycle(limits=LIFTED)
        raise AssertionError("no calm in sight")

    def calls_of(self, pair: Pair, limits: Limits | None = None) -> tuple[CycleReport, Calls]:
        """One cycle, and the calls that the CRMs counted for it, by route."""
        before = self.routes()
        report = pair.run_cycle(limits=limits)
        after = self.routes()
        made = {
            crm: {
                route: number - before[crm].get(route, 0)
                for route, number in routes.items()
                if number > before[crm].get(route, 0)
            }
            for crm, routes in after.items()
        }
        return report, Calls(made)

    def routes(self) -> dict[str, dict[str, int]]:
        """Calls per CRM and route since the start."""
        answer: dict[str, dict[str, int]] = self.world.get("/calls")
        return answer

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """Put these fault rules in force, and no others."""
        self.world.control("/faults", list(rules))

    def people(self, *stages: str) -> list[Person]:
        """People in both CRMs with an open Lead, at one of these stages."""
        found = people_of(stand_of(self.world))
        return [one for one in found if one.sf_lead and one.stage in stages]

    def staff(self) -> Staff:
        """Who acts."""
        return Staff(self.world)

    def command(self, *arguments: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
        """A command of leadpact as a process of its own, in this folder."""
        env = {**os.environ, **self.environment()}
        if crash_at:
            env["LEADPACT_CRASH_AT"] = crash_at
        return run_forked(main, *arguments, folder=self.folder, environment=env, timeout=CHILD_S)

    def sync_and_die(self, crash_at: str) -> int:
        """A cycle in a process of its own that ends itself at this boundary; its exit code."""
        return run_child(self.settings() | {"crash_at": crash_at}, self.folder)


@dataclass(frozen=True)
class Calls:
    """Calls of one cycle, by CRM and route template."""

    made: Mapping[str, Mapping[str, int]]

    def total(self, crm: str) -> int:
        """All of one CRM."""
        return sum(self.made[crm].values())

    def of(self, crm: str, *parts: str) -> int:
        """Those whose route holds one of these words."""
        return sum(
            number
            for route, number in self.made[crm].items()
            if any(part in route for part in parts)
        )


def cycle_of(settings: Mapping[str, Any], folder: str) -> None:
    """What the child does: one cycle without caps. Its process is the test's to kill."""
    with open_pair(load_settings(Path(folder), **settings)) as pair:
        report = pair.run_cycle(limits=LIFTED)
    sys.exit(report.exit_code)


def run_child(settings: Mapping[str, Any], folder: Path) -> int:
    """Run :func:`cycle_of` in a process of its own to its end; its exit code."""
    process = child(settings, folder)
    process.start()
    process.join(CHILD_S)
    code = process.exitcode
    assert isinstance(code, int)
    return code


def child(settings: Mapping[str, Any], folder: Path) -> Any:
    """The process, not yet started."""
    return process_of(cycle_of, dict(settings), str(folder))
