"""The pauses that stand, compiled: may this field go this way now? (R38) Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from leadpact.mapping import LeadMapping
from leadpact.model.pause import NATIVE, Pause

STAGE: Final = "stage"
HANDOFF: Final = "handoff"
GROUPS: Final[Mapping[str, frozenset[str]]] = {
    STAGE: frozenset(
        {"stage", "rejection_reason", "rejection_sub_reason", "stage_reason", "priority"}
    ),
    "score": frozenset(
        {
            "score_total",
            "score_fit",
            "score_engagement",
            "grade",
            "breakdown",
            "scored_at",
            "pact_version",
        }
    ),
    "qualification": frozenset(
        {
            "qualification",
            "qualification_framework",
            "qualification_detail",
            "work_order",
            "stop_nurture",
        }
    ),
    "sla": frozenset({"sla_due_at", "sla_state", "sla_tier", "sla_contacted_at"}),
    HANDOFF: frozenset({"handoff"}),
}
"""Outputs that are paused together, by the word for them."""

Way: TypeAlias = Literal["to_crm", "from_crm"]
Names: TypeAlias = Mapping[tuple[str, str], Mapping[str, frozenset[str]]]
"""By (crm, kind) and CRM field: the words by which a pause may name it."""


@dataclass(frozen=True, slots=True)
class StandingPauses:
    """What may go on and what may not.

    Attributes:
        pauses: oldest first; none = nothing is stopped.
    """

    pauses: tuple[Pause, ...]
    names: Names
    _known: dict[tuple[Way, str, str, str], bool] = field(default_factory=dict)

    @property
    def everything(self) -> bool:
        """Whether nothing at all goes on."""
        return any(one.everything for one in self.pauses)

    def stop(self, way: Way, crm: str, kind: str, name: str = "") -> bool:
        """Whether this CRM field may not go this way; without a name: whether no field of the kind may."""
        key = (way, crm, kind, name)
        if key not in self._known:
            words = self.names.get((crm, kind), {}).get(name, frozenset({name}))
            self._known[key] = any(
                one.field == "" or (bool(name) and one.field in words)
                for one in self._of(way, crm, kind)
            )
        return self._known[key]

    def stop_handing(self, crm: str, kind: str) -> bool:
        """Whether nothing may be handed over to records of this kind."""
        return any(
            one.field in ("", HANDOFF, "owner", NATIVE) for one in self._of("to_crm", crm, kind)
        )

    def called(self, crm: str, kind: str, name: str) -> str:
        """The word for a CRM field that people know best: its group, its name in the mapping, or its own."""
        words = self.names.get((crm, kind), {}).get(name, frozenset())
        groups = [group for group in GROUPS if group in words]
        return next(iter(groups or sorted(words - {name, NATIVE})), name)

    def _of(self, way: Way, crm: str, kind: str) -> list[Pause]:
        return [
            one
            for one in self.pauses
            if one.direction in ("", way) and one.crm in ("", crm) and one.kind in ("", kind)
        ]


def names_of(mapping: LeadMapping) -> dict[tuple[str, str], dict[str, frozenset[str]]]:
    """By kind and CRM field: the words by which a pause may name it."""
    found: dict[tuple[str, str], dict[str, frozenset[str]]] = {}
    for crm, kind in mapping.kind_rules:
        names: dict[str, set[str]] = {}
        table = mapping.stage_table(crm, kind)
        for name in table.stage_fields:
            names.setdefault(name, {name}).add(STAGE)
        for output, name in mapping.outputs(crm, kind).items():
            words = names.setdefault(name, {name})
            words.add(output)
            words.update(group for group, outputs in GROUPS.items() if output in outputs)
        for canonical, rule in mapping.fields.items():
            side = rule.sides.get((crm, kind))
            if side is not None:
                names.setdefault(side.field, {side.field}).add(canonical)
        owner = mapping.owner_field(crm, kind)
        if owner:
            names.setdefault(owner, {owner}).add("owner")
        ours = own_fields(mapping, crm, kind)
        found[crm, kind] = {
            name: frozenset(words if name in ours else {*words, NATIVE})
            for name, words in names.items()
        }
    return found


def own_fields(mapping: LeadMapping, crm: str, kind: str) -> frozenset[str]:
    """Fields of this kind that are leadpact's own: outputs, its id, and mapped fields that ``provision`` makes."""
    made = (
        rule.sides[crm, kind].field
        for rule in mapping.fields.values()
        if rule.provisioned and (crm, kind) in rule.sides
    )
    outputs = mapping.outputs(crm, kind).values()
    return frozenset((*outputs, mapping.external_id_field(crm, kind), *made)) - {""}
