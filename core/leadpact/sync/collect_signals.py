"""Collect signals: acts out of their sources into our store, their leads onto the work list (R8, R35).

Each source has a checkpoint of its own and is read at its own pace (``every_minutes`` of the mapping), so that a quiet
cycle costs no call for it. A source whose acts also show in a feed of its CRM is read at once where that feed told of
few leads: a form sent a minute ago is scored in this cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from leadpact.errors import FixSettings, LeadpactError, LeaseLost, SignIn
from leadpact.mapping.signal_sources import SourceRow, SourceRule
from leadpact.matching.forgotten import Forgotten
from leadpact.model.link import KnownRecord, WorkItem
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.source_signal import OUTSIDE, SignalPage, SourceSignal, WaitingSignal
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Gather, ReadSignals, Steps
from leadpact.sync.report import CycleReport
from leadpact.sync.signal_keys import ActKey, act_key, key_of
from leadpact.sync.source_state import FEED, SourceState

SIGNALS_BACK: Final = timedelta(days=400)
"""Older acts are of no use to any window and are not kept."""
FEW: Final = 50
"""Changed leads up to which a source that follows a feed is read at once: one read with history (facts/hubspot §5)."""
MOST_PAGES: Final = 200
"""Pages of one source in one cycle once the pair is live; what is left is read by the next one."""
LIVING: Final = frozenset({"live", "converted", "duplicate"})

Mapped: TypeAlias = tuple[SourceSignal, SourceRow]


@dataclass(slots=True)
class _Reading:
    """A source on its way through a cycle."""

    rule: SourceRule
    state: SourceState
    pages: int = 0


def collect_signals(
    context: Context,
    report: CycleReport,
    now: datetime,
    changed: Mapping[tuple[str, str], int] | None = None,
    *,
    between: Callable[[], Steps[LeadpactError | None]] | None = None,
) -> Steps[LeadpactError | None]:
    """Read every source that is due to its end, all side by side.

    A source that cannot be read ends nothing: what this sign-in may not see is remembered as *unreadable here* and
    asked again at its pace; what failed otherwise is named in the report's problems and asked again by the next cycle.

    Args:
        changed: leads that the feeds of this cycle brought, by (crm, kind).
        between: done between two pages; an error that it answers with ends the reading, and is answered.
    """
    under_way = {
        (rule.crm, rule.source): _Reading(rule, state)
        for rule, state in _due(context, now, changed or {})
    }
    while under_way:
        readings = [under_way[key] for key in sorted(under_way)]
        pages = yield Gather(
            tuple(ReadSignals(one.rule.crm, one.rule.source, one.state.cursor) for one in readings)
        )
        for one, page in zip(readings, pages, strict=True):
            key = (one.rule.crm, one.rule.source)
            if isinstance(page, LeadpactError):
                del under_way[key]
                yield from _not_read(report, one, page, now)
                continue
            one.pages += 1
            report.counts["signals"] += yield from _take_in(context, one, page, now)
            if page.done or (context.go_live is not None and one.pages >= MOST_PAGES):
                del under_way[key]
        if under_way and between is not None:
            ending = yield from between()
            if ending is not None:
                return ending
    return None


def _due(
    context: Context, now: datetime, changed: Mapping[tuple[str, str], int]
) -> list[tuple[SourceRule, SourceState]]:
    found = []
    for (crm, source), rule in context.mapping.signal_sources.items():
        side = context.crms.get(crm)
        if side is None or source not in side.capabilities.signal_sources:
            continue
        if context.pausing is not None and context.pausing.stop("from_crm", crm, ""):
            continue
        state = SourceState.load(context.store.checkpoint(crm, FEED + source))
        if state.rules != rule.hash:
            # What earlier rows passed over may mean something now; what is known stays one act.
            state = SourceState(rules=rule.hash)
        followed = changed.get((crm, side.capabilities.signal_feeds.get(source, "")), 0)
        hot = 0 < followed <= FEW and not state.why_not
        # A clock that was set back does not keep a source unread until it has caught up.
        since = now - state.read_at if state.read_at is not None else rule.every
        if hot or state.behind or not timedelta(0) <= since < rule.every:
            found.append((rule, state))
    return found


def _not_read(
    report: CycleReport, one: _Reading, error: LeadpactError, now: datetime
) -> Steps[None]:
    if isinstance(error, LeaseLost):
        raise error
    rule, state = one.rule, one.state
    if isinstance(error, FixSettings | SignIn):
        state.why_not, state.read_at, state.behind = error.message, now, False
    elif error.code == "bad_cursor" and state.cursor:
        state.cursor, state.read_at = "", None
    else:
        report.problems.setdefault(
            rule.crm, f"Signals of {rule.source} were not read: {error.message}"
        )
        return
    report.counts["unreadable_sources"] += bool(state.why_not)
    yield Commit(StateChanges(checkpoints={(rule.crm, FEED + rule.source): state.dump()}))


def _take_in(context: Context, one: _Reading, page: SignalPage, now: datetime) -> Steps[int]:
    rule, state = one.rule, one.state
    before = state.dump()
    by_asset = any(word == "asset" for row in rule.rows for word, _how, _words in row.tests)
    acts: list[Mapped] = []
    for act in page.signals:
        row = rule.row_of(act)
        if row is None:
            state.note_unmapped((act.asset if by_asset else act.kind)[:60])
        else:
            acts.append((act, row))
    changes = sort_in(context, acts, f"{rule.crm}.{rule.source}", now)
    state.told += len(page.signals)
    state.kept += len(changes.signals) + len(changes.waiting)
    state.cursor, state.why_not = page.cursor, ""
    state.behind = page.behind or not page.done
    if page.done:
        state.read_at = now
    if state.dump() != before:
        changes.checkpoints[rule.crm, FEED + rule.source] = state.dump()
    yield Commit(changes)
    return len(changes.signals)


def sort_in(
    context: Context,
    acts: Sequence[Mapped],
    source: str,
    now: datetime,
    people: Mapping[RecordRef, str] | None = None,
) -> StateChanges:
    """Acts as signals of their leads; those of people without a link wait for one.

    Args:
        source: where they were read, as signals keep it.
        people: link ids by ref, where the caller knows them; else the store is asked.
    """
    changes = StateChanges()
    recent = [each for each in acts if each[0].at >= now - SIGNALS_BACK or _is_baseline(each[0])]
    if context.forgotten is not None:
        recent = _without_forgotten(context.forgotten, recent)
    if not recent:
        return changes
    refs = tuple(dict.fromkeys(act.ref for act, _row in recent))
    if people is None:
        records: Mapping[RecordRef, KnownRecord] = context.store.known_records(refs)
        owners = {ref: (one.link_id, one.state in LIVING) for ref, one in records.items()}
    else:
        owners = {ref: (link_id, True) for ref, link_id in people.items()}
    links = list(dict.fromkeys(link_id for link_id, _living in owners.values()))
    earliest = min(act.at for act, _row in recent).replace(hour=0, minute=0, second=0)
    by_instant = context.by_instant
    known: set[tuple[str | RecordRef, ActKey]] = {
        (link_id, key_of(each, by_instant))
        for link_id, stored in context.store.signals(links, earliest).items()
        for each in stored
    }
    for act, row in recent:
        asset = act.asset if row.keep_asset else ""
        link_id, living = owners.get(act.ref, ("", False))
        for name in row.signals:
            key = act_key(name, asset, act.at, act.quality, by_instant)
            whose: str | RecordRef = link_id or act.ref
            if (whose, key) in known:
                continue
            known.add((whose, key))
            signal_id = context.id("signal", whose, *key)
            signal = Signal(signal_id, link_id, name, act.at, asset, source, act.quality, now)
            if not link_id:
                changes.waiting.append(WaitingSignal(act.ref, signal))
                continue
            changes.signals.append(signal)
            if living:
                changes.work.append(WorkItem(link_id, "signal", now, now))
    return changes


def _without_forgotten(forgotten: Forgotten, acts: Sequence[Mapped]) -> list[Mapped]:
    """Acts of anybody but those who were erased (R27)."""
    refs = {act.ref for act, _row in acts}
    gone = forgotten.records(ref for ref in refs if ref.crm != OUTSIDE)
    outside = {ref for ref in refs if ref.crm == OUTSIDE}
    addresses = forgotten.addresses(ref.id for ref in outside if ref.kind == "email")
    ids = forgotten.our_ids(ref.id for ref in outside if ref.kind == "external_id")
    gone |= {ref for ref in outside if ref.id in addresses or ref.id in ids}
    return [each for each in acts if each[0].ref not in gone]


def bring_over(
    context: Context, link_id: str, found: Sequence[Signal], known: set[ActKey]
) -> list[Signal]:
    """Signals of another link, or of nobody yet, as this lead's; what it has already is left out.

    Args:
        known: keys of the lead's own signals; those brought over are added.
    """
    brought = []
    by_instant: Collection[str] = context.by_instant
    for one in found:
        key = key_of(one, by_instant)
        if key in known:
            continue
        known.add(key)
        brought.append(
            Signal(
                context.id("signal", link_id, *key),
                link_id,
                one.name,
                one.at,
                one.asset,
                one.source,
                one.precision,
                one.recorded_at,
            )
        )
    return brought


def _is_baseline(act: SourceSignal) -> bool:
    return act.quality == "counter"
