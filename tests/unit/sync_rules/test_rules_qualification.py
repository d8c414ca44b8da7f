"""S60 to S66, S71 to S82, K4, K13, K14, K17 through the engine: what a rep fills in, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import BANT, BANT_LEAD, Desk

from leadpact.pact import Pact, load_pact
from leadpact.pact.handoff import HandoffRules
from leadpact_mappings import default_text

OPEN, WORKING = "Open - Not Contacted", "Working - Contacted"
NATIVE: dict[str, dict[str, Any]] = {
    "lead": {"lifecyclestage": "lead"},
    "mql": {"lifecyclestage": "marketingqualifiedlead"},
    "sal": {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "IN_PROGRESS"},
    "sql": {"lifecyclestage": "salesqualifiedlead"},
}
TOLD = "leadpact_qualification"


@cache
def pact_with(*changes: tuple[str, str]) -> Pact:
    text = default_text("pact.yaml")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return load_pact(text)


def agreed(stage: str, *changes: tuple[str, str], **fields: Any) -> tuple[Desk, Row, Row]:
    """A lead at this stage in both CRMs, under the default agreement with these changes."""
    desk = Desk()
    desk.pact = pact_with(*changes)
    contact = desk.contact(leadpact_stage=stage, **NATIVE[stage], **fields)
    status = WORKING if stage in ("sal", "sql") else OPEN
    lead = desk.lead(Status=status, leadpact_stage__c=stage)
    desk.sync()
    assert desk.stage(contact).stage == stage
    return desk, contact, lead


def acts(desk: Desk, contact: Row, name: str) -> None:
    fields: dict[str, Any] = {name: desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    desk.put(contact, **fields)
    desk.sync()


class TestMinimum:
    def test_a_rep_fills_in_bant_and_it_is_an_sql_in_both_crms(self) -> None:
        desk, contact, lead = agreed("sal")
        desk.put(lead, REP, **BANT_LEAD)
        desk.sync()
        assert desk.stage(lead).stage == "sql"
        assert desk.stage(lead).why == "The agreement's criteria for SQL are met: BANT 4/4."
        assert contact.fields["leadpact_stage"] == lead.fields["leadpact_stage__c"] == "sql"
        assert contact.fields["lifecyclestage"] == "salesqualifiedlead"
        assert {name: contact.fields[name] for name in BANT} == BANT
        assert contact.fields[TOLD] == lead.fields[f"{TOLD}__c"] == "BANT 4/4"
        told = desk.store.transitions(desk.link(lead).id)[-1]
        assert (told.actor, told.from_stage, told.to_stage) == ("agreement", "sal", "sql")
        desk.sync()
        assert desk.writes() == []

    def test_incomplete_it_stays_and_the_record_says_what_is_missing(self) -> None:
        desk, contact, lead = agreed("sal")
        desk.put(lead, REP, leadpact_need__c="pain", leadpact_budget__c="none")
        desk.sync()
        assert desk.stage(lead).stage == "sal"
        assert contact.fields[TOLD] == (
            "BANT 1/4: Authority, Timeline missing; Budget not confirmed. "
            "SQL needs: Authority (not answered), one of Budget, Timeline."
        )
        assert contact.fields["leadpact_qualification_framework"] == "BANT (deal size unknown)"
        detail = str(lead.fields["leadpact_qualification_detail__c"]).splitlines()
        assert detail[0] == "B Budget: No money (does not count)"
        assert detail[3] == "T Timeline: ? By when must it be decided?"

    def test_a_smaller_deal_asks_less(self) -> None:
        """S77."""
        desk, contact, lead = agreed("sal")
        some: dict[str, Any] = {"leadpact_need__c": "pain", "leadpact_authority__c": "influences"}
        desk.put(lead, REP, leadpact_deal_size__c=2500, **some)
        desk.sync()
        assert desk.stage(lead).stage == "sql"
        assert contact.fields["leadpact_qualification_framework"] == "Light (a deal of 2,500)"
        desk, contact, lead = agreed("sal")
        desk.put(lead, REP, leadpact_deal_size__c=25_000, **some)
        desk.sync()
        assert desk.stage(lead).stage == "sal"

    def test_confirmed_while_an_mql_it_is_an_sql_once_sales_takes_it(self) -> None:
        desk, contact, lead = agreed("mql")
        desk.put(lead, REP, **BANT_LEAD)
        desk.sync()
        assert desk.stage(lead).stage == "mql"
        assert contact.fields[TOLD] == "BANT 4/4. Enough for SQL."
        desk.put(lead, REP, Status=WORKING)
        desk.sync()
        assert desk.stage(lead).stage == "sql"
        assert [one.to_stage for one in desk.store.transitions(desk.link(lead).id)[-2:]] == [
            "sal",
            "sql",
        ]

    def test_answers_that_were_there_at_first_sight_move_nobody(self) -> None:
        """R6."""
        desk, contact, _lead = agreed("sal", **BANT)
        assert desk.stage(contact).stage == "sal"
        desk.put(contact, city="Oslo")
        desk.sync()
        assert desk.stage(contact).stage == "sal"
        desk.put(contact, leadpact_budget="obtainable")
        desk.sync()
        assert desk.stage(contact).stage == "sql"

    def test_in_a_later_episode_old_answers_alone_make_nobody_an_sql(self) -> None:
        """R15, R17."""
        desk, contact, lead = agreed("mql")
        desk.put(lead, REP, **BANT_LEAD)
        desk.sync()
        desk.put(
            lead, REP, Status="Closed - Not Converted", leadpact_rejection_reason__c="no_budget"
        )
        desk.sync()
        assert desk.stage(lead).stage == "recycled"
        desk.later(days=200)
        acts(desk, contact, "last_demo_request")
        assert (desk.stage(lead).stage, desk.stage(lead).episode) == ("mql", 2)
        desk.put(lead, REP, Status=WORKING)
        desk.sync()
        assert desk.stage(lead).stage == "sal"
        desk.put(lead, REP, leadpact_budget__c="obtainable")
        desk.sync()
        assert desk.stage(lead).stage == "sql"

    def test_answers_are_ordinary_fields_from_either_side(self) -> None:
        desk, contact, lead = agreed("mql")
        desk.put(contact, leadpact_timeline="within_30_days")
        desk.sync()
        assert lead.fields["leadpact_timeline__c"] == "within_30_days"

    def test_a_date_that_comes_near_brings_the_lead_back_by_itself(self) -> None:
        """S74, R20."""
        asks = "asks: [budget, authority, need, timeline]\n      also: [stakeholders]"
        known = "and can we reach them?\n      counts: {known: true}"
        desk, contact, lead = agreed(
            "mql",
            (asks, "asks: [budget, authority, need, stakeholders]"),
            (known, "and can we reach them?\n      counts: {within_days: 60}"),
        )
        desk.put(lead, REP, Status=WORKING)
        desk.sync()
        day = (desk.world.now + timedelta(days=70)).date().isoformat()
        some: dict[str, Any] = {"leadpact_need__c": "pain", "leadpact_authority__c": "decides"}
        desk.put(lead, REP, leadpact_stakeholders__c=day, **some)
        desk.sync()
        assert desk.stage(lead).stage == "sal"
        desk.later(days=9)
        desk.sync()
        assert desk.stage(lead).stage == "sal"
        desk.later(days=1)
        desk.sync()
        assert desk.stage(lead).stage == "sql"
        assert contact.fields["leadpact_stage"] == "sql"

    def test_evidence_required_the_call_on_record_is_what_confirms(self) -> None:
        """S78, S79."""
        required = ("  evidence: told\n", "  evidence: required\n")
        desk, contact, lead = agreed("sal", required)
        desk.put(lead, REP, **BANT_LEAD)
        desk.sync()
        assert desk.stage(lead).stage == "sal"
        assert "no evidence on record" in str(contact.fields[TOLD])
        acts(desk, contact, "hs_sales_email_last_replied")
        assert desk.stage(lead).stage == "sql"


class TestUnconfirmed:
    """K4: what sales says before the minimum is met."""

    def test_held_it_waits_and_goes_through_once_it_is_filled_in(self) -> None:
        desk, contact, lead = agreed("sal")
        desk.put(lead, REP, leadpact_stage__c="sql", leadpact_need__c="pain")
        report = desk.sync()
        assert report.counts["newly_held"] == 1
        assert desk.stage(lead).stage == "sal"
        assert lead.fields["leadpact_stage__c"] == "sql", "a rep's word is left as it stands"
        assert contact.fields["leadpact_stage"] == "sal"
        why = desk.holds(lead)["unconfirmed_sql"].why
        assert why.startswith(
            "Sales (Salesforce) says SQL, which waits for: Authority (not answered)"
        )
        assert "SQL waits for: Authority" in str(lead.fields[f"{TOLD}__c"])
        desk.sync()
        assert desk.writes() == []
        desk.put(lead, REP, leadpact_authority__c="decides", leadpact_budget__c="obtainable")
        desk.sync()
        assert desk.stage(lead).stage == "sql"
        assert desk.stage(lead).why == "Sales (Salesforce) set SQL."
        assert desk.holds(lead) == {}
        assert contact.fields["leadpact_stage"] == "sql"

    @pytest.mark.parametrize(("answer", "stage"), [("take:salesforce", "sql"), ("refuse", "sal")])
    def test_a_person_may_let_it_through_or_keep_what_is_agreed(
        self, answer: str, stage: str
    ) -> None:
        desk, contact, lead = agreed("sal")
        desk.put(lead, REP, leadpact_stage__c="sql")
        desk.sync()
        desk.answer(lead, "unconfirmed_sql", answer)
        desk.sync()
        assert desk.stage(lead).stage == stage
        assert contact.fields["leadpact_stage"] == lead.fields["leadpact_stage__c"] == stage
        assert desk.holds(lead) == {}
        unconfirmed = "SQL unconfirmed: Authority" in str(contact.fields[TOLD])
        assert unconfirmed is (stage == "sql")

    def test_while_it_waits_all_else_goes_on(self) -> None:
        desk, contact, lead = agreed("lead")
        # A handoff looks at the lead again in the same cycle, and from MQL on "Working" means SAL.
        desk.pact = replace(desk.pact, handoff=HandoffRules())
        desk.put(lead, REP, Status=WORKING, City="Oslo")
        desk.sync()
        assert "unconfirmed_sql" in desk.holds(lead)
        assert contact.fields["city"] == "Oslo"
        acts(desk, contact, "last_demo_request")
        assert "mql" in {one.to_stage for one in desk.store.transitions(desk.link(lead).id)}
        assert lead.fields["Status"] == WORKING
        desk.sync()
        assert desk.stage(lead).stage == "sal", "of an MQL, the same status says that sales took it"
        assert desk.holds(lead) == {}

    def test_refused_it_is_put_back_with_what_is_missing(self) -> None:
        refuse = ("unconfirmed: hold ", "unconfirmed: refuse ")
        desk, contact, lead = agreed("sal", refuse)
        desk.put(lead, REP, leadpact_stage__c="sql")
        desk.sync()
        assert desk.stage(lead).stage == "sal"
        assert lead.fields["leadpact_stage__c"] == "sal"
        told = str(lead.fields["leadpact_stage_reason__c"])
        assert told.startswith("Still SAL: Sales (Salesforce) says SQL; first it needs: Authority")
        assert desk.holds(lead) == {}
        assert contact.fields["leadpact_stage"] == "sal"

    def test_accepted_it_is_an_sql_and_told(self) -> None:
        accept = ("unconfirmed: hold ", "unconfirmed: accept ")
        desk, contact, lead = agreed("sal", accept)
        desk.put(lead, REP, leadpact_stage__c="sql")
        desk.sync()
        assert desk.stage(lead).stage == "sql"
        assert "Unconfirmed: Authority (not answered)" in desk.stage(lead).why
        assert "SQL unconfirmed" in str(contact.fields[TOLD])

    def test_without_qualification_sales_word_is_enough(self) -> None:
        text = default_text("pact.yaml")
        start = text.index("qualification:\n  criteria:")
        section = text[start : text.index("# ---", start)]
        desk, contact, lead = agreed("sal", (section, "\n"))
        desk.put(lead, REP, leadpact_stage__c="sql")
        desk.sync()
        assert desk.stage(lead).stage == "sql"
        assert contact.fields[TOLD] is None

    @pytest.mark.parametrize("deal", [False, True])
    def test_a_conversion_is_a_fact_and_told(self, deal: bool) -> None:
        desk, _contact, lead = agreed("sal")
        became = desk.world.salesforce.convert(lead, REP, into=None, deal=deal, carry_ours=True)
        desk.sync()
        assert desk.stage(became).stage == ("opportunity" if deal else "sql")
        assert "Unconfirmed: Authority (not answered)" in desk.stage(became).why
        assert desk.holds(became) == {}


class TestOpportunity:
    """K17, S11."""

    FILLED = ("leadpact_budget__c", "leadpact_need__c", "leadpact_timeline__c")

    def opened(self, *changes: tuple[str, str]) -> tuple[Desk, Row, Row]:
        desk, contact, lead = agreed("sql", *changes)
        desk.put(lead, REP, **{name: BANT_LEAD[name] for name in self.FILLED})
        desk.put(lead, REP, leadpact_stage__c="opportunity")
        desk.sync()
        return desk, contact, lead

    def test_budget_need_and_timeline_are_enough(self) -> None:
        desk, contact, lead = self.opened()
        assert desk.stage(lead).stage == "opportunity"
        assert "BANT 3/4: Authority missing. SQL unconfirmed: Authority" in str(
            contact.fields[TOLD]
        )

    def test_full_bant_where_the_pact_says_so(self) -> None:
        full = ("needs: [budget, need, timeline]}", "needs: bant}")
        desk, _contact, lead = self.opened(full)
        assert desk.stage(lead).stage == "sql"
        assert "waits for: Authority for an opportunity" in desk.holds(lead)["unconfirmed_sql"].why
        desk.put(lead, REP, leadpact_authority__c="influences")
        desk.sync()
        assert desk.stage(lead).stage == "opportunity"

    def test_what_an_opportunity_lacks_stands_on_the_record(self) -> None:
        desk, contact, lead = agreed("sql")
        desk.put(lead, REP, **{**BANT_LEAD, "leadpact_timeline__c": None})
        desk.sync()
        assert contact.fields[TOLD] == "BANT 3/4: Timeline missing. Opportunity needs: Timeline."
        became = desk.world.salesforce.convert(lead, REP, into=None, deal=True, carry_ours=True)
        desk.sync()
        assert desk.stage(became).stage == "opportunity"
        assert contact.fields[TOLD] == "BANT 3/4: Timeline missing. Opportunity without: Timeline."
