"""One assertion against the agreed stage: where it wants the lead, how strong it is, whether it may (R11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from leadpact.lifecycle.confirmation import Unmet
from leadpact.model.stage import Assertion, Basis, StageState, Team
from leadpact.pact.agreement import Pact
from leadpact.pact.lattice import FACTS
from leadpact.pact.rejection import Reason

Standing: TypeAlias = Literal["allowed", "silent", "refused", "held", "waiting"]
"""``silent``: says nothing new, so it is no assertion (R14); ``waiting``: allowed once its criteria are confirmed."""

RefusalCode: TypeAlias = Literal[
    "not_allowed", "reason_missing", "automation_without_opportunity", "unmapped", "unconfirmed"
]

REJECTIONS: Final = frozenset({"recycled", "disqualified"})
_GOAL_OF_FACT: Final[dict[Basis, str]] = {
    "conversion": "sql",
    "open_opportunity": "opportunity",
    "closed_won": "customer",
    "closed_lost": "recycled",
}
_CLOSED_LOST: Final = "closed_lost"


@dataclass(frozen=True, slots=True)
class Judged:
    """What is made of one assertion.

    Attributes:
        strength: its place in the order of R11; higher wins.
        path: stages passed on the way, the goal last; empty unless allowed.
        why: for people; of an allowed one why it holds, of the others why not.
    """

    assertion: Assertion
    standing: Standing
    goal: str
    strength: int
    path: tuple[str, ...] = ()
    reason: str = ""
    reason_owed: bool = False
    code: RefusalCode = "not_allowed"
    why: str = ""


def judge(
    said: Assertion, agreed: str, state: StageState | None, pact: Pact, unmet: Unmet | None = None
) -> Judged:
    """Judges one assertion on its own, never against another (R11).

    Args:
        said: the assertion.
        agreed: the agreed stage.
        state: what is remembered of it; None on first sight.
        pact: lattice and reasons.
        unmet: what SQL and opportunity still lack; None = nothing is asked.
    """
    if _is_rejection(said):
        return _judge_rejection(said, agreed, state, pact)
    goals = _goals(said, agreed, pact)
    if not goals:
        shown = said.shown or ", ".join(said.stages) or "nothing"
        why = f'"{shown}" stands for no stage of the agreement.'
        return Judged(said, "refused", "", strength(said, ""), code="unmapped", why=why)
    if agreed in goals or _says_less(said, goals, agreed, pact):
        return Judged(said, "silent", agreed, strength(said, agreed))
    reason = said.reason
    if said.basis == "closed_lost" and _CLOSED_LOST in pact.reasons:
        reason = reason or _CLOSED_LOST
    path = pact.lattice.nearest(agreed, goals, said.team, reason=reason, basis=said.basis)
    if path is not None:
        goal = path[-1]
        judged = Judged(
            said, "allowed", goal, strength(said, goal), path, reason, why=_why(said, goal, pact)
        )
        return judged if unmet is None else _confirmed(judged, unmet, pact)
    return _refused(said, agreed, goals, pact)


def _confirmed(judged: Judged, unmet: Unmet, pact: Pact) -> Judged:
    """The same, unless it passes SQL or opportunity while their criteria are not confirmed (K4, K17).

    Facts and the operator are never stopped, only told; the agreement speaks only of what is confirmed.
    """
    said = judged.assertion
    lacking = "" if said.team == "agreement" else unmet.on(judged.path)
    if not lacking:
        return judged
    if said.basis in FACTS or said.team == "operator" or unmet.mode == "accept":
        return replace(judged, why=f"{judged.why} Unconfirmed: {lacking}.")
    asked = f"{speaker(said)} says {pact.label(judged.goal)}"
    if unmet.mode == "refuse":
        why = f"{asked}; first it needs: {lacking}."
        return replace(judged, standing="refused", code="unconfirmed", why=why)
    why = f"{asked}, which waits for: {lacking}. Filled in, it goes through by itself."
    return replace(judged, standing="waiting", code="unconfirmed", why=why)


def strength(said: Assertion, goal: str) -> int:
    """The order of R11: closed-won > open opportunity > disqualified > conversion > reasoned rejection >
    sales > marketing > automation > the agreement's criteria > score. leadpact's operator, who saw them all, stands
    above.
    """
    if said.team == "operator":
        return 9
    if said.basis == "ageing":
        return 0
    if said.basis in ("closed_won", "open_opportunity"):
        return 8 if said.basis == "closed_won" else 7
    if goal == "disqualified":
        return 6
    if said.basis == "conversion":
        return 5
    if said.basis == "closed_lost" or (_is_rejection(said) and said.reason):
        return 4
    return {"sales": 3, "marketing": 2, "automation": 1, "agreement": 0}.get(said.team, -1)


def speaker(said: Assertion) -> str:
    """Who speaks, for people: ``Sales (Salesforce)``, ``The score``."""
    name = {
        "marketing": "Marketing",
        "sales": "Sales",
        "automation": "An automation",
        "score": "The score",
        "agreement": "The agreement",
        "operator": "The operator",
    }[said.team]
    place = said.place or said.crm
    return f"{name} ({place})" if place else name


def _is_rejection(said: Assertion) -> bool:
    """A rejection by name, or a stage edit that can mean nothing else (R16)."""
    if said.basis in ("rejection", "ageing"):
        return True
    return said.basis == "edit" and bool(said.stages) and set(said.stages) <= REJECTIONS


def _judge_rejection(said: Assertion, agreed: str, state: StageState | None, pact: Pact) -> Judged:
    if said.reason and said.reason not in pact.reasons:
        why = (
            f'{speaker(said)} rejected with the reason "{said.reason}", which the agreement does '
            "not know: map it or pick another."
        )
        return Judged(said, "held", "recycled", strength(said, "recycled"), why=why)
    given = pact.reasons.get(said.reason)
    if given is not None and agreed not in REJECTIONS and not _applies(given, agreed):
        named = " or ".join(pact.label(stage) for stage in sorted(given.applies_to))
        why = (
            f"{speaker(said)} rejected at {pact.label(agreed)} with the reason {given.label}, which is for "
            f"{named or 'the end of a contract'}: pick another."
        )
        return Judged(said, "held", "recycled", strength(said, "recycled"), why=why)
    owed = not said.reason and said.team in ("sales", "operator")
    goal = given.stage if given is not None else "recycled"
    power = strength(said, goal)
    if agreed == goal or (not said.reason and agreed in REJECTIONS):
        pays = bool(state and state.reason_owed and said.reason)
        if not pays:
            return Judged(said, "silent", agreed, power)
        label = pact.reasons[said.reason].label
        why = f"{speaker(said)} gave the reason that was owed: {label}."
        return Judged(said, "allowed", agreed, power, (), said.reason, why=why)
    # The owed reason stands in for the one the lattice asks for; the debt is recorded instead (R16).
    stated = said.reason or ("owed" if owed else "")
    path = pact.lattice.path(agreed, goal, said.team, reason=stated, basis=said.basis)
    if path is None:
        return _refused(said, agreed, (goal,), pact)
    if owed:
        why = f"{speaker(said)} rejected without a reason; the reason is owed."
    elif said.basis == "ageing":
        why = f"{pact.reasons[said.reason].label}: {said.shown}."
    elif said.team == "score":
        why = f"A rule of the agreement disqualifies it: {said.shown or pact.reasons[said.reason].label}."
    else:
        why = f"{speaker(said)} rejected: {pact.reasons[said.reason].label}."
    return Judged(said, "allowed", goal, power, path, said.reason, owed, why=why)


def _applies(reason: Reason, stage: str) -> bool:
    """Whether a reason may be given at this stage; that of an ended contract is no rejection."""
    return reason.stage in REJECTIONS and (not reason.applies_to or stage in reason.applies_to)


def _goals(said: Assertion, agreed: str, pact: Pact) -> tuple[str, ...]:
    fact = _GOAL_OF_FACT.get(said.basis)
    wanted = said.stages or ((fact,) if fact else ())
    return tuple(
        stage
        for stage in wanted
        if stage in pact.stages and (stage == agreed or _kept(stage, pact))
    )


def _kept(stage: str, pact: Pact) -> bool:
    return pact.stages[stage].synced


def _says_less(said: Assertion, goals: tuple[str, ...], agreed: str, pact: Pact) -> bool:
    """Facts and the score say *at least*: where the lead is further already they say nothing (R15, R17)."""
    at_least = said.team in ("score", "agreement") or (
        said.basis in FACTS and said.basis != "closed_lost"
    )
    here = pact.stages.get(agreed)
    if not at_least or here is None or here.side:
        return False
    return all(pact.stages[goal].rank <= here.rank for goal in goals)


def _refused(said: Assertion, agreed: str, goals: tuple[str, ...], pact: Pact) -> Judged:
    goal = goals[0]
    move = f"from {pact.label(agreed)} to {pact.label(goal)}"
    power = strength(said, goal)
    if said.team == "automation" and said.basis not in FACTS:
        why = f"An automation moves nobody {move} without an actual opportunity."
        return Judged(said, "refused", goal, power, code="automation_without_opportunity", why=why)
    if not said.reason and _reachable_with_reason(said, agreed, goals, pact):
        why = f"{speaker(said)} may move a lead {move} only with a reason, and none was given."
        return Judged(said, "refused", goal, power, code="reason_missing", why=why)
    able = _who_may(agreed, goal, said.basis, pact)
    after = f"; {able}" if able else "; the agreement knows no such way"
    why = f"{speaker(said)} may not move a lead {move}{after}."
    return Judged(said, "refused", goal, power, code="not_allowed", why=why)


def _reachable_with_reason(
    said: Assertion, agreed: str, goals: tuple[str, ...], pact: Pact
) -> bool:
    found = pact.lattice.nearest(agreed, goals, said.team, reason="given", basis=said.basis)
    return found is not None


def _who_may(agreed: str, goal: str, basis: Basis, pact: Pact) -> str:
    teams: tuple[Team, ...] = ("sales", "marketing")
    for team in teams:
        if pact.lattice.path(agreed, goal, team, reason="", basis=basis):
            return f"{team} may"
    for team in teams:
        if pact.lattice.path(agreed, goal, team, reason="given", basis=basis):
            return f"{team} may, with a reason"
    return ""


def _why(said: Assertion, goal: str, pact: Pact) -> str:
    label = pact.label(goal)
    by_basis = {
        "conversion": f"{speaker(said)} converted the lead: {label}.",
        "open_opportunity": f"An opportunity is open: {label}.",
        "closed_won": f"An opportunity was won: {label}.",
        "closed_lost": f"The opportunity was lost: {label}.",
        "score": f"The score says {label}{': ' + said.shown if said.shown else ''}.",
        "qualification": f"The agreement's criteria for {label} are met: {said.shown}.",
    }
    return by_basis.get(said.basis, f"{speaker(said)} set {label}.")
