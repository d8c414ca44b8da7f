"""Response clocks for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from leadpact.model.response_clock import STATE_LABELS
from leadpact_app.cli.console import Console, many, moment, shown

if TYPE_CHECKING:
    from leadpact.lifecycle.sla_history import Tally
    from leadpact.model.link import Link
    from leadpact.model.response_clock import ResponseClock
    from leadpact.pact.response import ResponseTimes

_COLUMNS = (
    "Leads#",
    "In time#",
    "Late#",
    "Waiting#",
    "Stopped#",
    "In time of decided#",
    "Median to answer",
)


def clock_as_json(one: ResponseClock, now: datetime) -> dict[str, Any]:
    """One clock for programs."""
    return {
        "lead": one.link_id,
        "kind": one.kind,
        "episode": one.episode,
        "state": one.state(now),
        "started_at": one.started_at,
        "due_at": one.due_at,
        "near_at": one.near_at,
        "ended_at": one.ended_at,
        "answered": one.answered,
        "ended_by": one.ended_by,
        "tier": one.tier,
        "label": one.label,
        "calendar": one.calendar,
        "intent": one.intent,
        "cause": one.cause,
        "owner": one.owner,
        "pact_hash": one.pact_hash,
    }


def show_list(
    console: Console,
    clocks: Sequence[ResponseClock],
    links: Mapping[str, Link],
    now: datetime,
    total: int,
) -> None:
    """The list for people."""
    if not clocks:
        console.say("Nobody waits for sales that way.")
        return
    console.table(
        "",
        ("Lead", "Person", "State", "Due (UTC)", "", "Agreed", "Because of", "Owner", "Ended"),
        [
            (
                one.link_id[:8],
                shown(_person(links.get(one.link_id)), 40),
                STATE_LABELS[one.state(now)],
                moment(one.due_at),
                _distance(one, now),
                shown(one.label, 60),
                one.cause.replace("_", " "),
                one.owner.partition(":")[2] or "nobody",
                ended_words(one),
            )
            for one in clocks
        ],
    )
    if total > len(clocks):
        console.say(f"… and {total - len(clocks):,} more; --limit shows them.")


def ended_words(one: ResponseClock) -> str:
    """How it ended, for people."""
    if one.ended_at is None:
        return ""
    word, _, rest = one.ended_by.partition(":")
    if word == "stage":
        why = f"to {rest}" if one.answered else f"left for {rest}"
    elif word == "signal":
        why = f"asked again: {rest.replace('_', ' ')}"
    else:
        why = f"seen in {one.ended_by}" if "." in one.ended_by else one.ended_by
    return f"{moment(one.ended_at)}, {why}"


def _person(link: Link | None) -> str:
    if link is None:
        return ""
    names = (link.base.get("first_name"), link.base.get("last_name"))
    return " ".join(str(each) for each in names if each) or str(link.base.get("email") or "")


def _distance(one: ResponseClock, now: datetime) -> str:
    """How far off the due time is, or by how much it was missed."""
    at = one.ended_at or now
    if at > one.due_at:
        return f"late by {span(at - one.due_at)}"
    return "" if one.ended_at is not None else f"in {span(one.due_at - now)}"


def span(length: timedelta) -> str:
    """A length of time in its two largest units."""
    seconds = int(length.total_seconds())
    parts = [
        (seconds // 86_400, "d"),
        (seconds % 86_400 // 3600, "h"),
        (seconds % 3600 // 60, "min"),
        (seconds % 60, "s"),
    ]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{number} {unit}" for number, unit in parts[:2] if number) or "0 s"


def key_of(one: ResponseClock, by: str) -> str:
    """What a clock is counted under."""
    return {"tier": one.tier, "owner": one.owner or "nobody", "calendar": one.calendar}[by]


def tally_as_json(key: str, one: Tally) -> dict[str, Any]:
    """One row of counts for programs; times in seconds."""
    middle = one.median_answer
    return {
        "key": key,
        "leads": one.total,
        "states": dict(one.states),
        "met_share": None if one.met_share is None else round(one.met_share, 4),
        "median_to_answer_s": None if middle is None else round(middle.total_seconds()),
        "answered": len(one.answered_after),
    }


def show_report(console: Console, by: str, counted: Mapping[str, Tally]) -> None:
    """Counts for people."""
    if not counted:
        console.say("No lead was handed over in that time.")
        return
    console.table(
        "", (by.capitalize(), *_COLUMNS), [_row(key, each) for key, each in counted.items()]
    )


def show_what_if(
    console: Console,
    was: Mapping[str, Tally],
    would: Mapping[str, Tally],
    times: ResponseTimes,
) -> None:
    """Before and after for people, by intent class."""
    if not was:
        console.say("No lead was handed over in that time: there is nothing to count again.")
        return
    rows = []
    for key in sorted({*was, *would}):
        tier = times.tier_for("high" if key == "high" else "low" if key == "low" else "medium")
        label = tier.label if tier is not None else "no tier"
        for name, each in (("as it is", was.get(key)), (f"with {label}", would.get(key))):
            if each is not None:
                rows.append((key, name, *_row(key, each)[1:]))
    console.table("", ("Intent", "", *_COLUMNS), rows)
    late = [sum(each.states.get("breached", 0) for each in one.values()) for one in (was, would)]
    console.say(
        f"{many(late[0], 'answer')} late as it is; {late[1]:,} that way. Nothing was written."
    )


def _row(key: str, one: Tally) -> tuple[object, ...]:
    waiting = one.states.get("running", 0) + one.states.get("near_breach", 0)
    share, middle = one.met_share, one.median_answer
    return (
        key,
        f"{one.total:,}",
        f"{one.states.get('met', 0):,}",
        f"{one.states.get('breached', 0):,}",
        f"{waiting:,}",
        f"{one.states.get('stopped', 0):,}",
        "—" if share is None else f"{share:.0%}",
        "—" if middle is None else span(middle),
    )
