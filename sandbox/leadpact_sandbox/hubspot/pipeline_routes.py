"""The pipelines API of one object type (facts §6)."""

from __future__ import annotations

from collections.abc import Mapping

from leadpact_sandbox.hubspot.calls import Answer, Call, objects_part, text_part
from leadpact_sandbox.hubspot.errors import ApiError, error, invalid, not_found
from leadpact_sandbox.hubspot.kinds import DEALS, Kind
from leadpact_sandbox.hubspot.pipelines import MAX_STAGES, Pipeline, Stage
from leadpact_sandbox.hubspot.portal import Portal

PROBABILITIES = frozenset(f"{tenth / 10:.1f}" for tenth in range(11))
LEAD_STATES = frozenset({"NEW", "IN_PROGRESS", "QUALIFIED", "UNQUALIFIED"})


class PipelineCalls:
    """The endpoints under ``/crm/v3/pipelines/{type}``."""

    def __init__(self, portal: Portal, kind: Kind) -> None:
        self._portal = portal
        self._kind = kind

    @property
    def _all(self) -> dict[str, Pipeline]:
        return self._portal.pipelines.by_kind.setdefault(self._kind.name, {})

    def page(self, call: Call) -> Answer:  # noqa: ARG002
        """GET all, in their order."""
        found = sorted(self._all.values(), key=lambda one: one.order)
        return Answer(200, {"results": [one.body() for one in found]})

    def read(self, call: Call) -> Answer:
        """GET one."""
        return Answer(200, self._pipeline(call).body())

    def create(self, call: Call) -> Answer:
        """POST: 201."""
        sent = call.json()
        made = Pipeline(
            self._portal.pipelines.fresh_id(),
            self._free_label(sent, [one.label for one in self._all.values()]),
            order_part(sent),
            call.now_ms,
            call.now_ms,
        )
        for one in objects_part(sent, "stages"):
            self._add_stage(made, one, call.now_ms)
        self._all[made.id] = made
        self._dates(made)
        return Answer(201, made.body())

    def update(self, call: Call) -> Answer:
        """PATCH: label and place only."""
        sent = call.json()
        found = self._pipeline(call)
        if "label" in sent:
            others = [one.label for one in self._all.values() if one is not found]
            found.label = self._free_label(sent, others)
        found.order = order_part(sent, found.order)
        found.updated_ms = call.now_ms
        return Answer(200, found.body())

    def replace(self, call: Call) -> Answer:
        """PUT: the stages are replaced too, those that records stand in must stay."""
        sent = call.json()
        found = self._pipeline(call)
        others = [one.label for one in self._all.values() if one is not found]
        made = Pipeline(
            found.id,
            self._free_label(sent, others),
            order_part(sent),
            found.created_ms,
            call.now_ms,
        )
        for one in objects_part(sent, "stages"):
            id_ = text_part(one, "stageId") or text_part(one, "id")
            self._add_stage(made, one, call.now_ms, id_ if id_ in found.stages else None)
        gone = found.stages.keys() - made.stages.keys()
        self._check_unused(call, sorted(gone))
        self._all[found.id] = made
        self._dates(made)
        return Answer(200, made.body())

    def archive(self, call: Call) -> Answer:
        """DELETE: 204, unless records stand in its stages and the call asks to check that."""
        found = self._pipeline(call)
        self._check_unused(call, list(found.stages))
        del self._all[found.id]
        return Answer(204)

    # -- stages -------------------------------------------------------------------------------

    def stages(self, call: Call) -> Answer:
        """GET the stages of one."""
        return Answer(200, {"results": self._pipeline(call).body()["stages"]})

    def stage(self, call: Call) -> Answer:
        """GET one stage."""
        return Answer(200, self._stage(call).body())

    def create_stage(self, call: Call) -> Answer:
        """POST a stage: 201."""
        found = self._pipeline(call)
        made = self._add_stage(found, call.json(), call.now_ms)
        self._dates(found)
        return Answer(201, made.body())

    def update_stage(self, call: Call) -> Answer:
        """PATCH or PUT a stage."""
        sent = call.json()
        pipeline, found = self._pipeline(call), self._stage(call)
        if "label" in sent:
            others = [one.label for one in pipeline.stages.values() if one is not found]
            found.label = self._free_label(sent, others)
        if "metadata" in sent:
            found.metadata = {**found.metadata, **self._metadata(sent["metadata"])}
        found.order = order_part(sent, found.order)
        found.updated_ms = call.now_ms
        return Answer(200, found.body())

    def archive_stage(self, call: Call) -> Answer:
        """DELETE a stage: 204."""
        pipeline, found = self._pipeline(call), self._stage(call)
        self._check_unused(call, [found.id])
        del pipeline.stages[found.id]
        return Answer(204)

    # -- parts --------------------------------------------------------------------------------

    def _pipeline(self, call: Call) -> Pipeline:
        found = self._all.get(call.path["pipeline"])
        if found is None:
            raise not_found(call.path["pipeline"])
        return found

    def _stage(self, call: Call) -> Stage:
        found = self._pipeline(call).stages.get(call.path["stage"])
        if found is None:
            raise not_found(call.path["stage"])
        return found

    def _free_label(self, sent: Mapping[str, object], taken: list[str]) -> str:
        label = text_part(sent, "label", needed=True) or ""
        if label in taken:
            raise invalid(f"The label {label[:200]!r} is taken; labels must be unique")
        return label

    def _add_stage(
        self, pipeline: Pipeline, sent: Mapping[str, object], now_ms: int, id: str | None = None
    ) -> Stage:
        most = MAX_STAGES.get(self._kind.name, 100)
        if len(pipeline.stages) >= most:
            raise invalid(f"A pipeline of {self._kind.name} has at most {most} stages")
        label = self._free_label(sent, [one.label for one in pipeline.stages.values()])
        metadata = self._metadata(sent.get("metadata", {}))
        if self._kind is DEALS:
            if "probability" not in metadata:
                raise invalid("The metadata of a deal stage must hold its probability")
            over = metadata["probability"] in {"0.0", "1.0"}
            metadata.setdefault("isClosed", str(over).lower())
        made = Stage(
            id or self._portal.pipelines.fresh_id(),
            label,
            order_part(sent),
            metadata,
            now_ms,
            now_ms,
        )
        pipeline.stages[made.id] = made
        return made

    def _metadata(self, sent: object) -> dict[str, str]:
        if not isinstance(sent, dict) or not all(isinstance(one, str) for one in sent.values()):
            raise invalid("Invalid input JSON: metadata must be an object of strings")
        chance = sent.get("probability")
        if chance is not None:
            chance = str({"0": "0.0", "1": "1.0"}.get(chance, chance))
            if chance not in PROBABILITIES:
                raise invalid(f"{chance[:200]!r} is no probability of 0.0 to 1.0 in tenths")
            sent = {**sent, "probability": chance}
        if sent.get("isClosed", "true") not in {"true", "false"}:
            raise invalid("isClosed must be true or false")
        if sent.get("leadState", "NEW") not in LEAD_STATES:
            raise invalid(f"leadState must be one of {', '.join(sorted(LEAD_STATES))}")
        return dict(sent)

    def _check_unused(self, call: Call, stages: list[str]) -> None:
        if self._kind.pipeline is None or not call.flag("validateReferencesBeforeDelete"):
            return
        name = self._kind.pipeline[1]
        wanted = set(stages)
        for record in self._portal.spaces[self._kind.name].store.live():
            if record.values.get(name) in wanted:
                raise _in_use(str(record.values[name]))

    def _dates(self, pipeline: Pipeline) -> None:
        catalog = self._portal.spaces[self._kind.name].catalog
        for stage in pipeline.stages.values():
            catalog.put_stage(stage.id, stage.label, stage.created_ms)


def _in_use(stage: str) -> ApiError:
    return error(
        400,
        f"Stage {stage} cannot be deleted because records are in it",
        "VALIDATION_ERROR",
        context={"stageIds": [stage]},
        subCategory="PipelineError.STAGE_ID_IN_USE",
    )


def order_part(sent: Mapping[str, object], default: int = 0) -> int:
    """``displayOrder``.

    Raises:
        ApiError: 400 when it is no whole number.
    """
    value = sent.get("displayOrder", default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid("Invalid input JSON: displayOrder must be a whole number")
    return value
