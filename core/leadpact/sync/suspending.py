"""Fields that stop as a whole: blank in bulk until a person approves it, missing until they are back (R4).

A suspended field is a hold of the pair (``link_id`` ""), and a hold on every lead of which the field would have
changed meanwhile. Everything else of those leads goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from leadpact.model.link import Hold
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Steps
from leadpact.sync.field_answers import BLANKED
from leadpact.sync.plan import LeadPlan
from leadpact.sync.report import CycleReport

MISSING: Final = "field_missing"
LIKE: Final = "like_assertions"
BY: Final = "by"
OF_THE_PAIR: Final = ""
"""Link id of a hold that concerns every lead."""


def batch_key(stored: Hold) -> tuple[str, str, str]:
    """What a batch's hold is about: CRM, who, what is shown (R34)."""
    crm = next(name for name in stored.shown if name != BY)
    return crm, stored.shown[BY], stored.shown[crm]


def take_up(context: Context, report: CycleReport, now: datetime) -> Steps[None]:
    """Know which fields wait for a person, and which of the mapped ones no CRM shows any more."""
    changes = StateChanges()
    kept: dict[str, Hold] = {}
    for stored in context.store.holds(link_ids=[OF_THE_PAIR]):
        if stored.cause == BLANKED and stored.status == "answered":
            changes.holds.append(replace(stored, status="closed"))
        elif stored.cause == BLANKED:
            context.suspended[stored.field] = stored
        elif stored.cause == LIKE and stored.status == "answered":
            changes.holds.append(replace(stored, status="closed"))
        elif stored.cause == LIKE:
            context.batches[batch_key(stored)] = stored
        elif stored.cause == MISSING:
            kept[stored.field] = stored
    for field, shown in _not_in_schemas(context, kept).items():
        known = kept.pop(field, None)
        report.missing[field] = ", ".join(f"{context.label(crm)} {name}" for crm, name in shown)
        if known is None:
            changes.holds.append(_missing(context, report, field, shown, now))
    report.unanswered_before = kept
    if changes.holds and not context.dry:
        yield Commit(changes)


def _not_in_schemas(
    context: Context, suspended: Mapping[str, Hold]
) -> dict[str, list[tuple[str, str]]]:
    """Mapped fields that the live schemas lack: canonical name → (crm, "kind.field").

    A field of leadpact's own that nobody has made yet, and of which nothing is known, is none of them. Of one that is
    suspended something was known, and what is suspended does not change: the leads are not counted again.
    """
    missing: dict[str, list[tuple[str, str]]] = {}
    for name, rule in context.mapping.fields.items():
        for (crm, kind), side in rule.sides.items():
            schema = context.crms[crm].schemas.get(kind) if crm in context.crms else None
            if schema is None or side.field in schema.fields:
                continue
            if not rule.provisioned or name in suspended or context.store.known_values(name):
                missing.setdefault(name, []).append((crm, f"{kind}.{side.field}"))
    return missing


def _missing(
    context: Context,
    report: CycleReport,
    field: str,
    shown: Iterable[tuple[str, str]],
    now: datetime,
) -> Hold:
    known = context.store.known_values(field)
    report.counts["newly_held"] += int(known > 0)
    where = ", ".join(f"{name} in {context.label(crm)}" for crm, name in shown)
    return _of_the_pair(
        context,
        field,
        MISSING,
        f"{where} is not in the live schema, or leadpact may not see it: the field is suspended, what was agreed of it "
        f"({known:,} values) stands, and it goes on by itself once it is seen again.",
        {crm: "not seen" for crm, _name in shown},
        now,
    )


def _of_the_pair(
    context: Context, field: str, cause: str, why: str, shown: Mapping[str, str], now: datetime
) -> Hold:
    return Hold(
        id=context.id("hold", OF_THE_PAIR, field, cause),
        link_id=OF_THE_PAIR,
        field=field,
        cause=cause,
        why=why,
        shown=dict(shown),
        since=now,
        run_id=context.run_id,
    )


def stop_blanks(
    context: Context, report: CycleReport, plans: Iterable[LeadPlan], now: datetime
) -> Steps[bool]:
    """Suspend the fields of which too many known values turned blank in this cycle.

    Args:
        plans: of a page that the report has not counted yet.

    Returns:
        True where a field was suspended: what was decided with its blanks must be decided again.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for plan in plans:
        if plan.view.blanked:
            counted.update(plan.view.blanked)
    holds: list[Hold] = []
    for crm, field in counted or report.blanks:
        before = report.blanks[crm, field]
        blanks = before + counted[crm, field]
        if field in context.suspended or blanks <= context.limits.blanks_borne:
            continue
        known = context.store.known_values(field)
        if not context.limits.too_blank(blanks, known):
            continue
        late = f" {before:,} of them were carried over before." if before and counted else ""
        found = _of_the_pair(
            context,
            field,
            BLANKED,
            f"{blanks:,} of {known:,} known values of {field} turned blank in {context.label(crm)} at once. "
            f"Is the field hidden, or was it cleared by an import? This field alone waits; all else goes on.{late}",
            {crm: f"{blanks:,} of {known:,} blank"},
            now,
        )
        context.suspended[field] = found
        holds.append(found)
    return (yield from asked_about(context, report, holds))


def asked_about(context: Context, report: CycleReport, holds: list[Hold]) -> Steps[bool]:
    """Let these new holds of the pair stand at once, before what they stop is decided again; whether there are any."""
    if not holds:
        return False
    report.counts["newly_held"] += len(holds)
    if not context.dry:
        yield Commit(StateChanges(holds=holds))
    return True


def unanswered(context: Context, report: CycleReport, now: datetime) -> StateChanges:
    """Fields that stand in the schema and were not in the answers of this cycle, and those that are again."""
    changes = StateChanges()
    names: dict[str, list[str]] = {}
    for (crm, field), records in sorted(report.unanswered.items()):
        where = f"{context.label(crm)} did not answer {field} for {records:,} records"
        names.setdefault(field, []).append(where)
    for field, told in names.items():
        report.missing.setdefault(field, "; ".join(told))
        if field in report.unanswered_before:
            continue
        report.counts["newly_held"] += 1
        why = f"{'; '.join(told)}: unknown, not blank. The field is suspended there and goes on by itself."
        shown = {crm: "not answered" for crm, each in report.unanswered if each == field}
        changes.holds.append(_of_the_pair(context, field, MISSING, why, shown, now))
    if report.counts["leads"]:
        changes.holds.extend(
            replace(stored, status="closed")
            for field, stored in report.unanswered_before.items()
            if field not in names
        )
    return changes


def told(context: Context, report: CycleReport) -> str:
    """What stands still and why, as sentences for the run."""
    words = [one.why for _field, one in sorted(context.suspended.items())]
    words += [one.why for _key, one in sorted(context.batches.items())]
    if words:
        words.append("Answer with `leadpact review accept` or `leadpact review refuse`.")
    if report.missing:
        names = "; ".join(f"{field} ({where})" for field, where in sorted(report.missing.items()))
        words.append(f"Not seen and suspended: {names}.")
    return " ".join(words)
