"""The story of one lead as people and programs read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadpact.errors import LeadpactError
from leadpact_app.cli.answers import remedy
from leadpact_app.cli.console import Console, crm_label, moment, shown
from leadpact_app.cli.explain_more import (
    People,
    buried_words,
    field_words,
    people_in,
    response_line,
    texts_of,
    touched_line,
)

if TYPE_CHECKING:
    from datetime import datetime

    from leadpact.audit import Explanation
    from leadpact.audit.absent import Age
    from leadpact.audit.rebuilt import Rebuilt
    from leadpact.audit.timeline import Event
    from leadpact.mapping import LeadMapping
    from leadpact.model.record import Observation, Record, RecordRef
    from leadpact.pact import Pact
    from leadpact.ports.connector import Connector
    from leadpact.ports.state_store import StateReader

_SHOWN_BELOW = "Last written to "
_STATES = {"gone": "deleted", "buried": "deleted", "replaced": "deleted, made anew"}
WHO = ("first_name", "last_name", "job_title", "title", "company", "email")
"""Canonical fields that say who somebody is, as the mapping may name them."""


@dataclass(frozen=True, slots=True)
class LeadTold:
    """One explanation with what the CRMs say of the person now.

    Attributes:
        who: the person in words; "" where no CRM was asked.
        urls: where a person opens each record.
        events: all that happened, the latest first.
        absent: why there is no record in a CRM.
        response: what sales owes the lead, and how that stands.
        answerable: which team answers for it; touched: what came of the first touch.
        made: when the record was made that says who it is.
        people: names for the ids in all these texts.
        score_then: the score of the instant that was asked for.
        paused: who stopped what of it, since when, and what of it waits (R38).
    """

    story: Explanation
    who: str
    urls: Mapping[RecordRef, str]
    events: tuple[Event, ...] = ()
    absent: tuple[str, ...] = ()
    response: str = ""
    people: People = field(default_factory=People)
    score_then: Rebuilt | None = None
    paused: tuple[str, ...] = ()
    made: datetime | None = None
    answerable: str = ""
    touched: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to ask: the state always, the CRMs where they could be reached.

    Attributes:
        pact: the agreement that runs.
    """

    store: StateReader
    pact: Pact
    mapping: LeadMapping
    connectors: Mapping[str, Connector]
    now: datetime
    pair_id: str
    unasked: str = ""


def crm_names(mapping: LeadMapping) -> dict[str, str]:
    """CRM name → name for people."""
    return {crm: crm_label(crm) for crm in mapping.crms}


def tell(story: Explanation, connectors: Mapping[str, Connector], mapping: LeadMapping) -> LeadTold:
    """Read who it is, from whichever CRM answers first; nothing of it is kept."""
    who, made = "", None
    urls: dict[RecordRef, str] = {}
    for side in story.records:
        connector = connectors.get(side.ref.crm)
        if connector is None:
            continue
        if side.state in ("live", "converted"):
            urls[side.ref] = connector.record_url(side.ref)
        if not who and side.state == "live":
            who, made = _person(connector, mapping, side.ref)
    return LeadTold(story, who, urls, made=made)


def tell_all(story: Explanation, known: Known, now: datetime) -> LeadTold:
    """The same with all that happened, what is due, who people are, and why a CRM has no record."""
    from leadpact.audit.absent import absent
    from leadpact.audit.paused import frozen_sentence, paused_sentences
    from leadpact.audit.timeline import timeline
    from leadpact.lifecycle.answerable import answerable

    names = crm_names(known.mapping)
    store, link = known.store, story.link
    live = bool(store.activations(1))
    frozen = store.frozen([link.id]).get(link.id)
    events = timeline(store, known.pact, link.id, names=names, fields=field_words(known.mapping))
    texts = [*texts_of(story), *(one.text for one in events)]
    told = tell(story, known.connectors, known.mapping)
    return replace(
        told,
        events=events,
        absent=()
        if frozen is not None and frozen.ended_at is None
        else absent(
            link,
            story.records,
            story.holds,
            known.mapping,
            known.pact,
            live=live,
            names=names,
            age=_age(known, story, told.made),
        ),
        response=response_line(store, link.id, now),
        answerable=answerable(link.stage, known.pact),
        touched=touched_line(store, known.pact, story),
        people=people_in(texts, known.connectors),
        paused=tuple(
            filter(
                None,
                (
                    frozen_sentence(frozen, names),
                    *paused_sentences(
                        story.records, store.pauses(), store.parked([link.id]).get(link.id), names
                    ),
                ),
            )
        ),
    )


def _age(known: Known, story: Explanation, made: datetime | None) -> Age | None:
    """How old the lead is against go-live; None where every CRM has a record of it."""
    there = {one.ref.crm for one in story.records if one.state == "live"}
    if there >= set(known.mapping.crms):
        return None
    from leadpact.audit.absent import Age
    from leadpact.audit.queue import went_live

    seen_first = story.history[-1].transition.at if story.history else None
    return Age(went_live(known.store), made, seen_first)


def _person(
    connector: Connector, mapping: LeadMapping, ref: RecordRef
) -> tuple[str, datetime | None]:
    """Who it is, and when the record was made."""
    from leadpact.model.record import Record

    try:
        seen = connector.fetch(ref.kind, [ref.id], mapping.read_fields(ref.crm, ref.kind))
    except LeadpactError:
        return "", None
    if not seen or not isinstance(seen[0], Record):
        return "", None
    return in_words(mapping, seen[0]), seen[0].created_at


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


def show(console: Console, told: LeadTold, limit: int, *, writes: bool = False) -> None:
    """For people: some lines that say it all, then the details."""
    story, say = told.story, told.people.say
    _opening(console, told)
    for side in story.records:
        marks = [] if side.primary else ["not written"]
        marks += [] if side.state == "live" else [_STATES.get(side.state, side.state)]
        mark = f" ({', '.join(marks)})" if marks else ""
        console.say(
            f"  {crm_label(side.ref.crm)} {side.ref.kind} {side.ref.id}{mark}  {told.urls.get(side.ref, '')}".rstrip()
        )
    for sentence in told.absent:
        console.say(f"  {shown(sentence, 300)}")
    console.say(f"  leadpact {story.link.id}")
    _score(console, story)
    _qualification(console, story)
    if story.episode_lines:
        console.say()
        for line in story.episode_lines:
            console.say(f"  {shown(say(line), 300)}")
    if told.score_then is not None:
        console.say()
        for line in told.score_then.lines:
            console.say(f"  {shown(line)}")
    if told.events:
        rows = [(moment(one.at), say(one.text)) for one in told.events[:limit]]
        more = len(told.events) - len(rows)
        console.say()
        title = "What happened" + (f" (the last {limit} of {len(told.events)})" if more else "")
        console.table(title, ("When (UTC)", "What"), rows)
    for earlier in story.joined:
        rows = [(moment(one.transition.at), say(one.sentence)) for one in earlier.history[:limit]]
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
    if story.writes and writes:
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


def _opening(console: Console, told: LeadTold) -> None:
    """Who it is, stage, score, what is missing, whose it is and what is due: what a rep reads first."""
    story, say = told.story, told.people.say
    console.say(told.who or f"Lead {story.link.id}")
    for sentence in story.headlines:
        if not sentence.startswith(_SHOWN_BELOW):
            console.say(shown(say(sentence), 300))
    for sentence in told.paused:
        console.say(shown(sentence, 300))
    for sentence in () if _at_sales(story) else story.missing:
        console.say(shown(f"Missing: {sentence}", 300))
    owner = say(story.link.owner) if story.link.owner else ""
    if owner or told.response:
        console.say(
            shown(" ".join(filter(None, (f"Owner: {owner}." if owner else "", told.response))))
        )
    if told.answerable:
        console.say(shown(" ".join(filter(None, (told.answerable, say(told.touched)))), 300))
    console.say()


def _score(console: Console, story: Explanation) -> None:
    if story.score is None:
        return
    console.say()
    for line in story.score.breakdown.splitlines():
        if not line.startswith("Missing: "):
            console.say(f"  {shown(line)}")
    console.say(f"  scored {moment(story.score.scored_at)} UTC under pact {story.score.pact_hash}")


def _qualification(console: Console, story: Explanation) -> None:
    asked = story.qualification
    if asked is None or not (_at_sales(story) or asked.qualified.confirmed):
        return
    console.say()
    for line in asked.lines:
        console.say(f"  {shown(line)}")


def _at_sales(story: Explanation) -> bool:
    """Whether sales has it, or marketing hands it over: from then on somebody asks."""
    stage = story.stage
    return stage is not None and stage.stage in ("mql", "pql", "sal", "sql", "opportunity")


def why_not(lead: str, known: Known, seen: Sequence[Record]) -> list[str]:
    """Why a record that was asked for is not kept in step (R37)."""
    from leadpact.audit.paused import pause_sentence
    from leadpact_app.cli.forgetting import erased_before
    from leadpact_app.cli.opening import state_here

    records = list(seen) or _look(lead, known)
    paused = [
        pause_sentence(one, crm_names(known.mapping))
        for one in known.store.pauses()
        if not one.field
    ]
    where = [(record.ref, in_words(known.mapping, record)) for record in records]
    addresses = [str(known.mapping.read(one).get("email") or "") for one in records]
    buried = buried_words(known.store, known.pair_id, {lead if "@" in lead else "", *addresses})
    with state_here() as store:
        # Its hashes need the state's own key, which is made when it is first asked for.
        erased = erased_before(store, known.now, lead, [one.ref for one in records], addresses)
    if erased:
        return [
            "This person was erased from leadpact's state (`leadpact forget --list`) and is not taken in again."
        ]
    if where:
        told = [
            f"{crm_label(ref.crm)} has {ref.kind} {ref.id}{f' ({who})' if who else ''}."
            for ref, who in where
        ] + buried
        for record in records:
            held, why = known.mapping.in_scope(record)
            if held is not True:
                told.append(f"{record.ref} is out of scope, whose condition is: {why}.")
        collected = any(known.store.checkpoint(ref.crm, ref.kind) for ref, _who in where)
        if not collected:
            return [*told, "leadpact has not read that CRM's people yet: run `leadpact sync`."]
        return [
            *told,
            "leadpact has not seen it yet: it is new, or search did not show it at the last sync.",
            "The next `leadpact sync` reads it.",
            *paused,
        ]
    if known.connectors:
        crms = " nor ".join(crm_label(crm) for crm in known.connectors)
        kinds = ", ".join(sorted({kind for _crm, kind in known.mapping.kind_rules}))
        return [
            f"No lead is known by {shown(lead)!r}: neither {crms} shows it to leadpact.",
            *buried,
            f"It may be deleted, of a kind that is not kept in step ({kinds} are), or hidden from leadpact's rights.",
        ]
    return [f"No lead is known by {shown(lead)!r}. No CRM was asked; without --offline they are."]


def _look(lead: str, known: Known) -> list[Record]:
    """Ask each CRM for a record of this id; an id of another CRM's form is not asked."""
    from leadpact.model.record import Record

    found: list[Record] = []
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
        found.extend(one for one in answer if isinstance(one, Record))
    return found
