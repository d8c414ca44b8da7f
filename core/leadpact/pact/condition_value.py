"""Whether a condition holds of one lead's facts, for the few that are asked outside of scoring."""

from __future__ import annotations

from collections.abc import Mapping

from leadpact.model.terms import Known
from leadpact.pact.conditions import (
    Condition,
    Either,
    FactTest,
    Negated,
    Plain,
    domain_of,
    folded,
    words,
)
from leadpact.pact.score_rules import ScoringLists


def holds(condition: Condition, facts: Mapping[str, Known], lists: ScoringLists) -> bool | None:
    """The same answer that scoring gives: None where a fact that it asks for is unknown or blank.

    Args:
        facts: canonical values by field name.
        lists: free and disposable mail domains.
    """
    if isinstance(condition, FactTest):
        return _test(condition, _fact(condition.field, facts, lists))
    if isinstance(condition, Negated):
        inner = holds(condition.part, facts, lists)
        return None if inner is None else not inner
    answers = [holds(part, facts, lists) for part in condition.parts]
    decisive = isinstance(condition, Either)
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def _fact(name: str, facts: Mapping[str, Known], lists: ScoringLists) -> Plain | None:
    if name in ("email_domain", "is_free_mail", "is_disposable_mail"):
        mail = facts.get("email")
        domain = domain_of(mail) if isinstance(mail, str) and "@" in mail else ""
        if not domain:
            return None
        if name == "email_domain":
            return domain
        return domain in (lists.free_mail if name == "is_free_mail" else lists.disposable)
    value = facts.get(name)
    return value if isinstance(value, str | int) and value != "" else None


def _test(test: FactTest, value: Plain | None) -> bool | None:
    if test.operation == "is_known":
        return value is not None
    if value is None:
        return None if test.values else False
    if test.operation in ("is", "one_of"):
        shown = folded(value) if isinstance(value, str) else value
        return any(shown == wanted for wanted in test.values)
    if isinstance(value, str):
        return any(_of_text(test.operation, value, str(wanted)) for wanted in test.values)
    return any(_of_number(test.operation, value, int(wanted)) for wanted in test.values)


def _of_text(operation: str, value: str, wanted: str) -> bool:
    if operation == "contains_word":
        return f" {wanted} " in f" {' '.join(words(value))} "
    if operation == "starts_with":
        return folded(value).startswith(wanted)
    host = domain_of(value)
    return host == wanted or host.endswith(f".{wanted}")


def _of_number(operation: str, value: int, wanted: int) -> bool:
    return {
        "above": value > wanted,
        "at_least": value >= wanted,
        "below": value < wanted,
        "at_most": value <= wanted,
    }[operation]
