"""Rows for the state store's tests; every keyword overrides one field."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from leadpact.model.episode import Episode
from leadpact.model.handoff import Handoff, Headline
from leadpact.model.link import (
    Failure,
    Hold,
    Intent,
    Link,
    Outcome,
    Run,
    SavedPlan,
    Side,
    WorkItem,
)
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import PublishedScore, Signal
from leadpact.model.stage import StageState, Transition, WriteBack

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LASTS = timedelta(minutes=5)


def at(seconds: float) -> datetime:
    """So many seconds after ``NOW``."""
    return NOW + timedelta(seconds=seconds)


def link_id(number: int) -> str:
    """The id of the nth link; not in the order of the numbers."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"link {number}"))


def full_link(number: int, **changed: Any) -> Link:
    """A link with everything that a link can hold."""
    link = Link(
        id=link_id(number),
        base={"first_name": "Zoë", "employees": 120, "email_opt_out": False, "city": None},
        stage=StageState(
            stage="mql",
            since=at(-3600.25),
            episode=2,
            episode_since=at(-7200),
            reason="bad_timing",
            reason_owed=True,
            why="score 62 of 60",
            pact_hash="aaaa",
            priority=True,
            write_backs=(
                WriteBack("hubspot", "lifecyclestage", "lead", at(-60), 2, True, "workflow:7"),
            ),
            since_approximate=True,
            sub_reason="next_quarter",
            closed_by="salesforce:0057",
            rejected_by=("salesforce:0057", "hubspot:88"),
            deal_open=True,
        ),
        published=PublishedScore(
            3500, 2700, 6200, "A2", "qualified", ("Manager", "Pricing page"), "…", at(-5), "aaaa"
        ),
        adopted=True,
        our_id="an earlier id",
        owner="salesforce:005000000000001AAA",
        buried_at=at(-9),
    )
    return replace(link, **changed)


def episode(number: int, count: int, **changed: Any) -> Episode:
    """The count-th episode of the nth link, with everything that an episode can hold."""
    whole = Episode(
        link_id(number),
        count,
        at(-900),
        kind="return",
        opened_by="score",
        why="The score says MQL: Asked for a demo.",
        reached={"mql": at(-900), "sal": at(-60), "sql": at(-60.5)},
        implied=("sal",),
        closed_at=at(-1),
        closed_from="sql",
        outcome="recycled",
        reason="bad_timing",
        sub_reason="next_quarter",
        rejected_by="salesforce:0057",
        intent="high",
        owner="salesforce:0057",
        pact_hash="aaaa",
    )
    return replace(whole, **changed)


def hubspot(record: str, number: int, **changed: Any) -> Side:
    """A contact of the nth link."""
    ref = RecordRef("hubspot", "contacts", record)
    side = Side(
        ref,
        link_id(number),
        version="2026-11-21T10:00:00.000Z",
        renderings={"email": "A@b.example"},
        image={"lifecyclestage": "lead", "hs_lead_status": None},
    )
    return replace(side, **changed)


def salesforce(record: str, number: int, kind: str = "Lead", **changed: Any) -> Side:
    """A Lead or Contact of the nth link."""
    side = Side(
        RecordRef("salesforce", kind, record),
        link_id(number),
        open_renderings={"NumberOfEmployees": 50, "Score__c": 1.5, "HasOptedOutOfEmail": True},
    )
    return replace(side, **changed)


def work(number: int, due: float = 0, since: float = 0, **changed: Any) -> WorkItem:
    """The nth lead on the work list."""
    return replace(WorkItem(link_id(number), "changed", at(since), at(due)), **changed)


def intent(name: str, number: int = 1, created: float = 0, **changed: Any) -> Intent:
    """A journaled write of the nth link."""
    return replace(
        Intent(
            id=name,
            run_id="run 1",
            link_id=link_id(number),
            ref=RecordRef("hubspot", "contacts", "101"),
            op="set",
            before={"firstname": None, "city": "Bonn"},
            wanted={"firstname": "Zoë", "city": None},
            agrees={"first_name": "Zoë", "city": None},
            rule={"firstname": "system_of_record", "city": "keep_known"},
            created_at=at(created),
        ),
        **changed,
    )


def transition(name: str, number: int = 1, when: float = 0, **changed: Any) -> Transition:
    """A line of the nth lead's stage history."""
    return replace(
        Transition(
            id=name,
            link_id=link_id(number),
            at=at(when),
            result="accepted",
            from_stage="lead",
            to_stage="mql",
            actor="person:7",
            crm="hubspot",
            why="a marketer said so",
            reason="",
            episode=3,
            pact_hash="aaaa",
            run_id="run 1",
            said_at=at(when - 5),
            signal_id="signal 1",
            intent="high",
        ),
        **changed,
    )


def hold(name: str, number: int = 1, since: float = 0, **changed: Any) -> Hold:
    """Something of the nth lead that waits for a person."""
    return replace(
        Hold(
            id=name,
            link_id=link_id(number),
            field="email",
            cause="both_changed",
            why="both sides changed it",
            shown={"hubspot": "a@b.example", "salesforce": "c@d.example"},
            since=at(since),
            run_id="run 1",
        ),
        **changed,
    )


def failure(number: int = 1, crm: str = "salesforce", first: float = 0, **changed: Any) -> Failure:
    """A write of the nth lead that waits for a mend."""
    return replace(
        Failure(
            link_id=link_id(number),
            crm=crm,
            ref=RecordRef("salesforce", "Lead", "00Q1"),
            cause="picklist_value_unknown",
            remedy="set aside",
            message="Status has no value of that name.",
            fields=("Status", "Rating"),
            wanted_hash="bbbb",
            attempts=2,
            first_at=at(first),
            last_at=at(first + 60),
            retry_at=at(first + 600),
            detail="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        **changed,
    )


def outcome(number: int = 1, run: str = "run 1", when: float = 0, **changed: Any) -> Outcome:
    """How the nth lead ended in a run."""
    return replace(
        Outcome(run, link_id(number), "hubspot", "written", at(when), "merged", ("firstname",)),
        **changed,
    )


def signal(key: str, number: int = 1, when: float = 0, **changed: Any) -> Signal:
    """An act of the nth person."""
    return replace(
        Signal(key, link_id(number), "pricing_page", at(when), "/pricing", "hubspot", "sampled"),
        **changed,
    )


def run(name: str, started: float = 0, **changed: Any) -> Run:
    """One cycle."""
    return replace(
        Run(name, "sync", at(started), "running", counts={"written": 3, "held": 1}, note="…"),
        **changed,
    )


def plan(name: str, created: float = 0, **changed: Any) -> SavedPlan:
    """A plan that waits for approval."""
    return replace(
        SavedPlan(name, "run 1", at(created), "first_sync", "proposed", {"written": 412}, "[]"),
        **changed,
    )


def handoff(key: str, **changed: Any) -> Handoff:
    """A handoff with everything that it can hold."""
    made = Handoff(
        key,
        link_id(1),
        "fast_lane",
        at(-30.5),
        episode=2,
        heat=3_006_200,
        why="waits for its owner",
        owner="salesforce:005000000000001AAA",
        owner_name="Ann Rep",
        day="2026-11-21",
        next_try=NOW,
        headline=Headline("Zoë Example", "Acme (UK)", "Asked for a demo"),
        lines=("Their topic: Pricing <b>guide</b>", "Grade A1"),
        due_at=at(300),
        other_owner="7001",
        task="00T000000000001AAA",
        mirrored="salesforce:005000000000002AAA",
    )
    return replace(made, **changed)
