"""The port of notices: what takes a message to a person or a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from leadpact.model.notice import Notice


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one try.

    Attributes:
        sent: every destination took it.
        error: why not, in words for people, without secrets, addresses or the message.
        hopeless: no later try can help (the channel is not set up, its address is refused).
        untried: it was not tried, and does not count as a try (its channel just failed).
    """

    sent: bool
    error: str = ""
    hopeless: bool = False
    untried: bool = False


class Notifier(Protocol):
    """Takes notices to where they go. Never raises for what a channel does."""

    @property
    def channels(self) -> frozenset[str]:
        """The destinations that are set up."""
        ...

    def send(self, notices: Sequence[Notice], recipients: Sequence[str]) -> Sequence[Delivery]:
        """Try each once, same order. Keeps to a time limit of its own; what is left then is ``untried``.

        Args:
            recipients: the owner's e-mail address for each notice that goes to one, "" where it is not known.
        """
        ...
