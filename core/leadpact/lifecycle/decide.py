"""All that is said of one lead's stage in one cycle, to one decision (R11, R12, R14, R15, R16)."""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.lifecycle.confirmation import Unmet
from leadpact.lifecycle.judge import Judged, judge, speaker
from leadpact.model.stage import Assertion, Refusal, StageDecision, StageState
from leadpact.pact.agreement import Pact


def decide(
    agreed: StageState | None,
    assertions: Sequence[Assertion],
    pact: Pact,
    unmet: Unmet | None = None,
) -> StageDecision:
    """Which stage a lead is at from now on.

    Each assertion is judged against the agreed stage, never against another; the strongest allowed one
    wins; those that the winner's way passes through agree with it; the others are recorded as overtaken,
    or with why the lattice refuses them. Two different ones of equal strength are held.

    Args:
        agreed: the agreed stage; None on first sight, where the pact's first stage stands in.
        assertions: in any order; the order never matters.
        pact: lattice, stages and reasons.
        unmet: what SQL and opportunity still lack (K4, K17); who asserts them meanwhile waits or is refused, as the
            pact says, while everything else that was said goes on.

    Returns:
        The decision; its stage is always one of the pact's, or the agreed one.
    """
    start = agreed.stage if agreed else pact.first_stage
    ordered = sorted(assertions, key=_order)
    judged = [judge(each, start, agreed, pact, unmet) for each in ordered]
    spoken = [each for each in judged if each.standing in ("allowed", "held")]
    refusals = [_refusal(each) for each in judged if each.standing == "refused"]
    waiting = [each for each in judged if each.standing == "waiting"]
    if not spoken:
        return _unchanged(agreed, start, refusals, waiting=waiting)
    top = max(each.strength for each in spoken)
    best = [each for each in spoken if each.strength == top]
    held = _held(best, pact)
    if held:
        refusals += [
            _overtaken(each, "it waits for a person") for each in spoken if each not in best
        ]
        return _unchanged(agreed, start, refusals, held)
    winner = best[0]
    for each in spoken:
        if each.standing == "held" or (each.goal != winner.goal and each.goal not in winner.path):
            refusals.append(_overtaken(each, winner.why))
    refusals += [_overtaken(each, winner.why) for each in waiting if _beaten(each, winner)]
    return StageDecision(
        stage=winner.goal,
        accepted=winner.assertion,
        implied=winner.path[:-1],
        reason=winner.reason,
        reason_owed=winner.reason_owed,
        why=winner.why,
        refusals=tuple(refusals),
        waiting=tuple(
            _refusal(each)
            for each in waiting
            if not _beaten(each, winner) and each.goal not in winner.path
        ),
    )


def _beaten(waiting: Judged, winner: Judged) -> bool:
    return winner.strength > waiting.strength and waiting.goal not in winner.path


def _order(said: Assertion) -> tuple[object, ...]:
    """A total order, so that what wins among equals does not depend on who was read first."""
    at = said.at.isoformat() if said.at else ""
    return (
        said.crm,
        said.team,
        said.basis,
        said.stages,
        said.reason == "",
        said.reason,
        at,
        str(said.author),
        said.shown,
    )


def _held(best: Sequence[Judged], pact: Pact) -> str:
    waiting = [each for each in best if each.standing == "held"]
    if waiting:
        return waiting[0].why
    goals = {each.goal: each for each in reversed(best)}
    if len(goals) < 2:
        return ""
    told = [f"{speaker(goals[goal].assertion)} says {pact.label(goal)}" for goal in sorted(goals)]
    return f"{'; '.join(told)}. Neither stands above the other: a person must decide."


def _refusal(judged: Judged) -> Refusal:
    return Refusal(judged.assertion, judged.goal, judged.why, judged.code)


def _overtaken(judged: Judged, by: str) -> Refusal:
    why = f"Overtaken: {by[:1].lower()}{by[1:]}" if by else "Overtaken."
    return Refusal(judged.assertion, judged.goal, why, "overtaken")


def _unchanged(
    agreed: StageState | None,
    start: str,
    refusals: Sequence[Refusal],
    held: str = "",
    waiting: Sequence[Judged] = (),
) -> StageDecision:
    return StageDecision(
        stage=start,
        reason=agreed.reason if agreed else "",
        reason_owed=agreed.reason_owed if agreed else False,
        why=agreed.why if agreed else "",
        refusals=tuple(refusals),
        held=held,
        waiting=tuple(_refusal(each) for each in waiting),
    )
