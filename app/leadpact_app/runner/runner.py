"""Runs a cycle: answers the engine's effects through connectors and store, side by side where they are independent."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias, TypeVar

from leadpact.errors import LeadpactError, LeaseLost, WaitUntil
from leadpact.model.lanes import LaneName
from leadpact.model.notice import Notice
from leadpact.model.record import RecordRef
from leadpact.ports.connector import Connector
from leadpact.ports.mass import WritesInMass
from leadpact.ports.notifier import Delivery, Notifier
from leadpact.ports.state_store import Lease, StateChanges, StateStore
from leadpact.sync.effects import (
    UNDER_WAY,
    CollectArchived,
    CollectChanges,
    CollectHot,
    Commit,
    Effect,
    EnterLane,
    FindMatches,
    FirstOf,
    Gather,
    Instant,
    Notify,
    Observe,
    ReadSignals,
    RecordUrls,
    Steps,
    Write,
)
from leadpact_app.runner.calls import calls_of, joined, words_of
from leadpact_app.runner.long_calls import in_mass

LEASE_LOOK_S = 20.0
"""How long one look at a call lasts, while the lease is kept beside it: a mass write takes longer than a lease."""
LEASE_LASTS = timedelta(minutes=5)
"""Unless the setting ``lease_s`` says otherwise; what follows are parts of it."""
LEASE_SPARE = LEASE_LASTS * 2 / 5
"""With less left than this it is renewed first: more than any call's time-out."""
LEASE_LEAST = LEASE_LASTS / 5
"""No write is sent with less left, however long it has waited for its turn: a process that stood still meanwhile may
have been taken for dead."""
THREADS = 8
PATIENCE_S = 45.0
"""How long one call waits in all for room in a burst window; it stays within ``LEASE_SPARE``."""
BURST_S = 15.0
"""The longest single wait that counts as a burst; what must wait longer ends the cycle (status ``waiting``)."""

T = TypeVar("T")
Begun: TypeAlias = list[tuple[Effect, list[Future[Any]]]]
"""Effects with their calls under way."""


class FollowingClock(Protocol):
    """A clock that may have to look up what it follows."""

    def now(self) -> datetime:
        """This instant, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def follow(self, *, lazily: bool = False) -> None:
        """Look it up again; ``lazily``: not if it was just done."""
        ...


class NoChannels:
    """A :class:`~leadpact.ports.notifier.Notifier` where no channel is set up."""

    channels: frozenset[str] = frozenset()

    def send(self, notices: Sequence[Notice], recipients: Sequence[str]) -> Sequence[Delivery]:
        """Nothing goes anywhere; it is not tried."""
        return [Delivery(sent=False, untried=True) for _ in zip(notices, recipients, strict=True)]


class CrashPoints:
    """Named boundaries at which the process ends itself, for tests against the sandbox.

    Args:
        asked: ``<boundary>:<n>`` as in ``after-write:3``; "" for none. Boundaries are ``before-`` and ``after-`` with
            ``collect``, ``signals``, ``observe``, ``find``, ``history``, ``owners``, ``write`` and ``commit``.
    """

    def __init__(self, asked: str = "") -> None:
        self._name, _, nth = asked.partition(":")
        self._nth = int(nth) if nth.isdigit() else 1
        self._seen: Counter[str] = Counter()

    def reach(self, boundary: str) -> None:
        """Pass a boundary; ends the process as a power cut would where that was asked for."""
        if not self._name:
            return
        self._seen[boundary] += 1
        if boundary == self._name and self._seen[boundary] == self._nth:
            os._exit(137)


class Runner:
    """Answers effects. One per cycle; not for several threads.

    Args:
        connectors: by CRM name.
        lease: the pair's lease; None for cycles that commit nothing a lease guards.
        notifier: where notices go; None = no channel is set up.
        lease_lasts: how long a lease lasts from each commit.
        enter_lane: told when calls are another lane's from now on (R19).
        progress: told of every effect that was answered, as (word, how many records).
    """

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        store: StateStore,
        clock: FollowingClock,
        lease: Lease | None,
        *,
        crash_points: CrashPoints | None = None,
        progress: Callable[[str, int], None] | None = None,
        notifier: Notifier | None = None,
        enter_lane: Callable[[LaneName], None] | None = None,
        lease_lasts: timedelta = LEASE_LASTS,
    ) -> None:
        self._connectors = connectors
        self._store = store
        self._clock = clock
        self._lease = lease
        self._expires = lease.expires_at if lease is not None else None
        self._lasts = lease_lasts
        self._crash = crash_points or CrashPoints()
        self._progress = progress or (lambda _word, _count: None)
        self._enter_lane = enter_lane or (lambda _lane: None)
        self._notifier = notifier or NoChannels()
        # With the group itself, whose place in memory is nobody else's as long as it is kept.
        self._begun: dict[int, tuple[Gather, Begun]] = {}
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="leadpact-crm")

    def run(self, steps: Steps[T]) -> T:
        """Drive the generator to its end and hand back its result.

        Raises:
            LeadpactError: what the engine itself lets through (a lost lease, a fault of the store).
        """
        try:
            effect = next(steps)
            while True:
                try:
                    answer = self._answer(effect)
                except LeadpactError as error:
                    effect = steps.throw(error)
                else:
                    effect = steps.send(answer)
        except StopIteration as ended:
            result: T = ended.value
            return result
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _answer(self, effect: Effect) -> Any:
        if isinstance(effect, Instant):
            self._clock.follow(lazily=True)
            return self._clock.now()
        if isinstance(effect, RecordUrls):
            connector = self._connectors[effect.crm]
            refs = [RecordRef(effect.crm, effect.kind, one) for one in effect.ids]
            return tuple(connector.record_url(ref) for ref in refs)
        if isinstance(effect, EnterLane):
            self._enter_lane(effect.lane)
            return None
        if isinstance(effect, Notify):
            self._keep_lease()
            return self._notifier.send(effect.notices, effect.recipients)
        if isinstance(effect, Commit):
            self._crash.reach("before-commit")
            self._commit(effect.changes)
            self._crash.reach("after-commit")
            return None
        self._keep_lease()
        if isinstance(effect, FirstOf):
            return self._first_of(effect.groups)
        effects = effect.effects if isinstance(effect, Gather) else (effect,)
        answers = self._ended(self._begin(effects))
        if isinstance(effect, Gather):
            return answers
        if isinstance(answers[0], LeadpactError):
            raise answers[0]
        return answers[0]

    def _begin(self, effects: Sequence[Effect]) -> Begun:
        """Effects with their calls, all under way."""
        for word in words_of(effects):
            self._crash.reach(f"before-{word}")
        return [(one, self._start(one)) for one in effects]

    def _ended(self, begun: Begun) -> list[Any]:
        """The answers of effects that were begun, or the errors that they raised."""
        answers = [self._join(one, parts) for one, parts in begun]
        for one in answers:
            if isinstance(one, LeaseLost):
                raise one
        for word in words_of([effect for effect, _parts in begun]):
            self._crash.reach(f"after-{word}")
        return answers

    def _first_of(self, groups: Sequence[Gather]) -> list[Any]:
        """The answers of each group whose calls are done, once there is one; of the others that they are under way."""
        for group in groups:
            if id(group) not in self._begun:
                self._begun[id(group)] = group, self._begin(group.effects)
        while not (done := [one for one in groups if self._is_done(one)]):
            parts = [part for one in groups for part in self._calls(one) if not part.done()]
            wait(parts, timeout=LEASE_LOOK_S, return_when=FIRST_COMPLETED)
            self._keep_lease()
        answers: list[Any] = []
        for group in groups:
            if any(group is one for one in done):
                answers += self._ended(self._begun.pop(id(group))[1])
            else:
                answers += [UNDER_WAY] * len(group.effects)
        return answers

    def _calls(self, group: Gather) -> list[Future[Any]]:
        return [part for _effect, parts in self._begun[id(group)][1] for part in parts]

    def _is_done(self, group: Gather) -> bool:
        return all(part.done() for part in self._calls(group))

    def _commit(self, changes: StateChanges) -> None:
        now = self._clock.now()
        self._store.commit(changes, self._lease, now, self._lasts if self._lease else None)
        self._expires = now + self._lasts

    def _keep_lease(self) -> None:
        if self._lease is None or self._expires is None:
            return
        self._clock.follow(lazily=True)
        if self._expires - self._clock.now() < self._lasts * 2 / 5:
            self._commit(StateChanges())

    def _start(self, effect: Effect) -> list[Future[Any]]:
        """The calls of one effect, in pieces that the connector takes, all under way."""
        if isinstance(effect, Write):
            return [self._submit(self._write, self._connectors[effect.crm], effect)]
        return [self._submit(call, *given) for call, given in calls_of(self._connectors, effect)]

    def stay_within_lease(self) -> None:
        """Asked before every call, by every thread.

        Raises:
            LeaseLost: code ``lease_short``, if less than ``LEASE_LEAST`` is left.
        """
        if self._expires is not None and self._expires - self._clock.now() < self._lasts / 5:
            raise LeaseLost(
                "This cycle stood still for so long that another may have taken the pair over; it wrote nothing more.",
                code="lease_short",
            )

    def _write(self, connector: Connector, effect: Write) -> Any:
        self.stay_within_lease()
        if effect.mass and isinstance(connector, WritesInMass):
            return in_mass(connector, effect.kind, effect.rows, self._clock.sleep)
        return connector.write(effect.kind, effect.rows)

    def _submit(self, call: Callable[..., Any], *given: Any) -> Future[Any]:
        return self._pool.submit(self._patiently, call, *given)

    def _patiently(self, call: Callable[..., Any], *given: Any) -> Any:
        """Make the call, waiting for room in a burst window: a connector that raises WaitUntil has tried nothing."""
        waited = 0.0
        while True:
            try:
                return call(*given)
            except WaitUntil as error:
                seconds = error.seconds
                if error.code != "throttled" or seconds is None or seconds > BURST_S:
                    raise
                if waited + seconds > PATIENCE_S:
                    raise
                self._clock.sleep(max(seconds, 0.05))
                waited += max(seconds, 0.05)

    def _result(self, part: Future[Any]) -> Any:
        """The call's answer; the lease is kept while it takes its time."""
        while True:
            try:
                return part.result(timeout=LEASE_LOOK_S)
            except TimeoutError:
                if part.done():
                    raise
                self._keep_lease()

    def _join(self, effect: Effect, parts: list[Future[Any]]) -> Any:
        results: list[Any] = []
        failed: LeadpactError | None = None
        for part in parts:
            try:
                results.append(self._result(part))
            except LeadpactError as error:
                failed = failed or error
        if failed is not None:
            return failed
        if isinstance(effect, CollectChanges | CollectHot | CollectArchived):
            self._progress("collected", len(results[0].changes))
        elif isinstance(effect, ReadSignals):
            self._progress("signals", len(results[0].signals))
        elif isinstance(effect, Write):
            self._progress("written", len(effect.rows))
        answer = joined(effect, results)
        if isinstance(effect, Observe | FindMatches):
            self._progress("observed", len(answer))
        return answer
