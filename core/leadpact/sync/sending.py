"""Send rows in the largest batches that a CRM takes, the two-step reset first, and read back what no answer carries."""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.errors import LeadpactError
from leadpact.model.quick import replace
from leadpact.model.record import Record, RecordRef
from leadpact.ports.connector import Refused, WriteResult, WriteRow
from leadpact.ports.state_store import StateChanges
from leadpact.sync.assertions import text
from leadpact.sync.attempt import Attempt
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Gather, Steps, Write
from leadpact.sync.observe import filled_in, read

ONE_BY_ONE = 25
"""Rows of one effect where each is a call of its own (``guard: strict``)."""
_APART = ("make", "archive")


def _rows(
    context: Context, attempts: Sequence[Attempt], *, blank: bool = False
) -> tuple[WriteRow, ...]:
    strict = context.mapping.strict
    rows = []
    for attempt in attempts:
        intent = attempt.intent
        if blank:
            field_name = attempt.order_field
            rows.append(WriteRow("reset_blank", intent.ref.id, {field_name: None}))
        elif intent.op == "make":
            rows.append(
                WriteRow(
                    "make",
                    "",
                    intent.wanted,
                    external_id=attempt.plan.view.link.external_id,
                    assign=_routed_there(context),
                )
            )
        elif intent.op == "archive":
            rows.append(WriteRow("archive", intent.ref.id, {}))
        else:
            read = attempt.plan.view.records[intent.ref] if intent.ref.crm in strict else None
            since = read.version if read is not None else ""
            rows.append(WriteRow("set", intent.ref.id, intent.wanted, unchanged_since=since))
    return tuple(rows)


def _routed_there(context: Context) -> bool:
    """Whether the CRM's own rules give a new record its owner: on its creation only (R31)."""
    return bool(context.pact.handoff.on) and not context.pact.handoff.reps


def _batches(context: Context, attempts: Sequence[Attempt]) -> list[tuple[str, str, list[Attempt]]]:
    """Attempts in the largest batches that each CRM takes; one call holds one operation."""
    groups: dict[tuple[str, str, str], list[Attempt]] = {}
    for attempt in attempts:
        ref, op = attempt.intent.ref, attempt.intent.op
        groups.setdefault((ref.crm, ref.kind, op if op in _APART else ""), []).append(attempt)
    batches: list[tuple[str, str, list[Attempt]]] = []
    for (crm, kind, apart), members in sorted(groups.items(), key=lambda item: item[0]):
        members.sort(key=lambda one: (one.intent.ref.id, one.intent.link_id))
        size = context.crms[crm].capabilities.write_batch
        if _in_mass(context, crm, len(members)):
            size = context.crms[crm].capabilities.mass_batch
        if crm in context.mapping.strict and not apart:
            size = min(size, ONE_BY_ONE)
        batches.extend((crm, kind, members[i : i + size]) for i in range(0, len(members), size))
    return batches


def _in_mass(context: Context, crm: str, rows: int) -> bool:
    """Whether so many rows go the CRM's way for very many (a backfill's, never a sync's)."""
    if not context.mass or crm in context.mapping.strict:
        return False
    capabilities = context.crms[crm].capabilities
    return bool(capabilities.mass_batch) and rows >= capabilities.mass_from


def _send(
    context: Context, attempts: Sequence[Attempt], *, blank: bool
) -> Steps[LeadpactError | None]:
    batches = _batches(context, attempts)
    answers = yield Gather(
        tuple(
            Write(
                crm,
                kind,
                _rows(context, members, blank=blank),
                mass=len(members) > context.crms[crm].capabilities.write_batch,
            )
            for crm, kind, members in batches
        )
    )
    ending: LeadpactError | None = None
    for (_crm, _kind, members), answer in zip(batches, answers, strict=True):
        results: Sequence[WriteResult] = (
            [Refused(answer)] * len(members) if isinstance(answer, LeadpactError) else answer
        )
        for attempt, result in zip(members, results, strict=True):
            if blank:
                attempt.blanked = result
            else:
                attempt.result = result
            if isinstance(result, Refused) and result.error.remedy != "set aside":
                ending = result.error
    return ending


def reset_first(context: Context, attempts: dict[str, Attempt]) -> Steps[LeadpactError | None]:
    """First half of the two-step reset: blank the stage, note it, and go on only where it is still blank (R3)."""
    resets = [attempt for attempt in attempts.values() if attempt.intent.op == "reset"]
    if not resets:
        return None
    for attempt in resets:
        ref = attempt.intent.ref
        attempt.order_field = context.crms[ref.crm].capabilities.stage_forward_only[ref.kind]
    ending = yield from _send(context, resets, blank=True)
    cleared = [attempt for attempt in resets if not isinstance(attempt.blanked, Refused)]
    for attempt in resets:
        if isinstance(attempt.blanked, Refused):
            attempt.result = attempt.blanked
    if not cleared:
        return ending
    for attempt in cleared:
        attempt.intent = replace(attempt.intent, state="cleared")
    intents = [attempt.intent for attempt in cleared]
    yield Commit(StateChanges(intents=intents))
    also = filled_in(context, intents)
    seen = yield from read(context, tuple(one.ref for one in intents), also=also)
    for attempt in cleared:
        there, before = seen[attempt.intent.ref], attempt.intent.before
        if not isinstance(there, Record) or any(
            text(there.fields.get(name)) != ("" if name == attempt.order_field else text(value))
            for name, value in before.items()
        ):
            attempt.overtaken = True
    return ending


def write_all(context: Context, attempts: dict[str, Attempt]) -> Steps[LeadpactError | None]:
    """Send what is wanted, but what the first half of a reset kept from being sent.

    Returns:
        The error that should end the cycle, or None.
    """
    ready = [one for one in attempts.values() if one.result is None and not one.overtaken]
    if not ready:
        return None
    return (yield from _send(context, ready, blank=False))


def read_back(context: Context, attempts: dict[str, Attempt]) -> Steps[dict[RecordRef, Record]]:
    """Stage, reason and restricted picklists are read back in the same page where the answer does not carry them."""
    refs = []
    for attempt in attempts.values():
        ref = attempt.intent.ref
        if attempt.written is None or context.crms[ref.crm].capabilities.answers_values:
            continue
        table = context.mapping.stage_table(ref.crm, ref.kind)
        schema = context.crms[ref.crm].schemas[ref.kind].fields
        if any(
            name in table.stage_fields or (name in schema and schema[name].restricted)
            for name in attempt.intent.wanted
        ):
            refs.append(RecordRef(ref.crm, ref.kind, attempt.written.id or ref.id))
    if not refs:
        return {}
    try:
        seen = yield from read(context, tuple(refs))
    except LeadpactError:
        return {}
    return {ref: record for ref, record in seen.items() if isinstance(record, Record)}
