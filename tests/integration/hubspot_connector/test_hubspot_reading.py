"""Reading: identity, schema, records by id and key (R1, R4, R26, facts §1, §6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from leadpact.errors import FixSettings, SignIn, WaitUntil
from leadpact.model.record import Gone, MovedTo, Record, RecordRef
from leadpact.ports.connector import WriteRow

READ = "POST /crm/v3/objects/contacts/batch/read"


def test_identity_names_portal_zone_and_our_own_app(portal: Any, connector: Any) -> None:
    identity = connector.identity()

    assert identity.id == str(portal.hubspot.portal_id)
    assert identity.zone == "UTC"
    assert identity.production
    assert len(identity.actor_ids) == 1
    portal.calls()
    connector.identity()
    assert portal.calls() == {}


def test_schema_takes_rights_and_options_from_the_live_properties(connector: Any) -> None:
    fields = connector.schema(["contacts"])["contacts"].fields

    assert fields["email"].unique
    assert fields["email"].normalises == {"lower", "trim", "blank_is_null"}
    assert not fields["createdate"].updateable
    assert fields["lifecyclestage"].restricted
    assert "marketingqualifiedlead" in [one.value for one in fields["lifecyclestage"].picklist]
    assert fields["leadpact_lead_id"].unique
    assert fields["firstname"].normalises == {"blank_is_null"}


def test_fetch_keeps_order_and_tells_blank_from_unknown(portal: Any, connector: Any) -> None:
    first, second = portal.people(2)

    seen = connector.fetch("contacts", [second, first], ["email", "jobtitle", "no_such_field"])

    assert [one.ref.id for one in seen] == [second, first]
    assert seen[0].fields == {"email": "p1@firm1.example", "jobtitle": None}
    assert len(seen[0].version) == 24
    assert seen[0].version.endswith("Z")
    assert seen[0].created_at is not None
    assert seen[0].created_at.tzinfo is not None


def test_missing_and_archived_ids_are_gone(portal: Any, connector: Any) -> None:
    kept, dropped = portal.people(2)
    portal.hubspot.archive("contacts", dropped, "person:1")

    seen = connector.fetch("contacts", ["999999999", kept, dropped], ["email"])

    assert isinstance(seen[0], Gone)
    assert isinstance(seen[1], Record)
    assert isinstance(seen[2], Gone)


def test_a_merged_id_leads_to_the_record_that_lives_on(portal: Any, connector: Any) -> None:
    one, two, three, other = portal.people(4)
    first = str(portal.hubspot.merge("contacts", one, two)["id"])
    heir = str(portal.hubspot.merge("contacts", first, three)["id"])
    portal.calls()

    seen = connector.fetch("contacts", [one, other, three, heir], ["email"])

    gone_to = (RecordRef("hub", "contacts", heir),)
    assert [type(each) for each in seen] == [MovedTo, Record, MovedTo, Record]
    assert seen[0].how == "merged"
    assert seen[0].to == seen[2].to == gone_to
    assert portal.calls() == {READ: 1}


def test_two_hundred_ids_cost_two_calls(portal: Any, connector: Any) -> None:
    ids = portal.people(200)
    portal.calls()

    assert len(connector.fetch("contacts", ids, ["email"])) == 200

    assert portal.calls() == {READ: 2}
    assert portal.routes.count(READ) == 2


def test_an_id_that_is_none_never_leaves(portal: Any, connector: Any) -> None:
    with pytest.raises(FixSettings) as caught:
        connector.fetch("contacts", ["1/../2"], ["email"])
    assert caught.value.code == "bad_id"
    with pytest.raises(FixSettings):
        connector.fetch("contacts", ["1"], ["email,secret"])
    assert portal.calls() == {}


def test_find_by_email_ignores_case_blanks_and_unknown_addresses(
    portal: Any, connector: Any
) -> None:
    ids = portal.people(3)
    portal.calls()

    found = connector.find(
        "contacts", "email", ["P1@FIRM1.example ", "", "nobody@firm.example"], ["firstname"]
    )

    assert [(one.ref.id, one.fields) for one in found] == [(ids[1], {"firstname": "P"})]
    assert portal.calls() == {READ: 1}


def test_find_by_our_external_id_needs_no_search(portal: Any, connector: Any) -> None:
    (who,) = portal.people(1, leadpact_lead_id="lead-1")
    portal.calls()

    found = connector.find("contacts", "leadpact_lead_id", ["lead-1", "lead-2"], ["email"])

    assert [one.ref.id for one in found] == [who]
    assert portal.calls() == {READ: 1}


def test_find_by_other_fields_returns_all_holders_with_present_values(
    portal: Any, connector: Any
) -> None:
    ids = portal.people(3, phone="+4930123")
    portal.hubspot.edit("contacts", ids[2], {"phone": "+4940"}, "person:1")

    found = connector.find("contacts", "phone", ["+4930123"], ["email"])

    # Search still shows the third with its former number; the read by who does not.
    assert sorted(one.ref.id for one in found) == ids[:2]
    assert "phone" not in found[0].fields


def test_find_by_many_long_values_stays_below_the_search_wall(portal: Any, connector: Any) -> None:
    ids = portal.people(1, company="Größe & Söhne")

    values = [f"Фирма {number} " + "х" * 80 for number in range(100)]
    found = connector.find("contacts", "company", [*values, "größe & söhne"], ["email"])

    assert [one.ref.id for one in found] == ids


def test_one_connector_serves_sixteen_threads(portal: Any, connector: Any) -> None:
    ids = portal.people(32)

    with ThreadPoolExecutor(16) as threads:
        seen = list(threads.map(lambda who: connector.fetch("contacts", [who], ["email"])[0], ids))

    assert [one.ref.id for one in seen] == ids
    assert portal.budget.spent >= 32


def test_bad_expired_and_poor_tokens_are_sign_in_errors(portal: Any) -> None:
    with pytest.raises(SignIn) as bad:
        portal.connect(token="pat-eu1-00000000-not-ours").identity()
    assert bad.value.code == "token_refused"

    portal.hubspot.grant("pat-eu1-poor", frozenset({"crm.objects.contacts.read"}))
    poor = portal.connect(token="pat-eu1-poor")
    with pytest.raises(SignIn) as missing:
        poor.write("contacts", [WriteRow("set", "1", {"firstname": "A"})])
    assert missing.value.code == "missing_scope"
    assert "crm.objects.contacts.write" in missing.value.message

    portal.fault(READ, "expired_token")
    with pytest.raises(SignIn) as expired:
        portal.connect().fetch("contacts", ["1"], ["email"])
    assert expired.value.code == "token_expired"


def test_what_is_not_hubspot_is_a_matter_of_settings(portal: Any) -> None:
    portal.base_url += "/elsewhere"
    with pytest.raises(FixSettings) as caught:
        portal.connect().identity()
    assert caught.value.code == "not_hubspot"


def test_nobody_listening_is_a_wait_and_is_tried_again(portal: Any) -> None:
    portal.base_url = "http://127.0.0.1:1"
    with pytest.raises(WaitUntil) as caught:
        portal.connect().identity()
    assert caught.value.code == "crm_unreachable"
    assert len(portal.routes) == 4
    assert len(portal.time.slept) == 3
