"""Undo of any run in the midst of everything, its own undo, and the release of what it put back (R32)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.simulation.agreement import mapping
from tests.simulation.choices import Turn
from tests.simulation.crm_rows import Row
from tests.simulation.wide_undo_part import (
    MANNERS,
    Part,
    beside_the_part,
    chosen_part,
    made_and_judged,
    of_stage,
)
from tests.simulation.world import canonical_names

from leadpact.model.link import Intent, Run
from leadpact.model.record import Native, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync.journal_kept import KEPT
from leadpact.sync.releasing import released
from leadpact.sync.report import CycleReport
from leadpact.sync.same import same_native
from leadpact.sync.undo import undo
from leadpact.sync.undoing import UndoLine, is_again
from leadpact_app.cli.finding import standing

if TYPE_CHECKING:
    from tests.simulation.driver import Running
    from tests.simulation.wide import WideDriver

KINDS = ("sync", "backfill", "undo", "repair")
CHOSEN = ("", "backfill", "", "undo")
LATEST = 8
EARLIER = 60
LASTS = timedelta(minutes=5)
KEYS = ("email", "hs_additional_emails", "Email", "leadpact_lead_id", "leadpact_lead_id__c")
Where = tuple[RecordRef, str]


@dataclass(frozen=True)
class Place:
    """A field of a record that shows something else than what stood there before the undone run."""

    ref: RecordRef
    name: str
    shown: Native
    ours: Native


@dataclass(frozen=True)
class PutBack:
    """A value that an undo put back, and that nothing may write again for its own sake.

    Attributes:
        undone: what the undone run had written.
    """

    at: datetime
    undone: Native
    run_id: str


class Undos:
    """The undos of one history.

    Attributes:
        put_back: what stands put back: mapped fields, and dates that a backfill had filled in.
    """

    def __init__(self, driver: WideDriver) -> None:
        self._driver = driver
        self.put_back: dict[Where, PutBack] = {}
        self._of: dict[int, tuple[Part, dict[str, frozenset[str]], datetime]] = {}

    def begin(self, turn: Turn) -> None:
        """Once what is under way has ended, an operator undoes one of the last runs."""
        driver = self._driver
        for slot in tuple(driver.slots):
            driver.whole(slot)
        if driver.slots or driver.go_live is None:
            return
        store, kind = driver.store, turn.of(CHOSEN)
        if kind == "backfill" and not any(one.kind == kind for one in store.runs(LATEST)):
            driver.backfills.begin(turn)
            driver.whole("A")
        runs = [
            one
            for one in store.runs(LATEST)
            if one.kind in KINDS and driver.now - one.started_at <= KEPT and self._leads(one)
        ]
        runs = [one for one in runs if one.kind == kind] or runs
        if not runs:
            return
        which, manner = turn.below(1 << 16), turn.of(MANNERS)
        if manner == "archive":
            makers = [one for one in store.runs(EARLIER) if self._made(one)]
            runs = [one for one in makers if driver.now - one.started_at <= KEPT] or runs
        run = runs[which % len(runs)]
        part, told = chosen_part(manner, turn, run, self._leads(run), self._journal(run))
        driver.world.tell(f"The operator undoes the {run.kind} {run.id}{told}.")
        hidden = {crm.name: crm.hidden for crm in driver.world.crms.values()}
        begun = driver.world.now
        if driver.start("A", only=part.leads, steps=lambda one: undo(one, part.order)):
            self._of[driver.slots["A"].number] = part, hidden, begun

    def _leads(self, run: Run) -> list[tuple[str, str]]:
        """Each lead that a run wrote, and which it is by now; those erased left out."""
        store = self._driver.store
        wrote = tuple(store.leads_of_run(run.id))
        links = store.links(wrote)
        return [
            (one, standing(store, one) if links[one].status == "folded" else one)
            for one in wrote
            if one in links
        ]

    def _journal(self, run: Run) -> list[Intent]:
        store = self._driver.store
        return list(store.journal(run.id, list(store.leads_of_run(run.id))))

    def _made(self, run: Run) -> bool:
        return any(one.op == "make" for one in self._journal(run))

    def release(self, turn: Turn) -> None:
        """An operator lets go of what an undo put back."""
        driver = self._driver
        pins = driver.store.pins()
        undos = sorted({one.run_id for one in pins})
        if not undos:
            return
        chosen = undos[turn.below(len(undos))]
        driver.world.tell(f"The operator releases what {chosen} put back.")
        theirs = [one for one in pins if one.run_id == chosen]
        lease = driver.store.acquire("release", driver.now, LASTS)
        if lease is None:
            return
        changes = released(driver.store, driver.mapping, theirs, driver.now)
        driver.store.commit(changes, lease, driver.now)
        driver.store.release(lease)
        for pin in theirs:
            self.put_back.pop((pin.ref, pin.field), None)

    # what is watched

    def committed(self, running: Running, changes: StateChanges) -> Iterator[str]:
        """What was undone is written again for no reason but a person's or other evidence."""
        if running.number in self._of:
            for pin in changes.released:
                self.put_back.pop((pin.ref, pin.field), None)
            return
        for intent in changes.intents:
            if intent.id in self._driver.watch.intents:
                continue
            for name, wanted in intent.wanted.items():
                known = self.put_back.get((intent.ref, name))
                if known is None or not same_native(wanted, known.undone):
                    continue
                if not self._changed_since(intent.ref, name, known.at):
                    yield (
                        f"{name} of {intent.ref} is {wanted!r} again, which {known.run_id} undid: "
                        f"{intent.rule.get(name, '')}"
                    )

    def _changed_since(self, ref: RecordRef, name: str, since: datetime) -> bool:
        """Whether anybody edited this value of this person, or who they are."""
        world = self._driver.world
        row = world.crms[ref.crm].rows[ref]
        canonical = canonical_names(ref).get(name)
        for edit in world.edits:
            if edit.at < since or edit.person != row.person:
                continue
            theirs = canonical_names(edit.ref).get(edit.native)
            if edit.native in KEYS or (edit.ref, edit.native) == (ref, name):
                return True
            if canonical is not None and theirs == canonical:
                return True
        return any(
            one.person == row.person and (one.created >= since or one.gone or bool(one.became))
            for crm in world.crms.values()
            for one in crm.rows.values()
        )

    def ended(self, running: Running, report: CycleReport) -> None:
        """Hold an undo that came to its end against what its run had written."""
        known = self._of.get(running.number)
        if known is None or report.status != "done":
            return
        part, hidden, begun = known
        run, undo_id, problems = part.run, f"run{running.number}", self._driver.world.problems
        problems.extend(self._judged(running, report, part, hidden, begun))
        store = self._driver.store
        mine = store.journal(undo_id, list(store.leads_of_run(undo_id)))
        problems.extend(beside_the_part(part, report, mine))
        problems.extend(made_and_judged(self._driver, part, report, self._journal(run), begun))
        if not is_again(run, self._driver.store.run):
            self._remember(report, undo_id)
            return
        put_back = {
            (one.link_id, one.ref, one.field) for one in report.undone if one.result == "put back"
        }
        for pin in self._driver.store.pins():
            if pin.run_id == run.id and pin.key in put_back:
                self._driver.world.problems.append(
                    f"{pin.field} of {pin.ref} is pinned by {run.id}, which is undone"
                )
        for _link_id, ref, name in put_back:
            self.put_back.pop((ref, name), None)

    def _remember(self, report: CycleReport, undo_id: str) -> None:
        for line in report.undone:
            if line.result != "put back" or line.ref.crm not in self._driver.world.crms:
                continue
            row = self._driver.world.crms[line.ref.crm].rows[line.ref]
            filled = mapping().backfill(line.ref.crm, line.ref.kind)
            kept = line.field in canonical_names(line.ref) or line.field in filled.dates.values()
            if (
                kept
                and line.field != filled.mark
                and same_native(row.fields[line.field], line.before)
            ):
                now = self._driver.world.now
                self.put_back[line.ref, line.field] = PutBack(now, line.ours, undo_id)

    def _judged(
        self,
        running: Running,
        report: CycleReport,
        part: Part,
        hidden: dict[str, frozenset[str]],
        begun: datetime,
    ) -> Iterator[str]:
        """What nobody touched is put back; what anybody touched is told and left; all else has its reason."""
        lines = {(one.ref, one.field): one for one in report.undone}
        world, run = self._driver.world, part.run
        for (ref, name), (before, ours) in self._wrote(part).items():
            row = world.crms[ref.crm].rows.get(ref)
            if row is None or row.gone or row.became:
                continue
            shown, since = row.fields.get(name), running.reads.get(ref)
            if same_native(shown, before) or (since is not None and _edited(row, name, since)):
                continue
            line = lines.get((ref, name))
            there = Place(ref, name, shown, ours)
            wrong = (
                "nothing is told of it"
                if line is None
                else _untrue(line, there, hidden[ref.crm] | world.crms[ref.crm].hidden)
            )
            if line is not None and line.result == "put back":
                done = self._sent_late(ref) or _edited_once_back(row, name, before, begun)
                wrong = "" if done else "it was told to be put back"
            if wrong:
                yield (
                    f"{name} of {ref}, which {run.id} set from {before!r} to {ours!r}, "
                    f"shows {shown!r} after its undo, and {wrong}"
                )

    def _sent_late(self, ref: RecordRef) -> bool:
        late = self._driver.world.late.under_way
        return any(row.id == ref.id for one in late for row in one.rows)

    def _wrote(self, part: Part) -> dict[Where, tuple[Native, Native]]:
        """By field: what the run found there, and what it wrote; from a person's edit in its midst on."""
        found: dict[Where, tuple[Native, Native]] = {}
        for one in self._journal(part.run):
            if one.state != "written" or one.op not in ("set", "reset"):
                continue
            for name, value in one.wanted.items():
                if one.link_id not in part.written or not part.means(one.ref, name):
                    continue
                known = found.get((one.ref, name))
                here = one.before.get(name)
                first = known[0] if known is not None and same_native(known[1], here) else here
                found[one.ref, name] = first, value
        return found


def _untrue(line: UndoLine, there: Place, hidden: frozenset[str]) -> str:
    """What is untrue of the reason why a field was not put back."""
    ref, name = there.ref, there.name
    if line.result == "changed since":
        wrong = same_native(there.shown, there.ours) and name not in of_stage(ref)
    elif line.result == "never undone":
        wrong = name in canonical_names(ref) and not _is_consent(ref, name)
    else:
        wrong = "cannot be seen" in line.why and name not in hidden
    return f"it was told to be {line.result}: {line.why}" if wrong else ""


def _edited(row: Row, name: str, since: datetime) -> bool:
    latest = next(iter(row.history.get(name, ())), None)
    return latest is not None and latest.at >= since and latest.author.kind != "ours"


def _edited_once_back(row: Row, name: str, before: Native, begun: datetime) -> bool:
    """Whether an undo did put it back, and a person edited it before the undo had looked for the last time (R32)."""
    mine = (one for one in row.history.get(name, ()) if one.author.kind == "ours")
    back = next((one for one in mine if one.at >= begun), None)
    return back is not None and same_native(back.value, before) and _edited(row, name, back.at)


def _is_consent(ref: RecordRef, name: str) -> bool:
    rule = mapping().fields[canonical_names(ref)[name]]
    return rule.policy == "most_restrictive"


def undo_or_release(driver: WideDriver, turn: Turn) -> None:
    """Undo a run, or let go of what an undo put back."""
    if turn.below(5) == 4:
        driver.undos.release(turn)
    else:
        driver.undos.begin(turn)
