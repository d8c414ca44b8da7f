"""Match by the ids that another sync of the two CRMs keeps, before any e-mail address is asked for (R13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from leadpact.errors import LeadpactError
from leadpact.model.record import MovedTo, Record, RecordRef
from leadpact.sync.context import Context
from leadpact.sync.effects import FindMatches, Gather, Steps
from leadpact.sync.fold import Page, adopt_record
from leadpact.sync.observe import read
from leadpact.sync.page import LeadView


def join_kept(
    context: Context, page: Page, seekers: Sequence[LeadView], now: datetime
) -> Steps[dict[RecordRef, str]]:
    """Join what the kept ids say is one person; an id that answers nothing any more says nothing.

    Returns:
        Records to be read next, with the link that they belong to from now on.
    """
    kept = context.mapping.kept_ids
    if not kept:
        return {}
    named = _named_here(context, seekers)
    seen = yield from read(context, tuple(sorted(set().union(*named.values()))))
    there = yield from _naming_there(context, seekers)
    erased: set[RecordRef] = set()
    if context.forgotten is not None:
        erased = context.forgotten.records(set(seen).union(*there.values()))
    gained: dict[RecordRef, str] = {}
    for view in sorted(seekers, key=lambda one: one.link.id):
        refs = {ref for ref in named[view.link.id] if isinstance(seen[ref], Record | MovedTo)}
        for ref in view.records:
            refs |= there.get((ref.crm, ref.kind, ref.id.casefold()), set())
        # Whose record that is was erased: it is nobody's, and no second one is made beside it (R27, R30).
        view.doubted |= {ref.crm for ref in refs & erased}
        for ref in sorted(refs - view.sides.keys() - erased):
            if page.get(view.link.id) is not view:
                break
            gained |= adopt_record(context, page, view, ref, "matched", now)
    return gained


def _named_here(context: Context, seekers: Sequence[LeadView]) -> dict[str, set[RecordRef]]:
    """By link, the records of the other CRM whose ids its own records keep."""
    named: dict[str, set[RecordRef]] = {}
    for view in seekers:
        named[view.link.id] = {
            RecordRef(crm, kind, str(record.fields[field]))
            for record in view.records.values()
            for (crm, kind), field in _fields_of(context, record.ref).items()
            if any(sync.is_id(record.fields.get(field)) for sync in context.mapping.other_syncs)
        } - view.sides.keys()
    return named


def _fields_of(context: Context, ref: RecordRef) -> Mapping[tuple[str, str], str]:
    found = context.mapping.kept_ids.get((ref.crm, ref.kind), {})
    return {side: field for side, field in found.items() if side in context.mapping.kind_rules}


def _naming_there(
    context: Context, seekers: Sequence[LeadView]
) -> Steps[dict[tuple[str, str, str], set[RecordRef]]]:
    """Records that keep the id of a seeker's record, by that record."""
    asked: list[tuple[FindMatches, tuple[str, str]]] = []
    for (crm, kind), fields in sorted(context.mapping.kept_ids.items()):
        for other, field in sorted(fields.items()):
            ids = {
                ref.id
                for view in seekers
                if view.primary(crm) is None
                for ref in view.records
                if (ref.crm, ref.kind) == other
            }
            if ids:
                find = FindMatches(crm, kind, field, tuple(sorted(ids)), (field,))
                asked.append((find, other))
    answers = yield Gather(tuple(find for find, _other in asked))
    found: dict[tuple[str, str, str], set[RecordRef]] = {}
    for (find, other), answer in zip(asked, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for record in answer:
            key = (*other, str(record.fields.get(find.key) or "").casefold())
            found.setdefault(key, set()).add(record.ref)
    return found
