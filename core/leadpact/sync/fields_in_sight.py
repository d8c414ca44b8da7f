"""A field that comes into sight is looked at on every lead: no feed tells of it (R4).

The mapping names it from now on, `provision` made it, a right was granted, or it is hidden no longer. Leads were looked
at without it, and what people set in it meanwhile would stay unseen until their records change again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from leadpact.model.link import WorkItem
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.report import CycleReport

MOST: Final = 5_000
"""Leads of one cycle; of more the next one goes on."""
_PLACE: Final = ("leadpact", "fields")
_WRITABLE: Final = "+"


def look_at_new_fields(
    context: Context, report: CycleReport, changes: StateChanges, now: datetime
) -> None:
    """Let the commit that ends a whole cycle put the leads on the work list, for the next one.

    What was refused for want of such a field is tried again. The place is kept as three lines: fields that every lead
    was looked at with, those of the look under way, and the last link it has come to.
    """
    if context.dry or context.only or context.go_live is None or report.status != "done":
        return
    before, shown = context.store.checkpoint(*_PLACE), _shown(context)
    if before == _line(shown):
        return
    first, _, rest = before.partition("\n")
    second, _, after = rest.partition("\n")
    known, under_way = shown.intersection(first.split()), shown.intersection(second.split())
    if not before:
        known = shown
    if not shown <= known | under_way:
        under_way, after = shown - known, ""
        _try_again(context, changes, under_way, now)
    if under_way:
        ids = context.store.page_of_links(after, MOST)
        changes.work.extend(WorkItem(one, "mapping", now, now) for one in ids)
        report.counts["new_fields_sweep"] = len(ids)
        if len(ids) < MOST:
            known, under_way = known | under_way, frozenset()
        after = ids[-1] if under_way else ""
    place = [_line(known), _line(under_way), after] if under_way else [_line(known)]
    changes.checkpoints[_PLACE] = "\n".join(place)


def _shown(context: Context) -> frozenset[str]:
    """``crm.kind.field`` of what the mapping reads and the CRM shows, once more where we may write it."""
    found: list[str] = []
    for crm, side in context.crms.items():
        for kind, schema in side.schemas.items():
            for name in context.mapping.read_fields(crm, kind):
                field = schema.fields.get(name)
                if field is None:
                    continue
                found.append(f"{crm}.{kind}.{name}")
                if field.updateable:
                    found.append(f"{crm}.{kind}.{name}{_WRITABLE}")
    return frozenset(found)


def _line(names: Iterable[str]) -> str:
    return " ".join(sorted(names))


def _try_again(
    context: Context, changes: StateChanges, fields: Iterable[str], now: datetime
) -> None:
    new = {one.removesuffix(_WRITABLE) for one in fields}
    for failure in context.store.failures():
        place = f"{failure.crm}.{failure.ref.kind}"
        if any(f"{place}.{name}" in new for name in failure.fields):
            changes.failures.append(replace(failure, retry_at=now))
