"""Two parts of the engine at once: while one works, what the other asked of the CRMs is under way."""

from __future__ import annotations

from typing import Any, TypeVar

from leadpact.errors import LeadpactError
from leadpact.sync.effects import (
    UNDER_WAY,
    Commit,
    EnterLane,
    Gather,
    Instant,
    Notify,
    RecordUrls,
    Steps,
    first_of,
)

A = TypeVar("A")
B = TypeVar("B")
_AT_ONCE = (Commit, EnterLane, Instant, Notify, RecordUrls)
"""Answered without a call of a CRM, or in an order that must stand: never under way beside another's."""


class _Part:
    """One of the two, up to its next call of a CRM.

    Attributes:
        effect: what it asks the CRMs next; None once it has ended.
        asked: the same as a group, where it was asked of both parts at once.
        result: what it came to.
        error: what it ended with instead.
    """

    def __init__(self, steps: Steps[Any]) -> None:
        self.effect: Any = None
        self.asked: Gather | None = None
        self.result: Any = None
        self.error: LeadpactError | None = None
        self._steps = steps

    def go_on(self, answer: Any = None, error: LeadpactError | None = None) -> Steps[None]:
        """Hand it an answer, or the error that is its answer, and carry on until it asks the CRMs again."""
        self.effect = self.asked = None
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

    def group(self) -> Gather:
        """What it asks: the same object until it is answered."""
        if self.asked is None:
            whole = isinstance(self.effect, Gather)
            self.asked = self.effect if whole else Gather((self.effect,))
        return self.asked

    def take(self, answers: list[Any]) -> Steps[None]:
        """Its own answers out of those of both, in the form in which it asked."""
        if isinstance(self.effect, Gather):
            yield from self.go_on(answers)
        elif isinstance(answers[0], LeadpactError):
            yield from self.go_on(error=answers[0])
        else:
            yield from self.go_on(answers[0])


def side_by_side(first: Steps[A], second: Steps[B]) -> Steps[tuple[A, B | LeadpactError]]:
    """Carry out both, each as its calls of CRMs are answered.

    Where both are answered at once, ``first`` goes on first. It may commit before, between and after all that
    ``second`` does, so nothing of ``second`` may hang on that; ``second`` commits nothing.

    Returns:
        What both came to; of the second, the error that it ended with.

    Raises:
        LeadpactError: what the first ended with; the second is then left where it is.
    """
    one, other = _Part(first), _Part(second)
    yield from one.go_on()
    if one.error is None:
        yield from other.go_on()
    while one.error is None:
        waiting = [part for part in (one, other) if part.effect is not None]
        if not waiting:
            return one.result, other.result if other.error is None else other.error
        if len(waiting) == 1 and waiting[0].asked is None:
            yield from waiting[0].take((yield from _asked_alone(waiting[0].effect)))
            continue
        answers: list[Any] = yield first_of(*(part.group() for part in waiting))
        for part in waiting:
            count = len(part.group().effects)
            mine, answers = answers[:count], answers[count:]
            if not (mine and mine[0] is UNDER_WAY) and one.error is None:
                yield from part.take(mine)
    second.close()
    raise one.error


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
