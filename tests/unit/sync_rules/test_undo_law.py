"""The law of undo: after any run it restores exactly what nobody touched, and a sync leaves that as it is (R32)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.undo_desk import UndoDesk

PAIRS = {"jobtitle": "Title", "phone": "Phone", "city": "City"}
"""HubSpot's name of a mapped field → Salesforce's."""
VALUES = st.sampled_from(["", "Bern", "Graz", "Oslo"])


def _values() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(PAIRS, VALUES))


Edits = tuple[dict[str, str], dict[str, str]]
EDITS: st.SearchStrategy[Edits] = st.tuples(_values(), _values())


def _edit(desk: UndoDesk, contact: Row, lead: Row, edits: Edits) -> None:
    if edits[0]:
        desk.put(contact, None, **edits[0])
    if edits[1]:
        desk.put(lead, None, **{PAIRS[name]: value for name, value in edits[1].items()})


@settings(max_examples=30, deadline=None)
@given(start=EDITS, between=EDITS, after=EDITS, first=st.booleans())
def test_undo_restores_exactly_what_nobody_touched(
    start: Edits, between: Edits, after: Edits, first: bool
) -> None:
    desk = UndoDesk()
    contact, lead = desk.contact(), desk.lead()
    _edit(desk, contact, lead, start)
    if not first:
        desk.sync()
        _edit(desk, contact, lead, between)
    before = desk.shown()
    desk.sync()
    run = desk.last_run()
    done = desk.shown()
    _edit(desk, contact, lead, after)
    edited = desk.shown()

    desk.undo(run)

    undone = desk.shown()
    for ref, fields in before.items():
        for name in fields | done[ref] | edited[ref]:
            was, ours, now = (some[ref].get(name) for some in (before, done, edited))
            expected = was if ours == now else now
            assert undone[ref].get(name) == expected, (ref, name)

    desk.sync()
    settled = desk.shown()
    touched = {*after[0], *after[1]}
    for hubspot, salesforce in PAIRS.items():
        if hubspot not in touched:
            for row, name in ((contact, hubspot), (lead, salesforce)):
                ref = str(row.ref)
                assert settled[ref].get(name) == before[ref].get(name), (ref, name)
    desk.sync()
    assert desk.writes() == []
