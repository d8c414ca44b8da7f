"""Change feeds: ties, late rows, deletes, merges, conversions, lost cursors (R1, facts §3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import responses
from tests.unit.salesforce.acme import (
    NOW,
    Reply,
    acme,
    lead_id,
    on,
    page,
    query_of,
    refusal,
    reply,
)

from leadpact.errors import Stop

STAMP = "2026-11-21T09:00:00.000+0000"
DATE = {"Date": "Sat, 21 Nov 2026 10:00:31 GMT"}


def row(number: int, stamp: str = STAMP, **more: Any) -> dict[str, Any]:
    return {
        "attributes": {"type": "Lead", "url": "/x"},
        "Id": lead_id(number),
        "SystemModstamp": stamp,
        "IsDeleted": False,
        "MasterRecordId": None,
        "IsConverted": False,
        **more,
    }


def test_15000_rows_of_one_stamp_all_come_page_by_page(mocked: responses.RequestsMock) -> None:
    rows = [row(number) for number in range(15_000)]

    def answer(request: Any) -> Reply:
        start = int(request.url.rpartition("-")[2]) if "01g" in request.url else 0
        more = f"/services/data/v66.0/query/01g5g0000LocAAA-{start + 2000}"
        last = start + 2000 >= len(rows)
        return reply(page(rows[start : start + 2000], "" if last else more))

    on(mocked, "GET", "queryAll/", answer)
    for start in range(2000, 16_000, 2000):
        on(mocked, "GET", f"query/01g5g0000LocAAA-{start}", answer)
    it = acme()
    seen, cursor, done = [], "", False
    while not done:
        found = it.connector.changes("Lead", cursor)
        seen += [change.ref.id for change in found.changes]
        cursor, done = found.cursor, found.done
    assert seen == [each["Id"] for each in rows]
    assert len(mocked.calls) == 8


def test_how_each_record_changed_comes_with_the_feed(mocked: responses.RequestsMock) -> None:
    rows = [
        row(1),
        row(2, IsDeleted=True),
        row(3, IsDeleted=True, MasterRecordId=lead_id(1)),
        row(4, IsConverted=True),
    ]
    on(mocked, "GET", "queryAll/", lambda _: reply(page(rows)))
    found = acme().connector.changes("Lead", "")
    assert [change.how for change in found.changes] == ["changed", "deleted", "merged", "converted"]
    assert found.changes[0].version == "2026-11-21T09:00:00.000Z"
    assert found.done


def test_the_next_cycle_looks_back_ten_minutes_from_when_this_one_began(
    mocked: responses.RequestsMock,
) -> None:
    asked: list[str] = []

    def answer(request: Any) -> Reply:
        asked.append(query_of(request))
        return reply(page([row(1)]), headers=DATE)

    on(mocked, "GET", "queryAll/", answer)
    it = acme()
    first = it.connector.changes("Lead", "")
    it.clock.at += timedelta(minutes=5)
    it.connector.changes("Lead", first.cursor)
    # Late rows carry stamps of up to ten minutes before they surface; nothing older comes again,
    # so that a cycle after a large import is quiet.
    assert "SystemModstamp >= 2026-11-21T09:50:30.000Z" in asked[1]
    assert "IsDeleted" not in asked[1].split("WHERE")[1]
    assert "IsDeleted = false" in asked[0]
    assert all("ORDER BY SystemModstamp, Id" in each for each in asked)


@pytest.mark.parametrize("date", [{}, {"Date": "Sat, 21 Nov 2026 08:00:00 GMT"}])
def test_a_clock_of_ours_that_runs_fast_loses_no_change(
    mocked: responses.RequestsMock, date: dict[str, str]
) -> None:
    asked: list[str] = []

    def answer(request: Any) -> Reply:
        asked.append(query_of(request))
        return reply(page([row(1)]), headers=date)

    on(mocked, "GET", "queryAll/", answer)
    it = acme()
    it.connector.changes("Lead", it.connector.changes("Lead", "").cursor)
    assert "SystemModstamp >= 2026-11-21T08:50:00.000Z" in asked[1]


def test_an_empty_org_and_a_quiet_cycle_cost_one_call_each(mocked: responses.RequestsMock) -> None:
    on(mocked, "GET", "queryAll/", lambda _: reply(page([]), headers=DATE))
    it = acme()
    for kind in ("Lead", "Contact"):
        first = it.connector.changes(kind, "")
        again = it.connector.changes(kind, first.cursor)
        assert (first.changes, again.changes, again.done) == ((), (), True)
    assert len(mocked.calls) == 4


def test_a_page_that_expired_goes_on_behind_the_last_row_seen(
    mocked: responses.RequestsMock,
) -> None:
    asked: list[str] = []
    locator = "/services/data/v66.0/query/01g5g0000LocAAA-2000"

    def answer(request: Any) -> Reply:
        asked.append(query_of(request))
        return reply(page([row(7)], locator) if len(asked) == 1 else page([row(8)]))

    on(mocked, "GET", "queryAll/", answer)
    on(mocked, "GET", "query/01g5g0000LocAAA-2000", lambda _: refusal("INVALID_QUERY_LOCATOR"))
    it = acme()
    first = it.connector.changes("Lead", "")
    second = it.connector.changes("Lead", first.cursor)
    assert [change.ref.id for change in second.changes] == [lead_id(8)]
    keyset = (
        f"((SystemModstamp = 2026-11-21T09:00:00.000Z AND Id > '{lead_id(7)}') "
        "OR SystemModstamp > 2026-11-21T09:00:00.000Z)"
    )
    assert keyset in asked[1]
    assert "IsDeleted = false" in asked[1]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "[]",
        '{"what":"?"}',
        '{"seen":"yesterday"}',
        '{"seen":"2026-11-21T09:00:00.000Z","more":"https://evil.example/query/01g"}',
        '{"seen":"2026-11-21T09:00:00.000Z","more":"/services/data/v66.0/query/../sobjects"}',
    ],
)
def test_a_damaged_cursor_stops_and_calls_nobody(
    mocked: responses.RequestsMock, cursor: str
) -> None:
    with pytest.raises(Stop) as refused:
        acme().connector.changes("Lead", cursor)
    assert refused.value.code == "bad_cursor"
    assert len(mocked.calls) == 0


def test_opportunities_are_told_from_now_on(mocked: responses.RequestsMock) -> None:
    first = acme().connector.changes("Opportunity", "")
    assert (first.changes, first.done) == ((), True)
    assert len(mocked.calls) == 0


def test_opportunities_move_only_as_far_as_salesforce_says_it_is_complete(
    mocked: responses.RequestsMock,
) -> None:
    spans: list[tuple[str, str]] = []

    def answer(request: Any) -> Reply:
        spans.append((request.params["start"], request.params["end"]))
        return reply(
            {"ids": ["0065g00000000AB"], "latestDateCovered": "2026-11-21T09:58:00.000+0000"}
        )

    on(mocked, "GET", "sobjects/Opportunity/updated/", answer)
    it = acme()
    cursor = it.connector.changes("Opportunity", "").cursor
    second = it.connector.changes("Opportunity", cursor)
    it.connector.changes("Opportunity", second.cursor)
    assert [change.ref.id for change in second.changes] == ["0065g00000000ABAAY"]
    assert spans == [
        ("2026-11-21T10:00:00Z", "2026-11-21T10:01:00Z"),
        ("2026-11-21T09:58:00Z", "2026-11-21T10:01:00Z"),
    ]


def test_opportunities_after_a_month_of_silence_come_by_query(
    mocked: responses.RequestsMock,
) -> None:
    asked: list[str] = []

    def answer(request: Any) -> Reply:
        asked.append(query_of(request))
        found = {"Id": "0065g00000000ABAAY", "SystemModstamp": STAMP, "IsDeleted": True}
        return reply(page([found]), headers=DATE)

    on(mocked, "GET", "queryAll/", answer)
    it = acme()
    cursor = it.connector.changes("Opportunity", "").cursor
    it.clock.at = NOW + timedelta(days=40)
    found = it.connector.changes("Opportunity", cursor)
    assert [change.how for change in found.changes] == ["deleted"]
    assert "FROM Opportunity WHERE SystemModstamp >= 2026-11-21T09:50:30.000Z" in asked[0]
    told = orjson.loads(found.cursor)["seen"]
    assert datetime.fromisoformat(told) <= datetime(2026, 11, 21, 10, 0, 31, tzinfo=UTC)


@pytest.mark.parametrize("code", ["INVALID_REPLICATION_DATE", "EXCEEDED_ID_LIMIT"])
def test_a_span_that_salesforce_does_not_cover_comes_by_query(
    mocked: responses.RequestsMock, code: str
) -> None:
    on(mocked, "GET", "sobjects/Opportunity/updated/", lambda _: refusal(code))
    on(mocked, "GET", "queryAll/", lambda _: reply(page([]), headers=DATE))
    it = acme()
    found = it.connector.changes("Opportunity", it.connector.changes("Opportunity", "").cursor)
    assert (found.changes, found.done) == ((), True)


def test_kinds_without_a_feed_are_refused(mocked: responses.RequestsMock) -> None:
    with pytest.raises(Stop):
        acme().connector.changes("Account FROM User --", "")
    assert len(mocked.calls) == 0
