"""R40: it lives, and says so: an alarm where no cycle succeeds, a digest each morning, once each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadpact.audit.digest import digest_of, liveness_of
from leadpact.model.link import Hold, Run, RunKind, RunStatus
from leadpact.model.notice import Notice
from leadpact.ports.notifier import Delivery
from leadpact.ports.state_store import StateChanges
from leadpact_app.runs.watch import Watch
from leadpact_app.store.memory import MemoryStore

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


class Channel:
    """A destination that keeps what it is told."""

    channels = frozenset({"ops"})

    def __init__(self, *, sent: bool = True) -> None:
        self.told: list[Notice] = []
        self.sent = sent

    def send(self, notices: Sequence[Notice], recipients: Sequence[str]) -> Sequence[Delivery]:
        self.told += notices
        return [Delivery(sent=self.sent) for _one in notices]


def run(minutes: float, status: RunStatus = "done", kind: RunKind = "sync", **counts: int) -> Run:
    at = NOW - timedelta(minutes=minutes)
    return Run(
        f"{kind}{minutes}", kind, at, status, at + timedelta(seconds=9), counts, "Why it is."
    )


def store_with(*runs: Run) -> MemoryStore:
    store = MemoryStore()
    store.commit(StateChanges(runs=list(runs)), None, NOW)
    return store


def watch(store: MemoryStore, channel: Channel, digest_at: time | None = None) -> Watch:
    alarm = HALF_AN_HOUR if digest_at is None else timedelta()
    to = {"alarm": ("ops", "owner"), "digest": ("ops", "unknown")}
    zone = ZoneInfo("Europe/Berlin")
    return Watch(store, channel, to, "acme", zone, alarm, digest_at)


def test_the_alarm_tells_once_that_no_cycle_has_succeeded_and_again_after_the_next_success() -> (
    None
):
    store, channel = store_with(run(50), run(20, "failed")), Channel()
    look = watch(store, channel).look
    assert [one.subject for one in look(NOW)] == [
        "leadpact acme: no successful cycle for 30 minutes"
    ]
    assert look(NOW + timedelta(minutes=5)) == []
    store.commit(StateChanges(runs=[run(-10)]), None, NOW)
    assert look(NOW + timedelta(minutes=20)) == []
    assert len(look(NOW + timedelta(minutes=50))) == 1
    assert "2026-11-22 08:10" in channel.told[0].body
    assert "Why it is." in channel.told[0].body
    assert [one.to for one in channel.told] == ["ops", "ops"]


def test_an_alarm_that_could_not_be_sent_waits_in_the_outbox() -> None:
    store, channel = store_with(run(50)), Channel(sent=False)
    look = watch(store, channel).look
    assert len(look(NOW)) == 1
    (waiting,) = store.notices(state="waiting")
    assert (waiting.kind, waiting.attempts) == ("alarm", 1)
    assert look(NOW + timedelta(minutes=5)) == []


def test_cycles_that_succeed_or_wait_for_their_first_approval_raise_no_alarm() -> None:
    assert liveness_of([run(29)], NOW, HALF_AN_HOUR).ok
    assert liveness_of([], NOW, HALF_AN_HOUR).ok
    assert liveness_of([run(90, "needs_approval")], NOW, HALF_AN_HOUR).ok
    assert liveness_of([run(90)], NOW, timedelta()).ok
    assert not liveness_of([run(1, "skipped", "missed"), run(90)], NOW, HALF_AN_HOUR).ok
    assert not liveness_of([run(1, "done", "plan"), run(90, "failed")], NOW, HALF_AN_HOUR).ok


def test_the_digest_comes_each_morning_once_in_the_zone_of_the_schedule() -> None:
    store = store_with(
        run(10, written=3, handed_over=1, near_misses=2),
        run(60 * 20, written=4, newly_held=1),
        run(60 * 25, written=100),
        run(30, "skipped", "missed", ticks=4),
        run(5, kind="plan", written=50),
    )
    holds = [
        Hold(name, "link", "stage", cause, "", {}, NOW, "run")
        for name, cause in (("1", "contested"), ("2", "values_differ"))
    ]
    store.commit(StateChanges(holds=holds), None, NOW)
    channel = Channel()
    morning = watch(store, channel, time(10, 30))
    assert [one.kind for one in morning.look(NOW)] == [], "it is ten in Berlin"
    (told,) = morning.look(NOW + timedelta(minutes=31))
    assert morning.look(NOW + timedelta(minutes=40)) == []
    assert "the day until 2026-11-22 10:30" in told.subject
    (sent,) = channel.told
    assert "Handed off: 1; 0 wait" in sent.body
    assert "Held for a person: 2 (1 new); contested: 1." in sent.body
    assert "Written: 7 records" in sent.body
    assert "to be looked at): 2." in sent.body
    assert "Ticks left out: 4" in sent.body
    (next_day,) = morning.look(NOW + timedelta(days=1, minutes=31))
    assert next_day.id != told.id


def test_a_digest_of_nothing_is_all_zeros() -> None:
    told = digest_of(MemoryStore(), NOW - timedelta(days=1), NOW)
    assert told.runs == {}
    assert set(told.done.values()) == {0}
    assert "Runs: none." in told.lines()
