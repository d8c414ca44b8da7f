"""Links and their sides as table rows and back: names of fields by the number of their list, texts in short.

A row that names its fields itself is in the form of earlier versions, and is read as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from leadpact.matching.keys import folded
from leadpact.model.link import Covered, Link, Side
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import PublishedScore
from leadpact.model.stage import StageState, WriteBack
from leadpact_app.store.name_lists import IN_FULL, Named, NamesWritten
from leadpact_app.store.rows import Row, instant, maybe_instant, maybe_stamp, pack, stamp
from leadpact_app.store.short_text import lengthened, shortened


def link_row(pair: str, link: Link, lists: NamesWritten) -> Row:
    """A row of ``links``."""
    stage = link.stage
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
        pack(_link_parts(link, lists)),
    )


def _link_parts(link: Link, lists: NamesWritten) -> object:
    stage, score, base = link.stage, link.published, link.base
    number, known = lists.code(base) if base else (IN_FULL, "")
    if number == IN_FULL:
        return (
            base,
            None if stage is None else _stage_parts(stage),
            None if score is None else _published_parts(score),
            link.our_id,
            maybe_stamp(link.buried_at),
            link.owner,
            link.suspected,
        )
    return _without_end(
        [
            number,
            known,
            [value for value in base.values() if value is not None],
            None if stage is None else _without_end(_stage_parts(stage), _STAGE_LEAST),
            None if score is None else _short_score(score, stage),
            link.owner,
            link.our_id,
            maybe_stamp(link.buried_at),
            link.suspected,
        ],
        3,
    )


def link_of(row: Row, names_of: Named) -> Link:
    """Back from a row of ``links``."""
    base, *rest = orjson.loads(row[-1])
    if isinstance(base, dict):
        stage, score, our_id, buried_at, owner, suspected = rest
        published = None if score is None else _published_of(score)
    else:
        names, (known, values, stage, score, owner, our_id, buried_at, suspected) = (
            names_of(base),
            rest + _LINK_END[len(rest) :],
        )
        base = _base_of(names, int(known, 16), values)
        published = None if score is None else _score_of(score, stage)
    return Link(
        row[1],
        row[2],
        base,
        None if stage is None else _stage_of(stage),
        published,
        bool(row[5]),
        row[6],
        our_id,
        row[8],
        maybe_instant(buried_at),
        owner,
        suspected,
    )


_LINK_END: Final[list[Any]] = [None, None, None, None, "", "", None, ""]
_patterns: dict[tuple[tuple[str, ...], int], tuple[str, ...]] = {}


def _base_of(names: tuple[str, ...], known: int, values: list[Any]) -> dict[str, Any]:
    """The values by name, in the order of the list; what has none is blank."""
    having = _patterns.get((names, known))
    if having is None:
        if len(_patterns) > _MOST_PATTERNS:
            _patterns.clear()
        having = tuple(name for at, name in enumerate(names) if known >> at & 1)
        _patterns[names, known] = having
    base: dict[str, Any] = dict.fromkeys(names)
    base.update(zip(having, values, strict=True))
    return base


_MOST_PATTERNS: Final = 20_000


def _without_end(parts: list[Any], least: int = 0) -> list[Any]:
    """Without what is empty at its end; at least so many parts stay."""
    end = len(parts)
    while end > least and not parts[end - 1]:
        end -= 1
    return parts[:end]


_STAGE_LEAST: Final = 8
_STAGE_END: Final[tuple[Any, ...]] = (False, (), False, "", "", (), False, 0, "", None, False)


def _stage_parts(stage: StageState) -> list[Any]:
    return [
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
    ]


def _stage_of(kept: list[Any]) -> StageState:
    kept += _STAGE_END[len(kept) - _STAGE_LEAST :]
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
        kept[18],
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


def _short_score(score: PublishedScore, stage: StageState | None) -> list[Any]:
    """Its agreement is mostly that of the stage, and then not said twice."""
    parts: list[Any] = [
        *_published_parts(score)[:6],
        shortened(score.breakdown),
        stamp(score.scored_at),
    ]
    if stage is None or stage.pact_hash != score.pact_hash:
        parts.append(score.pact_hash)
    return parts


def _score_of(kept: list[Any], stage: list[Any] | None) -> PublishedScore:
    pact_hash = kept[8] if len(kept) > _SCORE_LEAST else (stage or _NO_STAGE)[7]
    return _published_of([*kept[:6], lengthened(kept[6]), kept[7], pact_hash])


_SCORE_LEAST: Final = 8
_NO_STAGE: Final = ("",) * 8


def side_row(pair: str, side: Side, lists: NamesWritten) -> Row:
    """A row of ``sides``."""
    ref = side.ref
    return (
        pair,
        side.link_id,
        ref.crm,
        ref.kind,
        ref.id,
        side.primary,
        side.state,
        side.version,
        _side_body(side, lists),
    )


def _side_body(side: Side, lists: NamesWritten) -> str:
    image, covered = side.image, side.covered
    if not (side.renderings or side.open_renderings or covered):
        number = lists.number(tuple(image)) if image else IN_FULL
        if number != IN_FULL:
            return pack((number, *image.values()))
    parts: tuple[Any, ...] = (side.renderings, side.open_renderings, image)
    if covered is not None:
        parts += (covered.since, covered.values)
    elif not (image or side.renderings or side.open_renderings):
        return ""
    return pack(parts)


def side_of(row: Row, names_of: Named) -> Side:
    """Back from a row of ``sides``."""
    renderings: Mapping[str, Any] = {}
    open_renderings: Mapping[str, Any] = {}
    image: Mapping[str, Any] = {}
    covered: list[Any] = []
    if row[8]:
        first, *rest = orjson.loads(row[8])
        if isinstance(first, dict):
            renderings, (open_renderings, image, *covered) = first, rest
        else:
            image = dict(zip(names_of(first), rest, strict=True))
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
