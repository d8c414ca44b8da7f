"""Model values to table rows and back: tuples in the order of the columns, no objects between.

Here what a lead is; ``run_rows.py`` has what runs leave behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import orjson

from leadpact.matching.keys import folded
from leadpact.model.link import Covered, Intent, Link, Side, WorkItem
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import PublishedScore
from leadpact.model.stage import StageState, Transition, WriteBack
from leadpact_app.store.journal_body import parts_of, told_by

Row: TypeAlias = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stamp(instant: datetime) -> int:
    """An aware instant as microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(stamped: int) -> datetime:
    """Back again: aware, UTC."""
    return _EPOCH + timedelta(0, 0, stamped)


def maybe_stamp(at: datetime | None) -> int | None:
    """The same, of an instant that may be unknown."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def maybe_instant(stamped: int | None) -> datetime | None:
    """Back again, of an instant that may be unknown."""
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
    silent = stage.silent_since if stage is not None and link.status == "live" else None
    return (
        pair,
        link.id,
        link.status,
        stage.stage if stage is not None else "",
        stamp(stage.since) if stage is not None else None,
        link.adopted,
        link.folded_into,
        maybe_stamp(silent),
        link.buried_as,
        folded(link.base.get("email")) if link.status == "live" else "",
        pack(
            (
                link.base,
                None if stage is None else _stage_parts(stage),
                None if published is None else _published_parts(published),
                link.our_id,
                maybe_stamp(link.buried_at),
                link.owner,
                link.suspected,
            )
        ),
    )


def link_of(row: Row) -> Link:
    """Back from a row of ``links``."""
    base, stage, published, our_id, buried_at, owner, suspected = orjson.loads(row[-1])
    return Link(
        row[1],
        row[2],
        base,
        None if stage is None else _stage_of(stage),
        None if published is None else _published_of(published),
        bool(row[5]),
        row[6],
        our_id,
        row[8],
        maybe_instant(buried_at),
        owner,
        suspected,
    )


def _stage_parts(stage: StageState) -> Row:
    return (
        stage.stage,
        stamp(stage.since),
        stage.episode,
        maybe_stamp(stage.episode_since),
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
        stage.since_approximate,
        stage.sub_reason,
        stage.closed_by,
        stage.rejected_by,
        stage.deal_open,
        stage.deal_wins,
        stage.setback_by,
        maybe_stamp(stage.setback_at),
        stage.native_left,
    )


def _stage_of(kept: list[Any]) -> StageState:
    return StageState(
        kept[0],
        instant(kept[1]),
        kept[2],
        maybe_instant(kept[3]),
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
        kept[10],
        kept[11],
        kept[12],
        tuple(kept[13]),
        kept[14],
        kept[15],
        kept[16],
        maybe_instant(kept[17]),
        len(kept) > 18 and kept[18],
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
    said = side.renderings or side.open_renderings or side.image or side.covered
    parts: tuple[Any, ...] = (side.renderings, side.open_renderings, side.image)
    if side.covered is not None:
        parts += (side.covered.since, side.covered.values)
    return (
        pair,
        side.link_id,
        ref.crm,
        ref.kind,
        ref.id,
        side.primary,
        side.state,
        side.version,
        pack(parts) if said else "",
    )


def side_of(row: Row) -> Side:
    """Back from a row of ``sides``."""
    renderings, open_renderings, image, *covered = orjson.loads(row[8]) if row[8] else ({}, {}, {})
    return Side(
        RecordRef(row[2], row[3], row[4]),
        row[1],
        bool(row[5]),
        row[6],
        row[7],
        renderings,
        open_renderings,
        image,
        Covered(*covered) if covered else None,
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
        maybe_stamp(intent.closed_at),
        intent.attempts,
        pack(parts_of(intent.before, intent.wanted, intent.agrees, intent.rule)),
    )


def intent_of(row: Row) -> Intent:
    """Back from a row of ``intents``, or from a packed one, whose body is plain values already."""
    body = row[12]
    before, wanted, agrees, rule = told_by(orjson.loads(body) if isinstance(body, str) else body)
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
        maybe_instant(row[10]),
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
        maybe_stamp(transition.said_at),
        transition.signal_id,
        transition.intent,
    )


def transition_of(row: Row) -> Transition:
    """Back from a row of ``transitions``."""
    told: tuple[Any, ...] = (*row[5:15], maybe_instant(row[15]), *row[16:])
    return Transition(row[2], row[1], instant(row[3]), *told)
