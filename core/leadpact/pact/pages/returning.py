"""The pages on leads that are given back: reasons, cooling-off, ways back, and what nobody works."""

from __future__ import annotations

from typing import Any, Final

from leadpact.pact.agreement import Pact
from leadpact.pact.pages.page import Block, Items, Section, Table
from leadpact.pact.pages.words import listed, plain, title

_DISPOSITIONS: Final = {
    "recycle": "back to nurture",
    "disqualify": "out for good",
    "former_customer": "the contract ended",
}


def rejection(pact: Pact) -> Section:
    """Why sales gives a lead back, what becomes of it, and what brings it in again."""
    content = pact.content
    rows = []
    for part in content.get("reasons", {}).values():
        days = part.get("cooling_off_days")
        ways = [title(each) for each in part.get("re_entry") or ()]
        rows.append(
            (
                part["label"],
                _DISPOSITIONS.get(part["disposition"], part["disposition"]),
                f"{days} days" if days else "—",
                listed(ways, "or") or ("people alone" if part["disposition"] == "recycle" else "—"),
                ", ".join((part.get("sub_reasons") or {}).values()) or "—",
            )
        )
    blocks: list[Block] = [
        Table(
            "",
            ("Reason", "What becomes of the lead", "Rests", "Comes back by", "In particular"),
            tuple(rows),
        )
    ]
    blocks += _ways_back(content.get("re_entry") or {}, content["scoring"])
    blocks += _owed(pact, content.get("owed") or {})
    blocks += _ageing(pact, content.get("ageing") or {})
    recycled = pact.label("recycled")
    return Section(
        "rejection",
        "When sales gives a lead back",
        f"Sales rejects with one of these reasons. {recycled} leads go back to nurture and return as a new try, never "
        "to the rep who gave them back. Both teams read the reasons together and feed them into the rules.",
        tuple(blocks),
        frozenset({"reasons", "re_entry", "owed", "ageing"}),
    )


def _ways_back(written: dict[str, Any], scoring: dict[str, Any]) -> list[Block]:
    lines = []
    for key, part in written.items():
        joint = "and" if part.get("need") == "all" else "or"
        acts = listed([_act(each, scoring) for each in part.get("signals") or ()], joint)
        waits = "after the rest" if part.get("after") == "cooling_off" else "at any time"
        lines.append(f"{title(key)}: {acts}, {waits}.")
    return [Items("What brings a lead back", tuple(lines))] if lines else []


def _act(name: str, scoring: dict[str, Any]) -> str:
    """A signal as the pact calls it."""
    part = scoring.get("signals", {}).get(name)
    return f"“{part['label']}”" if part else plain(name)


def _owed(pact: Pact, part: dict[str, Any]) -> list[Block]:
    lines = [f"Without a reason the lead is {pact.label('recycled')}, and the reason is owed."]
    if part.get("manager_after"):
        lines.append(f"After {part['manager_after']} working days the manager is told.")
    treated = pact.reasons.get(part.get("treated_as") or "")
    if treated is not None:
        lines.append(f"Until it is given it rests as with “{treated.label}”.")
    return [Items("A reason that is owed", tuple(lines))]


def _ageing(pact: Pact, part: dict[str, Any]) -> list[Block]:
    if not part.get("after_days"):
        return []
    days = "working days" if part.get("count") == "business_days" else "days"
    stages = listed([pact.label(each) for each in part.get("stages") or ()], "or")
    reason = pact.reasons.get(part.get("reason") or "")
    lines = []
    if part.get("queue_alarm"):
        lines.append(f"After {part['queue_alarm']} {days} in the queue it is told as waiting.")
    lines.append(
        f"After {part['after_days']} {days} at {stages} it is {pact.label('recycled')}"
        + (f", reason: {reason.label}; counted against the queue, not the lead." if reason else ".")
    )
    return [Items("A lead that nobody works", tuple(lines))]
