"""The optional port of a connector that reads dated engagements from where its CRM keeps them (DESIGN §8, R8, R35)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from leadpact.model.source_signal import SignalPage, SignalSource, SourceSignal


@runtime_checkable
class GivesSignals(Protocol):
    """A connector whose CRM keeps engagements. It names its sources in ``Capabilities.signal_sources``.

    Capabilities are told without a call, so they name what the CRM keeps; whether this account's plan and this
    sign-in's rights give it is asked by :meth:`signal_sources`.
    """

    def signal_sources(self) -> Sequence[SignalSource]:
        """Each declared source, in order, and whether it is readable here (R35); a few calls."""
        ...

    def signals(self, source: str, since: str) -> SignalPage:
        """One page of what a source shows since the cursor; ``since=""`` starts with everything it keeps.

        Complete like a change feed: any number that share one stamp, and those that surface late, all come. The
        same act may come again, in a later page or cycle, and has the same ``id`` then.

        Raises:
            FixSettings: ``signal_source_unknown`` for a source that is not declared,
                ``signal_source_unreadable`` for one that this sign-in cannot read.
            Stop: ``bad_cursor``.
        """
        ...


@runtime_checkable
class TellsActsOf(Protocol):
    """A connector that tells people's acts by name, without a cursor: of ``Capabilities.hot_sources`` (R19)."""

    def signals_of(self, source: str, ids: Sequence[str]) -> Sequence[SourceSignal]:
        """What this source knows of these people; the same acts, under the same ids, as its pages tell.

        Raises:
            FixSettings: as :meth:`GivesSignals.signals`.
        """
        ...
