"""What HubSpot remembers, as a backfill asks for it (R33; facts §4, §6, §7)."""

from __future__ import annotations

from typing import Any

from leadpact.ports.connector import WriteRow

READ = "POST /crm/v3/objects/contacts/batch/read"
OPEN, WON = "qualifiedtobuy", "closedwon"


def test_the_past_tells_history_dates_and_other_fields_in_one_call(
    portal: Any, connector: Any
) -> None:
    (who,) = portal.people(1)
    portal.world.clock.advance(3600)
    at = portal.world.clock.now()
    portal.hubspot.edit("contacts", who, {"lifecyclestage": "marketingqualifiedlead"}, "workflow:4")
    portal.world.clock.advance(3600)
    portal.hubspot.edit("contacts", who, {"lifecyclestage": "customer", "city": "Oslo"}, "person:1")
    portal.world.clock.advance(3600)
    connector.write("contacts", [WriteRow("set", who, {"lifecyclestage": "evangelist"})])
    connector.schema(["contacts"])
    connector.identity()
    portal.calls()

    past = connector.past("contacts", [who, "999999"], ["lifecyclestage"], ["city"])[who]

    assert portal.calls() == {READ: 1}
    changed = {one.value: one.at for one in past.changes}
    entered = {one.value: one.at for one in past.entered}
    for told in (changed, entered):
        assert abs((told["marketingqualifiedlead"] - at).total_seconds()) < 1
        assert (told["customer"] - at).total_seconds() >= 3599
    assert [one.value for one in past.changes if one.author.kind == "ours"] == ["evangelist"]
    assert changed["evangelist"] == entered["evangelist"]
    assert past.shown == {"city": "Oslo"}


def test_a_deals_past_says_since_when_it_is_there_and_since_when_it_is_won(portal: Any) -> None:
    connector = portal.connect(deals=True)
    begun = portal.world.clock.now()
    told = {"dealname": "D", "pipeline": "default", "dealstage": OPEN}
    ours = str(portal.hubspot.create("deals", told, "person:1")["id"])
    portal.world.clock.advance(3600)
    won = portal.world.clock.now()
    portal.hubspot.edit("deals", ours, {"dealstage": WON}, "person:1")

    (past,) = connector.past("deals", [ours], [], []).values()
    found = {one.field: one for one in past.entered}

    assert abs((found["leadpact:is_open"].at - begun).total_seconds()) < 2
    assert abs((found["leadpact:is_won"].at - won).total_seconds()) < 2
    assert not found["leadpact:is_won"].inferred
