"""All that happened to one lead in one dated list: stage moves, acts, handovers, promises, writes. Pure (R37)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from leadpact.audit.sentences import VERDICTS, day, minute, transition_sentence
from leadpact.model.decided import DecidedScore
from leadpact.model.handoff import Handoff
from leadpact.model.link import Intent
from leadpact.model.response_clock import ResponseClock
from leadpact.model.scorecard import Signal, points_text
from leadpact.pact import Pact
from leadpact.ports.state_store import StateReader

Kind: TypeAlias = Literal["stage", "act", "score", "handover", "promise", "write"]
MOST_WRITES: Final = 40
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS_SHOWN: Final = 6
_STEPS: Final[Mapping[str, str]] = {
    "pending": "Handover to sales begun",
    "held": "Handover waits",
    "unowned": "Handover waits",
    "capped": "Handover waits",
    "refused": "Handover refused by the CRM",
    "announcing": "Handover: the task is being made",
    "handed": "Handed over",
    "done": "Handed over",
    "dropped": "Handover came to nothing",
}
_WRITES: Final[Mapping[str, str]] = {
    "open": "Being written to",
    "cleared": "Being set back in",
    "written": "Written to",
    "refused": "Refused by",
    "overtaken": "Not written, since it had moved, to",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One dated thing; ``text`` is for people."""

    at: datetime
    kind: Kind
    text: str


def timeline(
    reader: StateReader,
    pact: Pact,
    link_id: str,
    *,
    names: Mapping[str, str] | None = None,
    fields: Mapping[tuple[str, str], str] | None = None,
) -> tuple[Event, ...]:
    """Everything dated that the state has of this lead, the latest first.

    Args:
        pact: names of stages, reasons and acts.
        names: CRM name → name for people.
        fields: (CRM, field) → what people call what stands there; several fields may bear one name.
    """
    crms = names or {}
    events = [
        Event(one.at, "stage", transition_sentence(one, pact, crms))
        for one in reader.transitions(link_id)
    ]
    events += _acts(reader.signals([link_id], _BEGINNING)[link_id], pact, crms)
    events += _handovers(reader.handoffs([link_id]).get(link_id, ()))
    events += _promises(reader.clocks_of([link_id]).get(link_id, ()))
    events += _scores(reversed(reader.decided_scores(link_id)), pact)
    events += _written(reader.intents(link_id=link_id, limit=MOST_WRITES), crms, fields or {})
    # What is of one instant came in the order of kinds, and within a kind as it was told.
    order = {"act": 0, "score": 1, "stage": 2, "promise": 3, "handover": 4, "write": 5}
    ordered = sorted(enumerate(events), key=lambda each: (each[1].at, order[each[1].kind], each[0]))
    return tuple(event for _number, event in reversed(ordered))


def act_name(name: str, pact: Pact) -> str:
    """A signal as people call it: the label of the rule or lane that it alone earns, else its own name."""
    lane = pact.fast_lanes.get(name)
    if lane is not None:
        return lane.label
    for rule in pact.scoring.engagement:
        if rule.signals == {name} and rule.at_least == 1:
            return rule.label
    words = name.replace("_", " ").replace("email", "e-mail")
    return words[:1].upper() + words[1:]


def _acts(signals: Iterable[Signal], pact: Pact, crms: Mapping[str, str]) -> Iterator[Event]:
    for one in signals:
        crm, _, _field = one.source.partition(".")
        where = f", seen in {crms.get(crm, crm)}" if crm else ""
        asset = f" ({one.asset})" if one.asset else ""
        if one.precision == "counter":
            yield Event(one.at, "act", f"{act_name(one.name, pact)}{asset}: a count's baseline")
        else:
            yield Event(one.at, "act", f"{act_name(one.name, pact)}{asset}{where}")


def _handovers(handoffs: Iterable[Handoff]) -> Iterator[Event]:
    for one in handoffs:
        if one.cause == "taken":
            text = f"Sales has it without a handover of leadpact's: {one.owner_name or 'its owner there'}"
            yield Event(one.since, "handover", text)
            continue
        whom = f" to {one.owner_name or one.owner}" if one.owner else ""
        done = one.step in ("handed", "done")
        why = f": {one.why}" if one.why and not done else ""
        yield Event(
            one.done_at or one.since, "handover", f"{_STEPS[one.step]}{whom if done else ''}{why}"
        )


def _promises(clocks: Iterable[ResponseClock]) -> Iterator[Event]:
    for one in clocks:
        yield Event(one.started_at, "promise", f"{one.label}: due {minute(one.due_at)} UTC")
        if one.ended_at is None:
            continue
        late = "too late" if one.ended_at > one.due_at else "in time"
        ended = f"answered {late}" if one.answered else "called off"
        by = f" ({one.ended_by})" if one.ended_by else ""
        yield Event(one.ended_at, "promise", f"{one.label}: {ended}{by}")


def _scores(scores: Iterable[DecidedScore], pact: Pact) -> Iterator[Event]:
    """What was published or decided by, told by what changed; oldest first."""
    before: DecidedScore | None = None
    for one in scores:
        total = one.fit + one.engagement
        if before is None:
            text = f"Score {points_text(total)}, grade {one.grade}, {VERDICTS[one.verdict]}"
        else:
            was = before.fit + before.engagement
            aged = (one.signals, one.facts, one.since) == (
                before.signals,
                before.facts,
                before.since,
            )
            fell = "faded" if aged and one.pact_hash == before.pact_hash else "fell"
            text = (
                f"Score {'rose' if total > was else fell} from {points_text(was)} to {points_text(total)}"
                if total != was
                else f"Score still {points_text(total)}"
            )
            text += f", grade {one.grade}" if one.grade != before.grade else ""
            text += f", {VERDICTS[one.verdict]}" if one.verdict != before.verdict else ""
            if one.pact_hash != before.pact_hash:
                text += f", by the agreement {one.pact_hash}"
            if one.since is not None and one.since != before.since:
                text += f", since only acts from {day(one.since)} on count"
        lane = pact.fast_lanes.get(one.fast_lane)
        if one.fast_lane and (before is None or before.fast_lane != one.fast_lane):
            text += f", priority: {lane.label if lane else one.fast_lane}"
        before = one
        if text != f"Score still {points_text(total)}":
            yield Event(one.at, "score", text)


def _written(
    intents: Sequence[Intent], crms: Mapping[str, str], fields: Mapping[tuple[str, str], str]
) -> Iterator[Event]:
    for one in sorted(intents, key=lambda each: (each.ref.crm, each.ref.kind, each.op)):
        words = [fields.get((one.ref.crm, name), name) for name in one.wanted]
        names = list(dict.fromkeys(words))
        more = f" and {len(names) - _FIELDS_SHOWN} more" if len(names) > _FIELDS_SHOWN else ""
        crm = crms.get(one.ref.crm, one.ref.crm)
        if one.op == "archive":
            how = "Archived" if one.state == "written" else "Not archived"
            yield Event(
                one.closed_at or one.created_at,
                "write",
                f"{how} in {crm}, {one.ref.kind} {one.ref.id}: its making was undone",
            )
            continue
        made = "Made in" if one.op == "make" and one.state == "written" else _WRITES[one.state]
        shown = f"{', '.join(names[:_FIELDS_SHOWN])}{more}"
        yield Event(
            one.closed_at or one.created_at, "write", f"{made} {crm} {one.ref.kind}: {shown}"
        )
