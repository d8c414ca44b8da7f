"""R19 at work: what sales waits for is found in both CRMs by few calls, whatever else changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.acceptance.town import Town

MakeTown = Callable[..., Town]
MINUTE = timedelta(seconds=60)
SEARCH = "POST /crm/v3/objects/contacts/search"


def look(town: Town, pair: Any) -> tuple[Any, dict[str, dict[str, int]]]:
    """A minute later the hot lane is looked at, and nothing else; the report, and the calls by route."""
    town.later(60)
    before = town.routes()
    report = pair.run_cycle(lane="hot", hot_every=MINUTE)
    after = town.routes()
    made = {
        crm: {
            route: number - before[crm].get(route, 0)
            for route, number in routes.items()
            if number > before[crm].get(route, 0)
        }
        for crm, routes in after.items()
    }
    return report, made


def test_the_hot_lane_finds_stages_and_statuses_and_passes_over_a_newsletter(
    make_town: MakeTown,
) -> None:
    town = make_town(16)
    with town.pair() as pair:
        town.go_live(pair)
        town.later(600)
        # The first look starts the feeds, the second one asks what the org tracks: the next costs what every one does.
        look(town, pair)
        look(town, pair)
        runs = len(pair.store.runs(1000))
        report, calls = look(town, pair)
        assert report.exit_code == 0
        assert calls["hubspot"] == {SEARCH: 4}
        assert sum(calls["salesforce"].values()) == 4
        assert len(pair.store.runs(1000)) == runs

        marketing, sales, refused, *others = town.people("lead")
        for one in others:
            town.world.edit_contact(one.hs_contact, {"city": "Oslo"}, "import:1")
        staff = town.staff()
        edited = {"lifecyclestage": "marketingqualifiedlead"}
        town.world.edit_contact(marketing.hs_contact, edited, staff.marketer)
        # HubSpot gives the lead status no date of its own.
        town.world.edit_contact(
            refused.hs_contact, {"hs_lead_status": "UNQUALIFIED"}, staff.marketer
        )
        lost = {"Status": "Closed - Not Converted"}
        town.world.edit_lead(sales.sf_lead, lost, staff.rep)
        report, _calls = look(town, pair)
        looked = {one.link_id for one in pair.store.outcomes(run_id=pair.store.runs(1)[0].id)}
        assert report.counts["hot_leads"] == 3
        assert report.counts["hot_delay_p95_s"] <= 90
        by_lead = {one["Id"]: one for one in town.world.query(LEADS)}
        assert by_lead[marketing.sf_lead]["leadpact_stage__c"] == "mql"
        assert town.world.contact(sales.hs_contact, STAGE)[STAGE[0]] in ("recycled", "disqualified")
        assert looked


LEADS = "SELECT Id, leadpact_stage__c FROM Lead"
STAGE = ["leadpact_stage"]
