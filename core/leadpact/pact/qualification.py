"""What sales must know before a lead is an SQL, compiled: criteria, frameworks, and what follows (S71..S82, K4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from leadpact.pact.conditions import Condition

Unconfirmed: TypeAlias = Literal["accept", "hold", "refuse"]
CONVERSATION = "conversation"
"""Evidence that any signal of a direct conversation gives."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What counts as an answer: one of ``values``; a date up to ``within_days`` ahead; a number from ``at_least``;
    with none of them any answer at all."""

    values: frozenset[str] = frozenset()
    within_days: int | None = None
    at_least: int | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that sales finds out.

    Attributes:
        fact: the canonical field that holds the answer.
        options: (value, label) to pick from, in order; empty for text, dates and numbers.
        evidence: ``conversation``, a signal's name, or "" where the answer speaks for itself.
        ranks: the order of the options ranks leads.
    """

    key: str
    label: str
    letter: str
    question: str
    fact: str
    options: tuple[tuple[str, str], ...]
    counts: Counts
    evidence: str = ""
    ranks: bool = False

    @property
    def type(self) -> Literal["picklist", "date", "integer", "text"]:
        """The type of the field that holds the answer."""
        if self.options:
            return "picklist"
        if self.counts.within_days is not None:
            return "date"
        return "integer" if self.counts.at_least is not None else "text"

    @property
    def asks_for(self) -> str:
        """What counts, for people: ``Decides or Truly influences the decision``."""
        if self.options:
            return " or ".join(
                label for value, label in self.options if value in self.counts.values
            )
        if self.counts.within_days is not None:
            return f"a date within {self.counts.within_days} days"
        if self.counts.at_least is not None:
            return f"at least {self.counts.at_least:,}"
        return "any answer"


@dataclass(frozen=True, slots=True)
class Framework:
    """A checklist.

    Attributes:
        asks: what counts, in the framework's order.
        also: what is recorded beside it and does not count.
        needs: keys that must be confirmed for the minimum.
        at_least: so many of ``asks`` must be confirmed, those of ``needs`` among them.
    """

    key: str
    label: str
    asks: tuple[Criterion, ...]
    also: tuple[Criterion, ...]
    needs: frozenset[str]
    at_least: int

    @property
    def minimum(self) -> str:
        """The minimum for people: ``Authority and Need, and 3 of 4 in all``."""
        needed = [one.label for one in self.asks if one.key in self.needs]
        whole = len(self.asks)
        if len(needed) == whole or self.at_least >= whole:
            return f"all {whole}" if whole > 1 else self.asks[0].label
        named = " and ".join(filter(None, (", ".join(needed[:-1]), *needed[-1:])))
        if self.at_least <= len(needed):
            return named
        return ", and ".join(filter(None, (named, f"{self.at_least} of {whole}"))) + " in all"


@dataclass(frozen=True, slots=True)
class Use:
    """Leads of these deal sizes, and of which ``when`` holds, get this framework; ``below`` None = any size above."""

    framework: Framework
    least: int = 0
    below: int | None = None
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Qualification:
    """What sales asks, and what its answers do.

    Attributes:
        criteria: by key, in the document's order.
        uses: those with a condition first; the first that fits is used.
        unknown_size: the framework where none of ``uses`` fits.
        conversation: signals that show a direct conversation.
        evidence_required: an answer without its evidence confirms nothing.
        made_by: what makes an SQL besides sales' own word: ``score``, ``reply``; ``sales`` = the minimum, once met.
        unconfirmed: what is made of sales' word before the minimum is met.
        turns_at: stages at which the minimum, once met, makes the SQL.
        replies: signals that count as a reply to outreach.
        opportunity: what an opportunity needs on record (K17).
        straight: a fast lane makes an SQL, not a priority MQL (K13).
        hand_raisers_first: hands raised without fit come before those who fit and did not raise one (K14).
        outbound: holds for target accounts (S61); None = there are none.
        facts: the canonical fields that hold the answers that are asked for.
        proofs: signals that are evidence of some answer.
        dated: criteria that a date answers, so that time alone changes them.
        unanswered: by framework, how a lead stands of whom nothing was answered; kept by who judges leads.
    """

    criteria: Mapping[str, Criterion]
    frameworks: Mapping[str, Framework]
    uses: tuple[Use, ...]
    unknown_size: Framework
    deal_size: str
    conversation: frozenset[str]
    evidence_required: bool
    made_by: frozenset[str]
    unconfirmed: Unconfirmed
    turns_at: frozenset[str]
    replies: frozenset[str]
    opportunity: tuple[Criterion, ...] = ()
    straight: bool = False
    hand_raisers_first: bool = False
    outbound: Condition | None = None
    dated: tuple[Criterion, ...] = ()
    facts: tuple[str, ...] = ()
    proofs: frozenset[str] = frozenset()
    unanswered: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def in_use(self) -> Iterator[Framework]:
        """The frameworks that some lead may get, each once."""
        seen: set[str] = set()
        for one in (*(use.framework for use in self.uses), self.unknown_size):
            if one.key not in seen:
                seen.add(one.key)
                yield one

    def asked(self) -> tuple[Criterion, ...]:
        """Every criterion that some lead may be asked, each once, in the document's order."""
        keys = {
            one.key for framework in self.in_use() for one in (*framework.asks, *framework.also)
        }
        keys.update(one.key for one in self.opportunity)
        return tuple(one for key, one in self.criteria.items() if key in keys)
