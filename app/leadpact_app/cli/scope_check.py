"""How many records the mapping's scope would leave out, counted on real ones (R37)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from leadpact.errors import LeadpactError
from leadpact_app.cli.console import crm_label

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.ports.connector import Connector

SAMPLE = 500
"""Records of each kind that are looked at: those that the feed names first, which changed least lately."""


def scope_sentences(mapping: LeadMapping, connectors: Mapping[str, Connector]) -> list[str]:
    """One sentence per kind that has a scope: of how many records how many would be out, and by which condition."""
    from leadpact.model.record import Record

    said = []
    for (crm, kind), rule in mapping.kind_rules.items():
        connector = connectors.get(crm)
        if rule.scope is None or connector is None:
            continue
        where = f"{crm_label(crm)} {kind}"
        try:
            changes = connector.changes(kind, "").changes
            ids = list(dict.fromkeys(one.ref.id for one in changes))[:SAMPLE]
            seen = connector.fetch(kind, ids, mapping.read_fields(crm, kind)) if ids else []
        except LeadpactError as error:
            said.append(f"{where}: who is out of scope was not counted: {error}")
            continue
        records = [one for one in seen if isinstance(one, Record)]
        out = Counter(why for one in records for held, why in (mapping.in_scope(one),) if not held)
        total = sum(out.values())
        share = f" ({total * 100 // len(records)} %)" if records else ""
        by = "; ".join(f"{count:,} by the condition: {why}" for why, count in out.most_common(5))
        said.append(
            f"{where}: of {len(records):,} records looked at {total:,}{share} would be out of scope"
            + (f" ({by})" if by else "")
            + "."
        )
    return said
