"""Run a reconciliation at the desk of the engine's rules: both CRMs in memory, no cycle."""

from __future__ import annotations

from typing import Any

from tests.simulation.faults import carry_out
from tests.unit.sync_rules.desk import Desk

from leadpact.audit.reconcile import Difference
from leadpact.audit.reconcile_counts import Tally
from leadpact.audit.reconcile_reading import reconcile
from leadpact.errors import LeadpactError
from leadpact.model.record import RecordRef
from leadpact.sync.effects import Commit, Effect, Gather, Instant, Steps


def audit(desk: Desk, *, take_up: bool = False) -> tuple[Tally, list[Difference]]:
    """What a reconciliation finds now, and every difference in the order in which it was told."""
    told: list[Difference] = []
    tally = drive(desk, reconcile(desk.context(), take_up=take_up, tell=told.append))
    return tally, told


def drive(desk: Desk, steps: Steps[Tally]) -> Tally:
    """Answer the effects of an audit."""
    effect = next(steps)
    try:
        while True:
            effect = steps.send(_answer(desk, effect))
    except StopIteration as ended:
        tally: Tally = ended.value
        return tally


def _answer(desk: Desk, effect: Effect) -> Any:
    if isinstance(effect, Gather):
        answers: list[Any] = []
        for one in effect.effects:
            try:
                answers.append(_answer(desk, one))
            except LeadpactError as error:
                answers.append(error)
        return answers
    if isinstance(effect, Instant):
        return desk.world.now
    if isinstance(effect, Commit):
        return desk.store.commit(effect.changes, None, desk.world.now)
    return carry_out(desk.world, desk.store, {}, effect, None)


def causes(told: list[Difference]) -> dict[RecordRef, str]:
    """By record its cause; a record that has two is a fault of the audit."""
    found: dict[RecordRef, str] = {}
    for one in told:
        for ref in one.records:
            assert ref not in found, f"{ref} has two causes"
            found[ref] = one.cause
    return found
