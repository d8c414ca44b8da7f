"""``guard: strict`` is for CRMs that can refuse a write to a record that changed since it was read (R7)."""

from __future__ import annotations

from collections.abc import Mapping

from leadpact.errors import FixSettings
from leadpact.mapping.lead_mapping import LeadMapping


def refuse_guards(
    mapping: LeadMapping, able: Mapping[str, bool], labels: Mapping[str, str]
) -> None:
    """Refuse a guard that a CRM cannot keep.

    Args:
        able: CRMs in use → whether their connector has ``Capabilities.compare_and_set``.
        labels: CRM name → how people call it.

    Raises:
        FixSettings: ``guard_unsupported``, with the place of the word and what would be right.
    """
    for crm in mapping.crms:
        if crm not in mapping.strict or able.get(crm, True):
            continue
        others = [other for other in mapping.crms if able.get(other)]
        instead = " and ".join(f"`crms: {other}:`" for other in others)
        right = f"say `guard: strict` under {instead} alone" if others else "take it out"
        raise FixSettings(
            f"{labels.get(crm) or crm} cannot refuse a write to a record that changed since it was read, so "
            f"`guard: strict` does not hold there; {right}, or say `guard: measured` for {crm}.",
            code="guard_unsupported",
            place=mapping.places[crm, "guard"],
        )
