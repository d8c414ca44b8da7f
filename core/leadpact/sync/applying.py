"""A saved plan on its way through a cycle: being made, or being applied."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadpact.model.link import RunKind


@dataclass(slots=True)
class Applying:
    """A plan that is applied.

    Attributes:
        plan_id: whose rows say what may be written.
        passed: leads that were found unmoved in this run: what follows from their writes may be written, too.
        kind: of the run that applies it: ``apply``, or ``repair`` for a plan of a reconciliation.
        outgrown: far more is due than the plan had: nothing is written, and a new plan is made of all of it.
    """

    plan_id: str
    kind: RunKind = "apply"
    outgrown: bool = False
    passed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Saving:
    """A plan that is made; ``rows`` are kept of it so far."""

    rows: int = 0
