"""S117, S118, S119, S121, K7: the last wins against who was lost meanwhile, out of a kept state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadpact.audit.wins import Learned, learn
from leadpact.lifecycle.win_patterns import Line, proposals
from leadpact.model.decided import DecidedScore
from leadpact.model.episode import Episode
from leadpact.model.link import Link, SavedPlan
from leadpact.model.scorecard import Signal
from leadpact.model.stage import StageState
from leadpact.pact import Pact, load_pact
from leadpact.ports.state_store import StateChanges
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.probing import probe_of
from leadpact_app.cli import report_wins
from leadpact_app.cli.console import Console
from leadpact_app.store.memory import MemoryStore
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIVE = NOW - timedelta(days=300)


@pytest.fixture(scope="module")
def pact() -> Pact:
    return load_pact(default_text("pact.yaml"))


class State:
    """A kept state, lead by lead; ``talk`` and acts in days before now."""

    def __init__(self) -> None:
        self.changes = StateChanges()
        self.changes.plans.append(SavedPlan("p", "r", LIVE, "first_sync", "approved", {}, ""))

    def add(
        self,
        link_id: str,
        *,
        won: bool,
        talk: float,
        acts: Mapping[str, float] | None = None,
        facts: dict[str, Any] | None = None,
        decided: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        at = NOW - timedelta(days=talk)
        reached = {"mql": at - timedelta(days=1), "sal": at}
        end = at + timedelta(days=20)
        if won:
            reached |= {"sql": at + timedelta(days=5), "customer": end}
        episode = Episode(
            link_id, 1, at - timedelta(days=300), reached=reached, closed_at=end,
            closed_from="sal", outcome="won" if won else "recycled",
            reason="" if won else "bad_timing",
        )  # fmt: skip
        episode = replace(episode, **more)
        state = StageState("customer" if won else "recycled", end)
        self.changes.links.append(Link(link_id, stage=state, base=facts or {}))
        self.changes.episodes.append(episode)
        for name, day in (acts or {}).items():
            when = NOW - timedelta(days=day)
            self.changes.signals.append(Signal(f"{link_id}-{name}", link_id, name, when))
        if decided is not None:
            score = DecidedScore(
                link_id, at - timedelta(days=1), "h", decided, (), None, 0, 0, "", "qualified"
            )
            self.changes.decided.append(score)

    def store(self) -> MemoryStore:
        made = MemoryStore()
        made.commit(self.changes, None, NOW)
        return made


def a_town(wins: int = 24, lost: int = 30) -> State:
    """Wins looked at prices, half a year ago and right before; the lost came to webinars."""
    state = State()
    for n in range(wins):
        talk = 120 - n
        seen = {"pricing_page": talk + 9, "webinar": talk + 40, "comparison_page": talk + 2}
        state.add(
            f"w{n:03d}", won=True, talk=talk, acts=seen if n % 4 else {"gated_download": talk + 1},
            facts={"title": "VP Sales", "employees": 120 if n % 3 else 900},
        )  # fmt: skip
    for n in range(lost):
        talk = 90 - n
        acts = {"webinar": talk + 3} | ({"gated_download": talk + 2} if n % 4 == 0 else {})
        state.add(
            f"x{n:03d}", won=False, talk=talk, acts=acts,
            facts={"title": "Assistant" if n % 2 else "VP Finance", "employees": 20 if n % 2 else None},
        )  # fmt: skip
    return state


@pytest.fixture(scope="module")
def told(pact: Pact) -> Learned:
    return learn(a_town().store(), pact, EmbeddedEngine(), NOW)


def counts(told: Learned) -> dict[str, tuple[int, int, int, int]]:
    return {
        f"{one.kind}:{one.key.removeprefix('act:')}": (one.wins, one.wins_of, one.lost, one.lost_of)
        for one in told.lines
    }


def test_acts_count_in_the_days_before_the_first_talk(told: Learned) -> None:
    """S118; a webinar 40 days before the talk of a win does not count."""
    found = counts(told)
    assert found["act:pricing_page"] == (18, 24, 0, 30)
    assert found["act:webinar"] == (0, 24, 30, 30)
    assert found["act:gated_download"] == (6, 24, 8, 30)
    assert found["act:comparison_page"] == (18, 24, 0, 30), "no rule looks at it, and it is seen"


def test_how_many_days_before_is_agreed(pact: Pact) -> None:
    longer = replace(pact, calibration=replace(pact.calibration, before_talk_days=45))
    found = counts(learn(a_town().store(), longer, EmbeddedEngine(), NOW))
    assert found["act:webinar"] == (18, 24, 30, 30)


def test_titles_and_sizes_are_grouped_as_the_rules_have_them(told: Learned) -> None:
    found = counts(told)
    assert found["title:senior_title"] == (24, 24, 15, 30)
    assert found["title:title:other"] == (0, 24, 15, 30)
    assert found["size:size:1"] == (16, 24, 0, 30)
    assert found["size:size:2"] == (8, 24, 0, 30)
    assert found["size:size:unknown"] == (0, 24, 15, 30)
    assert found["fit:company_size"] == (16, 24, 0, 15), "of whom nobody knows the size is left out"
    labels = {one.key: one.label for one in told.lines}
    assert labels["size:1"] == "50 to 500 employees"
    assert labels["size:2"] == "501 employees or more"


def test_what_parts_most_comes_first(told: Learned) -> None:
    assert [one.key for one in told.lines[:2]] == ["webinar", "act:comparison_page"]
    gaps = [abs(one.gap) for one in told.lines]
    assert gaps == sorted(gaps, reverse=True)


def test_it_proposes_and_changes_nothing(told: Learned, pact: Pact) -> None:
    """S119."""
    said = "\n".join(told.proposed)
    assert "Comparison page parts wins from losses and gives 0 points (18 of 24 wins" in said
    assert "Attended a webinar gives 20 points, and it is the other way round (0 of 24 wins" in said
    assert "Downloaded gated content gives 15 points and does not part wins from losses" in said
    assert "pricing" not in said.casefold(), "it gives points, and it parts them: nothing to say"
    store = a_town().store()
    before = store.links(["w001"]), store.signals(["w001"], LIVE)
    learn(store, pact, EmbeddedEngine(), NOW)
    assert (store.links(["w001"]), store.signals(["w001"], LIVE)) == before


def test_only_the_lost_of_the_same_span_are_compared(pact: Pact) -> None:
    state = a_town(24, 30)
    state.add("early", won=False, talk=200, acts={"pricing_page": 201})
    told = learn(state.store(), pact, EmbeddedEngine(), NOW)
    assert (told.wins, told.lost) == (24, 30)
    assert counts(told)["act:pricing_page"][2] == 0


def test_few_wins_are_a_hint_and_a_sample_is_what_was_agreed(pact: Pact) -> None:
    """K7: the warning under 20, and another number."""
    few = learn(a_town(12, 30).store(), pact, EmbeddedEngine(), NOW)
    assert few.hints[0].startswith("Only 12 wins: a hint, not a pattern")
    small = replace(pact, calibration=replace(pact.calibration, wins=10, warn_below=5))
    told = learn(a_town(12, 30).store(), small, EmbeddedEngine(), NOW)
    assert told.wins == 10
    assert not any("hint" in each for each in told.hints)


def test_what_is_not_kept_is_said_and_not_guessed(pact: Pact) -> None:
    """Retention: acts go after 490 days, and none is older than 400 at go-live."""
    state = a_town(20, 20)
    state.add("old", won=True, talk=495, acts={"pricing_page": 500})
    state.add(
        "found", won=True, talk=50, opened_by="first sight",
        opened_at=NOW - timedelta(days=30), reached={"customer": NOW - timedelta(days=30)},
        acts={"pricing_page": 31},
    )  # fmt: skip
    told = learn(state.store(), pact, EmbeddedEngine(), NOW)
    assert (told.wins, told.acts_gone, told.no_talk) == (22, 1, 1)
    assert counts(told)["act:pricing_page"][1] == 20
    hints = " ".join(told.hints)
    assert "Of 1 lead the acts before the first talk are not kept" in hints
    assert "Of 1 win the first talk with sales is not known" in hints


def test_facts_are_those_of_the_score_decided_before_the_talk(pact: Pact) -> None:
    state = State()
    state.add("now", won=True, talk=50, facts={"title": "VP"})
    state.add("then", won=True, talk=50, facts={"title": "VP"}, decided={"title": "Assistant"})
    told = learn(state.store(), pact, EmbeddedEngine(), NOW)
    assert told.facts_of_today == 1
    assert counts(told)["title:senior_title"][:2] == (1, 2)


def test_a_baseline_is_no_act(pact: Pact) -> None:
    """R8."""
    state = a_town(1, 1)
    at = NOW - timedelta(days=121)
    state.changes.signals = [Signal("b", "w000", "pricing_page", at, precision="counter")]
    assert "act:pricing_page" not in counts(learn(state.store(), pact, EmbeddedEngine(), NOW))


def test_a_rule_without_points_is_looked_for_all_the_same() -> None:
    text = default_text("pact.yaml").replace(
        "points: 20\n      signal: pricing", "points: 0\n      signal: pricing"
    )
    zero = load_pact(text)
    told = learn(a_town().store(), zero, EmbeddedEngine(), NOW)
    assert counts(told)["act:pricing_page"] == (18, 24, 0, 30)
    assert any(
        each.startswith("Visited the pricing page parts wins") and "gives 0 points" in each
        for each in told.proposed
    )
    assert all(one.points for one in probe_of(zero.scoring, {}, 30).scoring.fit)


def test_each_line_that_says_something_is_told_in_full_whatever_stands_before_it() -> None:
    group = Line("title", "vp", "Title: VP", None, 30, 30, 0, 30)
    more = Line("act", "act:webinar", "Webinar", 0, 28, 30, 3, 30)
    fewer = Line("act", "act:careers", "Careers page", 0, 3, 30, 27, 30)
    odd = Line("fit", "free_mail", "Free mail", 1, 1, 30, 20, 30)
    flat = Line("fit", "city", "City", 500, 9, 20, 9, 20)
    rare = replace(flat, key="rare", label="Rare", wins=2, lost=2)
    assert proposals([flat, rare, odd, fewer, more, group], 20) == [
        (
            "Webinar parts wins from losses and gives 0 points (28 of 30 wins, 3 of 30 lost): talk about whether to "
            "add points for it."
        ),
        (
            "Careers page parts wins from losses and gives 0 points (3 of 30 wins, 27 of 30 lost): talk about whether "
            "to take points away for it."
        ),
        "Free mail gives 0.01 points, and it is the other way round (1 of 30 wins, 20 of 30 lost): look at the rule.",
        (
            "City gives 5 points and does not part wins from losses (9 of 20 wins, 9 of 20 lost), of those who came so "
            "far: look whether it needs them."
        ),
    ]
    assert proposals([flat], 21) == []


def test_what_chance_alone_may_do_parts_nothing() -> None:
    assert Line("act", "a", "A", 0, 18, 30, 4, 41).parts
    assert not Line("act", "a", "A", 0, 4, 30, 4, 41).parts
    assert not Line("act", "a", "A", 0, 3, 3, 0, 0).parts, "nobody to compare with"
    seldom = Line("act", "a", "A", 2000, 1, 30, 1, 41)
    free = Line("fit", "f", "Free mail", -1000, 20, 30, 4, 41)
    assert "the other way round" in proposals([free], 20)[0]
    assert proposals([replace(free, wins=2, lost=30)], 20) == [], "it takes points away, rightly"
    assert proposals([seldom], 20) == [], "two leads say nothing against a rule"


def test_what_people_and_programs_read(
    told: Learned, pact: Pact, capsys: pytest.CaptureFixture[str]
) -> None:
    report_wins.show(Console(), told, pact)
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "24 wins (the pact asks for the last 30 wins) against 30 lost from",
        "What they did in the 30 days before the first talk with sales",
        "Visited the pricing page 20 18 of 24 wins 0 of 30 lost parts them",
        "Of nobody: Visited the demo page",
        "Nothing was changed.",
    ):
        assert words in shown, words
    document = report_wins.as_document(told, pact)
    assert (document["enough"], document["wins"], document["lost"]) == (True, 24, 30)
    assert document["lines"][0]["lost"] == 30


def test_without_a_win_there_is_nothing_to_learn(
    pact: Pact, capsys: pytest.CaptureFixture[str]
) -> None:
    report_wins.show(Console(), learn(MemoryStore(), pact, EmbeddedEngine(), NOW), pact)
    assert "No win is known (the last 30 wins" in capsys.readouterr().out
