"""The story of one lead as people and programs read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadpact.errors import LeadpactError
from leadpact_app.cli.answers import remedy
from leadpact_app.cli.console import Console, crm_label, moment, shown

if TYPE_CHECKING:
    from leadpact.audit import Explanation
    from leadpact.mapping import LeadMapping
    from leadpact.model.record import Observation, Record, RecordRef
    from leadpact.pact import Pact
    from leadpact.ports.connector import Connector
    from leadpact.ports.state_store import StateStore

_STATES = {"gone": "deleted", "buried": "deleted", "replaced": "deleted, made anew"}
WHO = ("first_name", "last_name", "job_title", "title", "company", "email")
"""Canonical fields that say who somebody is, as the mapping may name them."""


@dataclass(frozen=True, slots=True)
class LeadTold:
    """One explanation with what the CRMs say of the person now.

    Attributes:
        who: the person in words; "" where no CRM was asked.
        urls: where a person opens each record.
    """

    story: Explanation
    who: str
    urls: Mapping[RecordRef, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to ask: the state always, the CRMs where they could be reached."""

    store: StateStore
    pact: Pact
    mapping: LeadMapping
    connectors: Mapping[str, Connector]
    unasked: str = ""


def crm_names(mapping: LeadMapping) -> dict[str, str]:
    """CRM name → name for people."""
    return {crm: crm_label(crm) for crm in mapping.crms}


def tell(story: Explanation, connectors: Mapping[str, Connector], mapping: LeadMapping) -> LeadTold:
    """Read who it is, from whichever CRM answers first; nothing of it is kept."""
    who = ""
    urls: dict[RecordRef, str] = {}
    for side in story.records:
        connector = connectors.get(side.ref.crm)
        if connector is None:
            continue
        if side.state in ("live", "converted"):
            urls[side.ref] = connector.record_url(side.ref)
        if not who and side.state == "live":
            who = _person(connector, mapping, side.ref)
    return LeadTold(story, who, urls)


def _person(connector: Connector, mapping: LeadMapping, ref: RecordRef) -> str:
    from leadpact.model.record import Record

    try:
        seen = connector.fetch(ref.kind, [ref.id], mapping.read_fields(ref.crm, ref.kind))
    except LeadpactError:
        return ""
    return in_words(mapping, seen[0]) if seen and isinstance(seen[0], Record) else ""


def in_words(mapping: LeadMapping, record: Record) -> str:
    """Name, role, firm and address of a record's person."""
    values = mapping.read(record)
    said = {
        name: str(values[name]) for name in WHO if values.get(name) and values[name] is not True
    }
    name = " ".join(said[part] for part in WHO[:2] if part in said)
    role = said.get("job_title") or said.get("title", "")
    parts = [
        name,
        ", ".join(part for part in (role, said.get("company", "")) if part),
        said.get("email", ""),
    ]
    return " · ".join(shown(part) for part in parts if part)


def show(console: Console, told: LeadTold, limit: int) -> None:
    """For people: five lines that say it all, then the details."""
    story = told.story
    console.say(told.who or f"Lead {story.link.id}")
    for sentence in story.headlines:
        console.say(shown(sentence, 300))
    console.say()
    for side in story.records:
        marks = [] if side.primary else ["not written"]
        marks += [] if side.state == "live" else [_STATES.get(side.state, side.state)]
        mark = f" ({', '.join(marks)})" if marks else ""
        console.say(
            f"  {crm_label(side.ref.crm)} {side.ref.kind} {side.ref.id}{mark}  {told.urls.get(side.ref, '')}".rstrip()
        )
    console.say(f"  leadpact {story.link.id}")
    _score(console, story)
    _qualification(console, story)
    if story.history:
        rows = [(moment(one.transition.at), one.sentence) for one in story.history[:limit]]
        console.table("History", ("When (UTC)", "What"), rows)
    for earlier in story.joined:
        rows = [(moment(one.transition.at), one.sentence) for one in earlier.history[:limit]]
        title = f"Closed, became part of this one: {earlier.link.id[:8]}, {earlier.stage_label or 'no stage'}"
        console.table(title, ("When (UTC)", "What"), rows)
    if story.holds:
        console.table(
            "Waits for a person",
            ("Hold", "Field", "Why", "What to do"),
            [
                (one.id[:8], one.field or "lead", one.why, remedy(one))
                if one.status == "waiting"
                else (
                    one.id[:8],
                    one.field or "lead",
                    one.why,
                    "answered; the next sync carries it out",
                )
                for one in story.holds
            ],
        )
    if story.failures:
        console.table(
            "Failed",
            ("CRM", "Fields", "What the CRM said", "Tries#", "Again (UTC)"),
            [
                (
                    crm_label(one.crm),
                    ", ".join(one.fields),
                    one.message,
                    one.attempts,
                    moment(one.retry_at) if one.retry_at else "when mended",
                )
                for one in story.failures
            ],
        )
    if story.writes:
        console.table(
            "Last writes",
            ("When (UTC)", "CRM", "Field", "Before → after", "Rule", "State"),
            [
                (
                    moment(one.at),
                    crm_label(one.ref.crm),
                    one.field,
                    f"{shown(one.before, 40)} → {shown(one.after, 40)}",
                    shown(one.rule, 60),
                    one.state,
                )
                for one in story.writes[:limit]
            ],
        )


def _score(console: Console, story: Explanation) -> None:
    if story.score is None:
        return
    console.say()
    for line in story.score.breakdown.splitlines():
        console.say(f"  {shown(line)}")
    console.say(f"  scored {moment(story.score.scored_at)} UTC under pact {story.score.pact_hash}")


def _qualification(console: Console, story: Explanation) -> None:
    if story.qualification is None:
        return
    console.say()
    for line in story.qualification.lines:
        console.say(f"  {shown(line)}")


def as_json(told: LeadTold) -> dict[str, Any]:
    """For programs."""
    story, stage, score = told.story, told.story.stage, told.story.score
    return {
        "lead": story.link.id,
        "status": story.link.status,
        "who": told.who,
        "headlines": list(story.headlines),
        "records": [
            {
                "crm": one.ref.crm,
                "kind": one.ref.kind,
                "id": one.ref.id,
                "primary": one.primary,
                "state": one.state,
                "url": told.urls.get(one.ref, ""),
            }
            for one in story.records
        ],
        "stage": None
        if stage is None
        else {
            "key": stage.stage,
            "label": story.stage_label,
            "since": stage.since,
            "since_approximate": stage.since_approximate,
            "why": stage.why,
            "episode": stage.episode,
            "reason": stage.reason,
            "reason_label": story.reason_label,
            "reason_owed": stage.reason_owed,
            "priority": stage.priority,
            "pact": stage.pact_hash,
        },
        "score": None
        if score is None
        else {
            "total": score.total / 100,
            "fit": score.fit / 100,
            "engagement": score.engagement / 100,
            "grade": score.grade,
            "verdict": score.verdict,
            "reasons": list(score.reasons),
            "breakdown": score.breakdown,
            "scored_at": score.scored_at,
            "pact": score.pact_hash,
        },
        "missing": list(story.missing),
        "qualification": None if story.qualification is None else story.qualification.as_dict(),
        "history": [
            {
                "at": one.transition.at,
                "result": one.transition.result,
                "from": one.transition.from_stage,
                "to": one.transition.to_stage,
                "actor": one.transition.actor,
                "crm": one.transition.crm,
                "why": one.transition.why,
                "reason": one.transition.reason,
                "episode": one.transition.episode,
                "sentence": one.sentence,
            }
            for one in story.history
        ],
        "joined": [
            {
                "lead": one.link.id,
                "stage": one.stage_label,
                "history": [each.sentence for each in one.history],
            }
            for one in story.joined
        ],
        "holds": [
            {
                "hold": one.id,
                "field": one.field,
                "cause": one.cause,
                "why": one.why,
                "shown": dict(one.shown),
                "since": one.since,
                "status": one.status,
                "what_to_do": remedy(one),
            }
            for one in story.holds
        ],
        "failures": [
            {
                "crm": one.crm,
                "cause": one.cause,
                "message": one.message,
                "remedy": one.remedy,
                "fields": list(one.fields),
                "attempts": one.attempts,
                "retry_at": one.retry_at,
            }
            for one in story.failures
        ],
        "writes": [
            {
                "at": one.at,
                "crm": one.ref.crm,
                "kind": one.ref.kind,
                "record": one.ref.id,
                "field": one.field,
                "before": one.before,
                "after": one.after,
                "rule": one.rule,
                "state": one.state,
                "run": one.run_id,
            }
            for one in story.writes
        ],
    }


def why_not(lead: str, known: Known, seen: Sequence[Record]) -> list[str]:
    """Why a record that was asked for is not kept in step (R37)."""
    where = [(record.ref, in_words(known.mapping, record)) for record in seen] or _look(lead, known)
    if where:
        told = [
            f"{crm_label(ref.crm)} has {ref.kind} {ref.id}{f' ({who})' if who else ''}."
            for ref, who in where
        ]
        collected = any(known.store.checkpoint(ref.crm, ref.kind) for ref, _who in where)
        if not collected:
            return [*told, "leadpact has not read that CRM's people yet: run `leadpact sync`."]
        return [
            *told,
            "leadpact has not seen it yet: it is new, or search did not show it at the last sync.",
            "The next `leadpact sync` reads it.",
        ]
    if known.connectors:
        crms = " nor ".join(crm_label(crm) for crm in known.connectors)
        kinds = ", ".join(sorted({kind for _crm, kind in known.mapping.kind_rules}))
        return [
            f"No lead is known by {shown(lead)!r}: neither {crms} shows it to leadpact.",
            f"It may be deleted, of a kind that is not kept in step ({kinds} are), or hidden from leadpact's rights.",
        ]
    return [f"No lead is known by {shown(lead)!r}. No CRM was asked; without --offline they are."]


def _look(lead: str, known: Known) -> list[tuple[RecordRef, str]]:
    """Ask each CRM for a record of this id; an id of another CRM's form is not asked."""
    from leadpact.model.record import Record

    found: list[tuple[RecordRef, str]] = []
    for crm, kind in known.mapping.kind_rules:
        connector = known.connectors.get(crm)
        if connector is None:
            continue
        try:
            answer: Sequence[Observation] = connector.fetch(
                kind, [lead.strip()], known.mapping.read_fields(crm, kind)
            )
        except (LeadpactError, ValueError):
            continue
        found.extend(
            (one.ref, in_words(known.mapping, one)) for one in answer if isinstance(one, Record)
        )
    return found
