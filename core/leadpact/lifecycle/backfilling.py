"""Where a lead stands and since when it was first at each stage, by what both CRMs remember (R33). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from leadpact.model.record import FieldDate
from leadpact.model.stage import StageState
from leadpact.pact.agreement import Pact


@dataclass(frozen=True, slots=True)
class PastStage:
    """One thing that a CRM remembers: from ``at`` on a record showed values that mean one of these stages.

    Attributes:
        record: which record remembers it (``<crm>:<kind>:<id>``): its last word is where it stands.
        stages: the stages that the values can mean; those that the pact does not know are left out.
        approximate: the CRM's own dates only come near it.
        stands: it tells where the record stands from then on; False = only that it was there then.
        ours: leadpact itself wrote it: that is no history of what people did. It dates nothing and shows nobody further
            on; what stood there before holds no longer all the same.
    """

    record: str
    stages: tuple[str, ...]
    at: datetime
    approximate: bool = False
    stands: bool = True
    source: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """What history makes of one lead.

    Attributes:
        stage: where it stands; the agreed one unless history shows it further on; "" where nothing says anything.
        source: what told of ``stage``, "" where that is what was agreed.
        dates: stage → when it was first reached; only stages that somebody else's history than leadpact's writes names.
    """

    stage: str = ""
    source: str = ""
    dates: Mapping[str, FieldDate] = field(default_factory=dict)


def derive(
    past: Iterable[PastStage], agreed: StageState | None, pact: Pact, *, may_move: bool = True
) -> Derived:
    """The stage and the original dates of a lead.

    Values that several stages share mean the one that says least (R14: projections round down), and date it only
    approximately; of those that say as little, the agreed one. The order in which things are told never matters.

    Args:
        past: what all its records remember.
        agreed: the agreed stage; None where none was agreed yet.
        may_move: history may show the lead further on; False = only its dates are asked for. Whether people or the
            lattice have decided on the stage meanwhile is the caller's to know.

    Returns:
        A stage on the main line that is further than the agreed one, or the agreed one: a backfill never sets
        anybody back, takes nobody from a side stage and puts nobody on one. Every date is of a stage that is named.
    """
    dates: dict[str, FieldDate] = {}
    standing: dict[str, tuple[tuple[object, ...], str, str, bool]] = {}
    meant: dict[tuple[str, ...], tuple[str, bool]] = {}
    for one in past:
        if one.stages not in meant:
            ranks = {pact.stages[key].rank for key in one.stages if key in pact.stages}
            meant[one.stages] = _least(one.stages, pact, agreed), len(ranks) > 1
        stage, shared = meant[one.stages]
        if not stage:
            continue
        dated = FieldDate(one.at, one.approximate or shared)
        if not one.ours:
            dates[stage] = _earlier(dates.get(stage), dated)
        if not one.stands:
            continue
        order = (one.at, not dated.approximate, *_height(stage, pact), one.source, one.ours)
        if one.record not in standing or order > standing[one.record][0]:
            standing[one.record] = (order, stage, one.source, one.ours)
    told = [(stage, source) for _order, stage, source, ours in standing.values() if not ours]
    stage, source = _furthest(told, agreed, pact) if may_move else ("", "")
    if not stage:
        return Derived(agreed.stage if agreed is not None else "", "", dates)
    return Derived(stage, source, dates)


def _furthest(
    standing: Iterable[tuple[str, str]], agreed: StageState | None, pact: Pact
) -> tuple[str, str]:
    """The furthest main stage that a record stands at, if that is beyond what was agreed."""
    if agreed is not None and (agreed.stage not in pact.stages or pact.stages[agreed.stage].side):
        return "", ""
    reached = agreed is not None and pact.stages[agreed.stage].rank
    best = max(
        (
            (pact.stages[stage].rank, stage, source)
            for stage, source in standing
            if not pact.stages[stage].side
        ),
        key=lambda found: (found[0], found[1], found[2]),
        default=None,
    )
    if best is None or (agreed is not None and best[0] <= reached):
        return "", ""
    return best[1], best[2]


def _least(stages: Iterable[str], pact: Pact, agreed: StageState | None) -> str:
    """The stage that says least of those that the values can mean; the pact's first stage where it is among them."""
    known = [one for one in stages if one in pact.stages]
    if pact.first_stage in known:
        return pact.first_stage
    stands = agreed.stage if agreed is not None else ""

    def height(key: str) -> tuple[int, bool, bool, str]:
        rank, side, _key = _height(key, pact)
        return rank, side, key != stands, key

    return min(known, key=height, default="")


def _height(key: str, pact: Pact) -> tuple[int, bool, str]:
    stage = pact.stages[key]
    return stage.rank, stage.side, key


def _earlier(known: FieldDate | None, other: FieldDate) -> FieldDate:
    """The first date that is sure; where none is, the first of those that come near."""
    if known is None:
        return other
    if known.approximate != other.approximate:
        return other if known.approximate else known
    return min(known, other)
