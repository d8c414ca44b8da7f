"""Batch endpoints: 100 inputs, 207 rules, trace ids (facts §1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from leadpact_sandbox.hubspot.calls import (
    Answer,
    Call,
    names_part,
    properties_part,
    text_part,
)
from leadpact_sandbox.hubspot.errors import (
    ApiError,
    error,
    invalid,
    missing_rows,
)
from leadpact_sandbox.hubspot.history import Contact
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.rows import asked_names, record_body, written_names
from leadpact_sandbox.hubspot.stamp import iso

MAX_INPUTS = 100
MAX_INPUTS_WITH_HISTORY = 50


@dataclass(slots=True)
class Planned:
    """One checked input, ready to be applied."""

    sent: Mapping[str, object]
    names: tuple[str, ...]
    values: dict[str, str]
    contact: Contact | None
    trace: str | None


Plan = Callable[[Mapping[str, object], "Taken"], "Planned | None"]


class Taken:
    """Ids and unique values that earlier inputs of the same batch lay claim to."""

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.values: set[tuple[str, str]] = set()
        self.missing: list[str] = []
        self.missing_traces: list[str] = []


class Batches:
    """The batch endpoints of contacts."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def read(self, call: Call) -> Answer:
        """POST batch/read: what is found, in order of id, and ONE error for all missing ids."""
        sent = call.json()
        portal, live = self._portal, self._portal.catalog.live
        history = [name for name in names_part(sent, "propertiesWithHistory") if name in live]
        limited = history and portal.world.switch("hubspot.1.batch_read_history_50", True)
        inputs = read_inputs(sent, MAX_INPUTS_WITH_HISTORY if limited else MAX_INPUTS)
        property_ = text_part(sent, "idProperty")
        archived = call.flag("archived")
        found: dict[int, Contact] = {}
        missing: dict[str, None] = {}
        for one in inputs:
            asked = id_part(one)
            contact = portal.identified(asked, property_)
            if contact is None or not portal.shown(contact, archived=archived):
                missing[asked] = None
            else:
                found[contact.id] = contact
        names = asked_names(names_part(sent, "properties"), live)
        rows = []
        for number in sorted(found):
            row = record_body(found[number], names)
            if history:
                row["propertiesWithHistory"] = found[number].history_body(history)
            rows.append(row)
        errors = [missing_rows(list(missing)).row()] if missing else []
        return self._answer(call, rows, errors, 200)

    def create(self, call: Call) -> Answer:
        """POST batch/create: all or nothing, or row by row when every input has its trace id."""
        return self._write(call, self._plan_create, 201)

    def update(self, call: Call) -> Answer:
        """POST batch/update: by id; ids merged away are dropped in silence (facts §1, §6)."""
        return self._write(call, self._plan_update, 200)

    def upsert(self, call: Call) -> Answer:
        """POST batch/upsert: by a unique property; rows say whether they are ``new`` (facts §1)."""
        sent = call.json()
        by_email = any(one.get("idProperty") == "email" for one in read_inputs(sent, MAX_INPUTS))
        return self._write(call, self._plan_upsert, 200, upsert=True, whole=by_email)

    def archive(self, call: Call) -> Answer:
        """POST batch/archive: 204 whatever the ids are."""
        for one in read_inputs(call.json(), MAX_INPUTS):
            contact = self._portal.store.resolve(id_part(one))
            if contact is not None:
                self._portal.store.archive(contact, call.now_ms)
        return Answer(204)

    # -- planning: every input is checked before any is applied -----------------------------------

    def _plan_create(self, one: Mapping[str, object], taken: Taken) -> Planned | None:
        properties = properties_part(one)
        values = self._portal.catalog.checked(properties)
        self._portal.store.check_free(values, None)
        self._take(values, taken)
        return Planned(one, tuple(properties), values, None, _trace(one))

    def _plan_update(self, one: Mapping[str, object], taken: Taken) -> Planned | None:
        portal = self._portal
        asked = id_part(one)
        properties = properties_part(one)
        property_ = text_part(one, "idProperty")
        if property_ == "email":
            raise invalid(f"{property_} is not a unique identifier property for batch update")
        if portal.store.aliases and property_ is None and portal.store.is_alias(asked):
            return None
        contact = portal.identified(asked, property_)
        if contact is None or contact.archived_ms is not None:
            if not portal.world.switch("hubspot.1.batch_update_missing_is_silent", False):
                taken.missing.append(asked)
                taken.missing_traces += filter(None, [_trace(one)])
            return None
        return self._planned_change(one, properties, contact, taken)

    def _plan_upsert(self, one: Mapping[str, object], taken: Taken) -> Planned | None:
        portal = self._portal
        asked = id_part(one)
        property_ = text_part(one, "idProperty")
        contact = portal.identified(asked, property_)
        if contact is not None and contact.archived_ms is None:
            return self._planned_change(one, properties_part(one), contact, taken)
        if property_ in {None, "hs_object_id"}:
            taken.missing.append(asked)
            taken.missing_traces += filter(None, [_trace(one)])
            return None
        properties = {str(property_): asked, **properties_part(one)}
        values = portal.catalog.checked(properties)
        portal.store.check_free(values, None)
        self._take(values, taken)
        return Planned(one, tuple(properties), values, None, _trace(one))

    def _planned_change(
        self,
        one: Mapping[str, object],
        properties: Mapping[str, object],
        contact: Contact,
        taken: Taken,
    ) -> Planned:
        if contact.id in taken.ids:
            raise invalid(
                f"Duplicate IDs found in batch input: [{contact.id}]. IDs must be unique."
            )
        values = self._portal.catalog.checked(properties)
        self._portal.store.check_claims(values, contact)
        self._take(values, taken)
        taken.ids.add(contact.id)
        return Planned(one, tuple(properties), values, contact, _trace(one))

    def _take(self, values: Mapping[str, str], taken: Taken) -> None:
        store = self._portal.store
        for claim in store.claims(values) if store.claims_any(values) else ():
            if claim in taken.values:
                message = f"Duplicate value for {claim[0]} in this batch: {claim[1]}"
                raise error(409, message, "CONFLICT")
            taken.values.add(claim)

    # -- applying ---------------------------------------------------------------------------------

    def _write(
        self, call: Call, plan: Plan, success: int, *, upsert: bool = False, whole: bool = False
    ) -> Answer:
        inputs = read_inputs(call.json(), MAX_INPUTS)
        traces = [_trace(one) for one in inputs]
        row_by_row = not whole and None not in traces and len(set(traces)) == len(traces)
        taken = Taken()
        planned: list[Planned] = []
        errors: list[dict[str, object]] = []
        for one in inputs:
            try:
                ready = plan(one, taken)
            except ApiError as refusal:
                if not row_by_row or refusal.status >= 500:
                    self._begun(planned, call.now_ms)
                    raise
                errors.append(refusal.row(_trace(one)))
            else:
                if ready is not None:
                    planned.append(ready)
        if taken.missing:
            row = missing_rows(taken.missing)
            row.body["context"] = {"ids": taken.missing}
            if taken.missing_traces:
                row.body["context"] = {
                    "ids": taken.missing,
                    "objectWriteTraceId": taken.missing_traces,
                }
            errors.append(row.row())
        rows = [self._apply(one, call.now_ms, upsert=upsert) for one in planned]
        if not self._portal.world.switch("hubspot.1.batch_keeps_order", False):
            rows.reverse()
        return self._answer(call, rows, errors, success)

    def _begun(self, planned: list[Planned], now_ms: int) -> None:
        """What a refused batch has done already: nothing, as far as is believed (facts §1)."""
        if not self._portal.world.switch("hubspot.1.refused_batch_writes_nothing", True):
            for one in planned:
                self._apply(one, now_ms, upsert=False)

    def _apply(self, one: Planned, now_ms: int, *, upsert: bool) -> dict[str, object]:
        portal = self._portal
        contact = one.contact
        if contact is None:
            contact = portal.store.create(one.values, portal.api_source, now_ms)
        else:
            portal.store.update(contact, one.values, portal.api_source, now_ms)
        row = record_body(contact, written_names(one.names))
        if upsert:
            row["new"] = one.contact is None
        if one.trace is not None:
            row["objectWriteTraceId"] = one.trace
        return row

    def _answer(
        self,
        call: Call,
        rows: list[dict[str, object]],
        errors: list[dict[str, object]],
        success: int,
    ) -> Answer:
        body: dict[str, object] = {"status": "COMPLETE", "results": rows}
        if errors:
            body["numErrors"] = len(errors)
            body["errors"] = errors
        body["startedAt"] = iso(call.now_ms)
        body["completedAt"] = iso(call.now_ms)
        return Answer(207 if errors else success, body)


def read_inputs(sent: Mapping[str, object], most: int) -> list[dict[str, object]]:
    """The ``inputs`` of a batch.

    Raises:
        ApiError: 400 for none, for more than ``most``, or for anything but objects.
    """
    inputs = sent.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise invalid("Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > most:
        raise invalid(f"The maximum number of inputs supported in a batch request is {most}")
    if not inputs:
        raise invalid("The batch request holds no inputs")
    return inputs


def id_part(one: Mapping[str, object]) -> str:
    """The ``id`` of an input, a text (a number is read as one).

    Raises:
        ApiError: 400.
    """
    asked = one.get("id")
    if isinstance(asked, int) and not isinstance(asked, bool):
        return str(asked)
    if not isinstance(asked, str) or not asked:
        raise invalid("Invalid input JSON: each input must have an id")
    return asked


def _trace(one: Mapping[str, object]) -> str | None:
    trace = one.get("objectWriteTraceId")
    return trace if isinstance(trace, str) and trace else None
