"""Whether it was our own hand that set what an undo's lost write wanted: the CRM is asked who did (R2, R12, R32).

What a lost write of a sync sets late is taken for ours by its value alone: it is carried over, and a person who typed
the very same sees it stand. What an undo sets late is the other way round. Taken for ours where a person typed it, the
other CRM's value goes over it; taken for a person's where it was ours, it empties the other CRM. So nobody guesses.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from leadpact.errors import LeadpactError
from leadpact.model.link import Intent
from leadpact.model.record import FieldChange, Record, RecordRef
from leadpact.sync.context import Context
from leadpact.sync.effects import Gather, ReadHistory, Steps
from leadpact.sync.page import LeadView
from leadpact.sync.pins import own_names
from leadpact.sync.same import same_native

_UNMERGED = ("undo", "backfill")
"""Runs that write a record without hearing what else was changed there since it was last read."""
Hand = tuple[str, RecordRef, str]
"""An intent's id, the record that it may have written, and a field of it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Fields of a record that show what an undo's lost intent wanted of them, though nobody heard that it was written.

    Attributes:
        done: all fields of the intent that show it.
    """

    view: LeadView
    intent: Intent
    record: Record
    fields: frozenset[str]
    done: frozenset[str]


def ours_of(context: Context, doubts: Sequence[Doubt]) -> Steps[set[Hand]]:
    """Those of these fields that our own integration set; asked of nobody where there is no doubt.

    Raises:
        LeadpactError: where a CRM cannot be asked.
    """
    groups: dict[tuple[str, str], list[Doubt]] = {}
    for one in doubts:
        groups.setdefault((one.record.ref.crm, one.record.ref.kind), []).append(one)
    if not groups:
        return set()
    keys = sorted(groups)
    answers = yield Gather(
        tuple(
            ReadHistory(
                crm,
                kind,
                tuple(dict.fromkeys(one.record.ref.id for one in groups[crm, kind])),
                tuple(sorted({name for one in groups[crm, kind] for name in one.fields})),
            )
            for crm, kind in keys
        )
    )
    found: set[Hand] = set()
    for key, answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for one in groups[key]:
            history = answer.get(one.record.ref.id, ())
            found |= {
                (one.intent.id, one.record.ref, name)
                for name in one.fields
                if _ours(context, one, name, history)
            }
    return found


def _ours(context: Context, doubt: Doubt, name: str, history: Sequence[FieldChange]) -> bool:
    """Whether the last change of a field was ours; a person's edit where the CRM cannot tell.

    None of these fields showed it when the intent was made, so that the last change came after it. Where only who
    touched the record last is known, that was we by the lost write, unless a later write of ours heard nothing of what
    it found there. Else the row tells: a CRM takes it whole or not at all, nobody but we sets a field of our own, and
    hardly anybody sets several fields just as we wanted them.
    """
    ref = doubt.record.ref
    latest = next((one for one in history if one.field == name), None)
    if latest is None:
        return False
    ids = context.crms[ref.crm].actor_ids
    ours = latest.author.kind == "ours" or latest.author.id in ids
    if not latest.inferred:
        return ours and same_native(latest.value, doubt.record.fields[name])
    later = _later(context, doubt)
    if ours and not any(_unmerged(context, one) for one in later):
        return True
    again = {field for one in later for field in one.wanted}
    return name not in again and _went(context, doubt, again)


def _went(context: Context, doubt: Doubt, again: Set[str]) -> bool:
    """Whether the record shows that the row was written, whoever touched it last.

    Args:
        again: fields that we wrote after that: they say nothing of it.
    """
    intent = doubt.intent
    own = doubt.done & own_names(context, doubt.record.ref)
    if any(not same_native(intent.before.get(one), intent.wanted[one]) for one in own - again):
        return True
    return len(intent.wanted) > 1 and doubt.done - again == intent.wanted.keys()


def _later(context: Context, doubt: Doubt) -> list[Intent]:
    """What we wrote to the record after the lost intent was made."""
    mine = doubt.intent
    return [
        one
        for link_id in {mine.link_id, doubt.view.link.id}
        for one in context.store.intents(link_id=link_id)
        if one.ref == doubt.record.ref and one.state == "written" and one.run_id != mine.run_id
        if one.created_at >= mine.created_at
    ]


def _unmerged(context: Context, intent: Intent) -> bool:
    run = context.store.run(intent.run_id)
    return run is None or run.kind in _UNMERGED
