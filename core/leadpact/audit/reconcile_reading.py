"""Read both CRMs and hold them against the state, a page of leads at a time; then what the state does not know.

First every lead of the state, in the order of its links, with its records from the consistent endpoints; then every id
of each CRM, of which those that the state knows are skipped. Memory does not grow with the number of leads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from leadpact.audit.reconcile import Difference, Ground, Standing, expected, shown_by
from leadpact.audit.reconcile_causes import differences, records_of
from leadpact.audit.reconcile_counts import Tally
from leadpact.audit.reconcile_missing import restored, scoped_out, unknown
from leadpact.errors import LeadpactError
from leadpact.model.link import Failure, Hold, Side, WorkItem
from leadpact.model.pin import Pin
from leadpact.model.record import UNKNOWN, ChangePage, MovedTo, Observation, Record, RecordRef
from leadpact.ports.state_store import StateReader
from leadpact.sync.collect import onto_list
from leadpact.sync.context import Context
from leadpact.sync.effects import CollectChanges, Commit, FindMatches, Gather, Instant, Steps
from leadpact.sync.fold import SEVERAL
from leadpact.sync.linking import WHY
from leadpact.sync.observe import DELETED, OBSERVED, read
from leadpact.sync.scoping import out_of_scope
from leadpact.sync.turned_away import of_erased

PAGE: Final = 500
"""Leads read at a time; both CRMs are asked side by side, in their largest batches."""
_DUE_PAGE: Final = 1000
_RUNS: Final = 200
PAIRS: Final = frozenset({*WHY, SEVERAL})
"""Holds that ask of two leads whether they are one person; one of the two asks for both."""


def ground_of(context: Context) -> Ground:
    """What the leads of this pair are held against."""
    overlap = max((one.capabilities.feed_overlap_s for one in context.crms.values()), default=600)
    return Ground(
        mapping=context.mapping,
        pact=context.pact,
        crms=tuple(sorted(context.crms)),
        schemas={
            (crm, kind): schema
            for crm, side in context.crms.items()
            for kind, schema in side.schemas.items()
        },
        labels=context.labels,
        go_live=context.go_live,
        synced_at=next(
            (
                run.started_at
                for run in context.store.runs(_RUNS)
                if run.kind != "plan" and run.status == "done"
            ),
            None,
        ),
        overlap=timedelta(seconds=overlap),
    )


def reconcile(
    context: Context,
    *,
    values: bool = False,
    take_up: bool = False,
    tell: Callable[[Difference], None] | None = None,
) -> Steps[Tally]:
    """Audit both CRMs against the agreement.

    Args:
        values: tell what each CRM shows of a field that differs; personal data.
        take_up: put records that the state does not know on the work list, so that a plan can take them.
        tell: told of every difference as it is found.

    Raises:
        LeadpactError: a CRM could not be read; nothing was decided or written.
    """
    now: datetime = yield Instant()
    ground = replace(ground_of(context), due=frozenset(_due(context.store, now)), values=values)
    asked = _asked_elsewhere(context.store)
    audit = _Audit(context, ground, Tally(ground.crms), tell)
    last = ""
    while True:
        page = list(context.store.page_of_links(last, PAGE))
        if not page:
            break
        last = page[-1]
        for standing in (yield from _read(context, page, asked)):
            audit.take(standing)
    for crm in ground.crms:
        for kind in context.mapping.kinds(crm):
            yield from _what_is_not_known(audit, crm, kind, now if take_up else None)
    return audit.tally


@dataclass(slots=True)
class _Audit:
    context: Context
    ground: Ground
    tally: Tally
    tell: Callable[[Difference], None] | None
    became: set[RecordRef] = field(default_factory=set)
    """Records that were told with what was converted into them."""

    def take(self, standing: Standing) -> None:
        """One lead with what its records show."""
        found = differences(self.ground, standing)
        stage = expected(self.ground, standing)
        for record in records_of(standing):
            self.count(record, stage)
        self.became.update(record.ref for record in standing.became)
        self.tally.leads += 1
        self.tally.agreed += not found
        for one in found:
            self.add(one)

    def count(self, record: Record, agreed: str) -> None:
        """One live record."""
        self.tally.count(record.ref.crm, record.ref.kind, shown_by(self.ground, record, agreed))

    def add(self, one: Difference) -> None:
        """One difference."""
        self.tally.add(one)
        if self.tell is not None:
            self.tell(one)


def _due(store: StateReader, now: datetime) -> Iterator[str]:
    """Leads that wait on the work list."""
    last: WorkItem | None = None
    while items := store.due(now, _DUE_PAGE, last):
        last = items[-1]
        yield from (one.link_id for one in items)


def _asked_elsewhere(store: StateReader) -> dict[tuple[str, str], Hold]:
    """Questions that are asked once for two leads, by CRM and id of the records that they name."""
    return {
        (crm, record_id): one
        for one in store.holds(waiting_only=True)
        if one.cause in PAIRS
        for crm, named in one.shown.items()
        for record_id in named.split(", ")
    }


def _read(
    context: Context, page: Sequence[str], asked: Mapping[tuple[str, str], Hold]
) -> Steps[list[Standing]]:
    """These leads as the state has them, with their records as both CRMs show them now."""
    store = context.store
    links, sides = store.links(page), store.sides(page)
    wanted = [side.ref for group in sides.values() for side in group if side.state in OBSERVED]
    seen = yield from read(context, wanted)
    became = yield from _became(context, seen)
    holds: dict[str, list[Hold]] = {}
    for one in store.holds(link_ids=page):
        holds.setdefault(one.link_id, []).append(one)
    for link_id, group in sides.items():
        for side in group:
            pair = asked.get((side.ref.crm, side.ref.id))
            if pair is not None and pair.link_id != link_id:
                holds.setdefault(link_id, []).append(pair)
    failures: dict[str, list[Failure]] = {}
    for failure in store.failures(link_ids=page):
        failures.setdefault(failure.link_id, []).append(failure)
    handoffs = store.handoffs(page)
    pins: dict[str, list[Pin]] = {}
    for pin in store.pins(page):
        pins.setdefault(pin.link_id, []).append(pin)
    beside = yield from _beside(context, sides, seen)
    return [
        Standing(
            links[link_id],
            sides[link_id],
            {side.ref: seen[side.ref] for side in sides[link_id] if side.ref in seen},
            holds.get(link_id, ()),
            failures.get(link_id, ()),
            handoffs.get(link_id, ()),
            tuple(one for side in sides[link_id] for one in became.get(side.ref, ())),
            pins.get(link_id, ()),
            beside.get(link_id, ""),
        )
        for link_id in page
        if link_id in links
    ]


def _became(
    context: Context, seen: Mapping[RecordRef, Observation]
) -> Steps[dict[RecordRef, tuple[Record, ...]]]:
    """What records were converted into, by record; only what the state does not know yet."""
    moved = {
        ref: [to for to in one.to if to.kind in context.mapping.kinds(to.crm)]
        for ref, one in seen.items()
        if isinstance(one, MovedTo) and one.how == "converted"
    }
    refs = sorted({to for group in moved.values() for to in group})
    known = context.store.link_ids(refs) if refs else {}
    fresh = [ref for ref in refs if ref not in known]
    found = (yield from read(context, fresh)) if fresh else {}
    told: dict[RecordRef, tuple[Record, ...]] = {}
    for ref, group in sorted(moved.items()):
        told[ref] = tuple(one for to in group if isinstance(one := found.pop(to, None), Record))
    return told


def _beside(
    context: Context,
    sides: Mapping[str, Sequence[Side]],
    seen: Mapping[RecordRef, Observation],
) -> Steps[dict[str, str]]:
    """Leads of whom a CRM has but a record that nothing is linked with, and why: erased (R27), out of scope (R37)."""
    if context.forgotten is None and not context.mapping.scoped:
        return {}
    wanted: dict[tuple[str, str, str], dict[str, str]] = {}
    for link_id, group in sides.items():
        here = [one for side in group if isinstance(one := seen.get(side.ref), Record)]
        for crm in context.crms.keys() - {one.ref.crm for one in here}:
            for kind in context.mapping.kinds(crm):
                for key, name in context.mapping.match_fields(crm, kind):
                    values = (context.mapping.read(one).get(key, UNKNOWN) for one in here)
                    keys = {context.key_of(key, value): link_id for value in values}
                    wanted.setdefault((crm, kind, name), {}).update(keys)
    asked = sorted(wanted)
    answers = yield Gather(
        tuple(
            FindMatches(
                crm,
                kind,
                name,
                tuple(sorted(wanted[crm, kind, name].keys() - {""})),
                context.mapping.read_fields(crm, kind),
            )
            for crm, kind, name in asked
        )
    )
    found: dict[str, str] = {}
    for place, answer in zip(asked, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        away: set[RecordRef] = set()
        if context.forgotten is not None:
            away = context.forgotten.records(one.ref for one in answer)
        for one in answer:
            link_id = wanted[place].get(context.email_key(one.fields.get(place[2])), "")
            if link_id and one.ref in away:
                found[link_id] = "is of somebody who was erased"
            elif link_id and out_of_scope(context, one):
                found[link_id] = "is out of the mapping's scope"
    return found


def _what_is_not_known(audit: _Audit, crm: str, kind: str, now: datetime | None) -> Steps[None]:
    """Every id of this kind: records that the state does not know, or takes for deleted.

    Args:
        now: put them on the work list at this instant; None = only tell of them.
    """
    context, cursor, done = audit.context, "", False
    while not done:
        page: ChangePage = yield CollectChanges(crm, kind, cursor)
        cursor, done = page.cursor, page.done
        changes = {one.ref: one for one in page.changes if one.how == "changed"}
        audit.tally.converted += sum(one.how == "converted" for one in page.changes)
        known = context.store.known_records(tuple(changes))
        back = {ref: one.link_id for ref, one in known.items() if one.state in DELETED}
        standing = context.store.links(sorted(set(back.values()))) if back else {}
        # Of a lead that lives, a restored record was told with the lead.
        buried = {
            ref
            for ref, link_id in back.items()
            if link_id in standing and standing[link_id].status == "tombstone"
        }
        refs = [ref for ref in changes if ref not in known or ref in buried]
        refs = [ref for ref in refs if ref not in audit.became]
        seen = (yield from read(context, refs)) if refs else {}
        wanted = []
        away = of_erased(context, [one for one in seen.values() if isinstance(one, Record)])
        for ref, record in seen.items():
            if isinstance(record, Record):
                audit.count(record, "")
                if ref in back:
                    out = scoped_out(audit.ground, record)
                    one = restored(audit.ground, back[ref], record, out=out)
                else:
                    one = unknown(audit.ground, record, erased=ref in away)
                audit.add(one)
                if one.turn == "plan":
                    wanted.append(changes[ref])
        if now is not None and wanted:
            state = onto_list(context, wanted, None, now)
            audit.tally.repairable += [one.link_id for one in state.work]
            yield Commit(state)
