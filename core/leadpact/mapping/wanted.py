"""The fields of our own that ``provision`` makes where they are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leadpact.mapping.rules import BackfillRule, FieldRule, KindRule
from leadpact.model.response_clock import CLOCK_STATES, STATE_LABELS
from leadpact.model.schema import WantedField
from leadpact.model.terms import FieldType
from leadpact.pact.qualification import Criterion


@dataclass(frozen=True, slots=True)
class _Output:
    label: str
    type: FieldType
    description: str
    max_length: int | None = None
    scale: int | None = None


SUB_REASON: Final = "rejection_sub_reason"

OUTPUTS: Mapping[str, _Output] = {
    "stage": _Output(
        "Agreed stage", "picklist", "The stage both teams agreed on; set by leadpact."
    ),
    "rejection_reason": _Output(
        "Rejection reason", "picklist", "Why sales sent this lead back, as the pact names it."
    ),
    SUB_REASON: _Output(
        "Rejection detail",
        "picklist",
        "The finer word under the rejection reason, where there is one.",
    ),
    "stage_reason": _Output(
        "Stage: why", "text", "Why the lead is at its stage, in a sentence.", max_length=255
    ),
    "priority": _Output(
        "Priority", "boolean", "A priority MQL: a fast lane is open, first contact is due at once."
    ),
    "score_total": _Output("Score", "number", "Fit and engagement together, in points.", scale=2),
    "score_fit": _Output("Fit", "number", "How well the person and company fit.", scale=2),
    "score_engagement": _Output(
        "Engagement", "number", "What the person did lately, in points.", scale=2
    ),
    "grade": _Output("Grade", "text", "Letter for fit, digit for engagement.", max_length=10),
    "breakdown": _Output(
        "Score: why", "text", "The rules that gave points, with their dates.", max_length=4000
    ),
    "scored_at": _Output("Scored at", "datetime", "When this score was computed."),
    "pact_version": _Output(
        "Pact version", "text", "The version of the agreement that gave this score.", max_length=64
    ),
    "qualification": _Output(
        "Qualification",
        "text",
        "How many of its criteria are confirmed, what is missing, and what that means.",
        max_length=255,
    ),
    "qualification_framework": _Output(
        "Qualification: framework",
        "text",
        "Which checklist this deal gets, and why.",
        max_length=100,
    ),
    "qualification_detail": _Output(
        "Qualification: answers",
        "text",
        "Each criterion with its answer and what proves it, or the question that is open.",
        max_length=4000,
    ),
    "work_order": _Output(
        "Work order", "number", "Sort the queue by it: the lowest number is worked first.", scale=0
    ),
    "stop_nurture": _Output(
        "Stop nurture", "boolean", "From SQL on: sales has it, marketing's nurture mails stop."
    ),
    "opted_out": _Output(
        "Opted out elsewhere",
        "boolean",
        "The other CRM says that this person opted out: leave them out of every mailing.",
    ),
    "sla_due_at": _Output(
        "First contact due", "datetime", "Until when sales agreed to get in touch."
    ),
    "sla_state": _Output(
        "First contact: state",
        "picklist",
        "Whether first contact came in time, is due soon, or is late.",
    ),
    "sla_tier": _Output(
        "First contact: agreed",
        "text",
        "What both teams agreed on for such a lead.",
        max_length=120,
    ),
    "sla_contacted_at": _Output(
        "First contact at",
        "datetime",
        "When sales was seen to get in touch, or took or rejected the lead.",
    ),
    "handoff": _Output(
        "Handoff",
        "text",
        "Whether sales has this lead, who has it since when, or what it waits for.",
        max_length=255,
    ),
    "sync_state": _Output(
        "Sync state", "text", "Whether leadpact holds anything of this record.", max_length=255
    ),
}
"""What leadpact writes about a lead, by output name."""


def wanted_fields(
    rule: KindRule,
    stage_keys: Sequence[str],
    reason_keys: Sequence[str],
    sub_reason_keys: Sequence[str] = (),
) -> Iterator[WantedField]:
    """Our own fields of one kind.

    Args:
        rule: the kind, with its CRM field per output.
        stage_keys: options of the stage picklist, in order.
        reason_keys: options of the rejection-reason picklist.
        sub_reason_keys: options of the picklist beside it; without any it is not made.
    """
    yield WantedField(
        rule.kind,
        rule.external_id,
        "Leadpact: Lead id",
        "text",
        "The lead's own id; leave as it is.",
        max_length=64,
        external_id=True,
    )
    options = {
        "stage": stage_keys,
        "rejection_reason": reason_keys,
        SUB_REASON: sub_reason_keys,
        "sla_state": CLOCK_STATES,
    }
    for name, crm_field in rule.outputs.items():
        if name == SUB_REASON and not sub_reason_keys:
            continue
        output = OUTPUTS[name]
        yield WantedField(
            rule.kind,
            crm_field,
            f"Leadpact: {output.label}",
            output.type,
            output.description,
            options=tuple(
                (key, STATE_LABELS.get(key) or option_label(key)) for key in options.get(name, ())
            ),
            max_length=output.max_length,
            scale=output.scale,
        )


def wanted_answers(
    kind: KindRule, fields: Iterable[FieldRule], answers: Sequence[Criterion]
) -> Iterator[WantedField]:
    """The fields that hold the answers to the pact's criteria, where they are fields of ours.

    Args:
        fields: all merge fields; those that are not ours are left out.
        answers: the criteria that are asked, for labels, descriptions and options.
    """
    by_fact: dict[str, Criterion] = {}
    for one in answers:
        by_fact.setdefault(one.fact, one)
    for rule in fields:
        side = rule.sides.get((kind.crm, kind.kind))
        if side is None or not rule.provisioned:
            continue
        asked = by_fact.get(rule.name)
        options = asked.options if asked is not None else ()
        if rule.type == "picklist" and not options:
            continue  # of a framework that no deal gets: nobody is asked, so nothing is made
        written = [(side.values.get(value, value), label) for value, label in options]
        yield WantedField(
            kind.kind,
            side.field,
            f"Leadpact: {asked.label if asked is not None else option_label(rule.name)}",
            rule.type,
            asked.question if asked is not None else _ASIDE,
            options=tuple(written),
            max_length=255 if rule.type == "text" else None,
            scale=0 if rule.type in ("integer", "number") else None,
        )


def wanted_dates(kind: str, rule: BackfillRule) -> Iterator[WantedField]:
    """The fields that a backfill fills in, with our others in one group (R33)."""
    if rule.mark:
        yield WantedField(kind, rule.mark, "Leadpact: Backfilled at", "datetime", _MARK)
    for stage, name in rule.dates.items():
        shown = option_label(stage)
        told = f"When the lead was first at {shown}, as the history of both CRMs tells."
        yield WantedField(kind, name, f"Leadpact: First at {shown}", "datetime", told)


_MARK = (
    "Written by `leadpact backfill` before anything else: let workflows leave out what bears it."
)
_ASIDE = "Part of what sales finds out, as the agreement asks."


def option_label(key: str) -> str:
    """What people see of a stage or reason key: ``mql`` → ``MQL``, ``bad_timing`` → ``Bad timing``."""
    if len(key) == 3 and key[1:] in ("ql", "al"):
        return key.upper()
    return key.replace("_", " ").capitalize()
