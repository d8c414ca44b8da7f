"""K4, K13, K14, S16, S55, S61, S63, S66 through the engine: other ways to an SQL, and what the record shows."""

from __future__ import annotations

from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import BANT_LEAD
from tests.unit.sync_rules.test_rules_qualification import TOLD, acts, agreed, pact_with


class TestOtherWays:
    """K4, K13, S55, S61, S63."""

    def test_a_reply_makes_an_sql_of_an_mql_where_the_pact_says_so(self) -> None:
        reply = ("    made_by: sales  ", "    made_by: [sales, reply]  ")
        desk, contact, lead = agreed("mql", reply)
        acts(desk, contact, "hs_sales_email_last_replied")
        assert desk.stage(lead).stage == "sql"
        assert desk.stage(lead).why.startswith(
            "The agreement's criteria for SQL are met: email reply on "
        )
        assert [one for one, _why in desk.told(lead)][-2:] == ["implied", "accepted"]

    def test_and_does_not_where_it_says_sales(self) -> None:
        desk, contact, lead = agreed("mql")
        acts(desk, contact, "hs_sales_email_last_replied")
        assert desk.stage(lead).stage == "mql"

    def test_a_score_makes_one_where_the_pact_says_so(self) -> None:
        score = (
            ("    made_by: sales  ", "    made_by: [sales, score]  "),
            ("thresholds: {mql: 60,", "thresholds: {mql: 60, sql: 75,"),
        )
        who = {"jobtitle": "VP Sales", "company": "Acme"}
        for changes, stage in ((score, "sql"), ((), "mql")):
            desk, contact, lead = agreed("lead", *changes, **who)
            desk.put(lead, REP, NumberOfEmployees=100)
            desk.sync()
            now = desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
            desk.put(contact, last_pricing_page_view=now, last_demo_page_view=now)
            desk.sync()
            assert desk.stage(lead).stage == stage, desk.stage(lead).why

    def test_a_demo_request_goes_straight_where_the_pact_says_so(self) -> None:
        straight = ("demo_request: fast_lane  ", "demo_request: straight_to_sql  ")
        desk, contact, lead = agreed("lead", straight)
        acts(desk, contact, "last_demo_request")
        assert desk.stage(lead).stage == "sql"
        assert contact.fields["leadpact_priority"] in ("false", None)

    def test_and_makes_a_priority_mql_where_it_does_not(self) -> None:
        desk, contact, lead = agreed("lead")
        acts(desk, contact, "last_demo_request")
        assert desk.stage(lead).stage == "mql"
        assert contact.fields["leadpact_priority"] == "true"

    def test_a_target_account_is_an_sql_at_first_contact_and_never_an_mql(self) -> None:
        target = ("  target_accounts: []  ", "  target_accounts: [acme.example]  ")
        for changes, stage in (((target,), "sql"), ((), "lead")):
            desk, _contact, lead = agreed("lead", *changes)
            desk.put(lead, REP, **BANT_LEAD)
            desk.sync()
            assert desk.stage(lead).stage == stage
            told = desk.store.transitions(desk.link(lead).id)
            assert "mql" not in {one.to_stage for one in told}


class TestShown:
    def test_the_queue_has_an_order(self) -> None:
        """S66, K14."""
        desk, contact, lead = agreed("lead")
        assert lead.fields["leadpact_work_order__c"] is None
        acts(desk, contact, "last_demo_request")
        assert desk.stage(lead).stage == "mql"
        first = lead.fields["leadpact_work_order__c"]
        assert first == 29_999 - 0
        raised = pact_with(("  hand_raisers: after_fit  ", "  hand_raisers: first  "))
        desk.pact = raised
        desk.put(contact, city="Oslo")
        desk.sync()
        assert lead.fields["leadpact_work_order__c"] == 19_999
        desk.put(lead, REP, **BANT_LEAD)
        desk.put(lead, REP, leadpact_stage__c="sql")
        desk.sync()
        assert lead.fields["leadpact_work_order__c"] is None

    def test_from_sql_on_nurture_stops_and_after_it_may_go_on(self) -> None:
        """S16."""
        desk, contact, lead = agreed("sal")
        assert contact.fields["leadpact_stop_nurture"] in (None, "false")
        desk.put(lead, REP, **BANT_LEAD)
        desk.sync()
        assert contact.fields["leadpact_stop_nurture"] == "true"
        desk.put(
            lead, REP, Status="Closed - Not Converted", leadpact_rejection_reason__c="no_budget"
        )
        desk.sync()
        assert contact.fields["leadpact_stop_nurture"] == "false"

    def test_nothing_is_shown_of_a_lead_that_nobody_asked(self) -> None:
        _desk, contact, _lead = agreed("lead")
        assert contact.fields[TOLD] is None
        assert contact.fields["leadpact_qualification_detail"] is None

    def test_what_somebody_types_over_it_is_put_right_with_the_next_look(self) -> None:
        desk, contact, _lead = agreed("mql")
        told = contact.fields[TOLD]
        desk.put(contact, MARKETER, **{TOLD: "all fine"})
        desk.sync()
        assert contact.fields[TOLD] == told
