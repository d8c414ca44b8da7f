"""Pages, locators, ties of one stamp, length limits, and queries over large tables (facts salesforce §3)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from leadpact_sandbox.salesforce.catalog import FULL_ACCESS
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.soql.answer import Engine
from leadpact_sandbox.world import World

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

T0, T1 = "2026-10-01T10:00:00.000+0000", "2026-10-02T10:00:00.000+0000"


def fill(org: Org, count: int, stamp: str) -> None:
    """Write plain Leads that share one stamp."""
    for _ in range(count):
        record_id = org.mint("Lead")
        org.write(
            "Lead",
            {
                "Id": record_id,
                "LastName": "Tie",
                "Company": "Ties",
                "Email": f"{record_id}@tie.example".lower(),
                "SystemModstamp": stamp,
                "LastModifiedDate": stamp,
                "CreatedDate": stamp,
            },
        )


def test_pages_of_at_most_2000_follow_their_locator(desk: Desk) -> None:
    """§3: nextRecordsUrl is a path; totalSize counts all; the last page has none."""
    fill(desk.salesforce.org, 4_500, T0)
    page = desk.query("SELECT Id FROM Lead WHERE Company = 'Ties' ORDER BY Id").json()
    seen = [len(page["records"])]
    ids = [each["Id"] for each in page["records"]]
    while not page["done"]:
        assert page["totalSize"] == 4_500
        assert page["nextRecordsUrl"].startswith("/services/data/v66.0/query/01g")
        assert page["nextRecordsUrl"].endswith(f"-{len(ids)}")
        page = desk.get(page["nextRecordsUrl"]).json()
        seen.append(len(page["records"]))
        ids += [each["Id"] for each in page["records"]]
    assert seen == [2_000, 2_000, 500]
    assert "nextRecordsUrl" not in page
    assert len(set(ids)) == 4_500


@pytest.mark.parametrize(("asked", "size"), [("batchSize=500", 500), ("batchSize=10", 200)])
def test_a_smaller_page_may_be_asked_for(desk: Desk, asked: str, size: int) -> None:
    fill(desk.salesforce.org, 600, T0)
    soql = "SELECT Id FROM Lead WHERE Company = 'Ties'"
    page = desk.query(soql, headers={"Sforce-Query-Options": asked}).json()
    assert len(page["records"]) == size


def test_long_texts_shrink_pages(desk: Desk) -> None:
    fill(desk.salesforce.org, 600, T0)
    page = desk.query("SELECT Id, Description FROM Lead WHERE Company = 'Ties'").json()
    assert (len(page["records"]), page["done"]) == (500, False)


def test_a_locator_lives_two_days(desk: Desk) -> None:
    """§3: then INVALID_QUERY_LOCATOR, as for one that never was."""
    fill(desk.salesforce.org, 2_100, T0)
    page = desk.query("SELECT Id FROM Lead WHERE Company = 'Ties'").json()
    desk.world.clock.advance(86_400)
    desk.use(desk.salesforce._sessions.issue(desk.salesforce.org.integration_id))
    assert desk.get(page["nextRecordsUrl"]).status_code == 200
    desk.world.clock.advance(86_401)
    desk.use(desk.salesforce._sessions.issue(desk.salesforce.org.integration_id))
    for locator in (page["nextRecordsUrl"], "/query/01gDn0000000099-2000", "/query/junk"):
        response = desk.get(locator)
        assert response.status_code == 400
        assert response.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_15000_rows_of_one_stamp_page_completely_by_stamp_and_id(desk: Desk) -> None:
    """§3: the keyset that the facts give ends, and sees each row once."""
    fill(desk.salesforce.org, 15_000, T1)
    seen: list[str] = []
    where = f"SystemModstamp >= {T1.replace('+0000', 'Z')}"
    while True:
        soql = f"SELECT Id, SystemModstamp FROM Lead WHERE {where} ORDER BY SystemModstamp, Id LIMIT 2000"
        rows = desk.records(soql)
        if not rows:
            break
        seen += [each["Id"] for each in rows]
        stamp = rows[-1]["SystemModstamp"].replace("+0000", "Z")
        tie = f"(SystemModstamp = {stamp} AND Id > '{rows[-1]['Id']}')"
        where = f"({tie} OR SystemModstamp > {stamp})"
    assert len(seen) == len(set(seen)) >= 15_000
    assert seen[:15_000] == sorted(seen[:15_000])


def test_too_long_an_address_is_414_and_too_long_headers_431(desk: Desk) -> None:
    """§3: URI and headers together at most 16,384 bytes."""
    ids = ",".join(f"'{each:015d}'" for each in range(900))
    assert desk.query(f"SELECT Id FROM Lead WHERE Id IN ({ids})").status_code == 414
    assert desk.query("SELECT Id FROM Lead", headers={"X-Long": "x" * 17_000}).status_code == 431


def test_large_tables_are_read_by_index_not_by_scan() -> None:
    """100,000 rows: stamps, ids, e-mails and keysets cost a fraction of one scan."""
    org = Org(World())
    fill(org, 99_000, T0)
    fill(org, 1_000, T1)
    last = org.mint("Lead")
    ids = [row["Id"] for row in org.tables["Lead"].rows_by_stamp(T1, None)]
    since = T1.replace("+0000", "Z")
    queries = {
        f"SELECT Id FROM Lead WHERE SystemModstamp >= {since} ORDER BY SystemModstamp, Id": 1_000,
        "SELECT Id FROM Lead WHERE Id IN ({})".format(",".join(f"'{e}'" for e in ids[:500])): 500,
        f"SELECT Id FROM Lead WHERE Email IN ('{ids[5]}@tie.example', 'no@x.example')": 1,
        f"SELECT Id FROM Lead WHERE Id > '{ids[-2]}' ORDER BY Id LIMIT 200": 1,
        f"SELECT Id FROM Lead WHERE Id > '{last}' ORDER BY Id": 0,
        "SELECT Id FROM Lead ORDER BY SystemModstamp, Id LIMIT 5": 5,
    }
    engine = Engine(org, FULL_ACCESS, "66.0", include_deleted=False)
    start = time.process_time()
    scanned = engine.answer("SELECT Id FROM Lead WHERE City = 'x'")
    scan = time.process_time() - start
    assert scanned.total == 0
    for soql, found in queries.items():
        engine.answer(soql)
        start = time.process_time()
        assert engine.answer(soql).total == found
        assert time.process_time() - start < scan / 3, soql


def test_the_stamp_index_follows_updates_and_rollbacks() -> None:
    """A row moves in the index with each write; an undone write leaves no trace."""
    org = Org(World())
    fill(org, 3, T0)
    table = org.tables["Lead"]
    first = next(iter(table.all_rows()))

    class Undo(Exception):
        pass

    def undone() -> None:
        with org.transaction():
            org.write("Lead", {**first, "SystemModstamp": T1, "Email": "new@x.example"})
            assert [row["Id"] for row in table.rows_by_stamp(T1, None)] == [first["Id"]]
            raise Undo

    with pytest.raises(Undo):
        undone()
    assert list(table.rows_by_stamp(T1, None)) == []
    assert len(list(table.rows_by_stamp(T0, T0))) == 3
    assert table.equal("Email", "NEW@x.example") == set()
    for turn in range(2_000):
        org.write("Lead", {**first, "SystemModstamp": T1 if turn % 2 else T0})
    assert len(list(table.rows_by_stamp("", None))) == 3
    table.drop(first["Id"])
    assert first["Id"] not in [row["Id"] for row in table.rows_by_stamp("", None)]
    assert len(list(table.all_rows())) == 2


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("SystemModstamp > {0} OR SystemModstamp = {1}", 4),
        ("SystemModstamp >= {1} OR SystemModstamp >= {0}", 7),
        ("SystemModstamp >= {1} OR LastName = 'Tie'", 7),
        ("SystemModstamp <= {0} OR SystemModstamp < {1}", 3),
        ("(SystemModstamp >= {0} AND SystemModstamp <= {0}) OR Id = '{2}'", 4),
        ("NOT SystemModstamp >= {1}", 3),
        ("Id = '{2}' OR SystemModstamp = {0}", 4),
        ("Id > '{2}' OR Id = '{2}'", 1),
        ("Id IN ('{2}') AND SystemModstamp = {0}", 0),
        ("Email = '{2}@tie.example' OR Email = 'none@x.example'", 1),
        ("Email = '{2}@tie.example' OR City = null", 7),
    ],
)
def test_an_index_never_hides_a_row_that_a_scan_finds(where: str, found: int) -> None:
    """Three rows of one stamp and four of a later one; ``{2}`` is the id of the last."""
    org = Org(World())
    fill(org, 3, T0)
    fill(org, 4, T1)
    last = list(org.tables["Lead"].all_rows())[-1]["Id"]
    soql = "SELECT Id FROM Lead WHERE " + where.format(
        T0.replace("+0000", "Z"), T1.replace("+0000", "Z"), last
    )
    answer = Engine(org, FULL_ACCESS, "66.0", include_deleted=False).answer(soql)
    assert answer.total == found
