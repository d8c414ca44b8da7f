"""What an undo says of what it left as it stands: who changed it since, and how each lead ended (R32)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from leadpact.errors import LeadpactError
from leadpact.model.link import Outcome, WorkItem
from leadpact.model.pin import NOWHERE
from leadpact.model.record import FieldChange, RecordRef
from leadpact.sync.context import Context
from leadpact.sync.effects import Gather, ReadHistory, Steps
from leadpact.sync.report import CycleReport
from leadpact.sync.same import same_native
from leadpact.sync.undoing import BY_US, SINCE, UndoLine

if TYPE_CHECKING:
    from leadpact.sync.execute import PlannedPage

SHOWN_LINES: Final = 5000
"""Most lines that an undo's report keeps; its counts are always of all."""
AGAIN: Final = "its record was being changed meanwhile; run the undo again"
DONE: Final = frozenset({"put back", "archived"})


def who(context: Context, lines: Sequence[UndoLine]) -> Steps[list[UndoLine]]:
    """Say of what changed since, by whom and when, where the CRM keeps it."""
    asked: dict[tuple[str, str], set[RecordRef]] = {}
    names: dict[tuple[str, str], set[str]] = {}
    for one in lines:
        if one.result == SINCE and one.ref != NOWHERE:
            key = (one.ref.crm, one.ref.kind)
            asked.setdefault(key, set()).add(one.ref)
            names.setdefault(key, set()).add(one.field)
    effects = [
        ReadHistory(
            crm, kind, tuple(ref.id for ref in refs[start : start + most]),
            tuple(sorted(names[crm, kind])),
        )
        for (crm, kind), found in sorted(asked.items())
        for refs, most in [(sorted(found), context.crms[crm].capabilities.history_batch)]
        for start in range(0, len(refs), most)
    ]  # fmt: skip
    if not effects:
        return list(lines)
    answers = yield Gather(tuple(effects))
    latest: dict[tuple[RecordRef, str], FieldChange] = {}
    for effect, answer in zip(effects, answers, strict=True):
        if isinstance(answer, LeadpactError):
            continue
        for record_id, changes in answer.items():
            for change in reversed(changes):
                latest[RecordRef(effect.crm, effect.kind, record_id), change.field] = change
    told = []
    for one in lines:
        change = latest.get((one.ref, one.field))
        # What stays because of another field of the stage was not changed itself.
        if one.result == SINCE and change is not None and not same_native(one.now, one.ours):
            ours = change.author.id in context.crms[one.ref.crm].actor_ids
            who = BY_US if ours else str(change.author)
            one = replace(one, who=who, at=change.at)  # noqa: PLW2901
        told.append(one)
    return told


def as_it_ended(
    context: Context, page: PlannedPage, lines: Sequence[UndoLine], *, last: bool
) -> tuple[list[UndoLine], list[WorkItem]]:
    """What became of a page's fields once its rows were sent: a row may have been refused, or overtaken by an edit.

    Args:
        last: nothing is judged anew any more.

    Returns:
        What is told of now; leads that are to be judged anew, since a record of theirs changed meanwhile.
    """
    sent = {
        plan.view.link.id: (plan.view.work, [(one.id, one.ref) for one in plan.intents])
        for plan in page.plans
    }
    journal = context.store.journal(
        context.run_id, [one for one, (_, rows) in sent.items() if rows]
    )
    states = {one.id: one.state for one in journal}
    rows = {(link, ref): states.get(one, "") for link, (_, of) in sent.items() for one, ref in of}
    again = {one.link_id: one for one in page.deferred}
    again |= {link: sent[link][0] for (link, _ref), state in rows.items() if state == "overtaken"}
    refused = [link for (link, _ref), state in rows.items() if state == "refused"]
    why = {(one.link_id, one.ref): one.message for one in context.store.failures(link_ids=refused)}
    told: list[UndoLine] = []
    for one in lines:
        state = rows.get((one.link_id, one.ref), "written") if one.link_id in sent else "overtaken"
        if state == "written" and one.result in DONE:
            told.append(one)
        elif one.link_id in again and not last:
            continue
        elif one.result not in DONE:
            told.append(one)
        elif state == "overtaken":
            told.append(replace(one, result=SINCE, why=AGAIN))
        else:
            label = context.label(one.ref.crm)
            word = f"{label} refused it" if state == "refused" else f"{label} gave no answer"
            more = why.get((one.link_id, one.ref), "the next sync looks what came of it")
            told.append(replace(one, result="not possible", why=f"{word}: {more}"))
    return told, list(again.values())


def left_alone(context: Context, lines: Sequence[UndoLine], now: datetime) -> list[Outcome]:
    """The outcome of leads of which nothing is put back in a CRM."""
    back = {(one.link_id, one.ref.crm) for one in lines if one.result in DONE}
    left: dict[tuple[str, str, str], list[str]] = {}
    for one in lines:
        key = (one.link_id, one.ref.crm)
        if one.result not in DONE and key not in back:
            left.setdefault((*key, one.result.replace(" ", "_")), []).append(one.field)
    found = {
        (link_id, crm): Outcome(
            context.run_id, link_id, crm, "unchanged", now, cause, tuple(sorted(names))
        )
        for (link_id, crm, cause), names in sorted(left.items())
    }
    return list(found.values())


def tell(report: CycleReport, lines: Sequence[UndoLine]) -> None:
    """Count what becomes of the fields, and keep the first lines."""
    for one in lines:
        report.counts[one.result.replace(" ", "_")] += 1
    report.undone.extend(lines[: SHOWN_LINES - len(report.undone)])
