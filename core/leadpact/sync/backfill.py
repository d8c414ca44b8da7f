"""A backfill of stages and their dates, piece by piece: forecast, canaries, then page after page (R33).

It goes through the one way of all writes (plan, intend, write, settle), and knows at any moment how far it came: a
process that dies loses at most the page in flight, and any other goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leadpact.errors import LeadpactError, LeaseLost, Stop, WaitUntil
from leadpact.model.link import Run, RunStatus
from leadpact.model.record import Native, RecordRef
from leadpact.model.run_order import RunOrder
from leadpact.ports.state_store import StateChanges
from leadpact.sync.assertions import text
from leadpact.sync.backfill_native import native_rows
from leadpact.sync.backfill_page import BackfillPage, backfill_page
from leadpact.sync.backfill_place import BackfillPlace
from leadpact.sync.backfill_watch import expected, look, told
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Instant, Steps
from leadpact.sync.execute import execute
from leadpact.sync.pausing import look_at_pauses, told_of_pauses
from leadpact.sync.recover import recover
from leadpact.sync.report import CycleReport

PIECE = timedelta(seconds=15)
"""How long one piece goes on before the lease is free for others."""
ROUNDS = 3
"""How often leads that were put off are tried again at the end."""
CANARIES = 50
IDS_AT_ONCE = 2000
MASS_PAGE = 5000
MASS_ABOVE = 20_000
"""From so many leads on the pages are large enough for the CRMs' own ways of very many rows."""


@dataclass(frozen=True, slots=True)
class BackfillAim:
    """What one backfill was told.

    Attributes:
        native: the CRMs' own stage fields follow, too.
        watch: how long the canaries are watched.
        approved: how many rows the approved forecast spoke of; far more parks the run.
    """

    native: bool = False
    watch: timedelta = timedelta(seconds=60)
    approved: int | None = None

    @classmethod
    def of(cls, options: Mapping[str, str]) -> BackfillAim:
        """As an order's options say it."""
        approved = options.get("approved_rows", "")
        return cls(
            options.get("native_stages") == "yes",
            timedelta(seconds=int(options.get("watch_seconds", "60"))),
            int(approved) if approved else None,
        )


def forecast(context: Context, most: int) -> Steps[Counter[str]]:
    """What a backfill would do, by every so manieth lead.

    Args:
        most: about how many leads are looked at.
    """
    counts: Counter[str] = Counter()
    now: datetime = yield Instant()
    every = max(1, -(-context.store.count("links", now) // most))
    for ids in _chosen(context, every):
        page = yield from backfill_page(context, ids)
        counts.update(page.counted())
        counts["looked"] += len(ids)
        _count_rows(page, counts)
        for plan in page.planned.plans:
            for side, _record, wanted in native_rows(context, plan.view):
                for name, (value, _why) in wanted.items():
                    counts[f"native:{side.ref.crm} {side.ref.kind}.{name}={text(value)}"] += 1
    return counts


def _chosen(context: Context, every: int) -> Iterator[list[str]]:
    """Pages of leads spread evenly over all: those that two records joined stand closer together than others."""
    after, passed = "", 0
    chosen: list[str] = []
    while ids := context.store.page_of_links(after, IDS_AT_ONCE):
        chosen += ids[-passed % every :: every]
        passed, after = passed + len(ids), ids[-1]
        while len(chosen) >= context.limits.page:
            yield chosen[: context.limits.page]
            chosen = chosen[context.limits.page :]
    if chosen:
        yield chosen


def _count_rows(page: BackfillPage, counts: Counter[str]) -> None:
    for plan in page.planned.plans:
        for intent in plan.intents:
            counts["rows"] += 1
            counts[f"rows_{intent.ref.crm}"] += 1


def backfill(context: Context, order: RunOrder) -> Steps[CycleReport]:
    """Go on with a backfill for a while.

    Returns:
        A report whose status is ``running`` where there is more to do: call again with the order as it stands then.
        ``paused``, ``cancelled``: a person asked for it. ``needs_approval``: the canaries stormed or failed, or far
        more would be written than was approved. ``waiting``, ``failed``: what a CRM said.
    """
    aim, place = BackfillAim.of(order.options), BackfillPlace.of(order.place)
    started: datetime = yield Instant()
    if not order.place:
        place.counts["of"] = context.store.count("links", started)
    yield Commit(StateChanges(runs=[_run(context, order, place, "running", started)]))
    report = CycleReport()
    ending: LeadpactError | None = None
    try:
        if context.store.open_intents(1):
            yield from recover(context, started)
        ending = yield from _pages(context, order, aim, place, report, started)
    except LeadpactError as error:
        if isinstance(error, Stop | LeaseLost):
            raise
        ending = error
    if ending is not None:
        report.status = "waiting" if isinstance(ending, WaitUntil) else "failed"
        report.note, report.exit_code = ending.message, ending.exit_code
    elif report.status == "done":
        report.exit_code = 1 if place.counts["failed"] else 0
    elif report.status == "needs_approval":
        report.exit_code = 6
    now: datetime = yield Instant()
    report.counts = Counter(place.counts)
    yield Commit(StateChanges(runs=[_run(context, order, place, report.status, now, report.note)]))
    return report


def _pages(
    context: Context,
    order: RunOrder,
    aim: BackfillAim,
    place: BackfillPlace,
    report: CycleReport,
    started: datetime,
) -> Steps[LeadpactError | None]:
    now = started
    while now - started < PIECE:
        if _heeds(context, order, report) or _stopped(context, report) or context.stopping():
            return None
        if place.canary == "watched":
            if place.watch_until is not None and now < place.watch_until:
                return None
            yield from _watch(context, order, place, report)
            if report.status != "running":
                return None
        if place.canary == "stormed":
            # A person looked, and let it go on.
            place.canary = "passed"
        ids = _next(context, place)
        if not ids:
            report.status = "done"
            return None
        before = now
        ending = yield from _one_page(context, ids, aim, place, report)
        now = yield Instant()
        place.seconds += (now - before).total_seconds()
        if ending is not None:
            # The page stands open: whoever goes on takes it again, and what was written is not written twice.
            return ending
        _passed(ids, place, now, aim)
        yield Commit(
            StateChanges(
                orders=[replace(order, place=place.text())],
                runs=[_run(context, order, place, "running", now)],
            )
        )
        if _too_much(aim, place, report):
            return None
    return None


def _heeds(context: Context, order: RunOrder, report: CycleReport) -> bool:
    """Whether a person asked it to stop, in whatever process."""
    there = context.store.order(order.run_id)
    if there is None or not there.asked:
        return False
    report.status = "paused" if there.asked == "pause" else "cancelled"
    report.note = (
        "Paused; `leadpact runs resume` goes on from here."
        if there.asked == "pause"
        else "Cancelled; what was written stays."
    )
    return True


def _stopped(context: Context, report: CycleReport) -> bool:
    """Whether a person stopped all writing to a CRM: then it keeps its place and waits (R38)."""
    paused = look_at_pauses(context)
    if not any(
        paused.stop("to_crm", crm, kind)
        for crm in context.crms
        for kind in context.mapping.kinds(crm)
    ):
        return False
    report.status, report.exit_code = "waiting", 4
    report.note = (
        f"{told_of_pauses(context, 0)} Then `leadpact runs resume` goes on with the backfill."
    )
    return True


def _next(context: Context, place: BackfillPlace) -> Sequence[str]:
    """The leads of the next page: canaries first, those that were put off last."""
    total = place.counts["of"]
    size = MASS_PAGE if context.mass and total >= MASS_ABOVE else context.limits.page
    if not place.canary and total > CANARIES:
        size = CANARIES
    ids = context.store.page_of_links(place.after, size)
    if ids or place.rounds >= ROUNDS:
        return ids
    place.rounds += 1
    again, place.again = place.again[:size], place.again[size:]
    return again


def _one_page(
    context: Context,
    ids: Sequence[str],
    aim: BackfillAim,
    place: BackfillPlace,
    report: CycleReport,
) -> Steps[LeadpactError | None]:
    page = yield from backfill_page(context, ids)
    records = [record for plan in page.planned.plans for record in plan.view.records.values()]
    ending, written = yield from _carry_out(context, page, report)
    later = {item.link_id for item in page.planned.deferred}
    natives: set[str] = set()
    if ending is None and aim.native:
        after = yield from backfill_page(context, ids, native=True)
        second = CycleReport()
        ending, native = yield from _carry_out(context, after, second)
        for name in [one for one in second.counts if one != "unchanged"]:
            report.counts[name] += second.counts[name]
        for ref, values in native.items():
            written[ref] = {**written.get(ref, {}), **values}
        page.planned.deferred += after.planned.deferred
        natives = {plan.view.link.id for plan in after.planned.plans if plan.intents}
        natives |= {item.link_id for item in after.planned.deferred}
        page.counts["native"] = len(native)
    if ending is not None:
        return ending
    counts = page.counted(later, natives)
    _count_rows(page, counts)
    counts.update({name: report.counts[name] for name in ("written", "failed", "newly_failed")})
    counts.update(
        {name: count for name, count in report.counts.items() if name.startswith("written_")}
    )
    report.counts.clear()
    if not place.canary:
        place.seen = expected(context, records, written)
    if place.rounds:
        counts.pop("leads", None)
    place.counts.update(counts)
    put_off = [item.link_id for item in page.planned.deferred]
    place.again += [one for one in put_off if one not in place.again]
    if place.rounds >= ROUNDS:
        place.counts["left_busy"] += len(put_off)
    return None


def _carry_out(
    context: Context, page: BackfillPage, report: CycleReport
) -> Steps[tuple[LeadpactError | None, dict[RecordRef, Mapping[str, Native]]]]:
    """Write a page; answers with what ended it, and what was sent to which record."""
    ending = yield from execute(context, page.planned, report)
    put_off = {item.link_id for item in page.planned.deferred}
    sent: dict[RecordRef, Mapping[str, Native]] = {
        intent.ref: intent.wanted
        for plan in page.planned.plans
        if plan.view.link.id not in put_off
        for intent in plan.intents
    }
    return ending, sent


def _passed(
    ids: Sequence[str],
    place: BackfillPlace,
    now: datetime,
    aim: BackfillAim,
) -> None:
    """Note that this page is done."""
    if not place.rounds:
        place.after = ids[-1]
    if place.canary:
        return
    if place.counts["of"] > len(ids):
        place.canary, place.watch_until = "watched", now + aim.watch
    else:
        place.canary, place.seen = "passed", {}


def _watch(
    context: Context, order: RunOrder, place: BackfillPlace, report: CycleReport
) -> Steps[None]:
    """Read the canaries again; a storm, or canaries that failed for the most part, park the run."""
    moved = yield from look(context, place.seen)
    place.canary, place.watch_until = "passed", None
    if place.counts["failed"] > place.counts["written"]:
        place.canary = "stormed"
        report.note = (
            f"Parked: of the canaries {place.counts['failed']:,} rows were refused. "
            "See `leadpact failures list`; then `leadpact runs resume`, or `leadpact runs cancel`."
        )
    if moved:
        place.canary = "stormed"
        place.counts["storm_records"] = max(moved.values())
        report.note = told(moved)
    place.seen = {}
    if place.canary == "stormed":
        report.status = "needs_approval"
    yield Commit(StateChanges(orders=[replace(order, place=place.text())]))


def _too_much(aim: BackfillAim, place: BackfillPlace, report: CycleReport) -> bool:
    """Whether far more was written than a person saw and approved (R38)."""
    if aim.approved is None or place.counts["rows"] * 5 <= aim.approved * 6 + 250:
        return False
    report.status = "needs_approval"
    report.note = (
        f"Parked: {place.counts['rows']:,} rows were written, and the approved forecast spoke of "
        f"{aim.approved:,}. Make a new one with `leadpact backfill stages`."
    )
    return True


def _run(
    context: Context,
    order: RunOrder,
    place: BackfillPlace,
    status: RunStatus,
    now: datetime,
    note: str = "",
) -> Run:
    known = context.store.run(order.run_id)
    return Run(
        id=order.run_id,
        kind=order.kind,
        started_at=known.started_at if known is not None else now,
        status=status,
        ended_at=None if status == "running" else now,
        counts={
            **{name: count for name, count in sorted(place.counts.items()) if count},
            "seconds": round(place.seconds),
        },
        note=note,
        pact_hash=context.pact.hash,
        mapping_hash=context.mapping.hash,
    )
