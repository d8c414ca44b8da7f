"""The hot lane: what sales waits for is found, decided and written between the pages of everything else (R19).

A cycle with lanes looks at the hot feeds when it begins and then every ``Context.hot_every``, between two pages,
whatever else it is at: reading a long change feed, planning, writing. What it finds is carried out at once, under caps
of its own. Hot work that would pass a cap is no hot work: it joins the bulk lane, whose plan parks for approval (R34,
R38).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from leadpact.errors import FixSettings, LeadpactError, LeaseLost, SignIn, Stop, WaitUntil
from leadpact.mapping.signal_sources import SourceRule
from leadpact.model.lanes import HOT_FEED, hot_due, hot_until
from leadpact.model.link import WorkItem
from leadpact.model.record import Change, ChangePage, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync.assertions import same
from leadpact.sync.collect import onto_list
from leadpact.sync.collect_signals import sort_in
from leadpact.sync.context import Context
from leadpact.sync.decide_page import decide_page
from leadpact.sync.effects import (
    CollectHot,
    Commit,
    EnterLane,
    Gather,
    Instant,
    ReadSignalsOf,
    Steps,
)
from leadpact.sync.execute import PlannedPage
from leadpact.sync.report import CycleReport
from leadpact.sync.suspending import stop_blanks
from leadpact.sync.taken import Taken

MOST_PAGES = 10
"""Pages of one hot feed at one look; what is left comes with the next one."""

CarryOut: TypeAlias = Callable[[Context, PlannedPage, CycleReport], Steps[LeadpactError | None]]
OverCaps: TypeAlias = Callable[[Context, CycleReport, datetime], str]
HandOver: TypeAlias = Callable[[Context, CycleReport], Steps[LeadpactError | None]]


def _fields(context: Context, crm: str, kind: str) -> tuple[str, ...]:
    """Fields there that tell a stage, a reason, or a signal that opens a fast lane or has its own response time."""
    urgent = {lane.signal for lane in context.pact.scoring.lanes} | set(
        context.pact.response.signals
    )
    dates = [
        rule.field
        for rule in context.mapping.signals
        if (rule.crm, rule.kind) == (crm, kind) and rule.name in urgent and not rule.many
    ]
    return tuple(dict.fromkeys((*context.mapping.stage_table(crm, kind).stage_fields, *dates)))


class HotLane:
    """The hot lane of one cycle.

    Args:
        report: of the cycle; what is carried out is counted there.
        carry_out, over_caps, hand_over: the engine's one way of writing, its caps, and its handing over.

    Attributes:
        on: whether this cycle has lanes.
        plans: what this lane planned in this cycle; its caps are counted here.
        done: leads carried out, whose earlier plans are void; ``carried``: how many pages that were.
    """

    def __init__(
        self,
        context: Context,
        report: CycleReport,
        carry_out: CarryOut,
        over_caps: OverCaps,
        hand_over: HandOver,
    ) -> None:
        self.on = (
            context.hot_every is not None
            and not context.dry
            and not context.only
            and context.go_live is not None
        )
        self.plans = CycleReport()
        self.done: set[str] = set()
        self.carried = 0
        self._context = context
        self._report = report
        self._carry_out = carry_out
        self._over_caps = over_caps
        self._hand_over = hand_over
        self._looked: datetime | None = None

    def between(self) -> Steps[LeadpactError | None]:
        """Between two pages: end where the process was asked to, and look at the hot lane where it is time.

        Returns:
            What should end the cycle.

        Raises:
            WaitUntil: code ``asked_to_end``.
        """
        if self._context.stopping():
            raise WaitUntil(
                "leadpact was asked to end; what is left is taken up by the next run.",
                code="asked_to_end",
            )
        every = self._context.hot_every
        if not self.on or every is None:
            return None
        now: datetime = yield Instant()
        if self._looked is not None and now - self._looked < every:
            return None
        return (yield from self.look(now))

    def look(self, now: datetime, rest: int = 0) -> Steps[LeadpactError | None]:
        """Collect and carry out what is hot.

        Args:
            rest: so many leads that are due for other causes are taken along, where a cycle does nothing else.

        Returns:
            What should end the cycle: a limit, an outage.
        """
        if not self.on:
            return None
        self._looked = now
        yield EnterLane("hot")
        try:
            ending = yield from self._work(now, rest)
        except LeadpactError as error:
            if isinstance(error, Stop | LeaseLost):
                raise
            ending = error
        yield EnterLane("bulk")
        return ending

    def without_done(self, page: PlannedPage) -> None:
        """Take the leads that were carried out meanwhile out of a plan that was made before."""
        if not self.done:
            return
        page.plans = [
            plan
            for plan in page.plans
            if plan.view.link.id not in self.done
            and not any(one.id in self.done for one in plan.view.folded)
        ]
        page.left_out = [view for view in page.left_out if view.link.id not in self.done]
        page.items = [item for item in page.items if item.link_id not in self.done]

    def _work(self, now: datetime, rest: int) -> Steps[LeadpactError | None]:
        context, report = self._context, self._report
        put: dict[str, Change] = {}
        ending = yield from self._collect(now, put)
        if put:
            yield from self._hear(now, put)
        pages = yield from self._plan(now, rest)
        if pages is None:
            return ending
        for page in pages:
            ids = {plan.view.link.id for plan in page.plans}
            ids.update(one.id for plan in page.plans for one in plan.view.folded)
            self.done |= ids
            self.carried += 1
            stopped = yield from self._carry_out(context, page, report)
            if stopped is not None:
                return stopped
        if pages:
            stopped = yield from self._hand_over(context, report)
            if stopped is not None:
                return stopped
        now = yield Instant()
        for change in put.values():
            report.note_delay("hot", now - datetime.fromisoformat(change.version))
        return ending

    def _collect(self, now: datetime, put: dict[str, Change]) -> Steps[LeadpactError | None]:
        """Read every hot feed; a limit ends the look once what was read is carried out."""
        context = self._context
        cursors = {
            (crm.name, kind): context.store.checkpoint(crm.name, HOT_FEED + kind)
            for crm in context.crms.values()
            for kind in crm.capabilities.hot
        }
        ending: LeadpactError | None = None
        for _round in range(MOST_PAGES):
            feeds = sorted(cursors)
            if not feeds:
                break
            answers = yield Gather(
                tuple(CollectHot(*feed, cursors[feed], _fields(context, *feed)) for feed in feeds)
            )
            for feed, answer in zip(feeds, answers, strict=True):
                if isinstance(answer, LeadpactError):
                    del cursors[feed]
                    ending = self._not_read(feed, answer) or ending
                    continue
                yield from self._take_in(feed, answer, now, put)
                if answer.done:
                    del cursors[feed]
                else:
                    cursors[feed] = answer.cursor
        return ending

    def _not_read(self, feed: tuple[str, str], error: LeadpactError) -> LeadpactError | None:
        """The bulk lane brings what a hot feed does not tell, so only a wait holds this lane up."""
        if isinstance(error, Stop) and error.code == "bad_cursor":
            raise error
        if isinstance(error, FixSettings | SignIn):
            crm, kind = feed
            self._report.problems.setdefault(
                crm, f"The hot feed of {kind} was not read: {error.message}"
            )
            return None
        return error

    def _take_in(
        self, feed: tuple[str, str], page: ChangePage, now: datetime, put: dict[str, Change]
    ) -> Steps[None]:
        context = self._context
        crm, kind = feed
        here: dict[str, Change] = {}
        state = onto_list(context, self._news(page), None, now, here)
        state.work = [replace(item, due_at=hot_due(item.due_at)) for item in state.work]
        if context.store.checkpoint(crm, HOT_FEED + kind) != page.cursor:
            state.checkpoints[crm, HOT_FEED + kind] = page.cursor
        if state.work or state.checkpoints:
            yield Commit(state)
        put.update(here)

    def _news(self, page: ChangePage) -> Sequence[Change]:
        """Without records that show of what is hot only what was judged already; the bulk lane brings all of them."""
        if not page.shown:
            return page.changes
        known = self._context.store.link_ids(list(page.shown))
        groups = self._context.store.sides(sorted(set(known.values()))).values()
        images = {side.ref: side.image for group in groups for side in group}

        def moved(ref: RecordRef) -> bool:
            image = images.get(ref, {})
            return any(
                name in image and not same(image[name], value)
                for name, value in page.shown[ref].items()
            )

        return [one for one in page.changes if one.ref not in page.shown or moved(one.ref)]

    def _hear(self, now: datetime, put: dict[str, Change]) -> Steps[None]:
        """What these people did, asked by name: their source's own cursor may be far behind."""
        context, report = self._context, self._report
        asked: list[tuple[SourceRule, ReadSignalsOf]] = []
        for (crm, source), rule in context.mapping.signal_sources.items():
            side = context.crms.get(crm)
            if side is None or source not in side.capabilities.hot_sources:
                continue
            kinds = side.capabilities.hot
            ids = [
                one.ref.id
                for one in put.values()
                if (one.ref.crm, one.ref.kind in kinds) == (crm, True)
            ]
            if ids:
                asked.append((rule, ReadSignalsOf(crm, source, tuple(dict.fromkeys(ids)))))
        if not asked:
            return
        answers = yield Gather(tuple(effect for _rule, effect in asked))
        for (rule, effect), answer in zip(asked, answers, strict=True):
            if isinstance(answer, LeadpactError):
                report.problems.setdefault(
                    effect.crm, f"Signals of {effect.kind} were not read at once: {answer.message}"
                )
                continue
            acts = [(act, row) for act in answer if (row := rule.row_of(act)) is not None]
            changes = sort_in(context, acts, f"{effect.crm}.{effect.kind}", now)
            changes.work = [replace(item, due_at=hot_due(item.due_at)) for item in changes.work]
            if changes.signals or changes.waiting:
                report.counts["signals"] += len(changes.signals)
                yield Commit(changes)

    def _plan(self, now: datetime, rest: int) -> Steps[list[PlannedPage] | None]:
        """Plan the hot work as a whole; None where it passed a cap, and is the bulk lane's from now on."""
        context, plans = self._context, self.plans
        first = self._due(now, None)
        if not first and not rest:
            return []
        taken = Taken(context.store)
        pages: list[PlannedPage] = []
        items, last = first, None
        while items:
            page = yield from self._decided(items, taken, now)
            pages.append(page)
            if self._over_caps(context, plans, now) or len(pages) * context.limits.page > (
                context.limits.kept
            ):
                yield from self._put_back(now)
                return None
            last = items[-1]
            items = self._due(now, last)
        if rest and len(first) < rest:
            left = [one for one in context.store.due(now, rest) if one.due_at > hot_until(now)]
            left = [one for one in left if one.link_id not in taken]
            if left:
                before = CycleReport()
                before.counts.update(plans.counts)
                pages.append((yield from self._decided(left, taken, now)))
                if self._over_caps(context, plans, now):
                    # The bulk lane's cycle plans it as a whole, and asks.
                    pages.pop()
                    plans.counts = before.counts
        return pages

    def _due(self, now: datetime, after: WorkItem | None) -> Sequence[WorkItem]:
        return self._context.store.due(hot_until(now), self._context.limits.page, after)

    def _decided(
        self, items: Sequence[WorkItem], taken: Taken, now: datetime
    ) -> Steps[PlannedPage]:
        context = self._context
        page = yield from decide_page(context, items, taken)
        if (yield from stop_blanks(context, self.plans, page.plans, now)):
            page = yield from decide_page(context, items)
        self.plans.take_plans(page.plans, len(page.left_out))
        return page

    def _put_back(self, now: datetime) -> Steps[None]:
        # Work that was noted before a clock was set back is done all the same: nothing else takes it off the list.
        while items := self._due(now, None):
            changes = StateChanges(
                done=[replace(item, since=max(item.since, now)) for item in items],
                work=[replace(item, since=now, due_at=now) for item in items],
            )
            self._report.counts["hot_put_back"] += len(items)
            yield Commit(changes)
