"""A demo request of 10:02 is due at 10:07 on both records; late shows, a call or a rep ends it (S86..S91)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.acceptance.town import LIFTED, Town
from tests.sandboxes import running_world

from leadpact.audit.response_times import recomputed, unlike
from leadpact_app.bootstrap import Pair
from leadpact_app.cli.demo_cast import Person, people_of, stand_of

CONTACT = ["leadpact_sla_due_at", "leadpact_sla_state", "leadpact_sla_tier", "leadpact_stage"]
LEAD = "Id, leadpact_sla_due_at__c, leadpact_sla_state__c, leadpact_sla_contacted_at__c"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for the file; each test takes its own person."""
    with running_world(60, 7) as world:
        town = Town(world, tmp_path_factory.mktemp("clock"), world.settings())
        with town.pair() as pair:
            town.go_live(pair)
        yield town


@pytest.fixture
def pair(town: Town) -> Iterator[Pair]:
    with town.pair() as pair:
        yield pair


def now(town: Town) -> datetime:
    return datetime.fromisoformat(town.world.get("/clock")["now"]).astimezone(UTC)


def seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def someone(town: Town) -> Person:
    """Somebody in both CRMs whom nobody has handed over yet."""
    found = people_of(stand_of(town.world))
    return next(
        one
        for one in found
        if one.sf_lead and one.stage in ("lead", "subscriber") and one.in_play and not one.opted_out
    )


def asks(town: Town, who: Person) -> datetime:
    """The person asks for a demo; a minute later."""
    at = seconds(now(town))
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    town.world.edit_contact(who.hs_contact, {"last_demo_request": stamp}, "workflow:7101")
    town.later(60)
    return at


def shown(town: Town, who: Person) -> tuple[datetime, str, datetime, str]:
    """(due, state) as HubSpot shows them, and as Salesforce does."""
    contact = town.world.contact(who.hs_contact, CONTACT)
    lead = there(town, who)
    return (
        datetime.fromisoformat(contact["leadpact_sla_due_at"]),
        contact["leadpact_sla_state"],
        datetime.fromisoformat(lead["leadpact_sla_due_at__c"]),
        lead["leadpact_sla_state__c"],
    )


def there(town: Town, who: Person) -> dict[str, Any]:
    (lead,) = town.world.query(f"SELECT {LEAD} FROM Lead WHERE Id = '{who.sf_lead}'")
    return lead


def told(town: Town, *arguments: str) -> Any:
    ended = town.command("sla", *arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_it_is_due_five_minutes_after_the_request_and_a_logged_call_meets_it(
    town: Town, pair: Pair
) -> None:
    who = someone(town)
    at = asks(town, who)
    pair.run_cycle(limits=LIFTED)
    due = at + timedelta(minutes=5)
    assert shown(town, who) == (due, "running", due, "running")
    (row,) = [one for one in told(town, "list")["clocks"] if one["lead"] == who.lead_id]
    assert (row["state"], row["tier"], row["cause"]) == ("running", "high", "demo_request")

    town.later((at + timedelta(minutes=4, seconds=1) - now(town)).total_seconds())
    pair.run_cycle(limits=LIFTED)
    assert shown(town, who) == (due, "near_breach", due, "near_breach")

    called = seconds(now(town))
    stamp = called.strftime("%Y-%m-%dT%H:%M:%SZ")
    town.world.edit_contact(who.hs_contact, {"notes_last_contacted": stamp}, "workflow:7101")
    town.later(600)
    pair.run_cycle(limits=LIFTED)
    assert shown(town, who) == (due, "met", due, "met")
    assert datetime.fromisoformat(there(town, who)["leadpact_sla_contacted_at__c"]) == called


def test_late_shows_on_both_and_in_the_list_until_the_rep_takes_it(town: Town, pair: Pair) -> None:
    who = someone(town)
    at = asks(town, who)
    pair.run_cycle(limits=LIFTED)
    town.later(300)
    report = pair.run_cycle(limits=LIFTED)
    due = at + timedelta(minutes=5)
    assert report.counts["sla_contact_breached"] == 1
    assert shown(town, who) == (due, "breached", due, "breached")
    (late,) = told(town, "list", "--state", "breached")["clocks"]
    assert (late["lead"], late["ended_at"]) == (who.lead_id, None)

    town.world.edit_lead(who.sf_lead, {"Status": "Working - Contacted"}, town.staff().rep)
    town.later(60)
    pair.run_cycle(limits=LIFTED)
    assert shown(town, who) == (due, "breached", due, "breached")
    assert there(town, who)["leadpact_sla_contacted_at__c"] is not None
    assert [one for one in told(town, "list")["clocks"] if one["lead"] == who.lead_id] == []
    (ended,) = told(town, "list", "--state", "breached")["clocks"]
    assert (ended["answered"], ended["ended_by"]) == (True, "stage:sal")


def test_another_time_would_have_shown_both_in_time(town: Town, pair: Pair) -> None:
    report = told(town, "report")
    assert [(one["key"], one["states"]) for one in report["rows"]] == [
        ("high", {"breached": 1, "met": 1})
    ]
    what_if = told(town, "what-if", "--high", "15m")
    assert what_if["as_it_is"][0]["met_share"] == 0.5
    assert what_if["as_it_would_be"][0]["states"] == {"met": 2}
    for people in (town.command("sla", "report"), town.command("sla", "what-if", "--high", "15m")):
        assert people.returncode == 0
        assert "50%" in people.stdout


def test_every_clock_is_what_the_history_gives(town: Town, pair: Pair) -> None:
    go_live = pair.store.runs(100)[-1].started_at
    links = pair.store.links(pair.store.page_of_links("", 1000))
    for link in links.values():
        kept = pair.store.clocks_of([link.id]).get(link.id, ())
        computed = recomputed(pair.store, pair.pact, link, go_live, pair.clock.now())
        assert unlike(kept, computed) == ((), ())


def test_a_command_line_that_says_nothing_sensible_is_told_what_would_be(town: Town) -> None:
    for arguments, said in (
        (("list", "--state", "late"), "one of running, near, breached"),
        (("report", "--by", "moon"), "tier, owner or calendar"),
        (("what-if",), "Say what is to be different"),
        (("what-if", "--high", "soon"), "write 15m"),
        (("report", "--since", "yesterday"), "write 2026-11-30"),
    ):
        ended = town.command("sla", *arguments)
        assert (ended.returncode, said in ended.stderr) == (2, True), ended.stderr
