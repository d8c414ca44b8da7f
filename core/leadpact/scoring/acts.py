"""The acts that count for a rule, as a part of the query: single ones, or those that complete a count or a chain.

Every form is window sums, minima and lags over whole days, ordered by (day, signal id).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from sqlglot import exp

from leadpact.pact.score_rules import EngagementRule

_TAKEN: Final = ("lead", "signal", "day", "age")


Numbered: TypeAlias = tuple[int, EngagementRule]


def hits_of(rules: Iterable[Numbered]) -> list[exp.Select]:
    """Acts that count for these rules: (lead, signal, day, age, rule, cap, sign).

    Of a rule that is not ``single`` those that complete it: its count, its chain, its return. Single ones that look at
    different acts share one pass over the table.
    """
    singles: list[list[Numbered]] = []
    completed = []
    for number, rule in rules:
        if not rule.single:
            completed.append(_completing(number, rule))
            continue
        for some in singles:
            if all(rule.signals.isdisjoint(other.signals) for _, other in some):
                some.append((number, rule))
                break
        else:
            singles.append([(number, rule)])
    return [*map(_each, singles), *completed]


def _each(rules: Sequence[Numbered]) -> exp.Select:
    """Every act of rules that look at different ones."""
    named = frozenset(name for _, rule in rules for name in rule.signals)
    return (
        exp.select(
            *_columns(*_TAKEN),
            _by_name([(rule, number) for number, rule in rules]).as_("rule"),
            _by_name([(rule, rule.cap) for _, rule in rules]).as_("cap"),
            _by_name([(rule, rule.sign) for _, rule in rules]).as_("sign"),
        )
        .from_("signal", copy=False)
        .where(_named(named), copy=False)
    )


def _by_name(values: Sequence[tuple[EngagementRule, int]]) -> exp.Expr:
    """The number that goes with the act's rule."""
    if len({value for _, value in values}) == 1:
        return _whole(values[0][1])
    case = exp.Case()
    for rule, value in values[:-1]:
        case.when(_named(rule.signals), _whole(value), copy=False)
    return case.else_(_whole(values[-1][1]), copy=False)


def _completing(number: int, rule: EngagementRule) -> exp.Select:
    if rule.all_of:
        counted, complete = _chain(rule)
    elif rule.back_within_days is not None:
        counted, complete = _return(rule)
    else:
        counted, complete = _count(rule)
    taken = _taken(number, rule).from_(counted.subquery("n", copy=False), copy=False)
    return taken.where(complete, copy=False)


def _count(rule: EngagementRule) -> tuple[exp.Select, exp.Expr]:
    """The act is the nth: so many before it, in days and, where asked, with nothing that broke the row."""
    nth = exp.Window(
        this=exp.Lag(this=exp.column("day"), offset=_whole(rule.at_least - 1)),
        partition_by=_partition(rule, *(("run",) if rule.broken_by else ())),
        order=_in_order(),
    )
    source: exp.Expr = exp.to_table("signal")
    if rule.broken_by:
        breaks = exp.Sum(this=exp.Case().when(_named(rule.broken_by), _whole(1)).else_(_whole(0)))
        run = exp.Window(
            this=breaks, partition_by=_partition(rule), order=_in_order(), spec=_up_to_here()
        )
        source = (
            exp.select(*_columns(*_TAKEN, "name", "asset"), run.as_("run"))
            .from_("signal")
            .where(_named(rule.names))
            .subquery("s")
        )
    counted = exp.select(*_columns(*_TAKEN), nth.as_("nth")).from_(source)
    counted = counted.where(_named(rule.signals))
    if rule.within_days is None:
        return counted, _is_there("nth")
    return counted, _at_most("nth", rule.within_days)


def _chain(rule: EngagementRule) -> tuple[exp.Select, exp.Expr]:
    """The act with which every kind has been seen, each within so many days before it."""
    kinds = sorted(rule.signals)
    latest = [
        exp.Window(
            this=exp.Max(
                this=exp.Case().when(
                    exp.EQ(this=exp.column("name"), expression=exp.Literal.string(kind)),
                    exp.column("day"),
                )
            ),
            partition_by=_partition(rule),
            order=_in_order(),
            spec=_up_to_here(),
        ).as_(f"last_{place}")
        for place, kind in enumerate(kinds)
    ]
    counted = exp.select(*_columns(*_TAKEN), *latest).from_("signal").where(_named(rule.signals))
    tests = [
        _is_there(f"last_{place}")
        if rule.within_days is None
        else _at_most(f"last_{place}", rule.within_days)
        for place in range(len(kinds))
    ]
    return counted, exp.and_(*tests, copy=False)


def _return(rule: EngagementRule) -> tuple[exp.Select, exp.Expr]:
    """An act on a later day than the first of all, so many days after it at most (S34)."""
    first = exp.Window(this=exp.Min(this=exp.column("day")), partition_by=_partition(rule))
    counted = (
        exp.select(*_columns(*_TAKEN), first.as_("first_day"))
        .from_("signal")
        .where(_named(rule.signals))
    )
    later = exp.GT(this=exp.column("day"), expression=exp.column("first_day"))
    return counted, exp.and_(later, _at_most("first_day", rule.back_within_days or 0), copy=False)


def _taken(number: int, rule: EngagementRule) -> exp.Select:
    return exp.select(
        *_columns(*_TAKEN),
        _whole(number).as_("rule"),
        _whole(rule.cap).as_("cap"),
        _whole(rule.sign).as_("sign"),
    )


def _columns(*names: str) -> list[exp.Column]:
    return [exp.column(name) for name in names]


def _named(names: frozenset[str]) -> exp.In:
    return exp.In(
        this=exp.column("name"),
        expressions=[exp.Literal.string(name) for name in sorted(names)],
    )


def _partition(rule: EngagementRule, *more: str) -> list[exp.Column]:
    asset = ("asset",) if rule.same_asset else ()
    return _columns("lead", *asset, *more)


def _in_order() -> exp.Order:
    return exp.Order(
        expressions=[
            exp.Ordered(this=exp.column(name), nulls_first=True) for name in ("day", "signal")
        ]
    )


def _up_to_here() -> exp.WindowSpec:
    return exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")


def _is_there(name: str) -> exp.Expr:
    return exp.Not(this=exp.Is(this=exp.column(name), expression=exp.Null()))


def _at_most(since: str, days: int) -> exp.Expr:
    """At most so many days since that day; not so where there is none."""
    gap = exp.Sub(this=exp.column("day"), expression=exp.column(since))
    return exp.LTE(this=gap, expression=_whole(days))


def _whole(number: int) -> exp.Expr:
    literal = exp.Literal.number(abs(number))
    return exp.Neg(this=literal) if number < 0 else literal
