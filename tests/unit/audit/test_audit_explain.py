"""Explain tells the truth of one lead, out of the stored state alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.audit.conftest import CONTACT, LEAD, OLD_LEAD, START, Story

from leadpact.audit import explain
from leadpact.model.scorecard import PublishedScore
from leadpact.model.stage import StageState
from leadpact.pact import Pact

NAMES = {"hubspot": "HubSpot", "salesforce": "Salesforce"}


def test_a_link_that_nobody_knows_has_no_story(story: Story, pact: Pact) -> None:
    assert explain(story.store, pact, "nobody") is None


def test_a_lead_without_an_agreed_stage_says_so(story: Story, pact: Pact) -> None:
    story.link()
    told = explain(story.store, pact, "link-1")
    assert told is not None
    assert told.headlines == ("No stage is agreed yet.",)
    assert told.stage_label == ""
    assert told.history == ()


def test_records_that_are_written_come_first(story: Story, pact: Pact) -> None:
    story.link()
    told = explain(story.store, pact, "link-1")
    assert told is not None
    assert [side.ref for side in told.records] == [CONTACT, LEAD, OLD_LEAD]


def test_stage_reason_and_what_is_owed_are_in_the_first_line(story: Story, pact: Pact) -> None:
    stage = StageState("recycled", START, episode=2, reason="bad_timing", why="rejected by sales")
    story.link(stage)
    told = explain(story.store, pact, "link-1")
    assert told is not None
    first = told.headlines[0]
    assert first.startswith(f"{pact.label('recycled')} since 5 Mar 2026, episode 2")
    assert pact.reasons["bad_timing"].label in first
    assert "Why: rejected by sales." in first
    assert told.reason_label == pact.reasons["bad_timing"].label
    story.link(StageState("recycled", START, reason_owed=True))
    owed = explain(story.store, pact, "link-1")
    assert owed is not None
    assert "reason owed by sales" in owed.headlines[0]


def test_the_score_is_told_with_its_strongest_points_and_what_is_missing(
    story: Story, pact: Pact, score: PublishedScore
) -> None:
    story.link(StageState("lead", START), score)
    told = explain(story.store, pact, "link-1")
    assert told is not None
    assert told.headlines[1] == (
        "Not yet MQL: 45 of 60 points; grade A4 (fit 35, engagement 10): +20 Manager or above; "
        "+15 50 to 500 employees; +10 Opened 3 e-mails, 1 Mar 2026."
    )
    assert told.missing == ("15 more points to reach 60", "engagement of at least 20 (it is 10)")


def test_the_history_is_newest_first_in_sentences(story: Story, pact: Pact) -> None:
    story.link(StageState("mql", START))
    story.said("adopted", "", "lead", "first sight", crm="", why="shown as lead")
    story.said("accepted", "lead", "mql", "score", crm="", why="75 points")
    story.said("refused", "mql", "customer", "marketing (person:7)", crm="hubspot", why="too far")
    told = explain(story.store, pact, "link-1", names=NAMES)
    assert told is not None
    assert [one.sentence for one in told.history] == [
        "Marketing (person 7) in HubSpot asked for Customer; refused, it stays MQL: too far",
        "Lead → MQL by the score: 75 points",
        "Found at Lead when leadpact first saw it: shown as lead",
    ]
    assert told.headlines[-1] == (
        "5 Mar 2026: Marketing (person 7) in HubSpot asked for Customer; refused, it stays MQL: too far."
    )


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("overtaken", "a stronger word won"),
        ("held", "it waits for a person"),
        ("contested", "nothing more is written"),
        ("implied", "was passed on the way"),
    ],
)
def test_each_outcome_has_its_sentence(story: Story, pact: Pact, result: str, words: str) -> None:
    story.link(StageState("mql", START))
    story.said(result, "mql", "sal", why="w")  # type: ignore[arg-type]
    told = explain(story.store, pact, "link-1")
    assert told is not None
    assert words in told.history[0].sentence
    assert "sales (person 0057)" in told.history[0].sentence.lower()


def test_a_rejection_names_its_reason(story: Story, pact: Pact) -> None:
    story.link(StageState("recycled", START, reason="bad_timing"))
    story.said("accepted", "mql", "recycled", reason="bad_timing")
    told = explain(story.store, pact, "link-1", names=NAMES)
    assert told is not None
    label = pact.reasons["bad_timing"].label
    assert told.history[0].sentence == (
        f"MQL → {pact.label('recycled')} by sales (person 0057) in Salesforce, reason: {label}"
    )


def test_a_stage_that_a_person_chose_at_first_sight_is_told_so(story: Story, pact: Pact) -> None:
    story.link(StageState("mql", START))
    story.said("adopted", "", "mql", "operator", crm="", why="shown as HubSpot: lead")
    told = explain(story.store, pact, "link-1", names=NAMES)
    assert told is not None
    assert told.history[0].sentence == (
        "An operator of leadpact chose MQL in review when leadpact first saw it: shown as HubSpot: lead"
    )


def test_what_waits_and_what_failed_stand_in_the_headlines(story: Story, pact: Pact) -> None:
    story.link(StageState("mql", START))
    story.held("city", "values_differ", "The cities differ.")
    story.held("stage", "equal_rank", "Two say otherwise.")
    told = explain(story.store, pact, "link-1", names=NAMES)
    assert told is not None
    assert "Waits for a person (and 1 more): The cities differ." in told.headlines
    assert len(told.holds) == 2
    story.failed("The row is locked.")
    failed = explain(story.store, pact, "link-1", names=NAMES)
    assert failed is not None
    assert "Not written to Salesforce: The row is locked." in failed.headlines
    assert failed.failures[0].cause == "row_locked"


def test_an_answer_that_was_given_is_told(story: Story, pact: Pact) -> None:
    story.link(StageState("mql", START))
    story.held("city", "values_differ", "The cities differ.", status="answered")
    told = explain(story.store, pact, "link-1")
    assert told is not None
    assert "An answer was given; the next sync carries it out." in told.headlines


def test_writes_come_from_the_journal_with_before_after_and_rule(story: Story, pact: Pact) -> None:
    story.link(StageState("mql", START))
    story.wrote(LEAD, "Bonn", "Lund")
    story.wrote(CONTACT, None, "Oslo", state="refused")
    told = explain(story.store, pact, "link-1", names=NAMES)
    assert told is not None
    newest, oldest = told.writes
    assert (newest.ref, newest.before, newest.after, newest.state) == (
        CONTACT,
        None,
        "Oslo",
        "refused",
    )
    assert (oldest.before, oldest.after, oldest.rule) == ("Bonn", "Lund", "edited in hubspot")
    assert oldest.at == START + timedelta(hours=1)
    assert told.headlines[-1] == "Last written to Salesforce on 5 Mar 2026: City."


def test_another_leads_story_does_not_leak_in(story: Story, pact: Pact) -> None:
    story.link(StageState("mql", START))
    story.said("accepted", "lead", "mql")
    story.wrote(LEAD, "Bonn", "Lund")
    told = explain(story.store, pact, "link-2")
    assert told is None
