"""Let go of what an undo put back: the next sync writes it again where the evidence still says so (R32). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from leadpact.mapping import LeadMapping
from leadpact.model.link import Side, WorkItem
from leadpact.model.pin import Pin
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges, StateReader


def released(
    store: StateReader, mapping: LeadMapping, pins: Sequence[Pin], now: datetime
) -> StateChanges:
    """What is to be committed so that these pins hold no longer and their leads are decided anew.

    Of a mapped field the other CRM's value was taken for its own form of the restored one; now it is an edit again.
    """
    ids = sorted({one.link_id for one in pins})
    sides = {side.ref: side for group in store.sides(ids).values() for side in group}
    return StateChanges(
        released=list(pins),
        sides=list(heard_again(mapping, pins, sides).values()),
        work=[WorkItem(one, "review", now, now) for one in ids],
    )


def heard_again(
    mapping: LeadMapping, pins: Sequence[Pin], sides: Mapping[RecordRef, Side]
) -> dict[RecordRef, Side]:
    """Sides whose own form of a restored value is an edit again, once these pins hold no longer."""
    changed: dict[RecordRef, Side] = {}
    for pin in pins:
        for rule in mapping.fields.values():
            here = rule.sides.get((pin.ref.crm, pin.ref.kind))
            if here is None or here.field != pin.field:
                continue
            for ref, side in sides.items():
                there = rule.sides.get((ref.crm, ref.kind))
                if side.link_id != pin.link_id or ref == pin.ref or there is None:
                    continue
                current = changed.get(ref, side)
                left = {
                    name: one for name, one in current.renderings.items() if name != there.field
                }
                changed[ref] = replace(current, renderings=left)
    return changed
