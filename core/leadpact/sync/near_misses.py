"""Values of people that our write covered unseen: looked up in field history when the record is next seen (R7).

Between our last look at a record and our write lies a window that no CRM closes by itself. What a person typed in it is
gone from the record, and stands in the field's history. After a write the side remembers what it covered; the next
observation, which the write's own echo in the feed brings, asks the history once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadpact.errors import LeadpactError
from leadpact.model.link import Covered, Intent, Side
from leadpact.model.quick import replace
from leadpact.model.record import FieldChange, Native, Record, RecordRef
from leadpact.sync.assertions import stage_fields, text
from leadpact.sync.context import Context
from leadpact.sync.effects import Gather, ReadHistory, Steps
from leadpact.sync.field_answers import OVERWRITTEN
from leadpact.sync.fold import Page
from leadpact.sync.holding import hold
from leadpact.sync.page import SETTLED_MARK, LeadView
from leadpact.sync.same import same_native

WORDS: Final = 80
"""Characters of a value that a sentence shows."""


@dataclass(frozen=True, slots=True)
class _Look:
    view: LeadView
    side: Side
    record: Record
    covered: Covered


def covered_by(
    context: Context, intent: Intent, seen: str, before: Covered | None
) -> Covered | None:
    """What this write may have covered: fields that people fill in, too; None where no history could tell.

    Args:
        seen: the record's version as merged; what came after it was not seen.
        before: what an earlier write covered and nobody has looked up yet.
    """
    ref = intent.ref
    if intent.op == "make" or not context.crms[ref.crm].capabilities.field_history:
        return None
    table = context.mapping.stage_table(ref.crm, ref.kind)
    names = set(table.stage_fields)
    for canonical in intent.agrees:
        rule = context.mapping.fields.get(canonical)
        mapped = rule.sides.get((ref.crm, ref.kind)) if rule is not None else None
        if mapped is not None:
            names.add(mapped.field)
    values = {name: value for name, value in intent.wanted.items() if name in names}
    if before is not None:
        return Covered(min(before.since, seen), {**before.values, **values})
    return Covered(seen.removesuffix(SETTLED_MARK), values) if values else None


def look_back(context: Context, page: Page, now: datetime) -> Steps[None]:
    """Ask the history of what our last writes covered: one batch per CRM and page at the most.

    In a page with more such records than one batch holds, those come first that somebody touched again, then the
    lowest ids; the others are counted as not looked up.
    """
    if context.dry or context.go_live is None:
        return
    groups = _to_look_up(page)
    if not groups:
        return
    chosen: dict[tuple[str, str], list[_Look]] = {}
    for (crm, kind), looks in sorted(groups.items()):
        looks.sort(key=lambda one: (one.record.version == _stamp(one.side), one.record.ref.id))
        most = context.crms[crm].capabilities.history_batch
        chosen[crm, kind] = looks[:most]
        for late in looks[most:]:
            late.view.unlooked += 1
    answers = yield Gather(
        tuple(
            ReadHistory(
                crm,
                kind,
                tuple(look.record.ref.id for look in looks),
                tuple(sorted({name for look in looks for name in look.covered.values})),
            )
            for (crm, kind), looks in chosen.items()
        )
    )
    for looks, answer in zip(chosen.values(), answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for look in looks:
            _judge(context, look, answer.get(look.record.ref.id, ()), now)
    for looks in groups.values():
        for look in looks:
            look.view.put(replace(look.side, covered=None))


def _to_look_up(page: Page) -> dict[tuple[str, str], list[_Look]]:
    groups: dict[tuple[str, str], list[_Look]] = {}
    for view in page.values():
        for ref, side in view.sides.items():
            if side.covered is not None and side.state == "live" and ref in view.records:
                look = _Look(view, side, view.records[ref], side.covered)
                groups.setdefault((ref.crm, ref.kind), []).append(look)
    return groups


def _stamp(side: Side) -> str:
    return side.version.removesuffix(SETTLED_MARK)


def _judge(context: Context, look: _Look, history: Sequence[FieldChange], now: datetime) -> None:
    ours = context.crms[look.record.ref.crm].actor_ids
    since = datetime.fromisoformat(look.covered.since)
    lost = {
        name: change
        for name, wanted in look.covered.values.items()
        if (change := lost_value(history, name, wanted, since, ours)) is not None
    }
    look.view.looked += 1
    if not lost:
        return
    names = _canonical_names(context, look.record.ref)
    stage = {name: change for name, change in lost.items() if name not in names}
    for name, change in lost.items():
        if name in names:
            look.view.near_misses += 1
            _review(context, look, names[name], name, change, text(change.value), now)
    if stage:
        look.view.near_misses += 1
        name, change = next(iter(stage.items()))
        _review(context, look, "stage", name, change, _stage_meant(context, look, stage), now)


def lost_value(
    history: Iterable[FieldChange],
    name: str,
    wanted: Native,
    since: datetime,
    ours: frozenset[str],
) -> FieldChange | None:
    """The value of a person that stood between what we had seen and our own write of ``wanted``; None for none.

    Args:
        history: newest first.
        since: the CRM's own stamp of what we had seen.
        ours: ids under which our writes show.
    """
    written = False
    for change in history:
        if change.field != name or change.inferred:
            continue
        if change.author.kind == "ours" or change.author.id in ours:
            written = written or same_native(change.value, wanted)
            continue
        if change.at <= since:
            return None
        if written and change.author.kind == "person" and not same_native(change.value, wanted):
            return change
    return None


def _canonical_names(context: Context, ref: RecordRef) -> Mapping[str, str]:
    """Canonical name by CRM field."""
    return {
        mapped.field: name
        for name, rule in context.mapping.fields.items()
        if (mapped := rule.sides.get((ref.crm, ref.kind))) is not None
    }


def _stage_meant(context: Context, look: _Look, lost: Mapping[str, FieldChange]) -> str:
    """The stage that the covered values meant, "" where no row of the stage table says one."""
    table = context.mapping.stage_table(look.record.ref.crm, look.record.ref.kind)
    own = lost.get(table.own_field)
    if own is not None and text(own.value) in context.pact.stages:
        return text(own.value)
    shown = stage_fields(context, look.record) | {n: c.value for n, c in lost.items()}
    meant = table.stages_of(shown, changed=list(lost)) or ()
    return next((stage for stage in meant if stage in context.pact.stages), "")


def _review(
    context: Context,
    look: _Look,
    field: str,
    crm_field: str,
    change: FieldChange,
    shown: str,
    now: datetime,
) -> None:
    crm = look.record.ref.crm
    wanted = look.covered.values[crm_field]
    hold(
        context,
        look.view,
        field,
        OVERWRITTEN,
        f"A person set {crm_field} to {_quoted(change.value)} in {context.label(crm)} at "
        f"{change.at:%H:%M:%S} UTC, after leadpact had read the record; leadpact then wrote {_quoted(wanted)} over it.",
        {crm: shown, "agreed": text(wanted)},
        now,
    )


def _quoted(value: Native) -> str:
    words = text(value)
    return repr(words if len(words) <= WORDS else words[:WORDS] + "…") if words else "nothing"


def keep_waiting(view: LeadView) -> None:
    """A covered value waits until a person has answered, though nothing of the record shows it any more."""
    for stored in view.stored_holds:
        if stored.cause == OVERWRITTEN and stored.status == "waiting":
            view.holds.setdefault(stored.id, stored)
