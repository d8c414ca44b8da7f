"""What the state costs: a page of 200 leads beside the store in memory, and a call counted in the day's budget.

Both stores answer the same pages in turns, so that whatever else the machine does falls on both alike.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from benchmarks.reporting import report
from leadpact.model.link import Intent, Link, Outcome, Side, WorkItem
from leadpact.model.record import RecordRef
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact_app.observe.calls import DayBudget
from leadpact_app.store.budget import StoredBudget
from leadpact_app.store.memory import MemoryStore
from leadpact_app.store.sql import SqlStore

LEADS = 10_000
PAGE = 200
ROUNDS = 40
CALLS = 100_000
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
CRMS = (("hubspot", "contacts"), ("salesforce", "Lead"))
BASE: dict[str, str | int | None] = {
    "email": "zoe.adams@example.com",
    "first_name": "Zoë",
    "last_name": "Adams",
    "company": "Example Organisation",
    "title": "Head of Marketing",
    "phone": "+12025550123",
    "city": "Springfield",
    "country": "US",
    "employees": 120,
    "email_opt_out": False,
}


def main() -> None:
    """Print the cost of a page, of both stores and as a ratio, and of a counted call."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.db"
        with closing(SqlStore.open(file, "bench")) as stored:
            in_memory = MemoryStore()
            for store in (stored, in_memory):
                for start in range(0, LEADS, PAGE):
                    store.commit(_changes(range(start, start + PAGE), "first"), None, NOW)
            ratios, costs = _pages(stored, in_memory)
        print(
            f"{PAGE} leads of {LEADS} read, then written with journal and outcomes, median of {ROUNDS}"
        )
        report("store.page", statistics.median(costs) / PAGE, ratio=statistics.median(ratios))
        print(f"one call counted, average of {CALLS}")
        for name, (cpu, wall) in _calls(file).items():
            print(f"  {name}: {cpu * 1000:.1f} µs CPU, {wall * 1000:.1f} µs as the clock goes")
        report("store.call", cpu)


def _pages(stored: StateStore, in_memory: StateStore) -> tuple[list[float], list[float]]:
    """Per round the ratio of CPU, and the CPU of the stored one in milliseconds."""
    ratios, costs = [], []
    for turn in range(ROUNDS):
        start = turn * PAGE % LEADS
        numbers = range(start, start + PAGE)
        ours = _cpu_ms(partial(_page, stored, numbers, f"run-{turn}"))
        beside = _cpu_ms(partial(_page, in_memory, numbers, f"run-{turn}"))
        ratios.append(ours / beside)
        costs.append(ours)
    return ratios, costs


def _page(store: StateStore, numbers: range, run: str) -> None:
    """What a cycle asks of its store for one page that changed on both sides."""
    ids = [_link(number) for number in numbers]
    store.due(NOW, PAGE)
    store.known_records([RecordRef("hubspot", "contacts", str(number)) for number in numbers])
    if len(store.links(ids)) != PAGE or len(store.sides(ids)) != PAGE:
        raise RuntimeError("a lead is missing")
    store.holds(link_ids=ids)
    store.failures(link_ids=ids)
    store.signals(ids, NOW - timedelta(days=90))
    changes = _changes(numbers, run)
    # A journal before the writes, what they came to after them.
    intents, changes.intents = changes.intents, []
    store.commit(StateChanges(intents=intents), None, NOW)
    changes.closings = [one.closed("written", NOW) for one in intents]
    store.commit(changes, None, NOW)


def _changes(numbers: range, run: str) -> StateChanges:
    changes = StateChanges()
    for number in numbers:
        link = _link(number)
        stage = StageState(stage="mql", since=NOW, episode=1, pact_hash="aaaa")
        changes.links.append(Link(link, "live", {**BASE, "city": f"Springfield {run}"}, stage))
        item = WorkItem(link, "changed", NOW, NOW, 0)
        changes.work.append(item)
        if run != "first":
            changes.done.append(item)
        for crm, kind in CRMS:
            ref = RecordRef(crm, kind, str(number))
            changes.sides.append(Side(ref, link, True, "live", run, dict(BASE), {}, dict(BASE)))
            if run != "first":
                changes.intents.append(_intent(ref, link, run))
                changes.outcomes.append(Outcome(run, link, crm, "written", NOW, "", ("city",)))
    return changes


def _intent(ref: RecordRef, link: str, run: str) -> Intent:
    return Intent(
        f"{run}-{ref.crm}-{link}",
        run,
        link,
        ref,
        "set",
        {"city": "Springfield"},
        {"city": f"Springfield {run}"},
        {},
        {},
        NOW,
    )


def _link(number: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"link {number}"))


def _calls(file: Path) -> dict[str, tuple[float, float]]:
    """Milliseconds per call, of CPU and of wall time, as the connectors make them: counted before, corrected after."""

    def now() -> datetime:
        return datetime.now(UTC)

    measured = {}
    budget = DayBudget(now)
    stored = StoredBudget.open(file, {"hubspot": "4242"}, now, share=0.95)
    with closing(stored):
        budget.attach(stored)
        for name, corrected in (("counted", False), ("counted and corrected by a reply", True)):
            spend = partial(_spend, budget, corrected=corrected)
            wall = time.perf_counter()
            cpu = _cpu_ms(spend) / CALLS
            wall = (time.perf_counter() - wall) * 1000 / CALLS
            measured[name] = (cpu, wall)
    return measured


def _spend(budget: DayBudget, *, corrected: bool) -> None:
    midnight = datetime.now(UTC) + timedelta(hours=8)
    left = 10 * CALLS
    for made in range(CALLS):
        budget.spend("hubspot")
        if corrected:
            budget.correct("hubspot", limit=10 * CALLS, remaining=left - made, resets_at=midnight)


def _cpu_ms(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    main()
