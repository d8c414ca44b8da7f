"""Which signals have a live source here: rules about the others are *unreadable here* (R35)."""

from __future__ import annotations

from leadpact.sync.context import Context
from leadpact.sync.source_state import FEED, SourceState


def live_signals(context: Context) -> frozenset[str]:
    """Names that a field of a live schema, a readable source of a CRM or a source outside the CRMs gives.

    A source that was not read yet counts as readable: its first reading tells.
    """
    mapping = context.mapping
    found = {
        name for each in mapping.sources.values() for row in each.rule.rows for name in row.signals
    }
    for rule in mapping.signals:
        side = context.crms.get(rule.crm)
        schema = side.schemas.get(rule.kind) if side is not None else None
        if schema is not None and rule.field in schema.fields:
            found.add(rule.name)
    for (crm, source), each in mapping.signal_sources.items():
        side = context.crms.get(crm)
        if side is None or source not in side.capabilities.signal_sources:
            continue
        if not SourceState.load(context.store.checkpoint(crm, FEED + source)).why_not:
            found.update(name for row in each.rows for name in row.signals)
    return frozenset(found)
