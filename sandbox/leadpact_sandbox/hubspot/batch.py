"""Batch endpoints: 100 inputs, 207 rules, trace ids (facts §1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from leadpact_sandbox.hubspot.batch_quick import What, quick_rows
from leadpact_sandbox.hubspot.calls import (
    Answer,
    Call,
    id_part,
    names_part,
    properties_part,
    text_part,
    trace_part,
)
from leadpact_sandbox.hubspot.errors import ApiError, conflict, invalid, missing_rows
from leadpact_sandbox.hubspot.history import Record
from leadpact_sandbox.hubspot.linking import Ready, links_part, make_links
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.rows import asked_names, record_body, written_names
from leadpact_sandbox.hubspot.spaces import Space
from leadpact_sandbox.hubspot.stamp import iso

MAX_INPUTS = 100
MAX_INPUTS_WITH_HISTORY = 50


@dataclass(slots=True)
class Planned:
    """One checked input, ready to be applied."""

    names: tuple[str, ...]
    values: dict[str, str]
    record: Record | None
    trace: str | None
    links: list[Ready] = field(default_factory=list)


Plan = Callable[[Mapping[str, object], "Taken"], "Planned | None"]


class Taken:
    """Ids and unique values that earlier inputs of the same batch lay claim to."""

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.values: set[tuple[str, str]] = set()
        self.missing: list[str] = []
        self.missing_traces: list[str] = []

    def miss(self, asked: str, trace: str | None) -> None:
        """Note an id that nobody has."""
        self.missing.append(asked)
        if trace is not None:
            self.missing_traces.append(trace)


class Batches:
    """The batch endpoints of one object type."""

    def __init__(self, portal: Portal, space: Space) -> None:
        self._portal = portal
        self._name = space.kind.name
        self._kind = space.kind

    @property
    def _space(self) -> Space:
        return self._portal.spaces[self._name]

    def read(self, call: Call) -> Answer:
        """POST batch/read: what is found, in order of id, and ONE error for all missing ids."""
        sent = call.json()
        portal, space, live = self._portal, self._space, self._space.catalog.live
        history = [name for name in names_part(sent, "propertiesWithHistory") if name in live]
        limited = history and portal.world.switch("hubspot.1.batch_read_history_50", True)
        inputs = read_inputs(sent, MAX_INPUTS_WITH_HISTORY if limited else MAX_INPUTS)
        property_ = text_part(sent, "idProperty")
        archived = call.flag("archived")
        found: dict[int, Record] = {}
        missing: dict[str, None] = {}
        for one in inputs:
            asked = id_part(one)
            record = space.identified(asked, property_)
            if record is None or not space.shown(record, archived=archived):
                missing[asked] = None
            else:
                found[record.id] = record
        names = asked_names(self._kind, names_part(sent, "properties"), live)
        rows = [record_body(self._kind, found[number], names) for number in sorted(found)]
        if history:
            for row in rows:
                row["propertiesWithHistory"] = found[int(str(row["id"]))].history_body(history)
        errors = [missing_rows(list(missing), self._kind.label).row()] if missing else []
        return envelope(call, rows, errors, 200)

    def create(self, call: Call) -> Answer:
        """POST batch/create: all or nothing, or row by row when every input has its trace id."""
        return self._write(call, "create", self._plan_create, 201)

    def update(self, call: Call) -> Answer:
        """POST batch/update: by id; ids merged away are dropped in silence (facts §1, §6)."""
        return self._write(call, "update", self._plan_update, 200)

    def upsert(self, call: Call) -> Answer:
        """POST batch/upsert: by a unique property; rows say whether they are ``new`` (facts §1)."""
        sent = call.json()
        by_email = any(one.get("idProperty") == "email" for one in read_inputs(sent, MAX_INPUTS))
        return self._write(call, "upsert", self._plan_upsert, 200, whole=by_email)

    def archive(self, call: Call) -> Answer:
        """POST batch/archive: 204 whatever the ids are."""
        for asked in [id_part(one) for one in read_inputs(call.json(), MAX_INPUTS)]:
            record = self._space.store.resolve(asked)
            if record is not None:
                self._portal.archive(self._space, record, call.source, call.now_ms)
        return Answer(204)

    # -- planning: every input is checked before any is applied -----------------------------------

    def _plan_create(self, one: Mapping[str, object], taken: Taken) -> Planned | None:
        return self._planned_new(one, properties_part(one), taken)

    def _planned_new(
        self, one: Mapping[str, object], properties: Mapping[str, object], taken: Taken
    ) -> Planned:
        space = self._space
        values = space.catalog.checked(properties)
        space.complete(values)
        if self._portal.blocked and values.get("email") in self._portal.blocked:
            raise conflict(f"{values['email']} was deleted for privacy and is blocked")
        space.store.check_free(values, None)
        links = links_part(self._portal, self._kind, one)
        self._take(values, taken)
        return Planned(tuple(properties), values, None, trace_part(one), links)

    def _plan_update(self, one: Mapping[str, object], taken: Taken) -> Planned | None:
        space = self._space
        asked = id_part(one)
        properties = properties_part(one)
        property_ = text_part(one, "idProperty")
        if property_ == "email":
            raise invalid(f"{property_} is not a unique identifier property for batch update")
        if space.store.aliases and property_ is None and space.store.is_alias(asked):
            return None
        record = space.identified(asked, property_)
        if record is None or record.archived_ms is not None:
            if not self._portal.world.switch("hubspot.1.batch_update_missing_is_silent", False):
                taken.miss(asked, trace_part(one))
            return None
        return self._planned_change(one, properties, record, taken)

    def _plan_upsert(self, one: Mapping[str, object], taken: Taken) -> Planned | None:
        asked = id_part(one)
        property_ = text_part(one, "idProperty")
        record = self._space.identified(asked, property_)
        if record is not None and record.archived_ms is None:
            return self._planned_change(one, properties_part(one), record, taken)
        if property_ in {None, "hs_object_id"}:
            taken.miss(asked, trace_part(one))
            return None
        return self._planned_new(one, {str(property_): asked, **properties_part(one)}, taken)

    def _planned_change(
        self,
        one: Mapping[str, object],
        properties: Mapping[str, object],
        record: Record,
        taken: Taken,
    ) -> Planned:
        if record.id in taken.ids:
            raise invalid(f"Duplicate IDs found in batch input: [{record.id}]. IDs must be unique.")
        space = self._space
        values = space.catalog.checked(properties)
        space.check_stage(values, record.values)
        space.store.check_free(values, record)
        self._take(values, taken)
        taken.ids.add(record.id)
        return Planned(tuple(properties), values, record, trace_part(one))

    def _take(self, values: Mapping[str, str], taken: Taken) -> None:
        unique = self._space.store.unique
        if not unique.any_among(values):
            return
        for claim in unique.claims(values):
            if claim in taken.values:
                raise conflict(f"Duplicate value for {claim[0]} in this batch: {claim[1]}")
            taken.values.add(claim)

    # -- applying ---------------------------------------------------------------------------------

    def _write(
        self, call: Call, what: What, plan: Plan, success: int, *, whole: bool = False
    ) -> Answer:
        inputs = read_inputs(call.json(), MAX_INPUTS)
        if what == "update" or not self._portal.blocked:
            rows = quick_rows(self._space, what, inputs, call.source, call.now_ms)
            if rows is not None:
                return self._written(call, rows, [], success)
        traces = [trace_part(one) for one in inputs]
        row_by_row = not whole and None not in traces and len(set(traces)) == len(traces)
        taken = Taken()
        planned: list[Planned] = []
        errors: list[dict[str, object]] = []
        for one in inputs:
            try:
                ready = plan(one, taken)
            except ApiError as refusal:
                if not row_by_row or refusal.status >= 500:
                    self._begun(planned, call)
                    raise
                errors.append(refusal.row(trace_part(one)))
            else:
                if ready is not None:
                    planned.append(ready)
        if taken.missing:
            row = missing_rows(taken.missing, self._kind.label).row()
            if taken.missing_traces:
                row["context"] = {
                    "ids": taken.missing,
                    "objectWriteTraceId": taken.missing_traces,
                }
            errors.append(row)
        rows = [self._apply(one, call, upsert=what == "upsert") for one in planned]
        return self._written(call, rows, errors, success)

    def _begun(self, planned: list[Planned], call: Call) -> None:
        """What a refused batch has done already: nothing, as far as is believed (facts §1)."""
        if not self._portal.world.switch("hubspot.1.refused_batch_writes_nothing", True):
            for one in planned:
                self._apply(one, call, upsert=False)

    def _apply(self, one: Planned, call: Call, *, upsert: bool) -> dict[str, object]:
        store, record = self._space.store, one.record
        if record is None:
            record = store.create(one.values, call.source, call.now_ms)
            make_links(self._portal, self._kind, record, one.links)
        else:
            store.update(record, one.values, call.source, call.now_ms)
        row = record_body(self._kind, record, written_names(self._kind, one.names))
        if upsert:
            row["new"] = one.record is None
        if one.trace is not None:
            row["objectWriteTraceId"] = one.trace
        return row

    def _written(
        self,
        call: Call,
        rows: list[dict[str, object]],
        errors: list[dict[str, object]],
        success: int,
    ) -> Answer:
        if not self._portal.world.switch("hubspot.1.batch_keeps_order", False):
            rows.reverse()
        return envelope(call, rows, errors, success)


def envelope(call: Call, rows: object, errors: list[dict[str, object]], success: int) -> Answer:
    """The answer to a batch; 207 when some of it failed (facts §1)."""
    body: dict[str, object] = {"status": "COMPLETE", "results": rows}
    if errors:
        body["numErrors"] = len(errors)
        body["errors"] = errors
    body["startedAt"] = body["completedAt"] = iso(call.now_ms)
    return Answer(207 if errors else success, body)


def read_inputs(sent: Mapping[str, object], most: int) -> list[dict[str, object]]:
    """The ``inputs`` of a batch.

    Raises:
        ApiError: 400 for none, for more than ``most``, or for anything but objects.
    """
    inputs = sent.get("inputs")
    if not isinstance(inputs, list) or not {*map(type, inputs)} <= {dict}:
        raise invalid("Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > most:
        raise invalid(f"The maximum number of inputs supported in a batch request is {most}")
    if not inputs:
        raise invalid("The batch request holds no inputs")
    return inputs
