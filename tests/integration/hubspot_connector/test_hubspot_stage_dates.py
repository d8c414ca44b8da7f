"""HubSpot's own stage dates come with the reading that is made anyway (R6; facts §4)."""

from __future__ import annotations

from typing import Any

from leadpact.model.record import SINCE, FieldDate, Record, since_of

READ = "POST /crm/v3/objects/contacts/batch/read"
SINCE_STAGE = SINCE + "lifecyclestage"


def test_the_present_stage_is_dated_without_a_further_call(portal: Any, connector: Any) -> None:
    who, other = portal.people(2)
    portal.world.clock.advance(3600)
    at = portal.world.clock.now()
    portal.hubspot.edit("contacts", who, {"lifecyclestage": "marketingqualifiedlead"}, "workflow:4")
    portal.world.clock.advance(3600)
    portal.hubspot.edit("contacts", who, {"firstname": "Later"}, "workflow:5")
    connector.schema(["contacts"])
    portal.calls()
    seen, second = connector.fetch(
        "contacts", [who, other], ["firstname", "lifecyclestage", SINCE_STAGE]
    )
    assert portal.calls() == {READ: 1}
    assert isinstance(seen, Record)
    date = since_of(seen.fields[SINCE_STAGE])
    assert date is not None
    assert abs((date.at - at).total_seconds()) < 1
    assert not date.approximate
    assert set(seen.fields) == {"firstname", "lifecyclestage", SINCE_STAGE}
    assert since_of(second.fields.get(SINCE_STAGE)) is not None


def test_older_contacts_have_the_older_date_alone(portal: Any, connector: Any) -> None:
    (who,) = portal.people(1)
    contact = portal.hubspot._portal.store.resolve(who)
    kept = {
        name: value
        for name, value in contact.values.items()
        if not name.startswith("hs_v2_date_entered")
    }
    contact.values = kept
    (seen,) = connector.fetch("contacts", [who], ["lifecyclestage", SINCE_STAGE])
    assert isinstance(since_of(seen.fields.get(SINCE_STAGE)), FieldDate)


def test_a_field_without_dates_is_left_out(portal: Any, connector: Any) -> None:
    (who,) = portal.people(1)
    (seen,) = connector.fetch("contacts", [who], ["hs_lead_status", SINCE + "hs_lead_status"])
    assert set(seen.fields) <= {"hs_lead_status"}
