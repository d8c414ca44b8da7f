"""The pact's rules as one query tree with two projections: points and evidence.

Tables the query reads, filled by the engine that runs it::

    lead   (lead, <one column per fact and form>)          one row per lead, None = unknown
    signal (lead, signal, name, asset, day, age)           one row per act; day and age are whole days
    decay  (rule, age, points)                             what an act earns at each age

Points are the sum of evidence, never a second formula. Only integers, text and truth values occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlglot import exp

from leadpact.pact.conditions import Condition, Either, FactTest, Negated, tests_of
from leadpact.pact.score_rules import EngagementRule, FitRule, Gate, MustHave, Scoring
from leadpact.scoring.acts import hits_of
from leadpact.scoring.columns import Column, column_of
from leadpact.scoring.points import points_tree

_GROUP: Final = 50
_COMPARISONS: Final[dict[str, type[exp.Binary]]] = {
    "above": exp.GT,
    "at_least": exp.GTE,
    "below": exp.LT,
    "at_most": exp.LTE,
}


@dataclass(frozen=True)
class ScoringQuery:
    """A compiled pact's query.

    Rules are numbered: fit rules from 0, then engagement rules, gates, must-have criteria and qualifying actions
    (``rule_keys``). The last three give no points: a row of the evidence says that one holds.

    Attributes:
        scoring: what it was compiled from.
        columns: the fact columns of table ``lead``, in order.
    """

    scoring: Scoring
    columns: tuple[Column, ...]

    @property
    def rule_keys(self) -> tuple[str, ...]:
        """The key of each rule by its number."""
        scoring = self.scoring
        return tuple(rule.key for rule in scoring.numbered)

    @property
    def first_engagement(self) -> int:
        """Number of the first engagement rule."""
        return len(self.scoring.fit)

    @property
    def first_gate(self) -> int:
        """Number of the first gate."""
        return len(self.scoring.fit) + len(self.scoring.engagement)

    @property
    def first_must(self) -> int:
        """Number of the first must-have criterion."""
        return self.first_gate + len(self.scoring.gates)

    @property
    def first_action(self) -> int:
        """Number of the first qualifying action."""
        return self.first_must + len(self.scoring.must)

    def acts(self) -> Iterator[tuple[int, EngagementRule]]:
        """All that looks at acts, by number: engagement rules, then qualifying actions of their own acts."""
        yield from enumerate(self.scoring.engagement, self.first_engagement)
        for number, action in enumerate(self.scoring.actions, self.first_action):
            if not action.of:
                yield number, action.rule

    def decay_rows(self) -> Iterator[tuple[int, int, int]]:
        """Rows of table ``decay``."""
        for number, rule in self.acts():
            for age, points in enumerate(rule.points_at):
                if points:
                    yield number, age, points

    @cached_property
    def evidence(self) -> exp.Query:
        """One row (lead, rule, signal, points) per lead, rule and act; signal is empty for facts.

        Gates and must-have criteria that hold are rows without points, a qualifying action is a row of one hundredth
        for the act that completed it; one that is a rule's has no rows besides that rule's. Rows are in no order.
        """
        parts = [*self._fact_parts()]
        if self.scoring.acts:
            parts.append(self._earned())
        return _union(parts)

    @cached_property
    def points(self) -> exp.Query:
        """One row per lead with a column per rule, ordered by lead: sums of the evidence (0 or 1 without points)."""
        hits = self._hits() if self.scoring.acts else None
        return points_tree(self.scoring, self.rule_keys, hits, self._when)

    @cached_property
    def undecided(self) -> exp.Query:
        """One row (lead, rule) per criterion, or fit rule that would add points, that lacks a fact (R36)."""
        parts = [
            _numbered(number)
            .from_("lead", copy=False)
            .where(_is_unknown(self._when(when)), copy=False)
            for number, when in self._asked()
        ]
        if not parts:
            parts = [_numbered(0).from_("lead").where(exp.false())]
        return _union(parts)

    @property
    def undecided_marks(self) -> dict[int, exp.Expr]:
        """What ``undecided`` tells as rows, as a column each: 1 where that rule or criterion lacks a fact, else 0."""
        return {
            number: exp.Case().when(_is_unknown(self._when(when)), _whole(1)).else_(_whole(0))
            for number, when in self._asked()
        }

    def _asked(self) -> Iterator[tuple[int, Condition]]:
        """By number, the conditions of which it matters that a fact is missing."""
        for number, rule in enumerate(self.scoring.fit):
            if rule.points > 0:
                yield number, rule.when
        for number, criterion in enumerate(self.scoring.must, self.first_must):
            yield number, criterion.when

    def _fact_parts(self) -> Iterator[exp.Select]:
        scoring = self.scoring
        for number, rule in enumerate(scoring.fit):
            yield self._fact_part(number, rule.points, rule.when)
        for number, gate in enumerate(scoring.gates, self.first_gate):
            yield self._fact_part(number, 0, gate.when)
        for number, must in enumerate(scoring.must, self.first_must):
            yield self._fact_part(number, 0, must.when)

    def _fact_part(self, number: int, points: int, when: Condition) -> exp.Select:
        return (
            _numbered(number)
            .select(exp.Literal.string("").as_("signal"), _whole(points).as_("points"), copy=False)
            .from_("lead", copy=False)
            .where(self._when(when), copy=False)
        )

    def _hits(self) -> exp.Query:
        """The acts that count for each rule."""
        return _union(hits_of(self.acts()))

    def _earned(self) -> exp.Select:
        """Acts with what they earn under their rule's cap, oldest first."""
        hits = self._hits()
        running = exp.Window(
            this=exp.Sum(this=exp.column("points", "d")),
            partition_by=[exp.column("lead", "h"), exp.column("rule", "h")],
            order=exp.Order(
                expressions=[
                    exp.Ordered(this=exp.column("day", "h"), nulls_first=True),
                    exp.Ordered(this=exp.column("signal", "h"), nulls_first=True),
                ]
            ),
            spec=exp.WindowSpec(
                kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
            ),
        )
        held = [exp.column(name, "h") for name in ("lead", "rule", "signal", "cap", "sign")]
        summed = (
            exp.select(*held, exp.column("points", "d"), running.as_("upto"))
            .from_(hits.subquery("h", copy=False), copy=False)
            .join(
                exp.to_table("decay").as_("d"),
                on=exp.and_(
                    exp.column("rule", "d").eq(exp.column("rule", "h")),
                    exp.column("age", "d").eq(exp.column("age", "h")),
                ),
                copy=False,
            )
        )
        upto, points, cap = (exp.column(name, "r") for name in ("upto", "points", "cap"))
        before = exp.Paren(this=exp.Sub(this=upto, expression=points))
        part = exp.Sub(this=_least(upto, cap), expression=_least(before, cap))
        signed = exp.Mul(this=exp.Paren(this=part), expression=exp.column("sign", "r"))
        return (
            exp.select(
                *(exp.column(name, "r") for name in ("lead", "rule", "signal")),
                signed.as_("points"),
            )
            .from_(summed.subquery("r", copy=False), copy=False)
            .where(exp.LT(this=before.copy(), expression=cap.copy()), copy=False)
        )

    def _when(self, condition: Condition) -> exp.Expr:
        if isinstance(condition, FactTest):
            return self._test(condition)
        if isinstance(condition, Negated):
            return exp.Not(this=exp.Paren(this=self._when(condition.part)))
        parts = [self._when(part) for part in condition.parts]
        return _any(parts) if isinstance(condition, Either) else exp.and_(*parts, copy=False)

    def _test(self, test: FactTest) -> exp.Expr:
        column = exp.column(column_of(test, self.scoring.facts).name)
        if test.operation == "is_known":
            return exp.Not(this=exp.Is(this=column, expression=exp.Null()))
        if not test.values:
            return exp.false()
        if test.operation in ("is", "one_of"):
            return exp.In(this=column, expressions=[_literal(value) for value in test.values])
        return _any([self._one(test.operation, column, value) for value in test.values])

    def _one(self, operation: str, column: exp.Expr, value: str | int) -> exp.Expr:
        if operation in _COMPARISONS:
            return _COMPARISONS[operation](this=column.copy(), expression=_literal(value))
        if operation == "starts_with":
            start = exp.Substring(
                this=column.copy(), start=_whole(1), length=_whole(len(str(value)))
            )
            return exp.EQ(this=start, expression=_literal(value))
        place = exp.StrPosition(this=column.copy(), substr=exp.Literal.string(f" {value} "))
        return exp.GT(this=place, expression=_whole(0))


def compile_scoring(scoring: Scoring) -> ScoringQuery:
    """The query of a pact's scoring; its trees are built when first asked for.

    Args:
        scoring: ``pact.scoring``.
    """
    asking: list[FitRule | Gate | MustHave] = [*scoring.fit, *scoring.gates, *scoring.must]
    columns = {
        column_of(test, scoring.facts)
        for each in asking
        for test in tests_of(each.when)
        if test.values or test.operation == "is_known"
    }
    return ScoringQuery(scoring, tuple(sorted(columns)))


def _is_unknown(condition: exp.Expr) -> exp.Is:
    alone = _alone_in(condition)
    return exp.Is(this=alone or exp.Paren(this=condition), expression=exp.Null())


_TELLS_NOTHING: Final = (
    *(exp.Or, exp.And, exp.Not, exp.Paren, exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
    *(exp.StrPosition, exp.Literal, exp.Column, exp.Identifier, exp.Neg),
)
"""What is unknown just where the column is that it looks at, so long as that is the only one."""


def _alone_in(condition: exp.Expr) -> exp.Expr | None:
    """The one column on which it hangs whether this is unknown; None where it is not that simple."""
    nodes = list(condition.walk())
    columns = [one for one in nodes if isinstance(one, exp.Column)]
    if len({one.name for one in columns}) != 1:
        return None
    return columns[0].copy() if all(isinstance(one, _TELLS_NOTHING) for one in nodes) else None


def _numbered(number: int) -> exp.Select:
    return exp.select(exp.column("lead"), _whole(number).as_("rule"))


def _union(parts: Sequence[exp.Query]) -> exp.Query:
    first, *rest = parts
    return exp.union(first, *rest, distinct=False, copy=False) if rest else first


def _any(parts: Sequence[exp.Expr]) -> exp.Expr:
    """Or, in groups: a list of a thousand domains would nest too deeply for an engine."""
    some = list(parts)
    while len(some) > _GROUP:
        groups = [some[start : start + _GROUP] for start in range(0, len(some), _GROUP)]
        some = [exp.Paren(this=exp.or_(*group, copy=False)) for group in groups]
    return exp.or_(*some, copy=False)


def _least(left: exp.Expr, right: exp.Expr) -> exp.Least:
    # Neither is ever NULL: said, so that no dialect writes a guard around it.
    return exp.Least(this=left.copy(), expressions=[right.copy()], ignore_nulls=True)


def _literal(value: str | int) -> exp.Expr:
    return exp.Literal.string(value) if isinstance(value, str) else _whole(int(value))


def _whole(number: int) -> exp.Expr:
    literal = exp.Literal.number(abs(number))
    return exp.Neg(this=literal) if number < 0 else literal
