"""Let go of what an undo put back: the next sync writes it again where the evidence still says so (R32). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from leadpact.mapping import LeadMapping
from leadpact.model.link import Link, Side, WorkItem
from leadpact.model.pin import Pin
from leadpact.model.record import UNKNOWN, RecordRef, Scalar
from leadpact.ports.state_store import StateChanges, StateReader
from leadpact.sync.same import same_native
from leadpact.sync.undoing import agreed_value


def released(
    store: StateReader, mapping: LeadMapping, pins: Sequence[Pin], now: datetime
) -> StateChanges:
    """What is to be committed so that these pins hold no longer and their leads are decided anew.

    Of a mapped field the other CRM's value was taken for its own form of the restored one; now it is an edit again.
    """
    ids = sorted({one.link_id for one in pins})
    sides = {side.ref: side for group in store.sides(ids).values() for side in group}
    links, heard = heard_again(mapping, pins, store.links(ids), sides)
    return StateChanges(
        released=list(pins),
        links=list(links.values()),
        sides=list(heard.values()),
        work=[WorkItem(one, "review", now, now) for one in ids],
    )


def heard_again(
    mapping: LeadMapping,
    pins: Sequence[Pin],
    links: Mapping[str, Link],
    sides: Mapping[RecordRef, Side],
) -> tuple[dict[str, Link], dict[RecordRef, Side]]:
    """What changes of these leads once these pins hold no longer.

    Returns:
        Links on which is agreed what an undo put back, though its write landed after its run (R2); sides whose own
        form of a restored value is an edit again.
    """
    changed: dict[RecordRef, Side] = {}
    agreed = _landed_late(mapping, pins, links, sides, changed)
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
    return agreed, changed


def _landed_late(
    mapping: LeadMapping,
    pins: Sequence[Pin],
    links: Mapping[str, Link],
    sides: Mapping[RecordRef, Side],
    changed: dict[RecordRef, Side],
) -> dict[str, Link]:
    """Agree on what the undo of these pins would have been settled with, had its answer come.

    The value that was put back was taken for the record's own form of the undone one, which stayed agreed: held no
    longer, it would hide that the record is to be written again.
    """
    kept: dict[tuple[str, str], list[tuple[bool, Scalar, Pin]]] = {}
    for pin in pins:
        for rule in mapping.fields.values():
            here = rule.sides.get((pin.ref.crm, pin.ref.kind))
            if here is None or here.field != pin.field or here.direction == "from_crm":
                continue
            try:
                value = agreed_value(rule, here, pin.kept)
            except ValueError:
                continue
            found = kept.setdefault((pin.link_id, rule.name), [])
            found.append((rule.system_of_record != pin.ref.crm, value, pin))
    agreed: dict[str, Link] = {}
    for (link_id, name), found in kept.items():
        link = agreed.get(link_id, links.get(link_id))
        if link is None or link.base.get(name, UNKNOWN) in (UNKNOWN, *(one[1] for one in found)):
            continue
        late = [one for one in found if _own_form(one[2], sides)]
        for _other, value, pin in sorted(late, key=lambda one: one[0])[:1]:
            agreed[link_id] = replace(link, base={**link.base, name: value})
            side = changed.get(pin.ref, sides[pin.ref])
            left = {field: one for field, one in side.renderings.items() if field != pin.field}
            changed[pin.ref] = replace(side, renderings=left)
    return agreed


def _own_form(pin: Pin, sides: Mapping[RecordRef, Side]) -> bool:
    """Whether what was put back counts as its record's own form of what is agreed."""
    renderings = sides[pin.ref].renderings if pin.ref in sides else {}
    return pin.field in renderings and same_native(renderings[pin.field], pin.kept)
