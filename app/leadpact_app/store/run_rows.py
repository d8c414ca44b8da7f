"""What runs leave behind as table rows and back: holds, failures, outcomes, signals, runs, plans, notices, handoffs."""

from __future__ import annotations

import zlib
from functools import lru_cache

from leadpact.model.handoff import Handoff, Headline
from leadpact.model.link import Failure, Hold, Outcome, Run, SavedPlan
from leadpact.model.notice import Notice
from leadpact.model.pin import Pin
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.source_signal import WaitingSignal
from leadpact_app.store.rows import (
    Row,
    instant,
    maybe_instant,
    maybe_stamp,
    pack,
    stamp,
    unpack,
)


def hold_row(pair: str, hold: Hold) -> Row:
    """A row of ``holds``."""
    return (
        pair,
        hold.id,
        hold.link_id,
        hold.field,
        hold.cause,
        hold.why,
        pack(hold.shown),
        stamp(hold.since),
        hold.run_id,
        hold.status,
        hold.answer,
    )


def hold_of(row: Row) -> Hold:
    """Back from a row of ``holds``."""
    return Hold(
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        unpack(row[6]),
        instant(row[7]),
        row[8],
        row[9],
        row[10],
    )


def failure_row(pair: str, failure: Failure) -> Row:
    """A row of ``failures``."""
    return (
        pair,
        failure.link_id,
        failure.crm,
        failure.ref.kind,
        failure.ref.id,
        failure.cause,
        failure.remedy,
        failure.message,
        pack((failure.ref.crm, failure.fields)),
        failure.wanted_hash,
        failure.attempts,
        stamp(failure.first_at),
        stamp(failure.last_at),
        maybe_stamp(failure.retry_at),
        failure.detail,
        failure.open,
    )


def failure_of(row: Row) -> Failure:
    """Back from a row of ``failures``."""
    crm, fields = unpack(row[8])
    return Failure(
        row[1],
        row[2],
        RecordRef(crm, row[3], row[4]),
        row[5],
        row[6],
        row[7],
        tuple(fields),
        row[9],
        row[10],
        instant(row[11]),
        instant(row[12]),
        maybe_instant(row[13]),
        row[14],
        bool(row[15]),
    )


def outcome_of(row: Row) -> Outcome:
    """Back from what a pack keeps."""
    return Outcome(row[1], row[2], row[3], row[4], instant(row[5]), row[6], tuple(row[7]))


def signal_row(pair: str, signal: Signal) -> Row:
    """A row of ``signals``."""
    return (
        pair,
        signal.link_id,
        signal.id,
        signal.name,
        stamp(signal.at),
        signal.asset,
        signal.source,
        signal.precision,
        maybe_stamp(signal.recorded_at),
    )


_known_at = lru_cache(maxsize=1024)(maybe_instant)
"""One reading of a source makes many acts known at the same instant."""


def signal_of(row: Row) -> Signal:
    """Back from a row of ``signals``."""
    return Signal(
        row[2], row[1], row[3], instant(row[4]), row[5], row[6], row[7], _known_at(row[8])
    )


def waiting_row(pair: str, waiting: WaitingSignal) -> Row:
    """A row of ``waiting_signals``."""
    ref, signal = waiting.ref, waiting.signal
    return (
        pair,
        ref.crm,
        ref.kind,
        ref.id,
        signal.id,
        signal.name,
        stamp(signal.at),
        signal.asset,
        signal.source,
        signal.precision,
        maybe_stamp(signal.recorded_at),
    )


def waiting_of(row: Row) -> Signal:
    """Back from a row of ``waiting_signals``."""
    return Signal(
        row[4], "", row[5], instant(row[6]), row[7], row[8], row[9], maybe_instant(row[10])
    )


def run_row(pair: str, run: Run) -> Row:
    """A row of ``runs``."""
    return (
        pair,
        run.id,
        run.kind,
        stamp(run.started_at),
        run.status,
        maybe_stamp(run.ended_at),
        pack(run.counts),
        run.note,
        run.pact_hash,
        run.mapping_hash,
        run.undoes,
    )


def run_of(row: Row) -> Run:
    """Back from a row of ``runs``."""
    return Run(
        row[1],
        row[2],
        instant(row[3]),
        row[4],
        maybe_instant(row[5]),
        unpack(row[6]),
        *row[7:],
    )


def plan_row(pair: str, plan: SavedPlan) -> Row:
    """A row of ``plans``."""
    return (
        pair,
        plan.id,
        plan.run_id,
        stamp(plan.created_at),
        plan.kind,
        plan.status,
        pack(plan.counts),
        zlib.compress(plan.lines.encode()),
        plan.pact_hash,
        plan.mapping_hash,
    )


def plan_of(row: Row) -> SavedPlan:
    """Back from a row of ``plans``."""
    lines = zlib.decompress(row[7]).decode()
    return SavedPlan(
        row[1], row[2], instant(row[3]), row[4], row[5], unpack(row[6]), lines, *row[8:]
    )


def pin_row(pair: str, pin: Pin) -> Row:
    """A row of ``pins``."""
    return (
        pair,
        pin.link_id,
        *pin.ref,
        pin.field,
        stamp(pin.since),
        pin.run_id,
        pack((pin.kept, pin.undone, pin.settled)),
    )


def pin_of(row: Row) -> Pin:
    """Back from a row of ``pins``."""
    kept, undone, settled = unpack(row[8])
    return Pin(row[1], RecordRef(*row[2:5]), row[5], kept, undone, instant(row[6]), row[7], settled)


def notice_row(pair: str, notice: Notice) -> Row:
    """A row of ``notices``."""
    return (
        pair,
        notice.id,
        notice.kind,
        notice.link_id,
        notice.to,
        notice.state,
        stamp(notice.created_at),
        notice.attempts,
        maybe_stamp(notice.next_try),
        maybe_stamp(notice.sent_at),
        notice.error,
        pack((notice.subject, notice.body, notice.owner, notice.link_url)),
    )


def notice_of(row: Row) -> Notice:
    """Back from a row of ``notices``."""
    subject, body, owner, link_url = unpack(row[11])
    return Notice(
        row[1],
        row[2],
        row[3],
        row[4],
        subject,
        body,
        instant(row[6]),
        owner,
        link_url,
        row[5],
        row[7],
        maybe_instant(row[8]),
        maybe_instant(row[9]),
        row[10],
    )


def handoff_row(pair: str, handoff: Handoff) -> Row:
    """A row of ``handoffs``."""
    return (
        pair,
        handoff.id,
        handoff.link_id,
        handoff.step,
        stamp(handoff.since),
        handoff.heat,
        handoff.owner,
        handoff.day,
        maybe_stamp(handoff.next_try),
        pack(
            (
                handoff.cause,
                handoff.episode,
                handoff.why,
                handoff.owner_name,
                tuple(handoff.headline),
                handoff.lines,
                maybe_stamp(handoff.due_at),
                maybe_stamp(handoff.done_at),
                handoff.other_owner,
                handoff.task,
                handoff.mirrored,
                handoff.owner_seen,
                maybe_stamp(handoff.put_back_at),
                handoff.put_backs,
                handoff.owner_contested,
            )
        ),
    )


def handoff_of(row: Row) -> Handoff:
    """Back from a row of ``handoffs``."""
    cause, episode, why, name, headline, lines, due_at, done_at, other, task, mirrored, *seen = (
        unpack(row[9])
    )
    # A state of long ago keeps neither these four nor the headline in parts.
    owner_seen, put_back_at, put_backs, contested = seen or (False, None, 0, False)
    return Handoff(
        id=row[1],
        link_id=row[2],
        cause=cause,
        since=instant(row[4]),
        episode=episode,
        step=row[3],
        heat=row[5],
        why=why,
        owner=row[6],
        owner_name=name,
        day=row[7],
        next_try=maybe_instant(row[8]),
        headline=Headline(headline) if isinstance(headline, str) else Headline(*headline),
        lines=tuple(lines),
        due_at=maybe_instant(due_at),
        done_at=maybe_instant(done_at),
        other_owner=other,
        task=task,
        mirrored=mirrored,
        owner_seen=owner_seen,
        put_back_at=maybe_instant(put_back_at),
        put_backs=put_backs,
        owner_contested=contested,
    )
