"""Two parts of the engine at once: what both ask of the CRMs is under way together."""

from __future__ import annotations

from typing import Any, TypeVar

from leadpact.errors import LeadpactError
from leadpact.sync.effects import (
    Commit,
    EnterLane,
    Gather,
    Instant,
    Notify,
    RecordUrls,
    Steps,
)

A = TypeVar("A")
B = TypeVar("B")
_AT_ONCE = (Commit, EnterLane, Instant, Notify, RecordUrls)
"""Answered without a call of a CRM, or in an order that must stand: never joined with another's."""


class _Part:
    """One of the two, up to its next call of a CRM.

    Attributes:
        effect: what it asks the CRMs next; None once it has ended.
        result: what it came to.
        error: what it ended with instead.
    """

    def __init__(self, steps: Steps[Any]) -> None:
        self.effect: Any = None
        self.result: Any = None
        self.error: LeadpactError | None = None
        self._steps = steps

    def go_on(self, answer: Any = None, error: LeadpactError | None = None) -> Steps[None]:
        """Hand it an answer, or the error that is its answer, and carry on until it asks the CRMs again."""
        self.effect = None
        try:
            while True:
                effect = self._steps.send(answer) if error is None else self._steps.throw(error)
                if not isinstance(effect, _AT_ONCE):
                    self.effect = effect
                    return
                answer = error = None
                try:
                    answer = yield effect
                except LeadpactError as raised:
                    error = raised
        except StopIteration as ended:
            self.result = ended.value
        except LeadpactError as raised:
            self.error = raised

    def calls(self) -> tuple[Any, ...]:
        """What it asks, one by one."""
        if self.effect is None:
            return ()
        return self.effect.effects if isinstance(self.effect, Gather) else (self.effect,)

    def take(self, answers: list[Any]) -> Steps[None]:
        """Its own answers out of those of both, in the form in which it asked."""
        if isinstance(self.effect, Gather):
            yield from self.go_on(answers)
        elif isinstance(answers[0], LeadpactError):
            yield from self.go_on(error=answers[0])
        else:
            yield from self.go_on(answers[0])


def side_by_side(first: Steps[A], second: Steps[B]) -> Steps[tuple[A, B | LeadpactError]]:
    """Carry out both, their calls of CRMs side by side; whatever else they do, ``first`` does before ``second``.

    Returns:
        What both came to; of the second, the error that it ended with.

    Raises:
        LeadpactError: what the first ended with; the second is then left where it is.
    """
    one, other = _Part(first), _Part(second)
    yield from one.go_on()
    if one.error is None:
        yield from other.go_on()
    while one.error is None and (one.effect is not None or other.effect is not None):
        mine, theirs = one.effect is not None, other.effect is not None
        asked = one.calls()
        if mine and theirs:
            answers: list[Any] = yield Gather(asked + other.calls())
        else:
            answers = yield from _asked_alone(one.effect if mine else other.effect)
        if mine:
            yield from one.take(answers[: len(asked)])
        if theirs and one.error is None:
            yield from other.take(answers[len(asked) :])
    if one.error is not None:
        second.close()
        raise one.error
    return one.result, other.result if other.error is None else other.error


def _asked_alone(effect: Any) -> Steps[list[Any]]:
    """Answers in a list, as of two at once; a single effect's error stands among them."""
    if isinstance(effect, Gather):
        answers: list[Any] = yield effect
        return answers
    try:
        answer = yield effect
    except LeadpactError as error:
        return [error]
    return [answer]
