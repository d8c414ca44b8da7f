"""Whether both CRMs tell since when the fields under ``newest`` have their values (R9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from leadpact_app.cli.console import crm_label

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.mapping.schema_check import Finding
    from leadpact.ports.connector import Connector


def newest_findings(mapping: LeadMapping, connectors: Mapping[str, Connector]) -> Iterator[Finding]:
    """An error for each side of such a field of which no time is to be had.

    Raises:
        LeadpactError: a CRM could not be asked.
    """
    from leadpact.mapping.schema_check import Finding
    from leadpact.ports.connector import KnowsFieldTimes

    asked: dict[tuple[str, str], dict[str, str]] = {}
    for name, rule in mapping.fields.items():
        if rule.policy == "newest":
            for side, one in rule.sides.items():
                asked.setdefault(side, {})[one.field] = name
    for (crm, kind), names in asked.items():
        connector = connectors.get(crm)
        if connector is None or connector.capabilities.field_times:
            continue
        fields = sorted(names)
        untimed = (
            connector.untimed(kind, fields) if isinstance(connector, KnowsFieldTimes) else fields
        )
        for field in untimed:
            yield Finding(
                "error",
                mapping.places[crm, kind, "fields", names[field]],
                f"`newest` compares when {kind}.{field} was set, and {crm_label(crm)} keeps no history of it yet: "
                f"track the field there (field history), or choose another policy for {names[field]}",
                "newest_untimed",
            )
