"""Run an audit of both CRMs: it takes no lease, since it writes nothing to any CRM."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING
from uuid import uuid4

from leadpact_app.bootstrap.forgetting import forgotten_of
from leadpact_app.bootstrap.normalising import email_key, spellings

if TYPE_CHECKING:
    from leadpact.audit.reconcile import Difference
    from leadpact.audit.reconcile_counts import Tally
    from leadpact.sync.report import CycleReport
    from leadpact_app.bootstrap.pair import Pair


def reconcile_pair(
    pair: Pair,
    *,
    values: bool = False,
    take_up: bool = False,
    tell: Callable[[Difference], None] | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Tally:
    """Hold every record of both CRMs against the agreement.

    Args:
        values: tell what each CRM shows of a field that differs; personal data.
        take_up: put records that the state does not know on the work list.
        tell: told of every difference.

    Raises:
        LeadpactError: a CRM could not be read to the end.
    """
    from leadpact.audit.reconcile_reading import reconcile
    from leadpact.scoring.embedded import EmbeddedEngine
    from leadpact.sync.context import Context
    from leadpact_app.runner.runner import Runner

    pair.clock.follow()
    sides = pair.sides()
    context = Context(
        pair_id=pair.settings.pair,
        run_id=uuid4().hex[:12],
        crms=sides,
        mapping=pair.mapping,
        pact=pair.pact,
        scoring=EmbeddedEngine(),
        store=pair.store,
        go_live=pair.go_live(),
        activation=pair.activation,
        dry=True,
        email_key=email_key,
        spellings=spellings,
        forgotten=forgotten_of(pair.settings, pair.store, pair.clock.now()),
    )
    runner = Runner(pair.connectors, pair.store, pair.clock, None, progress=progress)
    return runner.run(reconcile(context, values=values, take_up=take_up, tell=tell))


def plan_repair(
    pair: Pair, leads: Collection[str], progress: Callable[[str, int], None] | None = None
) -> CycleReport:
    """Save a plan over these leads: the engine decides of each as a sync does, and writes nothing.

    They are put on the work list, too, so that what no change feed has shown is looked at again.

    Raises:
        WaitUntil: another cycle holds the lease.
    """
    from leadpact.model.link import WorkItem
    from leadpact.ports.state_store import StateChanges

    pair.clock.follow()
    now = pair.clock.now()
    work = [WorkItem(link_id, "only", now, now) for link_id in dict.fromkeys(leads)]
    pair.store.commit(StateChanges(work=work), None, now)
    return pair.run_cycle(dry=True, only=tuple(one.link_id for one in work), progress=progress)
