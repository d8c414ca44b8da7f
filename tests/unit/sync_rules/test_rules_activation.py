"""R22: another agreement gives new scores at once, and moves stages only on what happens from then on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.simulation.agreement import engine
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.desk import Desk

from leadpact.model.decided import Activation, HowActivated
from leadpact.model.link import WorkItem
from leadpact.pact import Pact, load_pact
from leadpact.ports.state_store import StateChanges
from leadpact.scoring.decided import is_same, made_again
from leadpact.sync.page import LeadView
from leadpact.sync.reassess import may_reassess, wake_to_reassess
from leadpact_mappings import default_text


@pytest.fixture(scope="module")
def pact() -> Pact:
    return load_pact(default_text("pact.yaml"))


@pytest.fixture(scope="module")
def looser() -> Pact:
    """50 points are enough."""
    return load_pact(default_text("pact.yaml").replace("mql: 60", "mql: 50"))


def at(desk: Desk) -> str:
    return desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")


def lead_of_55(desk: Desk) -> Row:
    """Manager of 120 people (35 points) who attended a webinar (20), all under the first agreement."""
    contact = desk.contact(lifecyclestage="lead", jobtitle="Marketing Manager")
    desk.lead(NumberOfEmployees=120)
    desk.sync()
    desk.put(contact, last_webinar_attended=at(desk))
    desk.sync()
    assert desk.stage(contact).stage == "lead"
    assert desk.link(contact).published is not None
    return contact


def activate(
    desk: Desk, pact: Pact, how: HowActivated = "evidence", in_days: float | None = None
) -> None:
    """Let this agreement take effect now; ``in_days``: when everybody may be moved without new evidence."""
    desk.later(minutes=1)
    now = desk.world.now
    everybody = desk.store.page_of_links("", 1000)
    moves = {} if in_days is None else {one: now + timedelta(days=in_days) for one in everybody}
    desk.pact = pact
    desk.activation = Activation(
        f"activation {pact.hash}", now, pact.hash, pact.version, how, pact.text, 25, moves
    )
    work = [WorkItem(link_id, "pact", now, now) for link_id in everybody]
    desk.store.commit(StateChanges(work=work, activations=[desk.activation]), None, now)


def verdict(desk: Desk, row: Row) -> str:
    published = desk.link(row).published
    assert published is not None
    return published.verdict


def test_new_scores_at_once_and_nobody_is_moved(looser: Pact) -> None:
    desk = Desk()
    contact = lead_of_55(desk)
    activate(desk, looser)
    desk.sync()
    assert (verdict(desk, contact), desk.stage(contact).stage) == ("qualified", "lead")
    assert str(contact.fields["leadpact_breakdown"]).startswith("MQL: 55 points (50 needed)")
    desk.put(contact, city="Bonn")
    desk.sync()
    assert desk.stage(contact).stage == "lead"


def test_the_next_act_moves(looser: Pact) -> None:
    desk = Desk()
    contact = lead_of_55(desk)
    activate(desk, looser)
    desk.sync()
    desk.put(contact, last_gated_download=at(desk))
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    assert desk.stage(contact).pact_hash == looser.hash


def test_an_act_from_just_before_that_is_first_seen_now_moves(looser: Pact) -> None:
    desk = Desk()
    contact = lead_of_55(desk)
    desk.put(contact, last_demo_request=at(desk))
    activate(desk, looser)
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    assert desk.stage(contact).priority


def test_a_fact_that_comes_to_light_later_moves(looser: Pact) -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="lead")
    desk.lead(NumberOfEmployees=120)
    desk.sync()
    desk.put(contact, last_webinar_attended=at(desk))
    desk.sync()
    activate(desk, looser)
    desk.sync()
    assert desk.stage(contact).stage == "lead"
    desk.put(contact, jobtitle="Marketing Manager")
    desk.sync()
    assert desk.stage(contact).stage == "mql"


def test_a_score_that_the_other_agreement_leaves_alone_is_under_it_all_the_same() -> None:
    desk = Desk()
    contact = lead_of_55(desk)
    other = load_pact(default_text("pact.yaml").replace("label: Bad timing", "label: Not now"))
    activate(desk, other)
    desk.sync()
    published = desk.link(contact).published
    assert published is not None
    assert published.pact_hash == other.hash
    assert desk.writes() == []


def test_reassessed_it_moves_on_its_day_and_not_before(looser: Pact) -> None:
    desk = Desk()
    contact = lead_of_55(desk)
    activate(desk, looser, "reassess", 2)
    desk.sync()
    assert desk.stage(contact).stage == "lead"
    desk.later(days=1)
    desk.sync()
    assert desk.stage(contact).stage == "lead"
    desk.later(days=1)
    desk.sync()
    assert desk.stage(contact).stage == "mql"


def test_reassessed_it_moves_once_and_people_have_the_last_word(looser: Pact) -> None:
    desk = Desk()
    contact = lead_of_55(desk)
    activate(desk, looser, "reassess", 0)
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    desk.put(contact, leadpact_stage="recycled", leadpact_rejection_reason="bad_timing")
    desk.sync()
    assert desk.stage(contact).stage == "recycled"
    desk.put(contact, leadpact_stage="lead")
    desk.sync()
    desk.put(contact, city="Bonn")
    desk.sync()
    assert desk.stage(contact).stage == "lead"


def test_another_competitor_on_the_list_moves_nobody_until_something_happens() -> None:
    desk = Desk()
    contact = lead_of_55(desk)
    text = default_text("pact.yaml").replace(
        "competitor_domains: [", "competitor_domains: [acme.example, "
    )
    activate(desk, load_pact(text))
    desk.sync()
    assert (verdict(desk, contact), desk.stage(contact).stage) == ("disqualified", "lead")
    desk.put(contact, last_gated_download=at(desk))
    desk.sync()
    assert desk.stage(contact).stage == "disqualified"


def test_what_was_decided_can_be_made_again(looser: Pact, pact: Pact) -> None:
    desk = Desk()
    contact = lead_of_55(desk)
    desk.put(contact, last_demo_page_view=at(desk))
    desk.sync()
    desk.later(days=40)
    activate(desk, looser)
    desk.put(contact, jobtitle="Student", last_pricing_page_view=at(desk))
    desk.sync()
    link = desk.link(contact)
    kept = desk.store.decided_scores(link.id)
    assert len(kept) == 4
    pacts = {one.hash: one for one in (pact, looser)}
    signals = desk.store.signals([link.id], link.published.scored_at.replace(year=2020))[link.id]  # type: ignore[union-attr]
    for score in kept:
        card = made_again(score, pacts[score.pact_hash], engine(), signals)
        assert is_same(score, card)
    assert [(one.fit + one.engagement) // 100 for one in reversed(kept)][:3] == [35, 55, 80]
    assert [one.stage for one in kept][-1] == "lead"
    assert {one.facts.get("email") for one in kept} == {"@acme.example"}


@pytest.mark.parametrize(
    ("since", "due", "may"), [(-1, 0, True), (-1, 1, False), (0, 0, False), (1, 0, False)]
)
def test_a_lead_whose_stage_was_decided_since_is_left_alone(
    since: int, due: int, may: bool
) -> None:
    """Hours from the activation: when its stage was decided, when it may be moved; looked at half an hour on."""
    desk = Desk()
    contact = lead_of_55(desk)
    link, then = desk.link(contact), desk.world.now
    stage = replace(desk.stage(contact), since=then + timedelta(hours=since))
    now = then + timedelta(minutes=30)
    view = LeadView(
        WorkItem(link.id, "pact", now, now), replace(link, stage=stage), {}, observed_at=now
    )
    moves = {link.id: then + timedelta(hours=due)}
    activation = Activation("a", then, "aaaa", "1.1", "reassess", "", 1, moves)
    context = cast(Any, SimpleNamespace(activation=activation))
    assert may_reassess(context, view) is may
    wake_to_reassess(context, view)
    assert view.timers == ([moves[link.id]] if since < 0 and not may else [])
