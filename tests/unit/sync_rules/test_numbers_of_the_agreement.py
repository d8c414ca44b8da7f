"""S- and K-numbers of the shipped agreement that no other test reads: stages, contrasts, gates, the way to MQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.simulation.agreement import engine, mapping, pact
from tests.simulation.world import START
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import Known
from leadpact.model.scorecard import Scorecard, ScoringInput, Signal
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def card(facts: dict[str, Known], *acts: str, under: Pact | None = None) -> Scorecard:
    """The scorecard of a lead that did these things yesterday."""
    at = NOW - timedelta(days=1)
    signals = tuple(Signal(name, "ann", name, at) for name in acts)
    lead = ScoringInput("ann", facts, signals, None)
    return next(iter(engine().score((under or pact()).scoring, [lead], NOW)))


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize(
    ("stage", "owner"),
    [
        ("visitor", "marketing"),
        ("subscriber", "marketing"),
        ("lead", "marketing"),
        ("mql", "marketing"),
        ("pql", "marketing"),
        ("sal", "sales"),
        ("sql", "sales"),
        ("opportunity", "sales"),
        ("customer", "both"),
        ("evangelist", "both"),
    ],
)
def test_each_stage_has_its_owner(stage: str, owner: str) -> None:
    """S1 to S10."""
    assert pact().stages[stage].owner == owner


def test_stages_follow_each_other_as_the_articles_say() -> None:
    """S7, S8, S10, S15."""
    line = ["visitor", "subscriber", "lead", "mql", "sal", "sql", "opportunity", "customer"]
    ranks = [pact().stages[stage].rank for stage in [*line, "evangelist"]]
    assert ranks == sorted(set(ranks))


def test_a_visitor_is_written_to_no_crm() -> None:
    """S1, K10: the first synced stage is subscriber."""
    assert "visitor" not in mapping().stage_keys
    assert "subscriber" in mapping().stage_keys
    for crm, kind in mapping().kind_rules:
        assert "visitor" not in mapping().stage_table(crm, kind).settings


def test_sal_and_pql_are_optional() -> None:
    """S8, S9."""
    kept = [
        line
        for line in default_text("pact.yaml").splitlines()
        if not line.startswith(("  pql:", "  sal:")) and "from: sal," not in line
    ]
    text = "\n".join(kept)
    for old, new in (
        ("from: [mql, pql], to: sal, by: sales", "from: mql, to: sql, by: sales"),
        ("from: [mql, pql], to: sal, by: agreement", "from: mql, to: sql, by: agreement"),
        ("from: [lead, sal], to: sql", "from: lead, to: sql"),
        ("    from: sal  ", "    from: mql  "),
        ("to: [sal, sql], by: sales", "to: sql, by: sales"),
        ("to: [sal, mql, pql, lead]", "to: [mql, lead]"),
        ("[mql, pql]", "mql"),
        (", pql", ""),
        (", sal,", ","),
        (", makes: pql", ""),
    ):
        text = text.replace(old, new)
    without = load_pact(text)
    assert {"sal", "pql"}.isdisjoint(without.stages)
    assert without.lattice.path("mql", "sql", "sales", reason="", basis="edit") == ("sql",)


def test_a_marketing_manager_of_300_people_and_a_lone_freelancer_download_the_same() -> None:
    """S24."""
    manager = card({"title": "Marketing Manager", "employees": 300}, "gated_download")
    freelancer = card({"title": "Freelance designer", "employees": 1}, "gated_download")
    assert (manager.total, freelancer.total) == (5000, 1500)
    assert manager.grade < freelancer.grade


def test_a_minimum_size_can_be_a_gate() -> None:
    """S25, K6: not by default, in two lines of one's own."""
    text = default_text("pact.yaml").replace(
        "    own_staff:\n",
        "    too_small:\n"
        "      label: Below 200 people\n"
        "      when: {field: employees, op: below, value: 200}\n"
        "    own_staff:\n",
    )
    facts: dict[str, Known] = {"title": "VP", "employees": 150}
    acts = ("pricing_page", "demo_page")
    assert card(facts, *acts).verdict == "qualified"
    assert card(facts, *acts, under=load_pact(text)).verdict == "excluded"
    assert card({**facts, "employees": 200}, *acts, under=load_pact(text)).verdict == "qualified"


@pytest.mark.parametrize(
    "fact", ["industry", "country", "employees", "title", "role", "seniority", "authority"]
)
def test_fit_can_ask_for_each_of_these(fact: str) -> None:
    """S22, S23: size and title by default, the others in rules of one's own."""
    value = 120 if fact == "employees" else "machinery"
    text = default_text("pact.yaml").replace(
        "    company_size:\n",
        "    asked:\n      label: Asked\n      pillar: fit\n      points: 7\n"
        f"      when: {{field: {fact}, op: is, value: {value}}}\n"
        "    company_size:\n",
    )
    under = load_pact(text)
    known = card({fact: value}, under=under).fit
    assert known - card({fact: value}).fit == 700


@pytest.mark.parametrize(
    ("title", "acts", "stage"),
    [
        ("director", {"last_demo_page_view": at(1)}, "mql"),
        ("director", {"last_gated_download": at(1)}, "lead"),
        ("designer", {"last_demo_page_view": at(1), "last_pricing_page_view": at(1)}, "lead"),
        ("designer", {"last_demo_request": at(1)}, "mql"),
    ],
)
def test_the_score_makes_an_mql_on_the_record(title: str, acts: dict[str, str], stage: str) -> None:
    """S36, S53, S62, K5, K13, K15: 60 points with both floors, or a hand raised."""
    desk = Desk(("hubspot",))
    size = "100-500" if title == "director" else "1-5"
    contact = desk.contact(jobtitle=title, numemployees=size, **acts)
    desk.world.now = START + timedelta(hours=2)
    desk.sync()
    assert contact.fields["leadpact_stage"] == stage
    assert desk.stage(contact).priority is ("last_demo_request" in acts)
    assert (contact.fields["lifecyclestage"] == "marketingqualifiedlead") is (stage == "mql")


def test_what_happened_before_go_live_scores_and_moves_nobody() -> None:
    """R6, R22: evidence of after the first approval moves a stage; the score itself is told at once."""
    desk = Desk(("hubspot",))
    contact = desk.contact(jobtitle="director", numemployees="100-500", last_demo_page_view=at(-30))
    desk.sync()
    assert contact.fields["leadpact_score"] == "60.0"
    assert contact.fields["leadpact_stage"] == "lead"
    desk.put(contact, last_pricing_page_view=at(0.1))
    desk.sync()
    assert contact.fields["leadpact_stage"] == "mql"


def test_a_rejected_lead_is_recycled_or_out_as_its_reason_says() -> None:
    """S95, S97, S136."""
    for reason, stage in (("no_budget", "recycled"), ("wrong_title", "disqualified")):
        desk = Desk()
        contact = desk.contact(lifecyclestage="marketingqualifiedlead", leadpact_stage="mql")
        lead = desk.lead(leadpact_stage__c="mql")
        desk.sync()
        desk.put(lead, Status="Closed - Not Converted", leadpact_rejection_reason__c=reason)
        desk.sync()
        assert desk.stage(contact).stage == stage
        assert contact.fields["leadpact_rejection_reason"] == reason


def test_the_agreement_names_the_standard_reasons() -> None:
    """S95."""
    labels = {reason.label for reason in pact().reasons.values()}
    assert {"Bad timing", "No budget", "Wrong title", "Company not a fit", "Other"} <= labels


def test_the_authority_that_sales_found_out_may_count_for_fit() -> None:
    """S22: authority beyond the title."""
    text = default_text("pact.yaml").replace(
        "    company_size:\n",
        "    decides:\n      label: Decides\n      pillar: fit\n      points: 7\n"
        "      when: {field: authority, op: one_of, value: [decides, influences]}\n"
        "    company_size:\n",
    )
    desk = Desk(("hubspot",))
    desk.pact = load_pact(text)
    contact = desk.contact(jobtitle="designer", leadpact_authority="decides")
    desk.sync()
    assert contact.fields["leadpact_fit"] == "7.0"
