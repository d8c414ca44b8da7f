"""Show 5 of issue 2: backward steps refused, rejections carried by two-step resets, and no wars (R3, R13, R16)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.acceptance.agreement import assert_agree, assert_told
from tests.acceptance.town import KILLED, LEASE_S, LIFTED, Town
from tests.sandboxes import running_world

from leadpact.audit import explain
from leadpact_app.bootstrap import Pair
from leadpact_app.cli.demo_cast import Person

SEEN = ["lifecyclestage", "hs_lead_status", "leadpact_stage", "leadpact_stage_reason"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for the file; each test takes its own people."""
    with running_world(60, 7) as world:
        town = Town(world, tmp_path_factory.mktemp("refused"), world.settings())
        with town.pair() as pair:
            town.go_live(pair)
        yield town


@pytest.fixture
def pair(town: Town) -> Iterator[Pair]:
    with town.pair() as pair:
        yield pair


def contact(town: Town, who: Person) -> dict[str, Any]:
    return town.world.contact(who.hs_contact, SEEN)


def written(pair: Pair, who: Person) -> list[Any]:
    """What the last run wrote for this lead."""
    run = pair.store.runs(1)[0].id
    return [one for one in pair.store.intents(run_id=run) if one.link_id == who.lead_id]


def test_a_step_back_without_a_reason_is_restored_once_and_never_fought_over(
    town: Town, pair: Pair
) -> None:
    who, staff = town.people("sql")[0], town.staff()
    before = contact(town, who)
    town.world.edit_contact(who.hs_contact, {"lifecyclestage": "lead"}, staff.marketer)
    town.later()
    pair.run_cycle()
    assert contact(town, who)["lifecyclestage"] == before["lifecyclestage"] == "salesqualifiedlead"
    [only] = written(pair, who)
    assert (only.op, only.ref.crm, only.state) == ("set", "hubspot", "written")
    assert "Still SQL" in contact(town, who)["leadpact_stage_reason"]
    story = explain(pair.store, pair.pact, who.lead_id)
    assert story is not None
    assert story.history[0].transition.result == "refused"
    assert "asked for Lead; refused, it stays SQL" in story.history[0].sentence
    assert "with a reason" in story.history[0].sentence

    shown = []
    for _again in range(4):
        for value in ("", "lead"):  # as a workflow must: HubSpot ignores its plain step back
            town.world.edit_contact(who.hs_contact, {"lifecyclestage": value}, "workflow:4711")
        town.later()
        pair.run_cycle()
        assert not written(pair, who)
        shown.append(contact(town, who)["lifecyclestage"])
    assert set(shown) == {"lead"}, "a contested field is shown as it stands in the CRM"
    [hold] = [one for one in pair.store.holds() if one.link_id == who.lead_id]
    assert hold.cause == "contested"
    assert "workflow" in hold.why
    link = pair.store.links([who.lead_id])[who.lead_id]
    assert link.stage is not None
    assert link.stage.stage == "sql"


def test_a_rejection_is_carried_by_a_reset_of_two_steps(town: Town, pair: Pair) -> None:
    who, staff = town.people("mql")[0], town.staff()
    reject(town, who, staff.rep)
    town.later()
    pair.run_cycle()
    assert_recycled(town, pair, who)
    [intent] = [one for one in written(pair, who) if one.ref.crm == "hubspot"]
    assert (intent.op, intent.state) == ("reset", "written")
    town.later()
    assert pair.run_cycle().counts["written"] == 0


Crash = Callable[[Town, str], int]


def by_command(town: Town, point: str) -> int:
    return town.command("sync", crash_at=point).returncode


def by_child(town: Town, point: str) -> int:
    return town.sync_and_die(point)


@pytest.mark.parametrize(
    ("crash", "point"), [(by_command, "after-write:1"), (by_child, "before-write:2")]
)
def test_killed_between_the_two_steps_it_ends_the_same(
    town: Town, crash: Crash, point: str
) -> None:
    who, staff = town.people("mql")[0], town.staff()
    reject(town, who, staff.rep)
    town.later()
    assert crash(town, point) == KILLED
    assert not contact(town, who)["lifecyclestage"], "it was not killed between the two steps"
    town.later(LEASE_S)
    again = town.command("sync") if crash is by_command else None
    assert again is None or again.returncode == 0, again.stderr
    with town.pair() as pair:
        if again is None:
            pair.run_cycle(limits=LIFTED)
        assert_recycled(town, pair, who)
        town.until_quiet(pair)
        assert_told(pair, assert_agree(town.world, pair))


def reject(town: Town, who: Person, by: str) -> None:
    fields = {"Status": "Closed - Not Converted", "leadpact_rejection_reason__c": "bad_timing"}
    town.world.edit_lead(who.sf_lead, fields, by)


def assert_recycled(town: Town, pair: Pair, who: Person) -> None:
    seen = contact(town, who)
    assert (seen["lifecyclestage"], seen["hs_lead_status"]) == ("lead", "BAD_TIMING")
    assert seen["leadpact_stage"] == "recycled"
    assert "Bad timing" in seen["leadpact_stage_reason"]
    [lead] = town.world.query(
        f"SELECT Status, leadpact_stage__c FROM Lead WHERE Id = '{who.sf_lead}'"
    )
    assert (lead["Status"], lead["leadpact_stage__c"]) == ("Closed - Not Converted", "recycled")
    link = pair.store.links([who.lead_id])[who.lead_id]
    assert link.stage is not None
    assert (link.stage.stage, link.stage.reason) == ("recycled", "bad_timing")
