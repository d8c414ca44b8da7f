"""The stage of two leads that a CRM joined into one (R25). Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from leadpact.model.stage import StageState
from leadpact.pact.agreement import Pact

DISQUALIFIED: Final = "disqualified"


class JoinedStage(NamedTuple):
    """What two leads that turned out to be one are agreed to be.

    Attributes:
        state: the agreed stage; its episode is that of the lead that lives on.
        overruled: the further stage of the other one, where a disqualification stands against it; "" = nothing does.
    """

    state: StageState
    overruled: str = ""


def joined_stage(survivor: StageState, folded: StageState, pact: Pact) -> JoinedStage:
    """The more advanced of two stages; a disqualification on either is kept, whatever the other one says.

    Of equal rank the main line goes before a side stage, then the one that was reached first.

    Args:
        survivor: of the lead that lives on.
        folded: of the lead that became part of it.
    """
    outs = [one for one in (survivor, folded) if one.stage == DISQUALIFIED]
    if len(outs) == 1:
        other = folded if outs[0] is survivor else survivor
        return JoinedStage(_of_both(outs[0], survivor, folded), other.stage)
    first = min((survivor, folded), key=lambda one: _order(one, pact))
    return JoinedStage(_of_both(first, survivor, folded))


def _order(state: StageState, pact: Pact) -> tuple[int, bool, float, str]:
    stage = pact.stages[state.stage]
    return -stage.rank, stage.side, state.since.timestamp(), state.stage


def _of_both(chosen: StageState, survivor: StageState, folded: StageState) -> StageState:
    """The chosen state with what is remembered of both; whoever rejected either is never offered it again (R17)."""
    return replace(
        chosen,
        episode=survivor.episode,
        episode_since=survivor.episode_since,
        rejected_by=tuple(dict.fromkeys((*survivor.rejected_by, *folded.rejected_by))),
        deal_open=survivor.deal_open or folded.deal_open,
        write_backs=(),
    )
