"""Writing: one result per row, whatever HubSpot does with the batch (R2, R3, facts §1, §4)."""

from __future__ import annotations

from typing import Any

import pytest

from leadpact.errors import SetAside, SignIn, WaitUntil
from leadpact.ports.connector import Refused, WriteRow, Written

UPDATE = "POST /crm/v3/objects/contacts/batch/update"
UPSERT = "POST /crm/v3/objects/contacts/batch/upsert"


def set_row(who: str, **fields: Any) -> WriteRow:
    return WriteRow("set", who, fields)


def test_a_batch_is_one_call_and_answers_what_is_stored(portal: Any, connector: Any) -> None:
    ids = portal.people(100)
    portal.calls()
    rows = [set_row(who, firstname=f"N{at}", jobtitle=None) for at, who in enumerate(ids)]

    results = connector.write("contacts", rows)

    assert portal.calls() == {UPDATE: 1}
    assert [one.id for one in results] == ids
    assert results[7].fields == {"firstname": "N7", "jobtitle": None}
    (read,) = connector.fetch("contacts", [ids[7]], ["firstname", "jobtitle"])
    assert read.fields["firstname"] == "N7"
    assert read.version == results[7].version


def test_numbers_bools_and_blanks_travel_as_text(portal: Any, connector: Any) -> None:
    (who,) = portal.people(1, jobtitle="Head")

    connector.write("contacts", [set_row(who, annualrevenue=1200.0, jobtitle=None, city=7)])

    (read,) = connector.fetch("contacts", [who], ["annualrevenue", "jobtitle", "city"])
    assert read.fields["annualrevenue"] == "1200"
    assert read.fields["jobtitle"] in {"", None}
    assert read.fields["city"] == "7"


def test_one_poisoned_row_costs_itself_only(portal: Any, connector: Any) -> None:
    ids = portal.people(100)
    portal.calls()
    rows = [set_row(who, hs_lead_status="OPEN") for who in ids]
    rows[41] = set_row(ids[41], hs_lead_status="NO_SUCH", firstname="A")

    results = connector.write("contacts", rows)

    assert portal.calls() == {UPDATE: 1}
    assert [at for at, one in enumerate(results) if isinstance(one, Refused)] == [41]
    refused = results[41]
    assert isinstance(refused.error, SetAside)
    assert refused.error.fields == ("hs_lead_status",)
    assert refused.error.code == "value_refused"
    assert "INVALID_OPTION" in refused.error.message
    assert not refused.unknown


def test_unknown_and_read_only_properties_are_named(portal: Any, connector: Any) -> None:
    one, two = portal.people(2)

    unknown, fixed = connector.write(
        "contacts", [set_row(one, no_such_field="x"), set_row(two, createdate="2026-01-01")]
    )

    assert unknown.error.code == "field_unknown"
    assert unknown.error.fields == ("no_such_field",)
    assert fixed.error.fields == ("createdate",)


def test_missing_archived_and_merged_ids_are_told_apart(portal: Any, connector: Any) -> None:
    kept, dropped, old, other = portal.people(4)
    portal.hubspot.archive("contacts", dropped, "person:1")
    portal.hubspot.merge("contacts", old, other)

    rows = [set_row(who, firstname="Z") for who in ("987654321", kept, dropped, old)]
    results = connector.write("contacts", rows)

    codes = [one.error.code if isinstance(one, Refused) else "" for one in results]
    assert codes == ["record_missing", "", "record_missing", "record_moved"]
    assert results[3].error.transient


def test_an_address_that_another_holds_is_refused_for_that_row(portal: Any, connector: Any) -> None:
    one, _, three = portal.people(3)

    results = connector.write(
        "contacts",
        [set_row(one, email="p2@firm2.example"), set_row(three, firstname="Y")],
    )

    assert isinstance(results[0], Refused)
    assert isinstance(results[0].error, SetAside)
    assert "p2@firm2" not in results[0].error.detail + results[0].error.message
    assert isinstance(results[1], Written)


def test_make_upserts_on_our_id_so_a_repeat_makes_no_second(portal: Any, connector: Any) -> None:
    row = WriteRow("make", "", {"email": "new@firm.example", "firstname": "N"}, "lead-7")

    (first,) = connector.write("contacts", [row])
    (again,) = connector.write("contacts", [row])

    assert first.created
    assert not again.created
    assert first.id == again.id
    (found,) = connector.find("contacts", "leadpact_lead_id", ["lead-7"], ["email"])
    assert found.ref.id == first.id
    assert first.fields["email"] == "new@firm.example"


def test_a_made_row_whose_address_exists_is_refused_and_the_others_made(
    portal: Any, connector: Any
) -> None:
    portal.people(1)
    rows = [WriteRow("make", "", {"email": f"m{at}@firm.example"}, f"lead-{at}") for at in range(6)]
    rows[2] = WriteRow("make", "", {"email": "p0@firm0.example"}, "lead-2")

    results = connector.write("contacts", rows)

    assert [at for at, one in enumerate(results) if isinstance(one, Refused)] == [2]
    assert results[2].error.code == "value_taken"


def test_a_stage_going_back_is_ignored_and_the_answer_shows_it(portal: Any, connector: Any) -> None:
    (who,) = portal.people(1, lifecyclestage="salesqualifiedlead")

    (ignored,) = connector.write("contacts", [set_row(who, lifecyclestage="lead")])

    assert ignored.fields == {"lifecyclestage": "salesqualifiedlead"}


def test_reset_and_set_of_one_record_go_in_two_calls_in_order(portal: Any, connector: Any) -> None:
    who, other = portal.people(2, lifecyclestage="salesqualifiedlead")
    portal.calls()

    results = connector.write(
        "contacts",
        [
            WriteRow("reset_blank", who, {"lifecyclestage": "lead"}),
            set_row(who, lifecyclestage="lead"),
            set_row(other, firstname="B"),
        ],
    )

    assert portal.calls() == {UPDATE: 2}
    assert results[0].fields["lifecyclestage"] in {"", None}
    assert results[1].fields == {"lifecyclestage": "lead"}
    assert isinstance(results[2], Written)


def test_kinds_of_rows_that_cannot_be_written_are_refused_singly(
    portal: Any, connector: Any
) -> None:
    (who,) = portal.people(1)
    portal.calls()

    results = connector.write(
        "contacts",
        [
            WriteRow("convert", who, {}),
            WriteRow("make", "", {"email": "a@firm.example"}),
            set_row("../7", firstname="x"),
            set_row(who, firstname="fine"),
        ],
    )

    codes = [one.error.code if isinstance(one, Refused) else "" for one in results]
    assert codes == ["op_not_offered", "bad_id", "bad_id", ""]
    assert portal.calls() == {UPDATE: 1}


@pytest.mark.parametrize("fault", ["lost_answer", "cut_body", "server_error"])
def test_a_lost_answer_leaves_every_row_unknown_and_is_not_repeated(
    portal: Any, connector: Any, fault: str
) -> None:
    ids = portal.people(3)
    portal.calls()
    portal.fault(UPDATE, fault)

    results = connector.write("contacts", [set_row(who, firstname="L") for who in ids])

    assert portal.calls() == {UPDATE: 1}
    assert [(one.unknown, one.error.code) for one in results] == [(True, "answer_lost")] * 3
    assert isinstance(results[0].error, WaitUntil)


@pytest.mark.parametrize("fault", ["unavailable", "html_503"])
def test_an_outage_that_did_nothing_is_tried_again(portal: Any, connector: Any, fault: str) -> None:
    (who,) = portal.people(1)
    portal.calls()
    portal.fault(UPDATE, fault)

    (result,) = connector.write("contacts", [set_row(who, firstname="L")])

    assert isinstance(result, Written)
    assert portal.calls() == {UPDATE: 2}
    assert all(0 < wait <= 2 for wait in portal.time.slept)


def test_a_lock_waits_two_seconds_as_hubspot_asks(portal: Any, connector: Any) -> None:
    (who,) = portal.people(1)
    portal.fault(UPDATE, "row_lock")

    (result,) = connector.write("contacts", [set_row(who, firstname="L")])

    assert isinstance(result, Written)
    assert sum(portal.time.slept) >= 2
    assert max(portal.time.slept) <= 2


def test_where_nothing_was_tried_the_whole_call_is_raised(portal: Any, connector: Any) -> None:
    (who,) = portal.people(1)
    portal.hubspot.grant("pat-eu1-reader", frozenset({"crm.objects.contacts.read"}))

    with pytest.raises(SignIn) as caught:
        portal.connect(token="pat-eu1-reader").write("contacts", [set_row(who, firstname="L")])

    assert caught.value.code == "missing_scope"
    assert "crm.objects.contacts.write" in caught.value.message


def test_a_refusal_after_the_first_call_names_the_rows_not_tried(
    portal: Any, connector: Any
) -> None:
    ids = portal.people(150)
    portal.fault(UPDATE, "daily_limit", nth=2)

    results = connector.write("contacts", [set_row(who, firstname="L") for who in ids])

    assert all(isinstance(one, Written) for one in results[:100])
    assert {(one.error.code, one.unknown) for one in results[100:]} == {("daily_limit", False)}
