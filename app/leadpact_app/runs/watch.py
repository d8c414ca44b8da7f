"""The watch over a process that syncs all day: an alarm where no cycle succeeds, and a daily digest (R40).

Both are notices of the outbox, told once each, to whom the agreement names for ``alarm`` and ``digest``. They go out
from here, since where no cycle comes to its end nothing else would send them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from leadpact.audit.digest import digest_of, liveness_of
from leadpact.model.notice import Notice, NoticeKind
from leadpact.pact.handoff import OWNER
from leadpact.ports.notifier import Notifier
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact.sync.deliver import after

_SPACE: Final = UUID("0b0f2c1e-9d68-5c0e-8a9e-3f1d5b7c2a44")
RECENT: Final = 300


@dataclass(slots=True)
class Watch:
    """Looks at the state now and then.

    Args:
        to: kind of notice → destinations, as the agreement has them.
        alarm_after: how long without a successful cycle; zero = no alarm.
        digest_at: when of the day, in ``zone``; None = no digest.
    """

    store: StateStore
    notifier: Notifier
    to: Mapping[str, tuple[str, ...]]
    pair: str
    zone: ZoneInfo
    alarm_after: timedelta
    digest_at: time | None

    def look(self, now: datetime) -> list[Notice]:
        """Tell what is to be told at this instant; what was told now is handed back."""
        made = [*self._alarm(now), *self._digest(now)]
        if not made:
            return []
        self.store.commit(StateChanges(notices=made), None, now)
        answers = self.notifier.send(made, [""] * len(made))
        told = [after(one, answer, now) for one, answer in zip(made, answers, strict=True)]
        self.store.commit(StateChanges(told=told), None, now)
        return made

    def _alarm(self, now: datetime) -> list[Notice]:
        if not self.alarm_after or not self._destinations("alarm"):
            return []
        alive = liveness_of(self.store.runs(RECENT), now, self.alarm_after)
        if alive.ok:
            return []
        key = alive.last_success.isoformat() if alive.last_success else "never"
        minutes = self.alarm_after // timedelta(minutes=1)
        subject = f"leadpact {self.pair}: no successful cycle for {minutes} minutes"
        return self._notices("alarm", key, subject, [alive.why], now)

    def _digest(self, now: datetime) -> list[Notice]:
        if self.digest_at is None or not self._destinations("digest"):
            return []
        there = now.astimezone(self.zone)
        due = datetime.combine(there.date(), self.digest_at, self.zone)
        if there < due or there - due > timedelta(hours=12):
            return []
        key = there.date().isoformat()
        subject = f"leadpact {self.pair}: the day until {key} {self.digest_at:%H:%M}"
        if not self._new("digest", key):
            return []
        return self._notices(
            "digest", key, subject, digest_of(self.store, now - timedelta(days=1), now).lines(), now
        )

    def _destinations(self, kind: NoticeKind) -> tuple[str, ...]:
        known = self.notifier.channels
        return tuple(one for one in self.to.get(kind, ()) if one != OWNER and one in known)

    def _new(self, kind: NoticeKind, key: str) -> list[str]:
        """Destinations that were not told this yet; what waits in the outbox goes with the cycles' own."""
        there = {one.id for one in self.store.notices(link_id="", limit=RECENT)}
        return [one for one in self._destinations(kind) if self._id(kind, key, one) not in there]

    def _id(self, kind: NoticeKind, key: str, to: str) -> str:
        return str(uuid5(_SPACE, f"{self.pair}\x1f{kind}\x1f{key}\x1f{to}"))

    def _notices(
        self, kind: NoticeKind, key: str, subject: str, lines: list[str], now: datetime
    ) -> list[Notice]:
        return [
            Notice(
                self._id(kind, key, to), kind, "", to, subject, "\n".join(lines), now, next_try=now
            )
            for to in self._new(kind, key)
        ]
