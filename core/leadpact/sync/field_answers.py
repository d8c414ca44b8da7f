"""A field's holds, and what people answered to them in review, as the merge takes it (R4, R7, R10, R28). Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeAlias

from leadpact.mapping import FieldRule, SideField
from leadpact.model.link import Side
from leadpact.model.record import UNKNOWN, Known, Record, Unknown
from leadpact.sync.context import Context
from leadpact.sync.holding import hold
from leadpact.sync.merge import REOPENED, Reading, Settled, Untouched, Verdict, Waits
from leadpact.sync.page import LeadView

PICK_CAUSES: Final = ("values_differ", "field_changed", REOPENED)
USED_THERE: Final = "probable_duplicate"
OVERWRITTEN: Final = "overwritten_meanwhile"
BLANKED: Final = "blanked_in_bulk"
Sides: TypeAlias = Mapping[str, tuple[Side, Record, Known, SideField]]
"""By CRM: the side, its record, the field's canonical value there, and how it is kept there."""


def answered(
    view: LeadView,
    name: str,
    waits: Waits,
    readings: Mapping[str, Reading],
    labels: Mapping[str, str],
    sides: Sides,
) -> Settled | None:
    """A person's answer to a hold of this field; none where other values stand now than were asked about."""
    answer = view.answer(name, PICK_CAUSES)
    if answer is None:
        return None
    word, _, rest = answer.answer.partition(":")
    if REOPENED in (waits.cause, answer.cause) and word != "refuse":
        # An answer given to leadpact opts nobody in: people say it in the CRMs themselves (R28).
        return None
    if word == "set":
        return typed(rest, sides)
    if _edited_since(answer.shown, readings):
        # Somebody typed after the question: that was not what the person answered to, and it is asked anew.
        return None
    if word == "take" and rest in readings:
        value = readings[rest].value
        told = f"review took the value of {labels[rest]}"
        return None if isinstance(value, Unknown) else Settled(value, told)
    if word == "accept":
        edits = [
            r.value for r in readings.values() if r.changed and not isinstance(r.value, Unknown)
        ]
        if len(edits) == 1 and not isinstance(edits[0], Unknown):
            return Settled(edits[0], "review accepted the edit")
    base = view.link.base.get(name, UNKNOWN)
    if word == "refuse" and not isinstance(base, Unknown):
        return Settled(base, "review refused the edit")
    return None


def _edited_since(shown: Mapping[str, str], readings: Mapping[str, Reading]) -> bool:
    """Whether a CRM shows another value than the question did."""
    return any(
        not isinstance(seen.value, Unknown)
        and crm in shown
        and shown[crm] != ("" if seen.value is None else str(seen.value))
        for crm, seen in readings.items()
    )


def put_back(
    view: LeadView,
    name: str,
    rule: FieldRule,
    readings: Mapping[str, Reading],
    sides: Sides,
) -> Settled | None:
    """The value that leadpact had written over, where a person chose it in review (R7)."""
    answer = view.answer(name, (OVERWRITTEN,))
    if answer is None:
        return None
    word, _, rest = answer.answer.partition(":")
    given = rest if word == "set" else answer.shown.get(rest) if word == "take" else None
    settled = typed(given, sides) if given is not None else None
    if settled is None or opts_in(rule, settled, readings):
        return None
    return Settled(settled.value, "review put back what was overwritten")


def typed(given: str, sides: Sides) -> Settled | None:
    """A typed-in value as the field's type has it; None for what is not of the type: the hold keeps waiting."""
    if not given:
        return Settled(None, "review set it")
    for _side, _record, _value, mapped in sides.values():
        with contextlib.suppress(ValueError):
            return Settled(mapped.read(given), "review set it")
    return None


def opts_in(rule: FieldRule, settled: Settled, readings: Mapping[str, Reading]) -> bool:
    """Whether an answer would take an opt-out back that still stands in a CRM: only people there may (R28)."""
    return (
        rule.policy == "most_restrictive"
        and settled.value is not True
        and any(reading.value is True for reading in readings.values())
    )


def held_back(
    context: Context,
    view: LeadView,
    field: str,
    verdict: Verdict,
    base: Known,
    readings: Mapping[str, Reading],
    now: datetime,
) -> Verdict:
    """What is done of a merged field that is suspended, or that a person has answered: often nothing yet."""
    if isinstance(verdict, Untouched) or (isinstance(verdict, Settled) and verdict.value == base):
        return verdict
    answer = view.answer(field, (BLANKED,))
    turned = [crm for crm, reading in readings.items() if reading.changed and reading.value is None]
    blank = isinstance(verdict, Settled) and verdict.value is None and base is not None
    blank = blank and not isinstance(base, Unknown)
    if answer is not None:
        if answer.answer == "refuse" and blank and not isinstance(base, Unknown):
            return Settled(base, "review refused the blanks")
        return verdict
    if field not in context.suspended:
        if blank:
            view.blanked.extend((crm, field) for crm in turned)
        return verdict
    hold(
        context,
        view,
        field,
        BLANKED,
        f"{field} waits for approval as a whole, since it turned blank on many leads at once.",
        {
            crm: "" if reading.value is None else str(reading.value)
            for crm, reading in readings.items()
            if not isinstance(reading.value, Unknown)
        },
        now,
    )
    return Untouched()


def used_there(context: Context, view: LeadView) -> Waits:
    """The new address is somebody's in the other CRM: a person must say who is who."""
    named = " and ".join(
        f"{context.label(ref.crm)} {ref.kind} {ref.id}" for ref in sorted(set(view.namesakes))
    )
    return Waits(
        USED_THERE,
        f"The address was changed to one that {named} has already: probably a duplicate. Merge them there, or "
        "correct the address; it is carried over once nobody else has it.",
    )
