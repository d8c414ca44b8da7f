"""Whatever people do in whatever order, the clocks that are kept are those that the history gives (S86..S91)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.agreement import pact
from tests.simulation.world import MARKETER, REP, START
from tests.unit.sync_rules.desk import Desk

from leadpact.audit.response_times import recomputed, unlike

Act = Callable[["Waiting"], None]


class Waiting:
    """One lead in both CRMs, and what people do to it."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.contact = self.desk.contact(lifecyclestage="lead")
        self.lead = self.desk.lead()
        self.desk.sync()

    def dated(self, name: str) -> None:
        """The contact's last act of this kind was a while ago, between the cycles."""
        at = (self.desk.world.now - timedelta(seconds=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.desk.put(self.contact, None, **{name: at})

    def link_id(self) -> str:
        return self.desk.link(self.contact).id


ACTS: dict[str, Act] = {
    "asks": lambda one: one.dated("last_demo_request"),
    "asks otherwise": lambda one: one.dated("last_contact_form"),
    "is called": lambda one: one.dated("notes_last_contacted"),
    "marketer": lambda one: one.desk.put(
        one.contact, MARKETER, lifecyclestage="marketingqualifiedlead"
    ),
    "taken": lambda one: one.desk.put(one.lead, REP, Status="Working - Contacted"),
    "qualified": lambda one: one.desk.put(one.contact, REP, lifecyclestage="salesqualifiedlead"),
    "rejected": lambda one: one.desk.put(
        one.lead, REP, leadpact_rejection_reason__c="bad_timing", Status="Closed - Not Converted"
    ),
    "put back": lambda one: one.desk.put(
        one.lead, REP, leadpact_stage__c="mql", leadpact_rejection_reason__c="other"
    ),
    "cycle": lambda one: cycle(one, 1),
    "late cycle": lambda one: cycle(one, 45),
    "a day": lambda one: cycle(one, 24 * 60),
}


def cycle(one: Waiting, minutes: float) -> None:
    one.desk.later(minutes=minutes - 15)
    one.desk.sync()


@settings(max_examples=30)
@given(st.lists(st.sampled_from(sorted(ACTS)), max_size=14))
def test_what_is_kept_is_what_the_history_gives(acts: list[str]) -> None:
    one = Waiting()
    for name in acts:
        ACTS[name](one)
    cycle(one, 15)
    desk, now = one.desk, one.desk.world.now
    kept = desk.store.clocks_of([one.link_id()]).get(one.link_id(), ())
    computed = recomputed(desk.store, pact(), desk.link(one.contact), START, now)
    assert unlike(kept, computed) == ((), ())
    running = [each for each in kept if each.ended_at is None]
    assert len({each.kind for each in running}) == len(running)
    for each in kept:
        assert each.started_at < each.near_at <= each.due_at
        assert each.ended_at is None or each.started_at <= each.ended_at <= now
        assert each.told == each.state(now)
    shown = one.contact.fields["leadpact_sla_state"]
    contacts = [each for each in kept if each.kind == "contact"]
    assert shown == (contacts[-1].told if contacts else None)
