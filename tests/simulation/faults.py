"""Carries out one call to a CRM, with the fault that the history asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.simulation.choices import Turn
from tests.simulation.crm_base import FakeCrm
from tests.simulation.crm_rows import as_asked
from tests.simulation.late import LateWrite
from tests.simulation.world import Overwrite, World

from leadpact.errors import SetAside, WaitUntil
from leadpact.model.record import MovedTo, Observation, Record, RecordRef
from leadpact.ports.connector import Refused, WriteResult, WriteRow
from leadpact.ports.past import Past
from leadpact.ports.state_store import StateStore
from leadpact.sync.effects import (
    CollectArchived,
    CollectChanges,
    CollectHot,
    Effect,
    FindGone,
    FindMatches,
    LastTouched,
    Observe,
    ReadAdditions,
    ReadHistory,
    ReadOwners,
    ReadPast,
    ReadSignals,
    RecordUrls,
    Write,
)
from leadpact.sync.page import SETTLED_MARK

OPT_OUT = "HasOptedOutOfEmail"
Reads = dict[Any, datetime]
"""When a cycle last looked at a record (its ref) or searched a kind ((crm, kind))."""


@dataclass(frozen=True)
class Fault:
    """What befalls one effect.

    Attributes:
        what: one of the words of ``BEFALLS``.
        place: which part of the effect it strikes.
    """

    what: str
    place: int

    @property
    def stops_commit(self) -> bool:
        """Whether the store cannot write."""
        return self.what == "limit"


BEFALLS = {
    "Write": (
        *("lost_after", "lost_after", "limit", "lost_before", "row_later", "row_refused"),
        *("lost_late", "lost_late"),
    ),
    "Commit": ("limit",),
    "Observe": ("stale", "stale", "limit"),
}
"""What may befall which effect; all others meet a limit."""


def fault_of(turn: Turn, boundary: str) -> Fault:
    """The fault that a turn chooses for an effect."""
    return Fault(turn.of(BEFALLS.get(boundary, ("limit",))), turn.below(16))


def carry_out(
    world: World, store: StateStore, reads: Reads, effect: Effect, fault: Fault | None, run: int = 0
) -> Any:
    """What the CRM answers.

    Raises:
        WaitUntil: where the fault says so.
    """
    what = fault.what if fault is not None else ""
    place = fault.place if fault is not None else 0
    if isinstance(effect, Write):
        return _write(world, reads, effect, what, place, run)
    crm = world.crms[effect.crm]  # type: ignore[union-attr]
    if what in ("limit", "lost_after", "lost_before"):
        world.tell(f"{crm.name} answers {type(effect).__name__} with 'too many calls'.")
        raise WaitUntil("The limit is reached.", code="limit")
    if isinstance(effect, CollectChanges | CollectHot | CollectArchived | ReadSignals):
        return _listed(crm, effect)
    if isinstance(effect, ReadOwners | RecordUrls):
        return _told(crm, effect)
    if isinstance(effect, LastTouched):
        return crm.last_touched(effect.kind, effect.ids)
    if isinstance(effect, ReadAdditions):
        return crm.additions(effect.kind, effect.ids)
    if isinstance(effect, FindGone | FindMatches):
        reads[crm.name, effect.kind] = world.now
        return _found(crm, effect)
    if isinstance(effect, ReadHistory | ReadPast):
        return _remembered(crm, effect)
    if isinstance(effect, Observe):
        seen = list(crm.fetch(effect.kind, effect.ids, effect.fields))
        for one in effect.ids:
            reads[RecordRef(crm.name, effect.kind, one)] = world.now
        if what == "stale" and seen:
            _make_stale(world, store, crm, seen, place, effect.fields)
        return seen
    raise TypeError(f"{effect} is no call")


def _listed(
    crm: FakeCrm, effect: CollectChanges | CollectHot | CollectArchived | ReadSignals
) -> Any:
    if isinstance(effect, ReadSignals):
        return crm.signals(effect.kind, effect.since)
    if isinstance(effect, CollectChanges):
        return crm.changes(effect.kind, effect.since)
    if isinstance(effect, CollectHot):
        return crm.hot_changes(effect.kind, effect.since, effect.fields)
    return crm.archived(effect.kind, effect.since)


def _found(crm: FakeCrm, effect: FindGone | FindMatches) -> Any:
    if isinstance(effect, FindGone):
        return crm.once_bore(effect.kind, effect.ids)
    return crm.find(effect.kind, effect.key, effect.values, effect.fields)


def _remembered(crm: Any, effect: ReadHistory | ReadPast) -> Any:
    """Histories, or as a backfill asks for them: with the present values of other fields."""
    told = crm.history(effect.kind, effect.ids, effect.fields)
    if isinstance(effect, ReadHistory):
        return told
    seen = crm.fetch(effect.kind, effect.ids, effect.also)
    there = [one.record if isinstance(one, MovedTo) else one for one in seen]
    shown = {one.ref.id: one.fields for one in there if isinstance(one, Record)}
    return {
        each: Past(tuple(told.get(each, ())), (), dict(shown.get(each, {}))) for each in effect.ids
    }


def _told(crm: FakeCrm, effect: ReadOwners | RecordUrls) -> Any:
    if isinstance(effect, ReadOwners):
        return crm.owners(effect.ids, effect.emails)
    return [crm.record_url(RecordRef(effect.crm, effect.kind, one)) for one in effect.ids]


def _make_stale(
    world: World,
    store: StateStore,
    crm: FakeCrm,
    seen: list[Observation],
    place: int,
    asked: Sequence[str],
) -> None:
    """One record comes from a replica that is behind what was settled already (R1)."""
    number = place % len(seen)
    one = seen[number]
    row = crm.rows.get(one.ref)
    link_id = store.link_ids([one.ref]).get(one.ref)
    if not isinstance(one, Record) or row is None or link_id is None:
        return
    settled = {side.ref: side.version for side in store.sides([link_id])[link_id]}[one.ref]
    older = [shot for shot in row.shots if shot.version < settled.removesuffix(SETTLED_MARK)]
    if not older:
        return
    shot = older[-1]
    seen[number] = Record(
        one.ref, as_asked(shot.fields, asked, crm.hidden), shot.version, None, one.created_at
    )
    world.tell(f"{crm.name} shows {world.called(row)} as it was at {shot.version}.")


def _write(
    world: World, reads: Reads, effect: Write, what: str, place: int, run: int
) -> Sequence[WriteResult]:
    crm = world.crms[effect.crm]
    if what == "limit":
        world.tell(f"{crm.name} answers a write with 'too many calls'.")
        raise WaitUntil("The limit is reached.", code="limit")
    lost = Refused(WaitUntil("No answer.", code="answer_lost"), unknown=True)
    if what == "lost_before":
        world.tell(f"A write to {crm.name} gets lost on the way there.")
        return [lost] * len(effect.rows)
    if what == "lost_late":
        world.tell(f"A write to {crm.name} is under way, and its answer lost.")
        sent = LateWrite(crm.name, effect.kind, effect.rows, world.now, run, 1 + place, dict(reads))
        world.late.under_way.append(sent)
        return [lost] * len(effect.rows)
    rows = list(effect.rows)
    refused: dict[int, Refused] = {}
    if what in ("row_later", "row_refused"):
        number = place % len(rows)
        fields = tuple(sorted(rows[number].fields))
        named = fields[place % len(fields) :][:1] if what == "row_refused" and place % 3 else ()
        refused[number] = Refused(
            SetAside(
                "The row is locked." if what == "row_later" else "A rule of the org refuses it.",
                transient=what == "row_later",
                code="row_locked" if what == "row_later" else "validation_rule",
                fields=named,
            )
        )
        world.tell(f"{crm.name} refuses row {rows[number].id or 'new'}: {what} {named}.")
    results: list[WriteResult] = []
    for number, row in enumerate(rows):
        if number in refused:
            results.append(refused[number])
            continue
        results.append(_write_row(world, crm, effect.kind, row, reads))
    if what == "lost_after":
        world.tell(f"{crm.name}'s answer to that gets lost.")
        return [lost] * len(rows)
    return results


def land(world: World, late: LateWrite) -> None:
    """A CRM carries out what was under way to it; nobody hears its answer."""
    crm = world.crms[late.crm]
    world.tell(f"What was under way to {crm.name} lands.")
    for row in late.rows:
        _write_row(world, crm, late.kind, row, late.reads)


def _write_row(world: World, crm: FakeCrm, kind: str, row: WriteRow, reads: Reads) -> WriteResult:
    before = _before(world, crm, kind, row, reads)
    done = crm.write(kind, [row])[0]
    _tell_write(world, crm, row, before, done)
    return done


def _before(
    world: World, crm: FakeCrm, kind: str, row: WriteRow, reads: Reads
) -> dict[str, object]:
    """What the write is about to replace; notes values typed since the cycle last looked (R7)."""
    ref = RecordRef(crm.name, kind, row.id)
    there = crm.rows.get(ref)
    if there is None:
        return {}
    looked = reads.get(ref, world.now)
    for name in row.fields:
        latest = next(iter(there.history.get(name, ())), None)
        if latest is not None and latest.at >= looked and latest.author.kind != "ours":
            world.near_misses.append(Overwrite(latest.at, ref, name))
    return {name: there.fields.get(name) for name in row.fields}


def _tell_write(
    world: World, crm: FakeCrm, row: WriteRow, before: dict[str, object], done: WriteResult
) -> None:
    if isinstance(done, Refused):
        world.tell(f"{crm.name} refuses {row.op} of {row.id or 'a new record'}: {done.error}")
        return
    world.writes.append(row)
    if row.fields.get(OPT_OUT) is False and before.get(OPT_OUT) is True:
        world.problems.append(f"we opted {done.id} in")
    told = ", ".join(
        f"{name}: {before.get(name)!r} → {value!r}"
        for name, value in row.fields.items()
        if not name.startswith("leadpact_") or "stage" in name or "rejection" in name
    )
    world.tell(f"leadpact writes ({row.op}) {crm.name} {done.id}: {told or 'its own fields'}.")
