"""How much of a run is undone: all of it, one field, one lead, or the records that it made, too (R32)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tests.simulation.agreement import mapping
from tests.simulation.choices import Turn
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, LEAD
from tests.simulation.world import canonical_names

from leadpact.model.link import Intent, Run
from leadpact.model.record import RecordRef
from leadpact.sync.report import CycleReport
from leadpact.sync.undoing import UndoLine, UndoOrder

if TYPE_CHECKING:
    from tests.simulation.wide import WideDriver

MANNERS = ("", "", "field", "lead", "field", "archive")
STAGE = ("stage", "stage_reason", "priority")
KINDS = (("hubspot", CONTACTS), ("salesforce", LEAD), ("salesforce", CONTACT))
MADE = "record"
"""How an undo names a record itself, in place of a field."""


@dataclass(frozen=True)
class Part:
    """What an operator asks for.

    Attributes:
        word: the one field, by any of its names, or ``stage``; "" = all.
        leads: those that are undone, as they stand by now.
        written: of them, the run's own links.
        archive: what the run made is taken away where nobody added to it.
    """

    run: Run
    leads: tuple[str, ...]
    written: frozenset[str]
    word: str = ""
    archive: bool = False

    @property
    def order(self) -> UndoOrder:
        """As the command gives it to the engine."""
        return UndoOrder(self.run, frozenset(filter(None, (self.word,))), archive=self.archive)

    def means(self, ref: RecordRef, name: str) -> bool:
        """Whether this field of this record is asked for."""
        outputs = mapping().outputs(ref.crm, ref.kind)
        if self.word in STAGE or any(self.word in of_stage(RecordRef(*one, "")) for one in KINDS):
            return name in of_stage(ref)  # together or not at all
        return (
            self.word in ("", name, canonical_names(ref).get(name))
            or outputs.get(self.word) == name
        )


def chosen_part(
    manner: str,
    turn: Turn,
    run: Run,
    standing: Sequence[tuple[str, str]],
    journal: Sequence[Intent],
) -> tuple[Part, str]:
    """What of this run is undone, and how the story tells it.

    Args:
        standing: each lead that the run wrote, with what it is by now.
        journal: what the run wrote.
    """
    leads = tuple(dict.fromkeys(now for _was, now in standing))
    whole = Part(run, leads, frozenset(was for was, _now in standing))
    if manner == "archive":
        return Part(run, leads, whole.written, archive=True), ", and what it made"
    if manner == "lead":
        one = leads[turn.below(len(leads))]
        theirs = frozenset(was for was, now in standing if now == one)
        return Part(run, (one,), theirs), f", of {one[:8]} alone"
    names = sorted({name for one in journal for name in _names(one)} | {"stage"})
    if manner == "field":
        word = names[turn.below(len(names))]
        return Part(run, leads, whole.written, word=word), f", its {word} alone"
    return whole, ""


def _names(intent: Intent) -> Iterator[str]:
    canonical = canonical_names(intent.ref)
    for name in intent.wanted if intent.op in ("set", "reset") else ():
        yield name
        yield canonical.get(name, name)


def of_stage(ref: RecordRef) -> frozenset[str]:
    """The fields that show a record's stage."""
    table = mapping().stage_table(ref.crm, ref.kind)
    outputs = mapping().outputs(ref.crm, ref.kind)
    more = (outputs.get(name, "") for name in ("stage", "stage_reason", "priority"))
    return frozenset((*table.stage_fields, *more))


def beside_the_part(part: Part, report: CycleReport, undo: Sequence[Intent]) -> Iterator[str]:
    """What nobody asked for is neither told of nor written."""
    for line in report.undone:
        if line.link_id not in part.leads:
            yield f"of {line.link_id[:8]} nothing was to be undone, and {line.field} is told of"
        if line.ref.crm and line.field != MADE and not part.means(line.ref, line.field):
            yield f"{line.field} of {line.ref} is told of, and {part.word} was to be undone"
        if line.field == MADE and part.word:
            yield f"the making of {line.ref} is told of, and {part.word} was to be undone"
    for one in undo:
        names = [name for name in one.wanted if not part.means(one.ref, name)]
        if names or (one.op == "archive" and not part.archive):
            yield f"{one.op} of {names} of {one.ref} is of no undo of {part.word or 'all'}"


def made_and_judged(
    driver: WideDriver,
    part: Part,
    report: CycleReport,
    journal: Sequence[Intent],
    begun: datetime,
) -> Iterator[str]:
    """Each record that the run made is told of: gone where nobody added anything, else there for a reason.

    Args:
        begun: when the undo began.
    """
    lines = {one.ref: one for one in report.undone if one.field == MADE}
    made = {
        (one.ref.crm, one.link_id)
        for one in journal
        if one.op == "make" and one.link_id in part.written and not part.word
    }
    for crm in driver.world.crms.values():
        for row in crm.rows.values():
            theirs = crm.name, str(row.fields.get(crm.external_id) or "")
            if row.made_by_us and theirs in made:
                wrong = _wrong(part, row, lines.get(row.ref), begun)
                if wrong:
                    yield f"the run made {row.ref}, and {wrong}"


def _wrong(part: Part, row: Row, line: UndoLine | None, begun: datetime) -> str:
    """What is untrue of what was told of a record that the run made."""
    others = [
        each.at
        for past in row.history.values()
        for each in past
        if each.author.kind not in ("ours", "workflow")
    ]
    if line is None:
        here = not (row.gone or row.became or row.merged is not None)
        return "nothing is told of it" if here else ""
    if line.result == "archived":
        if not (part.archive and row.gone):
            return "it was told to be archived"
        return (
            "it was archived though somebody had added to it"
            if min(others, default=begun) < begun
            else ""
        )
    if line.result == "changed since" and not others:
        return "nobody had added to it"
    if part.archive and "unless --created archive" in line.why:
        return "it was to be archived"
    return ""
