"""The stage that a lead starts with when both CRMs are first seen (R6)."""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.pact.agreement import Pact


def adopt(stage_sets: Sequence[tuple[str, ...]], pact: Pact) -> str | None:
    """The stage on which all sides agree.

    Args:
        stage_sets: per side the stages that its values can mean; an empty one says nothing.
        pact: stages it does not know are left out.

    Returns:
        Of the stages that every side allows the pact's first stage, else the lowest (R14: projections round
        down), main line before side stages, never depending on the order of the sides; the pact's first stage
        where no side says anything; None where the sides differ.
    """
    said = [{stage for stage in stages if stage in pact.stages} for stages in stage_sets if stages]
    if not said:
        return pact.first_stage
    common = set.intersection(*said)
    if pact.first_stage in common:
        return pact.first_stage
    return min(common, key=lambda key: _height(key, pact)) if common else None


def _height(key: str, pact: Pact) -> tuple[int, bool, str]:
    stage = pact.stages[key]
    return stage.rank, stage.side, key
