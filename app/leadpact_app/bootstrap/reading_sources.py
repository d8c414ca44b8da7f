"""Read sources outside the CRMs now, because a person asked: `leadpact signals read`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from leadpact.errors import FixSettings
from leadpact_app.bootstrap.connecting import make_clock
from leadpact_app.bootstrap.documents import load_mapping_file, load_pact_file
from leadpact_app.bootstrap.normalising import email_key, spellings
from leadpact_app.bootstrap.opening import open_state
from leadpact_app.bootstrap.outside import reader

if TYPE_CHECKING:
    from leadpact_app.settings import Settings
    from leadpact_app.sources.reading import Reading


def read_sources(settings: Settings, names: Sequence[str] = ()) -> list[Reading]:
    """Read these sources, or all, now; no CRM is asked.

    Raises:
        FixSettings: a name is none of the mapping's, or there is no state yet.
        WaitUntil: a cycle is at work.
    """
    from leadpact.pact.checked import did_you_mean
    from leadpact.scoring.embedded import EmbeddedEngine
    from leadpact.sync.context import Context
    from leadpact_app.bootstrap.whom import lease_held
    from leadpact_app.store.holders import this_process

    pact = load_pact_file(settings)
    mapping = load_mapping_file(settings, pact)
    for name in names:
        if name not in mapping.sources:
            raise FixSettings(
                f'"{name}" is no source outside the CRMs; {did_you_mean(name, mapping.sources)} '
                "(`sources:` in the mapping).",
                code="source_unknown",
            )
    clock = make_clock(settings)
    clock.follow()
    with open_state(settings) as store:
        lease = store.acquire(this_process(), clock.now(), settings.lease_lasts)
        if lease is None:
            raise lease_held(store, clock.now(), "nothing was read")
        context = Context(
            pair_id=settings.pair,
            run_id=uuid4().hex[:12],
            crms={},
            mapping=mapping,
            pact=pact,
            scoring=EmbeddedEngine(),
            store=store,
            email_key=email_key,
            spellings=spellings,
        )
        made = reader(settings, context, store, lease)
        try:
            return [made.read(name, clock.now()) for name in names or tuple(mapping.sources)]
        finally:
            store.release(lease)
