"""R3, R15-R17, S96 on the emulators: rejected, silent, back as episode 2; lost, won, the end of a contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.acceptance.agreement import shown
from tests.acceptance.town import LIFTED, Town

from leadpact.audit.queue import silent
from leadpact.model.episode import Episode
from leadpact_app.bootstrap import Pair

DAY = 86_400
REJECTED = "Closed - Not Converted"
LEADS = "SELECT Id, Status, IsConverted, Email, leadpact_stage__c, leadpact_lead_id__c FROM Lead"
DEALS = "SELECT Id, Name, StageName, AccountId FROM Opportunity"


def contact_of(town: Town, lead_id: str) -> dict[str, Any]:
    """The HubSpot contact of a lead, by our id."""
    rows = shown(town.world).hubspot.values()
    return next(dict(row) for row in rows if row["leadpact_lead_id"] == lead_id)


def leads_at(town: Town, stage: str) -> list[dict[str, Any]]:
    """Leads of people who are in both CRMs, at this stage."""
    known = {row["leadpact_lead_id"] for row in shown(town.world).hubspot.values()}
    return [
        row
        for row in town.world.query(LEADS)
        if row["leadpact_stage__c"] == stage
        and not row["IsConverted"]
        and row["leadpact_lead_id__c"] in known
    ]


def episodes(pair: Pair, lead_id: str) -> list[Episode]:
    return list(pair.store.episodes([lead_id])[lead_id])


def sync(town: Town, pair: Pair, seconds: float = 900) -> None:
    town.later(seconds)
    assert pair.run_cycle(limits=LIFTED).status == "done"


def test_rejected_in_silence_or_with_a_reason_and_back_as_episode_2(
    make_town: Callable[..., Town],
) -> None:
    town = make_town(60)
    staff = town.staff()
    with town.pair() as pair:
        town.go_live(pair)
        told, quiet = leads_at(town, "mql")[:2]
        person = contact_of(town, told["leadpact_lead_id__c"])
        assert person["lifecyclestage"] == "marketingqualifiedlead"
        town.world.edit_lead(
            told["Id"],
            {
                "Status": REJECTED,
                "leadpact_rejection_reason__c": "no_response",
                "leadpact_rejection_detail__c": "went_quiet",
            },
            staff.other_rep,
        )
        town.world.edit_lead(quiet["Id"], {"Status": REJECTED}, staff.rep)
        sync(town, pair)
        after = contact_of(town, told["leadpact_lead_id__c"])
        # Set back in two steps, which HubSpot would otherwise ignore (R3).
        assert (after["lifecyclestage"], after["hs_lead_status"]) == ("lead", "BAD_TIMING")
        assert after["leadpact_rejection_reason"] == "no_response"
        (first,) = episodes(pair, told["leadpact_lead_id__c"])
        rep = staff.other_rep.removeprefix("person:")
        assert (first.outcome, first.sub_reason) == ("recycled", "went_quiet")
        assert first.rejected_by == f"salesforce:{rep}"
        pair.clock.follow()
        owed = {one.link_id: one for one in silent(pair.store, pair.pact, pair.clock.now(), 99)}
        assert owed[quiet["leadpact_lead_id__c"]].rep == (
            f"salesforce:{staff.rep.removeprefix('person:')}"
        )
        assert told["leadpact_lead_id__c"] not in owed
        sync(town, pair, 31 * DAY)
        town.world.sign_in_again()
        assert contact_of(town, told["leadpact_lead_id__c"])["leadpact_stage"] == "recycled"
        pair.clock.follow()
        now = pair.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        town.world.edit_contact(person["id"], {"last_demo_request": now}, "workflow:7101")
        sync(town, pair)
        back = contact_of(town, told["leadpact_lead_id__c"])
        assert (back["leadpact_stage"], back["lifecyclestage"]) == ("mql", "marketingqualifiedlead")
        assert back["leadpact_stage_reason"].startswith(
            "Episode 2, after “No response, went quiet”"
        )
        assert not back["leadpact_rejection_reason"]
        assert [one.number for one in episodes(pair, told["leadpact_lead_id__c"])] == [1, 2]
        town.until_quiet(pair)


def test_deals_lost_and_won_more_business_and_the_end_of_a_contract(
    make_town: Callable[..., Town],
) -> None:
    town = make_town(60)
    staff, world = town.staff(), town.world
    with town.pair() as pair:
        town.go_live(pair)
        lost, won = leads_at(town, "sal")[:2]
        for lead, name in ((lost, "Deal of the first"), (won, "Deal of the second")):
            world.convert(lead["Id"], name, staff.executive)
        sync(town, pair)
        deals = {row["Name"]: row["Id"] for row in world.query(DEALS)}
        ends = (("Deal of the first", "Closed Lost"), ("Deal of the second", "Closed Won"))
        for name, stage in ends:
            edit = {"object": "Opportunity", "id": deals[name], "fields": {"StageName": stage}}
            world.control("/salesforce/edit", {**edit, "by": staff.executive})
        sync(town, pair)
        after = contact_of(town, lost["leadpact_lead_id__c"])
        assert (after["leadpact_stage"], after["leadpact_rejection_reason"]) == (
            "recycled",
            "closed_lost",
        )
        assert episodes(pair, lost["leadpact_lead_id__c"])[-1].outcome == "lost"
        assert contact_of(town, won["leadpact_lead_id__c"])["leadpact_stage"] == "customer"
        assert episodes(pair, won["leadpact_lead_id__c"])[-1].outcome == "won"
        made = [one for one in shown(world).contacts.values() if one["leadpact_lead_id__c"]]
        theirs = {one["leadpact_lead_id__c"]: one["Id"] for one in made}
        edit = {
            "object": "Contact",
            "id": theirs[won["leadpact_lead_id__c"]],
            "fields": {"leadpact_rejection_reason__c": "contract_ended"},
        }
        world.control("/salesforce/edit", {**edit, "by": staff.executive})
        sync(town, pair)
        gone = contact_of(town, won["leadpact_lead_id__c"])
        assert (gone["leadpact_stage"], gone["lifecyclestage"]) == ("former_customer", "customer")
        assert episodes(pair, won["leadpact_lead_id__c"])[-1].outcome == "churned"
        town.until_quiet(pair)
