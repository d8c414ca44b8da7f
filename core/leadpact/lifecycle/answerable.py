"""Which team answers for a lead now (S12, S13, S17). Pure."""

from __future__ import annotations

from leadpact.model.stage import StageState
from leadpact.pact.agreement import Pact


def answerable(state: StageState | None, pact: Pact) -> str:
    """Which team answers for it, as a sentence; "" before a stage is agreed.

    A stage's owner in the agreement answers, so it flips with the stage and only there. That an MQL becomes an SQL is
    the duty of both.
    """
    here = pact.stages.get(state.stage) if state is not None else None
    if here is None:
        return ""
    if here.key in ("mql", "pql"):
        taken = pact.label("sal" if "sal" in pact.stages else "sql")
        return (
            f"Answerable: {here.owner} until sales takes it ({taken}); that it becomes an {pact.label('sql')} is the "
            "duty of both."
        )
    return f"Answerable: {'both teams' if here.owner == 'both' else here.owner}."
