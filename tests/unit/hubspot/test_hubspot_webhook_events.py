"""Deliveries of webhooks: the signature of facts §8, and events as reasons to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpact.model.record import Change, RecordRef
from leadpact_hubspot.webhooks import Event, NotADelivery, events_in, is_genuine, signature_of
from leadpact_sandbox.hubspot.signing import DECODED, signature_v3

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SECRET = "2f1c-secret"
URL = "https://hooks.example/hubspot?tenant=a%3Ab&x=%25%2a"
BODY = '[{"eventId":1,"name":"Zoë"}]'.encode()
KNOWN: dict[str, Any] = {
    # The v3 case of the test suite of HubSpot's own Python client (facts §8).
    "client_secret": "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
    "method": "POST",
    "url": "https://www.example.com/webhook_uri",
    "body": b"{'example_field':'example_value'}",
    "timestamp": "15000000",
}


def genuine(**changes: Any) -> bool:
    sent: dict[str, Any] = {"client_secret": SECRET, "method": "POST", "url": URL, "body": BODY}
    stamp = str(changes.pop("timestamp", NOW_MS))
    made = signature_v3(SECRET, "POST", URL, BODY, stamp)
    said = {**sent, "timestamp": stamp, "signature": made, "now": NOW, **changes}
    return is_genuine(**said)


def test_the_known_answer_of_the_official_helper() -> None:
    signature = "HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw="
    assert signature_of(**KNOWN) == signature
    then = datetime.fromtimestamp(15_000, UTC)
    assert is_genuine(**KNOWN, signature=signature, now=then)


def test_what_the_emulated_hubspot_signs_is_taken_and_nothing_else() -> None:
    assert genuine()
    for changes in (
        {"client_secret": "another"},
        {"client_secret": ""},
        {"method": "GET"},
        {"url": URL + "&more=1"},
        {"url": URL.replace("https", "http")},
        {"body": BODY + b" "},
        {"signature": None},
        {"signature": ""},
        {"signature": "Zoë\udcff"},
        {"signature": signature_v3(SECRET, "POST", URL, BODY, str(NOW_MS - 1))},
    ):
        assert not genuine(**changes), changes


@pytest.mark.parametrize(
    ("seconds", "taken"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_five_minutes_either_way(seconds: int, taken: bool) -> None:
    assert genuine(now=NOW + timedelta(seconds=seconds)) is taken


@pytest.mark.parametrize(
    "stamp", ["", " ", "x", "1e12", "-1", "१२३", f"{NOW_MS}.0", f" {NOW_MS}", "9" * 400]
)
def test_a_stamp_that_is_none_is_refused(stamp: str) -> None:
    made = signature_of(SECRET, "POST", URL, BODY, stamp)
    assert not genuine(timestamp=stamp, signature=made)
    assert not is_genuine(
        client_secret=SECRET,
        method="POST",
        url=URL,
        body=BODY,
        signature=made,
        timestamp=None,
        now=NOW,
    )


@given(
    st.lists(st.sampled_from([*DECODED, *map(str.lower, DECODED), "%25", "%20", "%3", "a", "é"]))
)
def test_the_address_is_decoded_as_the_emulated_hubspot_does(parts: list[str]) -> None:
    url = "https://hooks.example/" + "".join(parts)
    assert signature_of(SECRET, "POST", url, BODY, "1") == signature_v3(
        SECRET, "POST", url, BODY, "1"
    )


def event(**fields: Any) -> dict[str, Any]:
    told = {
        "eventId": 7,
        "subscriptionId": 1,
        "portalId": 4242,
        "appId": 9,
        "occurredAt": NOW_MS,
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": 101,
        "propertyName": "city",
        "propertyValue": "Rom",
        "changeSource": "CRM_UI",
        "sourceId": "userId:5",
    }
    return {name: value for name, value in {**told, **fields}.items() if value is not None}


def read(*rows: Any) -> list[Event]:
    return events_in(orjson.dumps(rows), portal_id="4242", crm="hub")


def change(how: Any, record_id: str, kind: str = "contacts") -> Change:
    return Change(RecordRef("hub", kind, record_id), how, "2026-11-22T12:00:00.000Z")


def test_an_event_says_which_record_and_who_and_never_what() -> None:
    (seen,) = read(event())
    assert seen.changes == (change("changed", "101"),)
    assert seen.key == ("4242", "contact.propertyChange", "101", "city", NOW_MS, "7")
    assert (seen.source, seen.source_id, seen.occurred_at) == ("CRM_UI", "userId:5", NOW)
    assert "Rom" not in repr(seen)


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"subscriptionType": "contact.creation"}, [change("changed", "101")]),
        ({"subscriptionType": "contact.restore"}, [change("changed", "101")]),
        ({"subscriptionType": "contact.deletion"}, [change("deleted", "101")]),
        ({"subscriptionType": "contact.privacyDeletion"}, [change("deleted", "101")]),
        ({"subscriptionType": "deal.propertyChange"}, [change("changed", "101", "deals")]),
        (
            {"subscriptionType": "object.creation", "objectTypeId": "0-2"},
            [change("changed", "101", "companies")],
        ),
        (
            {
                "subscriptionType": "contact.merge",
                "primaryObjectId": 1,
                "mergedObjectIds": [1, 2],
                "newObjectId": 3,
            },
            [change("merged", "1"), change("merged", "2"), change("changed", "3")],
        ),
        (
            {
                "subscriptionType": "deal.associationChange",
                "associationType": "DEAL_TO_CONTACT",
                "fromObjectId": 5,
                "toObjectId": 6,
            },
            [change("changed", "5", "deals"), change("changed", "6")],
        ),
    ],
)
def test_each_type_says_which_records_to_read(
    fields: dict[str, Any], changes: list[Change]
) -> None:
    (seen,) = read(event(**fields))
    assert list(seen.changes) == changes


def test_what_is_not_ours_or_not_known_is_left_out_and_the_rest_is_read() -> None:
    left_out: list[Any] = [
        event(portalId=1),
        event(portalId=None),
        event(subscriptionType="ticket.creation"),
        event(subscriptionType="object.creation", objectTypeId="0-27"),
        event(subscriptionType="contact.danced"),
        event(subscriptionType=None),
        event(subscriptionType=[]),
        event(occurredAt="yesterday"),
        event(occurredAt=10**15),
        event(occurredAt=True),
        event(objectId="1/../2"),
        event(objectId={"a": 1}),
        event(objectId=True),
        event(subscriptionType="contact.merge", mergedObjectIds="12", objectId=None),
        "text",
        None,
        [],
    ]
    assert [one.changes for one in read(*left_out, event())] == [(change("changed", "101"),)]


def test_what_comes_twice_is_one_and_disorder_is_put_right() -> None:
    later, again = event(occurredAt=NOW_MS + 5), event(attemptNumber=3)
    other_property = event(propertyName="jobtitle")
    seen = read(later, event(), again, other_property)
    assert [one.key[3:5] for one in seen] == [
        ("city", NOW_MS),
        ("jobtitle", NOW_MS),
        ("city", NOW_MS + 5),
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", b"\xff", b"[" + b"1," * 100 + b"1]"])
def test_what_is_no_delivery_is_refused(body: bytes) -> None:
    with pytest.raises(NotADelivery):
        events_in(body, portal_id="4242", crm="hub")


def test_a_hundred_events_are_taken() -> None:
    assert len(read(*[event(eventId=number) for number in range(100)])) == 100
