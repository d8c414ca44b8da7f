"""Which of the effects that go side by side are answered first: all at once, or group by group."""

from __future__ import annotations

from leadpact.sync.effects import FirstOf, Gather


class Hearing:
    """What is answered of a group of effects.

    Args:
        apart: of groups that may be answered by themselves one is, by turns: calls end one after the other.
    """

    def __init__(self, *, apart: bool = False) -> None:
        self._apart = apart
        self._turns = 0

    def of(self, effect: Gather) -> range:
        """Places of the effects that are answered now."""
        if not (self._apart and isinstance(effect, FirstOf)):
            return range(len(effect.effects))
        self._turns += 1
        here = self._turns % len(effect.groups)
        start = sum(len(one.effects) for one in effect.groups[:here])
        return range(start, start + len(effect.groups[here].effects))
