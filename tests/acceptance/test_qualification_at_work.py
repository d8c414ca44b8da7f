"""A rep fills BANT in on the Lead: an SQL in both CRMs after one sync; said before that, it waits (S71..S79, K4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from tests.acceptance.agreement import assert_agree
from tests.acceptance.town import Town
from tests.sandboxes import running_world

from leadpact_app.bootstrap import Pair
from leadpact_app.cli.demo_cast import Person

BANT = {
    "leadpact_budget__c": "obtainable",
    "leadpact_authority__c": "influences",
    "leadpact_need__c": "pain",
    "leadpact_timeline__c": "within_90_days",
}
SEEN = ["leadpact_stage", "lifecyclestage", "leadpact_qualification", "leadpact_budget"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_world(60, 7) as world:
        town = Town(world, tmp_path_factory.mktemp("qualification"), world.settings())
        with town.pair() as pair:
            town.go_live(pair)
        yield town


@pytest.fixture
def pair(town: Town) -> Iterator[Pair]:
    with town.pair() as pair:
        yield pair


def on_lead(town: Town, who: Person) -> dict[str, Any]:
    names = "leadpact_stage__c, leadpact_qualification__c, leadpact_qualification_detail__c"
    (row,) = town.world.query(f"SELECT {names} FROM Lead WHERE Id = '{who.sf_lead}'")
    return row


def test_bant_filled_in_makes_an_sql_in_both_crms_after_one_sync(town: Town, pair: Pair) -> None:
    who, staff = town.people("sal")[0], town.staff()
    town.world.edit_lead(who.sf_lead, BANT, staff.rep)
    town.later()
    assert pair.run_cycle().status == "done"
    contact = town.world.contact(who.hs_contact, SEEN)
    assert (contact["leadpact_stage"], contact["lifecyclestage"]) == ("sql", "salesqualifiedlead")
    assert contact["leadpact_budget"] == "obtainable"
    assert contact["leadpact_qualification"] == "BANT 4/4"
    lead = on_lead(town, who)
    assert (lead["leadpact_stage__c"], lead["leadpact_qualification__c"]) == ("sql", "BANT 4/4")
    assert "N Need: Real and current pain" in lead["leadpact_qualification_detail__c"]
    told = town.command("explain", who.lead_id)
    assert "BANT 4/4 (deal size unknown); enough for SQL." in told.stdout, told.stderr
    assert "The agreement's criteria for SQL are met: BANT 4/4" in told.stdout
    town.until_quiet(pair)
    assert_agree(town.world, pair)


def test_said_before_it_is_confirmed_it_waits_until_it_is(town: Town, pair: Pair) -> None:
    who, staff = town.people("sal")[0], town.staff()
    said = {"leadpact_stage__c": "sql", "leadpact_need__c": "pain"}
    town.world.edit_lead(who.sf_lead, said, staff.rep)
    town.later()
    report = pair.run_cycle()
    assert report.counts["newly_held"] == 1
    assert town.world.contact(who.hs_contact, SEEN)["leadpact_stage"] == "sal"
    assert on_lead(town, who)["leadpact_stage__c"] == "sql", "a rep's word is left as it stands"
    listed = town.command("review", "list", "--cause", "unconfirmed_sql", "--json")
    (held,) = orjson.loads(listed.stdout)["holds"]
    assert held["lead"] == who.lead_id
    assert held["why"].startswith("Sales (Salesforce) says SQL, which waits for: Authority")
    told = orjson.loads(town.command("explain", who.lead_id, "--json").stdout)["leads"][0]
    assert told["qualification"]["met"] is False
    assert told["qualification"]["lacking"].startswith("Authority (not answered)")
    town.world.edit_lead(who.sf_lead, BANT, staff.rep)
    town.later()
    pair.run_cycle()
    assert town.world.contact(who.hs_contact, SEEN)["leadpact_stage"] == "sql"
    assert not [one for one in pair.store.holds() if one.link_id == who.lead_id]


def test_a_converted_lead_is_an_opportunity_whatever_was_asked(town: Town, pair: Pair) -> None:
    who, staff = town.people("sal")[0], town.staff()
    town.world.convert(who.sf_lead, "Order of the day", staff.executive)
    town.later()
    pair.run_cycle()
    contact = town.world.contact(who.hs_contact, SEEN)
    assert contact["leadpact_stage"] == "opportunity"
    assert "Opportunity without: Budget, Need, Timeline." in contact["leadpact_qualification"]
