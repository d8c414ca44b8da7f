"""The points projection: one row per lead, a column per rule.

It reads what the evidence reads, by the same conditions. Under a cap an act earns LEAST(sum up to it, cap) less
LEAST(sum before it, cap); added up, only LEAST(sum, cap) is left, and that is what stands here: the sum of the
evidence, without looking at each act in its order. A property test holds both together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlglot import exp

from leadpact.pact.conditions import Condition
from leadpact.pact.score_rules import Scoring

_NOTHING: Final = exp.Literal.number(0)


def points_tree(
    scoring: Scoring,
    keys: tuple[str, ...],
    hits: exp.Query | None,
    when: Callable[[Condition], exp.Expr],
) -> exp.Query:
    """One row per lead, ordered by lead.

    Columns: ``lead``, then one per rule in hundredths of a point, then one per gate, must-have criterion and
    qualifying action, 1 where it holds.

    Args:
        scoring: the rules, numbered as the keys are.
        keys: the key of each rule and gate by its number.
        hits: the acts that count, as (lead, rule, age, …); None where no rule looks at acts.
        when: a condition as a part of the query.
    """
    tree = exp.select(exp.column("lead", "l")).from_(exp.to_table("lead").as_("l"))
    facts = [(rule.when, rule.points) for rule in scoring.fit]
    first_action = len(keys) - len(scoring.actions)
    columns = [_if(when(each), points) for each, points in facts]
    columns += [
        _capped(number, rule.cap * rule.sign)
        for number, rule in enumerate(scoring.engagement, len(facts))
    ]
    columns += [_if(when(gate.when), 1) for gate in scoring.gates]
    columns += [_if(when(criterion.when), 1) for criterion in scoring.must]
    places = {key: number for number, key in enumerate(keys)}
    columns += [
        _capped(places[action.of] if action.of else number, 1)
        for number, action in enumerate(scoring.actions, first_action)
    ]
    if len(columns) != len(keys):
        raise ValueError("keys and rules do not go together")
    tree = tree.select(
        *(column.as_(key, quoted=True) for key, column in zip(keys, columns, strict=True))
    )
    if hits is not None:
        tree = tree.join(
            _sums(scoring, first_action, hits).subquery("e"),
            on=exp.column("lead", "e").eq(exp.column("lead", "l")),
            join_type="left",
        )
    return tree.order_by(exp.column("lead", "l"))


def _capped(number: int, most: int) -> exp.Expr:
    """What the acts of a rule earn together, this at most; a negative one takes away."""
    earned = exp.func("COALESCE", exp.column(f"rule_{number}", "e"), _NOTHING.copy())
    # Of what may be NULL engines make LEAST differently: a lead without acts would earn the whole cap.
    cap = exp.Literal.number(abs(most))
    capped = exp.Least(this=earned, expressions=[cap], ignore_nulls=True)
    return exp.Neg(this=capped) if most < 0 else capped


def _sums(scoring: Scoring, first_action: int, hits: exp.Query) -> exp.Select:
    """Per lead what the acts of each rule earn together, before any cap."""
    first = len(scoring.fit)
    numbers = [*range(first, first + len(scoring.engagement))]
    numbers += [
        number for number, action in enumerate(scoring.actions, first_action) if not action.of
    ]
    sums = [
        exp.Sum(
            this=exp.Case().when(exp.column("rule", "h").eq(number), exp.column("points", "d"))
        ).as_(f"rule_{number}")
        for number in numbers
    ]
    return (
        exp.select(exp.column("lead", "h"), *sums)
        .from_(hits.subquery("h"))
        .join(
            exp.to_table("decay").as_("d"),
            on=exp.and_(
                exp.column("rule", "d").eq(exp.column("rule", "h")),
                exp.column("age", "d").eq(exp.column("age", "h")),
            ),
        )
        .group_by(exp.column("lead", "h"))
    )


def _if(condition: exp.Expr, points: int) -> exp.Expr:
    number: exp.Expr = exp.Literal.number(abs(points))
    if points < 0:
        number = exp.Neg(this=number)
    return exp.Case().when(condition, number).else_(_NOTHING.copy())
