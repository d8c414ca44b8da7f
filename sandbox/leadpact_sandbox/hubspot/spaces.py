"""One object type of one portal: its properties, records and search (facts §1, §2, §5)."""

from __future__ import annotations

from collections.abc import Callable, Container

from leadpact_sandbox.hubspot.catalog import Catalog
from leadpact_sandbox.hubspot.deriving import OWNER, deriver, triggers_of
from leadpact_sandbox.hubspot.errors import BadValue, bad_values, invalid
from leadpact_sandbox.hubspot.history import Record
from leadpact_sandbox.hubspot.index import ADDRESSES, SearchIndex
from leadpact_sandbox.hubspot.kinds import Kind
from leadpact_sandbox.hubspot.lifecycle import STAGE, is_backward
from leadpact_sandbox.hubspot.pipelines import Pipelines
from leadpact_sandbox.hubspot.search import Searcher
from leadpact_sandbox.hubspot.store import ObjectStore, Told
from leadpact_sandbox.world import World


class Space:
    """Everything of one object type.

    Args:
        kind: which.
        world: clock and switches.
        portal: the account's number.
        owners: the ids that records may be assigned to.
        pipelines: of the portal.
        index_lag_s: how long search does not see a change.
        frozen: whether search stands still now.
        told: who hears of changes, asked at each.
    """

    def __init__(
        self,
        kind: Kind,
        world: World,
        portal: int,
        owners: Container[str],
        pipelines: Pipelines,
        *,
        created_ms: int,
        index_lag_s: float,
        frozen: Callable[[], bool],
        told: Callable[[], Told | None],
    ) -> None:
        self.kind = kind
        self._world = world
        self._pipelines = pipelines
        triggers = triggers_of(kind)
        self.catalog = Catalog(
            kind,
            portal,
            {OWNER: owners, **pipelines.outside(kind)},
            created_ms,
            null_clears=world.switch("hubspot.1.null_clears", True),
            special=triggers | {ADDRESSES, STAGE, *(kind.pipeline or ())},
            absent=self._absent(),
            dates_for_custom=world.switch("hubspot.4.custom_stages_have_dates", True),
        )
        for name, pipeline in pipelines:
            if name == kind.name:
                for stage in pipeline.stages.values():
                    self.catalog.put_stage(stage.id, stage.label, created_ms)
        self.index = SearchIndex(world.clock.monotonic, index_lag_s, frozen, kind.modified)
        self.searcher = Searcher(self.index, kind.searched)
        new_is_lead = kind.staged and world.switch("hubspot.4.new_contact_is_lead", True)
        self.store = ObjectStore(
            self.catalog,
            self.index,
            deriver(kind, pipelines),
            triggers,
            told,
            keep_cleared=world.switch("hubspot.1.cleared_reads_empty", False),
            default_stage="lead" if new_is_lead else None,
        )

    def _absent(self) -> frozenset[str]:
        """Default properties that this portal does without (believed ones, switched off)."""
        kept = self._world.switch("hubspot.6.deals_tell_closed_won", True)
        return frozenset() if kept or self.kind.name != "deals" else frozenset({"hs_is_closed_won"})

    def identified(self, asked: str, property_: str | None) -> Record | None:
        """The record of an id or of a unique property's value (facts §1 ``idProperty``).

        Raises:
            ApiError: 400 when the property is not a unique one.
        """
        if property_ is None or property_ in {"", "hs_object_id"}:
            return self.store.resolve(asked)
        if property_ not in self.catalog.unique:
            raise invalid(f"{property_} is not a unique identifier property of {self.kind.name}")
        return self.store.holder(property_, asked)

    def shown(self, record: Record | None, *, archived: bool) -> bool:
        """Whether a read finds this record: live ones, or archived ones where asked for (§1)."""
        if record is None:
            return False
        if (record.archived_ms is not None) is archived:
            return True
        hidden = self._world.switch("hubspot.1.archived_reads_404", True)
        return not hidden and record.archived_ms is not None

    def complete(self, values: dict[str, str]) -> None:
        """Fill in what a new record starts with, and refuse one that lacks what it needs (§4, §6).

        Raises:
            ApiError: 400.
        """
        kind = self.kind
        if kind.name == "leads":
            values.setdefault("hs_pipeline", "lead-pipeline-id")
            if values["hs_pipeline"] == "lead-pipeline-id":
                values.setdefault("hs_pipeline_stage", "new-stage-id")
        if kind.name == "tasks":
            values.setdefault("hs_task_status", "NOT_STARTED")
        if kind.required:
            missing = [name for name in kind.required if not values.get(name)]
            if missing:
                raise invalid(
                    f"Error creating {kind.label}. Some required properties were not set.",
                    properties=missing,
                )
        self.check_stage(values, {})

    def backward_is_silent(self) -> bool:
        """Whether a backward lifecycle stage is passed over in silence (facts §4, believed)."""
        return self._world.switch("hubspot.4.backward_stage_answers_200", True)

    def check_stage(
        self, values: dict[str, str], old: dict[str, str], *, may_go_back: bool = False
    ) -> None:
        """Refuse a stage that is not one of the record's pipeline.

        A backward lifecycle stage is believed to be passed over in silence (facts §4).

        Raises:
            ApiError: 400.
        """
        stage = values.get(STAGE)
        stages, before = self.catalog.stages, old.get(STAGE)
        backward = stage and not may_go_back and is_backward(stages, before, stage)
        if backward and not self.backward_is_silent():
            raise invalid(f"{STAGE} cannot go back from {before} to {stage}")
        if self.kind.pipeline is None or values.keys().isdisjoint(self.kind.pipeline):
            return
        pipeline, stage = (values.get(name) or old.get(name, "") for name in self.kind.pipeline)
        if pipeline and stage and not self._pipelines.fits(self.kind, pipeline, stage):
            message = f"{stage} is not a stage of pipeline {pipeline}"
            raise bad_values(
                [BadValue(self.kind.pipeline[1], "INVALID_OPTION", message)], self.catalog.portal
            )
