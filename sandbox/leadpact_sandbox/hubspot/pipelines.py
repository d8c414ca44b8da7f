"""Pipelines and their stages, for deals and for leads (facts §4, §6)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

from leadpact_sandbox.hubspot.kinds import DEALS, LEADS, Kind
from leadpact_sandbox.hubspot.stamp import iso


@dataclass(slots=True)
class Stage:
    """One stage; ``metadata`` holds texts only (facts §6)."""

    id: str
    label: str
    order: int
    metadata: dict[str, str]
    created_ms: int
    updated_ms: int

    @property
    def probability(self) -> float:
        """How likely a deal in it is won; 0.0 for what has none."""
        return float(self.metadata.get("probability", "0.0"))

    @property
    def closed(self) -> bool:
        """Whether a deal in it is over."""
        return self.metadata.get("isClosed") == "true"

    def body(self) -> dict[str, object]:
        """As HubSpot answers it."""
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": self.order,
            "metadata": dict(self.metadata),
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }


@dataclass(slots=True)
class Pipeline:
    """One pipeline with its stages by id."""

    id: str
    label: str
    order: int
    created_ms: int
    updated_ms: int
    stages: dict[str, Stage] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """As HubSpot answers it, stages in their order."""
        stages = sorted(self.stages.values(), key=lambda one: one.order)
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": self.order,
            "stages": [stage.body() for stage in stages],
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "archived": False,
        }


DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
BELIEVED_STAGES = frozenset({"decisionmakerboughtin", "closedlost"})
LEAD_STAGES = (
    ("new-stage-id", "New", "NEW"),
    ("attempting-stage-id", "Attempting", "IN_PROGRESS"),
    ("connected-stage-id", "Connected", "IN_PROGRESS"),
    ("qualified-stage-id", "Qualified", "QUALIFIED"),
    ("unqualified-stage-id", "Unqualified", "UNQUALIFIED"),
)
MAX_STAGES = {"deals": 100, "leads": 30}


class _Ids(Container[str]):
    """The ids that a property takes now."""

    def __init__(self, pipelines: Mapping[str, Pipeline], *, stages: bool) -> None:
        self._pipelines = pipelines
        self._stages = stages

    def __contains__(self, asked: object) -> bool:
        if not self._stages:
            return asked in self._pipelines
        return any(asked in pipeline.stages for pipeline in self._pipelines.values())


class Pipelines:
    """All pipelines by object type.

    Args:
        created_ms: when the default ones were made.
        all_stages: whether the default deal pipeline has the stages that are only believed.
    """

    def __init__(self, created_ms: int, *, all_stages: bool = True) -> None:
        self.created_ms = created_ms
        deal = Pipeline("default", "Sales Pipeline", 0, created_ms, created_ms)
        lead = Pipeline("lead-pipeline-id", "Lead pipeline", 0, created_ms, created_ms)
        for order, (id_, label, chance) in enumerate(DEAL_STAGES):
            if id_ in BELIEVED_STAGES and not all_stages:
                continue
            closed = "true" if chance in {"1.0", "0.0"} else "false"
            metadata = {"isClosed": closed, "probability": chance}
            deal.stages[id_] = Stage(id_, label, order, metadata, created_ms, created_ms)
        for order, (id_, label, state) in enumerate(LEAD_STAGES):
            metadata = {"leadState": state}
            lead.stages[id_] = Stage(id_, label, order, metadata, created_ms, created_ms)
        self.by_kind: dict[str, dict[str, Pipeline]] = {
            DEALS.name: {deal.id: deal},
            LEADS.name: {lead.id: lead},
        }
        self.next_id = 700_001

    def __iter__(self) -> Iterator[tuple[str, Pipeline]]:
        for name, found in self.by_kind.items():
            for pipeline in found.values():
                yield name, pipeline

    def outside(self, kind: Kind) -> dict[str, Container[str]]:
        """The values that the type's pipeline and stage properties take."""
        if kind.pipeline is None:
            return {}
        found = self.by_kind[kind.name]
        return {
            kind.pipeline[0]: _Ids(found, stages=False),
            kind.pipeline[1]: _Ids(found, stages=True),
        }

    def stage(self, kind: Kind, id: str) -> Stage | None:
        """A stage by id, whatever its pipeline."""
        for pipeline in self.by_kind.get(kind.name, {}).values():
            if id in pipeline.stages:
                return pipeline.stages[id]
        return None

    def fits(self, kind: Kind, pipeline: str, stage: str) -> bool:
        """Whether this stage is one of this pipeline's."""
        found = self.by_kind[kind.name].get(pipeline)
        return found is not None and stage in found.stages

    def fresh_id(self) -> str:
        """An id that no pipeline and no stage has."""
        self.next_id += 1
        return str(self.next_id)
