"""Collect: which records changed since the checkpoint, onto the work list, with the checkpoint, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from leadpact.errors import LeadpactError
from leadpact.model.link import Link, Side, WorkCause, WorkItem
from leadpact.model.record import Change, ChangePage, Observation, Record, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import CollectChanges, Commit, Gather, Observe, Steps

CONTACT_IDS = "leadpact:contact_ids"
ACCOUNTS_EVERY = timedelta(hours=1)
"""How often changed accounts are asked for; what they say of their people is no matter of minutes."""
_READ_AT = ":read_at"
LEFT = frozenset({"gone", "buried", "replaced", "merged"})
MANY_NEW = 50
"""So many newcomers at once, as on the first day, get ids that stand side by side in the state (ADR 14)."""
SHELF = 500
"""How many of them share the beginning of their ids, which still tells one lead from another by eight letters."""


def collect(
    context: Context,
    now: datetime,
    changed: Counter[tuple[str, str]] | None = None,
    *,
    lags: Counter[int] | None = None,
    between: Callable[[], Steps[LeadpactError | None]] | None = None,
) -> Steps[dict[str, LeadpactError]]:
    """Read every subscribed feed to its end, all CRMs side by side.

    Args:
        changed: takes how many leads each feed put on the work list.
        lags: takes, in whole seconds, how long before ``now`` each of them had changed.
        between: done between two pages; an error that it answers with ends the reading.

    Returns:
        For each CRM whose feed could not be read to the end, why; what was read before is committed.
    """
    cursors = {
        feed: context.store.checkpoint(*feed)
        for feed in context.subscribed()
        if _is_due(context, feed, now)
    }
    failed: dict[str, LeadpactError] = {}
    while cursors:
        feeds = sorted(cursors)
        pages = yield Gather(
            tuple(CollectChanges(crm, kind, cursors[crm, kind]) for crm, kind in feeds)
        )
        state = StateChanges()
        # People first: whom the other feeds concern may be new in this very round.
        told = sorted(
            zip(feeds, pages, strict=True), key=lambda one: _beside(context, one[0]) is not None
        )
        for feed, page in told:
            if isinstance(page, LeadpactError):
                failed.setdefault(feed[0], page)
                del cursors[feed]
                continue
            if _beside(context, feed) is not None:
                state = yield from _committed(state)
            leads = yield from _take_in(context, feed, page, now, lags, state)
            if changed is not None:
                changed[feed] += leads
            if page.done:
                del cursors[feed]
            else:
                cursors[feed] = page.cursor
        yield from _committed(state)
        if cursors and between is not None:
            ending = yield from between()
            if ending is not None:
                return {**failed, "": ending}
    return failed


def _is_due(context: Context, feed: tuple[str, str], now: datetime) -> bool:
    """Feeds of people are read by every cycle, those of their accounts at a pace of their own."""
    crm, kind = feed
    if kind != context.accounts.get(crm):
        return True
    read_at = context.store.checkpoint(crm, kind + _READ_AT)
    return not read_at or now - datetime.fromisoformat(read_at) >= ACCOUNTS_EVERY


def _beside(context: Context, feed: tuple[str, str]) -> WorkCause | None:
    """Why people are looked at whom such a feed concerns; None for one of their own records."""
    crm, kind = feed
    if kind in context.crms[crm].capabilities.evidence_kinds:
        return "evidence"
    return "account" if kind == context.accounts.get(crm) else None


def _committed(state: StateChanges) -> Steps[StateChanges]:
    """Commit what feeds told, who changed in both CRMs once; returns where the next ones go."""
    if not (state.work or state.checkpoints):
        return state
    once: dict[str, WorkItem] = {}
    for item in state.work:
        known = once.get(item.link_id)
        if known is None or item.due_at <= known.due_at:
            once[item.link_id] = item
    state.work = [*once.values()]
    yield Commit(state)
    return StateChanges()


def _take_in(
    context: Context,
    feed: tuple[str, str],
    page: ChangePage,
    now: datetime,
    lags: Counter[int] | None,
    state: StateChanges,
) -> Steps[int]:
    """Add what a page of a feed tells to ``state``; returns how many records' leads it puts on the list."""
    crm, kind = feed
    put: dict[str, Change] | None = None if lags is None else {}
    cause = _beside(context, feed)
    changes = page.changes
    if cause is not None:
        changes = yield from _of_evidence(context, crm, kind, page)
    found = onto_list(context, changes, cause, now, put)
    if lags is not None and put and cause is None:
        for change in put.values():
            lag = now - datetime.fromisoformat(change.version)
            lags[max(int(lag.total_seconds()), 0)] += 1
    state.links += found.links
    state.sides += found.sides
    state.work += found.work
    if context.store.checkpoint(crm, kind) != page.cursor:
        state.checkpoints[crm, kind] = page.cursor
    if cause == "account" and page.done:
        state.checkpoints[crm, kind + _READ_AT] = now.isoformat()
    return len(found.work)


def _of_evidence(
    context: Context, crm: str, kind: str, page: ChangePage
) -> Steps[tuple[Change, ...]]:
    """The people whom changed evidence records concern."""
    ids = tuple(dict.fromkeys(change.ref.id for change in page.changes))
    if not ids:
        return ()
    observations: Sequence[Observation] = yield Observe(crm, kind, ids, ())
    contacts = dict.fromkeys(
        contact
        for seen in observations
        if isinstance(seen, Record)
        for contact in str(seen.fields.get(CONTACT_IDS) or "").split(";")
        if contact
    )
    person_kind = context.crms[crm].capabilities.person_kinds[0]
    return tuple(
        Change(RecordRef(crm, person_kind, contact), "changed", "~") for contact in contacts
    )


def onto_list(
    context: Context,
    changes: Sequence[Change],
    cause: WorkCause | None,
    now: datetime,
    put: dict[str, Change] | None = None,
) -> StateChanges:
    """Put leads whose records these are on the work list; what is unknown and there no more is nobody's.

    Args:
        put: takes the change that put each lead there, by link id.
    """
    state = StateChanges()
    newest: dict[RecordRef, Change] = {}
    for change in changes:
        known = newest.get(change.ref)
        if known is None or change.version >= known.version:
            newest[change.ref] = change
    records = context.store.known_records(tuple(newest))
    if context.forgotten is not None:
        for ref in context.forgotten.records(ref for ref in newest if ref not in records):
            del newest[ref]
    # One CRM's changes after the other's: a page of leads that changed in one CRM fills the other's batches to the end.
    turn = {crm: now - timedelta(microseconds=at) for at, crm in enumerate(sorted(context.crms))}
    ids = _new_ids(context, [ref for ref in newest if ref not in records])
    for ref, change in newest.items():
        side = records.get(ref)
        if side is None:
            if change.how in ("deleted", "merged"):
                continue
            link_id = ids[ref]
            state.links.append(Link(link_id))
            state.sides.append(Side(ref, link_id))
        else:
            link_id = side.link_id
            if change.how == "changed" and change.version < side.version:
                continue
            if change.how == "converted" and side.state == "converted":
                continue
            if change.how in ("deleted", "merged") and side.state in LEFT:
                continue
        # Whom a record became is known before that record is taken for somebody new.
        moved = change.how in ("converted", "merged")
        due = now - timedelta(seconds=1) if moved else turn[ref.crm]
        state.work.append(WorkItem(link_id, cause or change.how, now, due))
        if put is not None:
            put[link_id] = change
    return state


def _new_ids(context: Context, refs: Sequence[RecordRef]) -> dict[RecordRef, str]:
    """Ids of new links; of very many, those found together begin alike: each commit then touches few places."""
    ids = {ref: context.id("link", ref) for ref in refs}
    if len(refs) < MANY_NEW:
        return ids
    for start in range(0, len(refs), SHELF):
        shelf = context.id("shelf", refs[start])[:3]
        for ref in refs[start : start + SHELF]:
            ids[ref] = shelf + ids[ref][3:]
    return ids
