"""People at work on both sides, round after round, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.acceptance.agreement import (
    Shown,
    assert_agree,
    assert_nobody_doubled,
    assert_told,
    shown,
)
from tests.acceptance.town import Town

from leadpact_app.bootstrap import Pair
from leadpact_app.cli.demo_cast import Person, people_of, stand_of

KINDS = ("reject", "ask", "convert", "accept", "drag")
PLAIN_EACH = 3
SHARED = ("info", "sales", "office", "kontakt")
"""Addresses that several people read make no Lead (R29)."""


@dataclass
class Acts:
    """Rounds of acts; nobody plays twice in a part that moves a stage.

    Attributes:
        titles: the title that each lead must end with, set in HubSpot.
        cities: likewise the city, set in Salesforce.
        made: Leads that leadpact must have made by now.
        stages: the stage that each lead must end at.
    """

    town: Town
    before: Shown
    titles: dict[str, str] = field(default_factory=dict)
    cities: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    made: int = 0
    rounds: int = 0

    @classmethod
    def begin(cls, town: Town) -> Acts:
        """Take note of who is there."""
        return cls(town, shown(town.world))

    def play(self, kind: str = "") -> None:
        """One round: plain edits on both sides and one act that moves a stage, all before the next cycle."""
        town, number = self.town, self.rounds
        self.rounds += 1
        staff = town.staff()
        everybody = people_of(stand_of(town.world))
        both = [one for one in everybody if one.sf_lead]
        for one in both[number % 7 :: 7][:PLAIN_EACH]:
            self.titles[one.lead_id] = f"Keeper of round {number}"
            town.world.edit_contact(
                one.hs_contact, {"jobtitle": f"Keeper of round {number}"}, staff.marketer
            )
        for one in both[(number + 3) % 7 :: 7][:PLAIN_EACH]:
            self.cities[one.lead_id] = f"Port {number}"
            town.world.edit_lead(one.sf_lead, {"City": f"Port {number}"}, staff.rep)
        fresh = [one for one in everybody if one.lead_id not in self.stages]
        self._move(kind or KINDS[number % len(KINDS)], fresh)
        town.later()

    def _move(self, kind: str, fresh: list[Person]) -> None:
        world, staff = self.town.world, self.town.staff()
        mqls = [one for one in fresh if one.stage == "mql" and one.sf_lead]
        worked = [one for one in fresh if one.stage in ("sal", "sql") and one.sf_lead]
        if kind == "reject" and mqls:
            fields = {"Status": "Closed - Not Converted", "leadpact_rejection_reason__c": "other"}
            world.edit_lead(mqls[0].sf_lead, fields, staff.rep)
            self.stages[mqls[0].lead_id] = "recycled"
        elif kind == "accept" and mqls:
            world.edit_lead(mqls[0].sf_lead, {"Status": "Working - Contacted"}, staff.rep)
            self.stages[mqls[0].lead_id] = "sal"
        elif kind == "drag" and mqls:
            world.edit_contact(mqls[0].hs_contact, {"lifecyclestage": "lead"}, staff.marketer)
            self.stages[mqls[0].lead_id] = "mql"
        elif kind == "convert" and worked:
            world.convert(worked[0].sf_lead, "Order of the day", staff.executive)
            self.stages[worked[0].lead_id] = "opportunity"
            self.titles.pop(worked[0].lead_id, None)
            self.cities.pop(worked[0].lead_id, None)
        elif kind == "ask":
            asks = [one for one in fresh if _may_ask(one)]
            if asks:
                now = datetime.fromisoformat(world.get("/clock")["now"]).astimezone(UTC)
                at = (now - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
                world.edit_contact(asks[0].hs_contact, {"last_demo_request": at}, "workflow:7101")
                self.stages[asks[0].lead_id] = "mql"
                self.made += 1

    def check(self, pair: Pair) -> None:
        """Both CRMs agree, show every act, and hold nobody twice; the state tells the truth."""
        now = assert_agree(self.town.world, pair)
        assert_told(pair, now)
        assert_nobody_doubled(self.before, now, self.made)
        hubspot, salesforce = now.hubspot_by_id(), now.salesforce_by_id()
        for lead_id, title in self.titles.items():
            assert hubspot[lead_id]["jobtitle"] == salesforce[lead_id]["Title"] == title
        for lead_id, city in self.cities.items():
            right = salesforce[lead_id]
            there = right["City"] if "City" in right else right["MailingCity"]
            assert hubspot[lead_id]["city"] == there == city
        for lead_id, stage in self.stages.items():
            assert hubspot[lead_id]["leadpact_stage"] == stage
            assert salesforce[lead_id]["leadpact_stage__c"] == stage


def _may_ask(one: Person) -> bool:
    """Known to HubSpot alone, and with all that a Lead needs."""
    named = bool(one.company and one.email) and " " in one.name
    plain = one.in_play and not one.opted_out and one.email.partition("@")[0] not in SHARED
    return not one.sf_lead and one.stage in ("lead", "subscriber") and named and plain
