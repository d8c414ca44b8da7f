"""Model values to table rows and back: tuples in the order of the columns, no objects between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import orjson

from leadpact.model.link import (
    Failure,
    Hold,
    Intent,
    Link,
    Outcome,
    Run,
    SavedPlan,
    Side,
    WorkItem,
)
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import PublishedScore, Signal
from leadpact.model.stage import StageState, Transition, WriteBack

Row: TypeAlias = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stamp(instant: datetime) -> int:
    """An aware instant as microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(stamped: int) -> datetime:
    """Back again: aware, UTC."""
    return _EPOCH + timedelta(0, 0, stamped)


def _maybe_stamp(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def _maybe_instant(stamped: int | None) -> datetime | None:
    return None if stamped is None else _EPOCH + timedelta(0, 0, stamped)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept")


def pack(value: object) -> str:
    """A value as JSON text."""
    return orjson.dumps(value, _plain).decode()


def unpack(text: str) -> Any:
    """JSON text as plain values. Raises ValueError if it is damaged."""
    return orjson.loads(text)


def link_row(pair: str, link: Link) -> Row:
    """A row of ``links``."""
    stage, published = link.stage, link.published
    return (
        pair,
        link.id,
        link.status,
        stage.stage if stage is not None else "",
        link.adopted,
        link.folded_into,
        pack(
            (
                link.base,
                None if stage is None else _stage_parts(stage),
                None if published is None else _published_parts(published),
            )
        ),
    )


def link_of(row: Row) -> Link:
    """Back from a row of ``links``."""
    base, stage, published = orjson.loads(row[6])
    return Link(
        row[1],
        row[2],
        base,
        None if stage is None else _stage_of(stage),
        None if published is None else _published_of(published),
        bool(row[4]),
        row[5],
    )


def _stage_parts(stage: StageState) -> Row:
    return (
        stage.stage,
        stamp(stage.since),
        stage.episode,
        _maybe_stamp(stage.episode_since),
        stage.reason,
        stage.reason_owed,
        stage.why,
        stage.pact_hash,
        stage.priority,
        [
            (
                each.crm,
                each.field,
                each.value,
                stamp(each.at),
                each.times,
                each.contested,
                each.source,
            )
            for each in stage.write_backs
        ],
    )


def _stage_of(kept: list[Any]) -> StageState:
    return StageState(
        kept[0],
        instant(kept[1]),
        kept[2],
        _maybe_instant(kept[3]),
        kept[4],
        kept[5],
        kept[6],
        kept[7],
        kept[8],
        tuple(
            [
                WriteBack(each[0], each[1], each[2], instant(each[3]), each[4], each[5], each[6])
                for each in kept[9]
            ]
        ),
    )


def _published_parts(score: PublishedScore) -> Row:
    return (
        score.fit,
        score.engagement,
        score.total,
        score.grade,
        score.verdict,
        score.reasons,
        score.breakdown,
        stamp(score.scored_at),
        score.pact_hash,
    )


def _published_of(kept: list[Any]) -> PublishedScore:
    return PublishedScore(
        kept[0],
        kept[1],
        kept[2],
        kept[3],
        kept[4],
        tuple(kept[5]),
        kept[6],
        instant(kept[7]),
        kept[8],
    )


def side_row(pair: str, side: Side) -> Row:
    """A row of ``sides``."""
    ref = side.ref
    said = side.renderings or side.open_renderings or side.image
    return (
        pair,
        side.link_id,
        ref.crm,
        ref.kind,
        ref.id,
        side.primary,
        side.state,
        side.version,
        pack((side.renderings, side.open_renderings, side.image)) if said else "",
    )


def side_of(row: Row) -> Side:
    """Back from a row of ``sides``."""
    renderings, open_renderings, image = orjson.loads(row[8]) if row[8] else ({}, {}, {})
    return Side(
        RecordRef(row[2], row[3], row[4]),
        row[1],
        bool(row[5]),
        row[6],
        row[7],
        renderings,
        open_renderings,
        image,
    )


def work_row(pair: str, item: WorkItem) -> Row:
    """A row of ``work``."""
    return (pair, item.link_id, item.cause, stamp(item.since), stamp(item.due_at), item.attempts)


def work_of(row: Row) -> WorkItem:
    """Back from a row of ``work``."""
    return WorkItem(row[1], row[2], instant(row[3]), instant(row[4]), row[5])


def intent_row(pair: str, intent: Intent) -> Row:
    """A row of ``intents``."""
    ref = intent.ref
    return (
        pair,
        intent.link_id,
        intent.id,
        intent.run_id,
        ref.crm,
        ref.kind,
        ref.id,
        intent.op,
        intent.state,
        stamp(intent.created_at),
        _maybe_stamp(intent.closed_at),
        intent.attempts,
        pack((intent.before, intent.wanted, intent.agrees, intent.rule)),
    )


def intent_of(row: Row) -> Intent:
    """Back from a row of ``intents``."""
    before, wanted, agrees, rule = orjson.loads(row[12])
    return Intent(
        row[2],
        row[3],
        row[1],
        RecordRef(row[4], row[5], row[6]),
        row[7],
        before,
        wanted,
        agrees,
        rule,
        instant(row[9]),
        row[8],
        _maybe_instant(row[10]),
        row[11],
    )


def transition_row(pair: str, transition: Transition, position: int) -> Row:
    """A row of ``transitions``."""
    return (
        pair,
        transition.link_id,
        transition.id,
        stamp(transition.at),
        position,
        transition.result,
        transition.from_stage,
        transition.to_stage,
        transition.actor,
        transition.crm,
        transition.why,
        transition.reason,
        transition.episode,
        transition.pact_hash,
        transition.run_id,
    )


def transition_of(row: Row) -> Transition:
    """Back from a row of ``transitions``."""
    return Transition(row[2], row[1], instant(row[3]), *row[5:])


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
        _maybe_stamp(failure.retry_at),
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
        _maybe_instant(row[13]),
        row[14],
        bool(row[15]),
    )


def outcome_row(pair: str, outcome: Outcome) -> Row:
    """A row of ``outcomes``."""
    return (
        pair,
        outcome.run_id,
        outcome.link_id,
        outcome.crm,
        outcome.result,
        stamp(outcome.at),
        outcome.cause,
        pack(outcome.fields) if outcome.fields else "",
    )


def outcome_of(row: Row) -> Outcome:
    """Back from a row of ``outcomes``."""
    fields = tuple(unpack(row[7])) if row[7] else ()
    return Outcome(row[1], row[2], row[3], row[4], instant(row[5]), row[6], fields)


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
    )


def signal_of(row: Row) -> Signal:
    """Back from a row of ``signals``."""
    return Signal(row[2], row[1], row[3], instant(row[4]), row[5], row[6], row[7])


def run_row(pair: str, run: Run) -> Row:
    """A row of ``runs``."""
    return (
        pair,
        run.id,
        run.kind,
        stamp(run.started_at),
        run.status,
        _maybe_stamp(run.ended_at),
        pack(run.counts),
        run.note,
        run.pact_hash,
        run.mapping_hash,
    )


def run_of(row: Row) -> Run:
    """Back from a row of ``runs``."""
    return Run(
        row[1],
        row[2],
        instant(row[3]),
        row[4],
        _maybe_instant(row[5]),
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
        plan.lines,
        plan.pact_hash,
        plan.mapping_hash,
    )


def plan_of(row: Row) -> SavedPlan:
    """Back from a row of ``plans``."""
    return SavedPlan(row[1], row[2], instant(row[3]), row[4], row[5], unpack(row[6]), *row[7:])
