"""S17, S58, S67, S68, S81, S98: the reports over a kept state, as people and programs read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadpact.audit.shared_numbers import SharedNumbers, shared_numbers
from leadpact.model.decided import DecidedScore
from leadpact.model.episode import Episode
from leadpact.model.handoff import Handoff
from leadpact.model.link import Link, SavedPlan
from leadpact.model.response_clock import ResponseClock
from leadpact.model.stage import StageState
from leadpact.pact import Pact, load_pact
from leadpact.ports.state_store import StateChanges
from leadpact_app.cli import report_text
from leadpact_app.cli.console import Console
from leadpact_app.store.memory import MemoryStore
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIVE = NOW - timedelta(days=200)
REPS = ("salesforce:0055g00000AAAAA", "salesforce:0055g00000BBBBB")
ENDS = (
    ("disqualified", "disqualified", "wrong_title"),
    ("disqualified", "disqualified", "wrong_title"),
    ("recycled", "recycled", "bad_timing"),
    ("recycled", "recycled", "unworked"),
)


@pytest.fixture(scope="module")
def pact() -> Pact:
    return load_pact(default_text("pact.yaml"))


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    """Sixty leads of the last 60 days: every sixth an SQL, every sixth sales' own, the rest given back or open."""
    made, changes = MemoryStore(), StateChanges()
    changes.plans.append(SavedPlan("p", "r", LIVE, "first_sync", "approved", {}, ""))
    for number in range(60):
        at = NOW - timedelta(days=number + 1)
        rep, kind = REPS[number % 2], number % 6
        reached = {"lead": at - timedelta(days=5)}
        outcome, stage, reason = "", "mql", ""
        if kind != 1:
            reached["mql"] = at
        if kind in (0, 1):
            reached |= {"sal": at + timedelta(hours=2), "sql": at + timedelta(hours=9)}
            stage = "sql"
        elif kind != 5:
            outcome, stage, reason = ENDS[(number // 6) % 4]
        closed = at + timedelta(hours=20) if outcome else None
        link_id = f"{number:08d}"
        episode = Episode(
            link_id, 1, at - timedelta(days=5), reached=reached, closed_at=closed,
            closed_from="mql" if outcome else "", outcome=outcome, reason=reason,  # type: ignore[arg-type]
            rejected_by=rep if outcome else "",
        )  # fmt: skip
        base = {"lead_source": ("Web", "Trade show")[number % 2], "title": "Assistant"}
        base |= {"need": "pain", "authority": "decides", "budget": "allocated"} if kind == 0 else {}
        state = StageState(stage, closed or at, reason=reason)
        changes.links.append(Link(link_id, stage=state, base=base, owner=rep))
        changes.episodes.append(episode)
        if kind != 1:
            due = at + timedelta(minutes=5)
            ended = at + timedelta(minutes=4 if number % 4 else 40) if kind != 5 else None
            changes.clocks.append(
                ResponseClock(
                    link_id, "contact", 1, at, due, at, "high", "5 minutes", "office", owner=rep,
                    ended_at=ended, answered=ended is not None,
                )
            )  # fmt: skip
            handed = Handoff(f"h{number}", link_id, "mql", at, step="done", owner=rep)
            changes.handoffs.append(handed)
        changes.decided.append(
            DecidedScore(link_id, at, "p", {}, (), None, 3500, 2500, "A3", "qualified")
        )
    changes.handoffs = [
        Handoff(
            one.id, one.link_id, one.cause, one.since, step="done", owner=one.owner,
            owner_name="Ann Rep" if one.owner == REPS[0] else "Bob Rep",
        )
        for one in changes.handoffs
    ]  # fmt: skip
    made.commit(changes, None, NOW)
    return made


@pytest.fixture(scope="module")
def told(store: MemoryStore, pact: Pact) -> SharedNumbers:
    return shared_numbers(store, pact, NOW - timedelta(days=90), NOW)


def test_one_walk_gives_them_all(told: SharedNumbers) -> None:
    one = told.conversion
    assert told.leads == 60
    assert (one.made, one.open, one.settled, one.sql, one.own_sql) == (50, 10, 40, 10, 10)
    assert (one.waiting, one.not_for_us) == (10, 18)
    assert sum(row.passes for row in told.sources) == 60
    assert {row.rep for row in told.reps} == set(REPS)
    assert sum(row.count for row in told.reasons) == 30
    assert told.touches.total() == 60
    assert told.names == {REPS[0]: "Ann Rep", REPS[1]: "Bob Rep"}


def test_what_people_read(
    told: SharedNumbers, pact: Pact, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console()
    for show in (
        report_text.show_conversion,
        report_text.show_sources,
        report_text.show_reps,
        report_text.show_reasons,
        report_text.show_touches,
    ):
        show(console, told, pact)
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "25 %: 10 of 40 that are settled became SQL. 50 were made, 10 are still open.",
        "marketing came to nothing: not for us 18 40",
        "sales first contact late or overdue",
        "sales' own Trade show",
        "Judged by the usual bands, 13 to 25 % healthy: 0 of 20 wins",
        "Ann Rep",
        "Wrong title",
        "title Assistant: 18",
        "Wrong title: the bar: points",
        "booked: a meeting, or SQL already",
    ):
        assert words in shown, words


def test_what_programs_read(told: SharedNumbers, pact: Pact) -> None:
    as_json = report_text.conversion_json(told, pact)
    assert (as_json["band"], as_json["sales"]["waiting"]) == ("healthy", 10)
    assert as_json["judged_by"]["own_rate"] is False
    assert report_text.reasons_json(told, pact)["reasons"][0]["alike_in"][0]["fact"] == "title"
    assert report_text.sources_json(told, pact)["reps"][0]["drifts"] is False
    assert report_text.reps_json(told, pact)["sql"] == 20
    assert report_text.touches_json(told, pact)["all"]["waiting"] == 10


def test_an_empty_state_says_so(pact: Pact, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = shared_numbers(MemoryStore(), pact, NOW - timedelta(days=90), NOW)
    for show in (report_text.show_conversion, report_text.show_reasons, report_text.show_touches):
        show(Console(), nothing, pact)
    assert "Nobody became an MQL in this span." in capsys.readouterr().out
