"""The agreed handoff, compiled: when a lead goes to sales, with what, and who is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from leadpact.pact.checked import did_you_mean
from leadpact.pact.yaml_text import Marks, Path, Problem

if TYPE_CHECKING:
    from leadpact.pact.document import PactDocument
    from leadpact.pact.document.handoff import HandoffPart

OWNER = "owner"
"""The destination that stands for the rep whose lead it is; every other one is a channel of the settings."""


@dataclass(frozen=True, slots=True)
class TaskRule:
    """The task in the CRM. ``subject`` may name ``{name}``, ``{company}`` and ``{why}``."""

    subject: str = "Answer {name}: {why}"
    due: Literal["sla", "same_day"] = "sla"


@dataclass(frozen=True, slots=True)
class HandoffRules:
    """How a lead goes from marketing to sales.

    Attributes:
        on: what hands a lead over: ``mql``, ``pql``, ``fast_lane``; empty = leadpact hands nothing over.
        must_have: fields that must be known; of each tuple, one is enough (S83).
        task: None = no task is made.
        per_rep_per_day: more than these wait for the next day, the hottest go first (R34).
        reps: e-mail addresses for our own round-robin; empty = the CRM routes (R31).
        strict: of a round-robin, one after the other instead of each lead always to the same rep.
        fallback_owner: e-mail address of whoever takes what has no active owner; "" = nobody.
        notify: kind of notice → destinations, in the document's order.
    """

    on: frozenset[str] = frozenset()
    must_have: tuple[tuple[str, ...], ...] = ()
    task: TaskRule | None = field(default_factory=TaskRule)
    per_rep_per_day: int = 25
    reps: tuple[str, ...] = ()
    strict: bool = False
    fallback_owner: str = ""
    notify: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def channels(self) -> frozenset[str]:
        """Every destination that the agreement names."""
        return frozenset(name for names in self.notify.values() for name in names)


def compile_handoff(part: HandoffPart) -> HandoffRules:
    """The section as the engine asks it."""
    notify: dict[str, list[str]] = {}
    for rule in part.notify:
        for kind in rule.when:
            names = notify.setdefault(kind, [])
            if rule.to not in names:
                names.append(rule.to)
    task = part.task
    return HandoffRules(
        on=frozenset(part.on),
        must_have=tuple(
            (words,) if isinstance(words, str) else tuple(words) for words in part.must_have
        ),
        task=TaskRule(task.subject, task.due) if task else None,
        per_rep_per_day=part.caps.per_rep_per_day,
        reps=() if isinstance(part.routing, str) else tuple(part.routing.round_robin),
        strict=not isinstance(part.routing, str) and part.routing.strict,
        fallback_owner=part.fallback_owner or "",
        notify={kind: tuple(names) for kind, names in notify.items()},
    )


def check_handoff(
    document: PactDocument, facts: Collection[str], marks: Marks, found: list[Problem]
) -> None:
    """Must-have fields that no lead can have, which would hold every handoff for ever (S83)."""
    for place, words in enumerate(document.handoff.must_have):
        for name in (words,) if isinstance(words, str) else tuple(words):
            if name not in facts:
                path: Path = ("handoff", "must_have", place)
                message = f'"{name}" is no field of a lead; {did_you_mean(name, facts)}'
                found.append(Problem(marks.place(path), message))
