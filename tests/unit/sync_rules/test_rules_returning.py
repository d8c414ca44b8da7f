"""R15, R17: recycled leads return on new evidence alone, as the next episode; who is not worked is recycled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP, START
from tests.unit.sync_rules.desk import Desk

from leadpact.model.episode import Episode
from leadpact.model.link import WorkItem
from leadpact.model.scorecard import Signal
from leadpact.ports.state_store import StateChanges

WORKING, REJECTED = "Working - Contacted", "Closed - Not Converted"


def mql(**contact: str) -> tuple[Desk, Row, Row]:
    """An MQL in both CRMs, of a manager in a firm of 200."""
    desk = Desk()
    about = {"jobtitle": "Sales manager", "leadpact_stage": "mql", **contact}
    person = desk.contact(lifecyclestage="marketingqualifiedlead", **about)
    lead = desk.lead(leadpact_stage__c="mql", Title="Sales manager", NumberOfEmployees=200)
    desk.sync()
    desk.sync()
    assert desk.stage(person).stage == "mql"
    return desk, person, lead


def rejected(reason: str = "bad_timing", **contact: str) -> tuple[Desk, Row, Row]:
    """The same, rejected by the rep."""
    desk, person, lead = mql(**contact)
    desk.put(lead, Status=REJECTED, leadpact_rejection_reason__c=reason)
    desk.sync()
    desk.sync()
    return desk, person, lead


def act(desk: Desk, contact: Row, name: str = "last_pricing_page_view") -> None:
    """The person does something now, as a workflow of HubSpot notes it."""
    desk.later(minutes=5)
    desk.put(contact, MARKETER, **{name: desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")})


def episodes(desk: Desk, row: Row) -> list[Episode]:
    return list(desk.store.episodes([desk.link(row).id])[desk.link(row).id])


class TestReturn:
    def test_what_it_did_during_the_cooling_off_brings_it_back_when_that_ends(self) -> None:
        desk, contact, lead = rejected()
        desk.later(days=20)
        act(desk, contact)
        desk.sync()
        assert desk.stage(contact).stage == "recycled"
        desk.later(days=23)
        desk.sync()
        assert desk.stage(contact).stage == "recycled"
        desk.later(days=3)
        desk.sync()
        state = desk.stage(contact)
        assert (state.stage, state.episode) == ("lead", 2)
        assert contact.fields["lifecyclestage"] == "lead"
        assert contact.fields["leadpact_rejection_reason"] in (None, "")
        assert lead.fields["leadpact_stage__c"] == "lead"
        assert str(lead.fields["leadpact_stage_reason__c"]).startswith(
            "Episode 2, after “Bad timing” of 2 Mar 2026."
        )

    def test_without_a_new_act_it_stays_away_for_ever(self) -> None:
        before = (START - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        desk, contact, _lead = rejected(last_pricing_page_view=before, last_demo_request=before)
        for _month in range(4):
            desk.later(days=31)
            desk.put(contact, city=f"Oslo {_month}")
            desk.sync()
        assert desk.stage(contact).stage == "recycled"

    def test_a_hand_raised_is_not_made_to_wait(self) -> None:
        desk, contact, lead = rejected()
        desk.later(days=3)
        act(desk, contact, "last_demo_request")
        desk.sync()
        state = desk.stage(contact)
        assert (state.stage, state.episode, state.priority) == ("mql", 2, True)
        assert state.rejected_by == ("salesforce:005REP",)
        assert state.closed_by == ""
        desk.sync()
        assert lead.fields["leadpact_stage__c"] == "mql"
        assert lead.fields["Status"] == "Open - Not Contacted"

    def test_only_what_it_did_since_counts_and_who_they_are_carries_over(self) -> None:
        now = START.strftime("%Y-%m-%dT%H:%M:%SZ")
        desk, contact, _lead = rejected(last_demo_page_view=now, last_webinar_attended=now)
        assert contact.fields["leadpact_engagement"] == "45.0"
        desk.later(days=46)
        act(desk, contact)
        desk.sync()
        desk.sync()
        assert desk.stage(contact).stage == "lead"
        assert (contact.fields["leadpact_fit"], contact.fields["leadpact_engagement"]) == (
            "35.0",
            "20.0",
        )

    def test_while_it_is_out_nothing_is_written(self) -> None:
        now = START.strftime("%Y-%m-%dT%H:%M:%SZ")
        desk, _contact, _lead = rejected(last_demo_page_view=now)
        desk.later(hours=8)
        desk.sync()
        assert desk.writes() == []

    def test_disqualified_it_never_returns_by_itself(self) -> None:
        desk, contact, _lead = rejected("company_not_fit")
        desk.later(days=100)
        act(desk, contact, "last_demo_request")
        desk.sync()
        assert desk.stage(contact).stage == "disqualified"

    def test_with_the_reason_owed_it_comes_back_as_under_the_one_named_for_that(self) -> None:
        desk, contact, _lead = rejected("")
        assert desk.stage(contact).reason_owed
        act(desk, contact)
        desk.later(days=29)
        desk.sync()
        assert desk.stage(contact).stage == "recycled"
        desk.later(days=2)
        desk.sync()
        assert (desk.stage(contact).stage, desk.stage(contact).reason_owed) == ("lead", False)

    def test_a_competitor_is_kept_out_also_then(self) -> None:
        desk, contact, lead = rejected()
        desk.put(lead, Website="https://rival.example")
        desk.sync()
        desk.later(days=3)
        act(desk, contact, "last_demo_request")
        desk.sync()
        assert desk.stage(contact).stage in ("recycled", "disqualified")
        assert desk.stage(contact).episode == 1


class TestEpisodes:
    def test_each_pass_is_a_record_with_dates_reason_and_who_rejected(self) -> None:
        desk, contact, lead = mql()
        desk.put(lead, Status=WORKING)
        desk.sync()
        desk.put(lead, Status=REJECTED, leadpact_rejection_reason__c="no_budget")
        desk.sync()
        desk.later(days=3)
        act(desk, contact, "last_demo_request")
        desk.sync()
        first, second = episodes(desk, contact)
        assert list(first.reached) == ["mql", "sal", "recycled"]
        assert (first.outcome, first.closed_from, first.reason) == ("recycled", "sal", "no_budget")
        assert first.rejected_by == "salesforce:005REP"
        assert first.closed_at is not None
        assert second.opened_at > first.closed_at
        assert (second.number, second.kind, second.open) == (2, "return", True)
        assert list(second.reached) == ["mql"]

    def test_skipped_stages_are_dated_alike_and_marked(self) -> None:
        desk, contact, lead = mql()
        desk.world.salesforce.convert(lead, REP, into=None, deal=True, carry_ours=True)
        desk.sync()
        (episode,) = episodes(desk, contact)
        assert episode.reached["sal"] == episode.reached["sql"] == episode.reached["opportunity"]
        assert episode.implied == ("sal", "sql")

    def test_a_reason_given_later_stands_on_the_episode(self) -> None:
        desk, contact, lead = rejected("")
        assert episodes(desk, contact)[-1].reason == ""
        desk.put(lead, leadpact_rejection_reason__c="no_response")
        desk.sync()
        assert episodes(desk, contact)[-1].reason == "no_response"
        assert not desk.stage(contact).reason_owed

    def test_a_reason_given_later_that_is_the_end_disqualifies(self) -> None:
        desk, contact, lead = rejected("")
        desk.put(lead, leadpact_rejection_reason__c="company_not_fit")
        desk.sync()
        assert desk.stage(contact).stage == "disqualified"
        assert episodes(desk, contact)[-1].outcome == "disqualified"
        assert not desk.stage(contact).reason_owed


class TestAgeing:
    def test_unworked_for_thirty_days_it_is_recycled_and_says_so(self) -> None:
        desk, contact, lead = mql()
        desk.later(days=29)
        desk.sync()
        assert desk.stage(contact).stage == "mql"
        desk.later(days=1)
        desk.sync()
        state = desk.stage(contact)
        assert (state.stage, state.reason, state.reason_owed) == ("recycled", "unworked", False)
        assert state.rejected_by == ()
        assert "Not worked in time: nobody worked it for 30 days." in str(
            lead.fields["leadpact_stage_reason__c"]
        )

    def test_what_lay_there_before_go_live_is_counted_from_go_live(self) -> None:
        desk = Desk()
        desk.go_live = START + timedelta(days=10)
        contact = desk.contact(lifecyclestage="marketingqualifiedlead", leadpact_stage="mql")
        desk.sync()
        desk.later(days=35)
        desk.put(contact, city="Oslo")
        desk.sync()
        assert desk.stage(contact).stage == "mql"
        desk.later(days=6)
        desk.sync()
        assert desk.stage(contact).stage == "recycled"

    def test_taken_by_sales_it_is_left_alone(self) -> None:
        desk, contact, lead = mql()
        desk.put(lead, Status=WORKING)
        desk.sync()
        desk.later(days=90)
        desk.sync()
        assert desk.stage(contact).stage == "sal"

    def test_a_contact_by_sales_ends_the_wait(self) -> None:
        desk, contact, _lead = mql()
        link_id, at = desk.link(contact).id, desk.world.now + timedelta(days=5)
        call = Signal("call-1", link_id, "sales_contact", at)
        desk.store.commit(StateChanges(signals=[call]), None, at)
        desk.later(days=60)
        desk.store.commit(
            StateChanges(work=[WorkItem(link_id, "only", desk.world.now, desk.world.now)]),
            None,
            desk.world.now,
        )
        desk.sync()
        assert desk.stage(contact).stage == "mql"

    def test_a_hand_raised_anew_begins_the_wait_anew(self) -> None:
        desk, contact, _lead = mql()
        desk.later(days=25)
        act(desk, contact, "last_demo_request")
        desk.sync()
        desk.later(days=20)
        desk.sync()
        assert desk.stage(contact).stage == "mql"
        desk.later(days=11)
        desk.sync()
        assert desk.stage(contact).stage == "recycled"

    def test_a_rep_who_takes_it_in_that_very_cycle_is_heard(self) -> None:
        desk, contact, lead = mql()
        desk.later(days=31)
        desk.put(lead, Status=WORKING)
        desk.sync()
        assert desk.stage(contact).stage == "sal"


def converted() -> tuple[Desk, Row, Row]:
    """Converted with an opportunity; its Contact."""
    desk, contact, lead = mql()
    there = desk.world.salesforce.convert(lead, REP, into=None, deal=True, carry_ours=True)
    desk.sync()
    desk.sync()
    assert desk.stage(contact).stage == "opportunity"
    return desk, contact, there


def deal_ends(desk: Desk, deal: Row, *, won: bool) -> None:
    desk.later(minutes=1)
    desk.world.salesforce.put(deal, {"leadpact:is_open": False, "leadpact:is_won": won}, REP)
    desk.sync()


def deals(desk: Desk) -> list[Row]:
    return [row for row in desk.world.salesforce.live() if row.ref.kind == "Opportunity"]


class TestDeals:
    def test_lost_it_is_recycled_on_the_contact_and_no_lead_is_made(self) -> None:
        desk, contact, there = converted()
        (deal,) = [r for r in desk.world.salesforce.rows.values() if r.ref.kind == "Opportunity"]
        deal_ends(desk, deal, won=False)
        state = desk.stage(contact)
        assert (state.stage, state.reason) == ("recycled", "closed_lost")
        assert episodes(desk, contact)[-1].outcome == "lost"
        desk.later(days=3)
        act(desk, contact, "last_demo_request")
        desk.sync()
        desk.sync()
        assert desk.stage(contact).episode == 2
        assert there.fields["leadpact_stage__c"] == "mql"
        kinds = [row.ref.kind for row in desk.world.salesforce.live()]
        assert kinds.count("Contact") == 1

    @pytest.mark.parametrize("won", [False, True])
    def test_with_another_one_open_or_won_it_is_not(self, won: bool) -> None:
        desk, contact, there = converted()
        (deal,) = [r for r in desk.world.salesforce.rows.values() if r.ref.kind == "Opportunity"]
        other = desk.world.salesforce.open_deal(there, REP)
        if won:
            deal_ends(desk, other, won=True)
        deal_ends(desk, deal, won=False)
        assert desk.stage(contact).stage == ("customer" if won else "opportunity")

    def test_new_business_with_a_customer_is_an_episode_and_no_demotion(self) -> None:
        desk, contact, there = converted()
        (deal,) = [r for r in desk.world.salesforce.rows.values() if r.ref.kind == "Opportunity"]
        deal_ends(desk, deal, won=True)
        assert desk.stage(contact).stage == "customer"
        assert episodes(desk, contact)[-1].outcome == "won"
        for won in (False, True):
            more = desk.world.salesforce.open_deal(there, REP)
            desk.sync()
            assert (desk.stage(contact).stage, episodes(desk, contact)[-1].kind) == (
                "customer",
                "expansion",
            )
            deal_ends(desk, more, won=won)
            assert episodes(desk, contact)[-1].outcome == ("won" if won else "lost")
            assert desk.stage(contact).stage == "customer"
        assert [one.number for one in episodes(desk, contact)] == [1, 2, 3]

    def test_the_end_of_a_contract_makes_a_former_customer_and_hubspot_keeps_customer(
        self,
    ) -> None:
        desk, contact, there = converted()
        (deal,) = [r for r in desk.world.salesforce.rows.values() if r.ref.kind == "Opportunity"]
        deal_ends(desk, deal, won=True)
        desk.put(there, leadpact_rejection_reason__c="contract_ended")
        desk.sync()
        assert desk.stage(contact).stage == "former_customer"
        assert contact.fields["lifecyclestage"] == "customer"
        assert contact.fields["leadpact_stage"] == "former_customer"
        assert (episodes(desk, contact)[-1].outcome, episodes(desk, contact)[-1].reason) == (
            "churned",
            "contract_ended",
        )
        desk.sync()
        assert desk.writes() == []
        desk.world.salesforce.open_deal(there, REP)
        desk.sync()
        assert (desk.stage(contact).stage, desk.stage(contact).episode) == ("opportunity", 2)
