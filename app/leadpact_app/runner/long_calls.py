"""Calls that only long runs and undo make: what a CRM remembers, and writes in mass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from leadpact.errors import WaitUntil
from leadpact.model.record import Record
from leadpact.ports.bin import KnowsItsBin
from leadpact.ports.connector import Connector, WriteResult, WriteRow
from leadpact.ports.mass import MASS_RUNNING, WritesInMass
from leadpact.ports.past import Past, TellsPast
from leadpact.ports.taking_away import ShowsAdditions
from leadpact.sync.effects import FindGone, ReadAdditions, ReadHistory, ReadPast

LONGEST_LOOK_S = 2.0
"""Seconds between two looks at a mass write."""


def remembering(
    connector: Connector, effect: ReadHistory | ReadPast | ReadAdditions | FindGone
) -> tuple[Callable[..., Any], tuple[tuple[str, ...], ...]]:
    """The call that answers it, and what it is given besides kind and ids."""
    if isinstance(effect, ReadHistory):
        return connector.history, (effect.fields,)
    if isinstance(effect, FindGone):
        return partial(once_bore, connector), ()
    if isinstance(effect, ReadAdditions):
        if not isinstance(connector, ShowsAdditions):
            raise TypeError(f"{connector.capabilities.crm} archives and does not show additions")
        return connector.additions, ()
    return partial(past_of, connector), (effect.fields, effect.also)


def once_bore(connector: Connector, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
    """Records that bore these ids of ours and are there no more; none of a connector that cannot look for them."""
    return connector.once_bore(kind, ids) if isinstance(connector, KnowsItsBin) else {}


def past_of(
    connector: Connector, kind: str, ids: Sequence[str], fields: Sequence[str], also: Sequence[str]
) -> Mapping[str, Past]:
    """What these records remember; of a connector that does not tell, what its histories say."""
    if isinstance(connector, TellsPast):
        return connector.past(kind, ids, fields, also)
    if kind not in connector.capabilities.person_kinds:
        return {}
    told = connector.history(kind, ids, fields)
    shown = {
        one.ref.id: {name: one.fields[name] for name in also if name in one.fields}
        for one in connector.fetch(kind, ids, also)
        if isinstance(one, Record)
    }
    return {each: Past(tuple(told.get(each, ())), (), shown[each]) for each in shown}


def in_mass(
    connector: WritesInMass,
    kind: str,
    rows: Sequence[WriteRow],
    sleep: Callable[[float], None],
) -> Sequence[WriteResult]:
    """Write in mass, looking until it is done."""
    ticket = connector.begin_mass(kind, rows)
    while True:
        try:
            return connector.mass_results(ticket)
        except WaitUntil as running:
            if running.code != MASS_RUNNING:
                raise
            sleep(min(running.seconds or LONGEST_LOOK_S, LONGEST_LOOK_S))
