"""A two-step reset of which the first step alone was done: what its field shows by then was set since (R3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leadpact.errors import LeadpactError
from leadpact.model.link import Intent, Side
from leadpact.model.record import FieldChange, Observation, Record, RecordRef
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.effects import Gather, ReadHistory, Steps
from leadpact.sync.same import same_native


def emptied(context: Context, side: Side) -> Side:
    """The side of which a reset's first step alone was done: whatever its stage field shows by now was set since (R3).

    Also where it shows again what stood there before.
    """
    forward = context.crms[side.ref.crm].capabilities.stage_forward_only.get(side.ref.kind, "")
    return replace(side, image={**side.image, forward: None}) if forward in side.image else side


def cleared_of(
    context: Context, intents: Sequence[Intent], seen: Mapping[RecordRef, Observation]
) -> Steps[set[str]]:
    """Intents of which the first step of a reset was done, by their ids (R3).

    Where nobody noted that it was, and the field shows what stood there before, the CRM is asked: our blank may stand
    in its history, and somebody's value after it.

    Raises:
        LeadpactError: where a CRM that is asked cannot be read.
    """
    found = {one.id for one in intents if one.state == "cleared"}
    asked: dict[tuple[str, str], list[tuple[Intent, str]]] = {}
    for one in intents:
        there = seen.get(one.ref)
        if one.op == "reset" and one.id not in found and isinstance(there, Record):
            forward = context.crms[one.ref.crm].capabilities.stage_forward_only[one.ref.kind]
            shown = there.fields.get(forward)
            if text(shown) and same_native(shown, one.before.get(forward)):
                asked.setdefault((one.ref.crm, one.ref.kind), []).append((one, forward))
    if not asked:
        return found
    keys = sorted(asked)
    answers = yield Gather(
        tuple(
            ReadHistory(
                *key,
                tuple(dict.fromkeys(one.ref.id for one, _name in asked[key])),
                tuple(sorted({name for _one, name in asked[key]})),
            )
            for key in keys
        )
    )
    for key, answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        found |= {
            one.id
            for one, name in asked[key]
            if _blanked(context, one, name, answer.get(one.ref.id, ()))
        }
    return found


def _blanked(context: Context, intent: Intent, name: str, history: Sequence[FieldChange]) -> bool:
    """Whether the last that we set there since the intent was made is a blank."""
    ids = context.crms[intent.ref.crm].actor_ids
    ours = (
        one
        for one in history
        if one.field == name and (one.author.kind == "ours" or one.author.id in ids)
    )
    latest = next(ours, None)
    return (
        latest is not None
        and not latest.inferred
        and not text(latest.value)
        and latest.at >= intent.created_at
    )
