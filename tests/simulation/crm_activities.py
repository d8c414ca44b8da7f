"""Acts that an in-memory CRM keeps one by one: forms, campaign members, logged calls. Told again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from leadpact.errors import FixSettings, Stop
from leadpact.model.record import RecordRef
from leadpact.model.source_signal import SignalPage, SignalSource, SourceSignal

TOLD_AGAIN = 2
"""Acts before the cursor that every reading tells once more, as feeds with an overlap do (R8)."""


@dataclass
class Activities:
    """Acts by source, oldest first; ``hidden`` sources are not shown to this sign-in (R35)."""

    sources: tuple[str, ...]
    acts: dict[str, list[SourceSignal]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def add(self, act: SourceSignal) -> None:
        """Somebody did something."""
        self.acts.setdefault(act.source, []).append(act)

    def offered(self) -> Sequence[SignalSource]:
        """As :class:`leadpact.ports.signals.GivesSignals` has it."""
        return [
            SignalSource(one, one, "It is not shown." if one in self.hidden else "")
            for one in self.sources
        ]

    def page(
        self, source: str, since: str, lives_on: Callable[[RecordRef], RecordRef]
    ) -> SignalPage:
        """All acts since the cursor, each under the record that its person has now."""
        if source not in self.sources:
            raise FixSettings(f"There is no source {source!r}.", code="signal_source_unknown")
        if source in self.hidden:
            raise FixSettings("This sign-in may not see it.", code="signal_source_unreadable")
        if since and not since.isdigit():
            raise Stop("The stored place in the source cannot be read.", code="bad_cursor")
        acts = self.acts.get(source, [])
        shown = acts[max(0, int(since or 0) - TOLD_AGAIN) :]
        told = tuple(
            SourceSignal(
                one.source,
                one.id,
                lives_on(one.ref),
                one.kind,
                one.at,
                one.asset,
                one.quality,
                one.count,
                one.whole_day,
                one.detail,
            )
            for one in shown
        )
        return SignalPage(told, str(len(acts)), done=True)
