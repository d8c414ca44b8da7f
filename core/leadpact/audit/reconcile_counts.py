"""The counts of a reconciliation: stages per CRM side by side, and what explains where they differ. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from leadpact.audit.reconcile import CAUSES, NATIVE, REASON, STAGE, Cause, Difference, Shown

By: TypeAlias = Literal["stage", "native"]
"""Counted by our own picklist, or by the CRM's own stage fields."""


@dataclass(frozen=True, slots=True)
class StageCount:
    """One stage, counted in each CRM.

    Attributes:
        stage: key of the pact; "" = the CRM shows none.
        counts: records by CRM.
        causes: differences by which the counts of this stage part, by cause.
        apart: of ``counts``, the records that the other CRM lacks or shows elsewhere; the rest is the same in all.
    """

    stage: str
    counts: Mapping[str, int]
    causes: Mapping[Cause, int]
    apart: Mapping[str, int] = field(default_factory=dict)

    @property
    def same(self) -> int:
        """Records of this stage that every CRM shows there."""
        return min(self.counts[crm] - self.apart.get(crm, 0) for crm in self.counts)

    @property
    def meets(self) -> bool:
        """Whether every CRM counts the same."""
        return len(set(self.counts.values())) <= 1


@dataclass(slots=True)
class Tally:
    """Counts as the records come in; what it holds does not grow with their number.

    Attributes:
        records: live records read, by (CRM, kind); ``agreed`` leads of which nothing differs.
        causes: differences by cause; ``turns`` by who is next; ``families`` of refused writes.
        fields: differences by field; a missing record counts under none.
        repairable: leads that a repair plan takes.
        converted: Leads that were converted; they are frozen, and their Contact counts.
    """

    crms: tuple[str, ...]
    records: Counter[tuple[str, str]] = field(default_factory=Counter)
    leads: int = 0
    converted: int = 0
    agreed: int = 0
    differences: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    repairable: list[str] = field(default_factory=list)
    _counted: dict[By, Counter[tuple[str, str]]] = field(
        default_factory=lambda: {"stage": Counter(), "native": Counter()}
    )
    _apart: dict[By, Counter[tuple[str, str, Cause]]] = field(
        default_factory=lambda: {"stage": Counter(), "native": Counter()}
    )
    _touched: dict[By, Counter[tuple[str, Cause]]] = field(
        default_factory=lambda: {"stage": Counter(), "native": Counter()}
    )

    def count(self, crm: str, kind: str, shown: Shown) -> None:
        """One live record."""
        self.records[crm, kind] += 1
        self._counted["stage"][crm, shown.stage] += 1
        self._counted["native"][crm, shown.native] += 1

    def add(self, one: Difference) -> None:
        """One difference."""
        self.differences += 1
        self.causes[one.cause] += 1
        self.turns[one.turn] += 1
        if one.family:
            self.families[one.family] += 1
        self._part("stage", one.cause, {crm: said.stage for crm, said in one.shown.items()})
        self._part("native", one.cause, {crm: said.native for crm, said in one.shown.items()})
        for name in one.fields:
            self.fields[name] += 1
        if one.turn == "plan" and one.link_id:
            self.repairable.append(one.link_id)

    def _part(self, by: By, cause: Cause, shown: Mapping[str, str]) -> None:
        """Note where the CRMs' counts part: one record is missing, or they show different stages."""
        stages = set(shown.values())
        if len(stages) == 1 and len(shown) == len(self.crms):
            return
        for crm, stage in shown.items():
            self._apart[by][crm, stage, cause] += 1
        for stage in stages:
            self._touched[by][stage, cause] += 1

    def by_stage(self, stages: Mapping[str, object], by: By = "stage") -> Iterator[StageCount]:
        """Every stage that is shown anywhere, in the agreement's order, those without one last."""
        counted, touched = self._counted[by], self._touched[by]
        shown = {stage for _crm, stage in counted}
        for stage in (*stages, ""):
            if stage not in shown:
                continue
            yield StageCount(
                stage,
                {crm: counted[crm, stage] for crm in self.crms},
                {cause: touched[stage, cause] for cause in CAUSES if touched[stage, cause]},
                {crm: self._told(by, crm, stage) for crm in self.crms},
            )

    def unexplained(self, by: By = "stage") -> int:
        """Records that differ between the CRMs' counts and that no difference accounts for; never anything but 0."""
        counted = self._counted[by]
        left: dict[str, list[int]] = {}
        for crm in self.crms:
            for stage in {key for _crm, key in counted}:
                same = counted[crm, stage] - self._told(by, crm, stage)
                left.setdefault(stage, []).append(same)
        return sum(max(numbers) - min(numbers) for numbers in left.values())

    def _told(self, by: By, crm: str, stage: str) -> int:
        return sum(self._apart[by][crm, stage, cause] for cause in CAUSES)

    @property
    def drift(self) -> Mapping[str, int]:
        """Differences per field, most first; stage fields before the others."""
        first = (STAGE, NATIVE, REASON)
        order = sorted(self.fields, key=lambda name: (name not in first, -self.fields[name], name))
        return {name: self.fields[name] for name in order}
