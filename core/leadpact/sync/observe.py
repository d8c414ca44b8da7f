"""Observe: read the page's records by id from the consistent endpoints, and follow what moved (R1, R23, R24, R26)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from leadpact.errors import LeadpactError
from leadpact.matching.primary import Candidate, primary_of
from leadpact.model.link import Intent, Side, WorkItem
from leadpact.model.quick import replace
from leadpact.model.record import Gone, MovedTo, Native, Observation, Record, RecordRef
from leadpact.sync.context import Context
from leadpact.sync.effects import FindMatches, Gather, LastTouched, Observe, Steps
from leadpact.sync.fold import Page, adopt_record, second_of_one, spare
from leadpact.sync.page import LeadView, Opportunities, is_older, stamp, unsettle
from leadpact.sync.read_ahead import Ahead
from leadpact.sync.stage_dates import date_fields, never_seen, part_dates
from leadpact.sync.taken import Taken
from leadpact.sync.tombstones import bury, revive

IS_OPEN, IS_WON = "leadpact:is_open", "leadpact:is_won"
DELETED = frozenset({"gone", "buried", "replaced"})
OBSERVED = DELETED | {"live", "duplicate"}
EVIDENCE_CAUSES = frozenset({"converted", "evidence", "review", "pact", "merged"})


def open_page(context: Context, items: Sequence[WorkItem], now: datetime, taken: Taken) -> Page:
    """The stored state of these leads, before anything is read."""
    ids = [item.link_id for item in items]
    links = context.store.links(ids)
    sides = context.store.sides(ids)
    stored = context.store.holds(link_ids=ids)
    failures = context.store.failures(link_ids=ids)
    page = Page(taken)
    planned = taken.among(ids)
    for item in items:
        link = links.get(item.link_id)
        if link is None or link.status == "folded" or link.id in planned:
            continue
        page[link.id] = LeadView(
            work=item, link=link, sides={side.ref: side for side in sides[link.id]}, observed_at=now
        )
    for one in stored:
        if one.link_id in page:
            page[one.link_id].stored_holds += (one,)
    page.frozen = dict(context.store.frozen(ids))
    for link_id, handoffs in context.store.handoffs(ids).items():
        if link_id in page:
            page[link_id].handoffs = {one.id: one for one in handoffs}
    for failure in failures:
        if failure.link_id in page:
            page[failure.link_id].failures += (failure,)
    for pin in context.store.pins(ids):
        if pin.link_id in page:
            page[pin.link_id].pins += (pin,)
    return page


def observe(context: Context, page: Page, now: datetime) -> Steps[None]:
    """Read all live sides of the page; what a Lead became or was merged into is read in a second round.

    Raises:
        LeadpactError: where a CRM could not be read; nothing was decided.
    """
    wanted = {
        side.ref: view.link.id
        for view in page.values()
        for side in view.sides.values()
        if side.state in OBSERVED
    }
    yield from observe_more(context, page, wanted, now)
    for view in page.values():
        choose_primaries(context, view)


def observe_more(
    context: Context, page: Page, wanted: dict[RecordRef, str], now: datetime
) -> Steps[None]:
    """Read these records for the links named, and what they moved to, three rounds at the most."""
    for _round in range(3):
        if not wanted:
            break
        first = {ref for ref, link_id in wanted.items() if never_seen(page.get(link_id), ref)}
        seen = yield from read(context, tuple(wanted), first)
        followed: dict[RecordRef, str] = {}
        moved = _moved_to(seen)
        page.look_ahead(context, moved)
        if moved and context.forgotten is not None:
            page.erased |= context.forgotten.records(moved)
        for ref, observation in seen.items():
            view = page.get(wanted[ref])
            if view is not None and ref in view.sides:
                followed |= _take(context, page, view, ref, observation, now, dated=bool(first))
        page.ahead = Ahead()
        wanted = followed


def _moved_to(seen: Mapping[RecordRef, Observation]) -> set[RecordRef]:
    """Records into which others were merged or converted."""
    return {to for one in seen.values() if isinstance(one, MovedTo) for to in one.to}


def choose_primaries(context: Context, view: LeadView) -> None:
    """Mark in each CRM the one record that is written (R23)."""
    for crm in sorted(context.crms):
        live = view.live(crm)
        kinds = context.crms[crm].capabilities.person_kinds
        if not live:
            continue
        if len(live) == 1:
            if not live[0].primary:
                view.put(replace(unsettle(live[0]), primary=True))
            continue
        chosen = primary_of(
            [
                Candidate(
                    id=side.ref.id,
                    kind_order=kinds.index(side.ref.kind),
                    open_opportunity=side.ref in view.with_open_opportunity,
                    advance=_advance(context, view.records[side.ref]),
                    settled=(side.primary and side.version != "")
                    or _bears_our_id(context, view, side.ref),
                    activity=view.touched.get(side.ref, ""),
                )
                for side in live
            ]
        )
        for side in live:
            if side.ref.id == chosen and not side.primary:
                # What it shows was evidence so far and never agreed: none of it is an edit (R23, R6).
                view.put(replace(unsettle(side), primary=True))
            elif side.ref.id != chosen and side.primary:
                view.put(replace(side, primary=False))


def read_last_touch(context: Context, page: Page) -> Steps[None]:
    """Of records of one kind of which none was written before: which one people last worked on (R23)."""
    asked: dict[tuple[str, str], list[RecordRef]] = {}
    for view in page.values():
        for crm in context.crms:
            live = view.live(crm)
            if len(live) < 2 or any(
                (side.primary and side.version) or _bears_our_id(context, view, side.ref)
                for side in live
            ):
                continue
            for side in live:
                asked.setdefault((crm, side.ref.kind), []).append(side.ref)
    if not asked:
        return
    keys = sorted(asked)
    answers = yield Gather(
        tuple(
            LastTouched(crm, kind, tuple(ref.id for ref in asked[crm, kind])) for crm, kind in keys
        )
    )
    told: dict[RecordRef, str] = {}
    for key, answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        told |= {ref: answer[ref.id].isoformat() for ref in asked[key] if ref.id in answer}
    for view in page.values():
        view.touched |= {ref: told[ref] for ref in view.records if ref in told}
        choose_primaries(context, view)


def _bears_our_id(context: Context, view: LeadView, ref: RecordRef) -> bool:
    """Whether this record carries the link's id: it was the one written under an earlier state."""
    name = context.mapping.external_id_field(ref.crm, ref.kind)
    return bool(name) and view.records[ref].fields.get(name) == view.link.external_id


def _advance(context: Context, record: Record) -> int:
    table = context.mapping.stage_table(record.ref.crm, record.ref.kind)
    shown = str(record.fields.get(table.own_field) or "")
    if shown in context.pact.stages:
        return context.pact.stages[shown].rank
    stages = table.stages_of(record.fields) or ()
    return max((context.pact.stages[stage].rank for stage in stages), default=0)


def read(
    context: Context,
    refs: Sequence[RecordRef],
    first: Collection[RecordRef] = (),
    also: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> Steps[dict[RecordRef, Observation]]:
    """Observations of these records, all kinds side by side.

    Args:
        first: those that were never read; their kinds are read with the dates of their stage fields (R6), which
            :func:`leadpact.sync.stage_dates.part_dates` takes out of the records again.
        also: more fields, by (crm, kind).
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        groups.setdefault((ref.crm, ref.kind), []).append(ref.id)
    keys = sorted(groups)
    dated = {(ref.crm, ref.kind) for ref in first}
    answers = yield Gather(
        tuple(
            Observe(
                crm,
                kind,
                tuple(groups[crm, kind]),
                context.mapping.read_fields(crm, kind)
                + (date_fields(context, crm, kind) if (crm, kind) in dated else ())
                + (tuple(also.get((crm, kind), ())) if also else ()),
            )
            for crm, kind in keys
        )
    )
    seen: dict[RecordRef, Observation] = {}
    for (crm, kind), answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for record_id, observation in zip(groups[crm, kind], answer, strict=True):
            seen[RecordRef(crm, kind, record_id)] = observation
    return seen


def filled_in(
    context: Context, intents: Iterable[Intent]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """What a backfill filled in of these, by (crm, kind): it is no part of a plain reading, and asked along (R33)."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in intents:
        side = context.crms.get(one.ref.crm)
        if side is not None and one.ref.kind in side.schemas:
            there = side.schemas[one.ref.kind].fields
            filled = context.mapping.backfill(one.ref.crm, one.ref.kind).fields
            names = {name for name in filled if name in one.wanted and name in there}
            found.setdefault((one.ref.crm, one.ref.kind), set()).update(names)
    return {key: tuple(sorted(names)) for key, names in found.items()}


def reads_alike(context: Context, one: Record, other: Record) -> bool:
    """Whether two readings of a record show the same; what a backfill filled in is read by few (R33)."""
    few = context.mapping.backfill(one.ref.crm, one.ref.kind).fields

    def plain(record: Record) -> dict[str, Native]:
        return {name: value for name, value in record.fields.items() if name not in few}

    return one.version == other.version and plain(one) == plain(other)


def _take(
    context: Context,
    page: Page,
    view: LeadView,
    ref: RecordRef,
    seen: Observation,
    now: datetime,
    *,
    dated: bool,
) -> dict[RecordRef, str]:
    """Note one observation; returns records to be read next, with the link they now belong to."""
    side = view.sides[ref]
    if isinstance(seen, Record):
        if is_older(seen, side):
            # Nothing of this lead can be decided without this record: it waits for a newer answer (R1).
            view.blocked = f"{ref} was shown older than it was already known"
            return {}
        if side.state != "live":
            if second_of_one(context, view, ref):
                spare(context, view, replace(side, version=stamp(seen, now)), now)
                return {}
            revive(view, unsettle(side))
        view.records[ref] = part_dates(context, view, seen) if dated else seen
        return {}
    if isinstance(seen, Gone):
        bury(context, view, side, now, for_good=seen.for_good)
        return {}
    return _follow(context, page, view, side, seen, now, dated=dated)


def _follow(
    context: Context,
    page: Page,
    view: LeadView,
    side: Side,
    seen: MovedTo,
    now: datetime,
    *,
    dated: bool,
) -> dict[RecordRef, str]:
    if seen.how == "converted":
        view.put(replace(side, state="converted", primary=False))
        if seen.record is not None:
            view.frozen[side.ref] = part_dates(context, view, seen.record) if dated else seen.record
        if side.state != "converted" and side.version:
            view.converted.add(side.ref)
    else:
        view.put(replace(side, state="merged", primary=False))
    person_kinds = context.crms[side.ref.crm].capabilities.person_kinds
    targets = [to for to in seen.to if to.kind in person_kinds]
    if not targets:
        return {}
    if targets[0] in page.erased:
        page.into_erased.add(side.ref)
        return {}
    return adopt_record(context, page, view, targets[0], seen.how, now)


def read_evidence(context: Context, page: Page) -> Steps[None]:
    """Opportunities of contacts whose stage they can still move; they also tell which record is written (R23)."""
    pact = context.pact
    top = pact.stages["customer"].rank if "customer" in pact.stages else 10**6
    asked: list[tuple[str, str, tuple[str, ...]]] = []
    for crm in sorted(context.crms):
        capabilities = context.crms[crm].capabilities
        if not capabilities.evidence_kinds:
            continue
        contact_kind = capabilities.person_kinds[0]
        ids = tuple(
            sorted(
                ref.id
                for view in page.values()
                for ref in view.records
                if ref.crm == crm
                and ref.kind == contact_kind
                and (
                    view.link.stage is None
                    or view.work.cause in EVIDENCE_CAUSES
                    or pact.stages[view.link.stage.stage].rank < top
                )
            )
        )
        if ids:
            asked.extend((crm, kind, ids) for kind in capabilities.evidence_kinds)
    if not asked:
        return
    answers = yield Gather(
        tuple(FindMatches(crm, kind, "contact", ids, ()) for crm, kind, ids in asked)
    )
    found: dict[tuple[str, str], Opportunities] = {}
    for (crm, _kind, _ids), answer in zip(asked, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        for record in answer:
            for contact in str(record.fields.get("leadpact:contact_ids") or "").split(";"):
                known = found.get((crm, contact), Opportunities())
                found[crm, contact] = Opportunities(
                    open=known.open or bool(record.fields.get(IS_OPEN)),
                    won=known.won or bool(record.fields.get(IS_WON)),
                    any=True,
                    wins=known.wins + bool(record.fields.get(IS_WON)),
                )
    for view in page.values():
        theirs = {ref: found[ref.crm, ref.id] for ref in view.records if (ref.crm, ref.id) in found}
        if theirs:
            view.opportunities = Opportunities(
                open=any(seen.open for seen in theirs.values()),
                won=any(seen.won for seen in theirs.values()),
                any=True,
                wins=sum(seen.wins for seen in theirs.values()),
            )
        view.with_open_opportunity = {ref for ref, seen in theirs.items() if seen.open}
        choose_primaries(context, view)
