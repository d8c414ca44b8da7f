"""Calls that only long runs make: what a CRM remembers, and writes in mass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from leadpact.errors import WaitUntil
from leadpact.model.record import Record
from leadpact.ports.connector import Connector, WriteResult, WriteRow
from leadpact.ports.mass import MASS_RUNNING, WritesInMass
from leadpact.ports.past import Past, TellsPast

LONGEST_LOOK_S = 2.0
"""Seconds between two looks at a mass write."""


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
