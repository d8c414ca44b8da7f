"""SOQL: what it selects, and that all else is refused (facts salesforce §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


def code(desk: Desk, soql: str) -> str:
    """The error code of a refused query."""
    response = desk.query(soql)
    assert response.status_code == 400, response.text
    errors = response.json()
    assert isinstance(errors, list)
    found: str = errors[0]["errorCode"]
    return found


@pytest.mark.parametrize(
    "soql",
    [
        "",
        "garbage",
        "SELECT",
        "SELECT * FROM Lead",
        "SELECT Id FROM Lead;",
        "SELECT Id FROM Lead; DROP TABLE Lead",
        "SELECT Id FROM Lead -- note",
        "SELECT DISTINCT Id FROM Lead",
        "SELECT Id AS x FROM Lead",
        "SELECT Id x FROM Lead",
        "SELECT Id FROM Lead JOIN Contact ON Id = Id",
        "SELECT Id FROM Lead, Contact",
        "SELECT Id FROM Lead UNION SELECT Id FROM Contact",
        "SELECT Id FROM Lead WHERE",
        "SELECT Id FROM Lead WHERE Email IS NULL",
        "SELECT Id FROM Lead WHERE Name BETWEEN 'a' AND 'b'",
        "SELECT Id FROM Lead WHERE Name NOT LIKE 'a%'",
        "SELECT Id FROM Lead WHERE 'a' = Name",
        "SELECT Id FROM Lead WHERE Name = Email",
        'SELECT Id FROM Lead WHERE Name = "a"',
        "SELECT Id FROM Lead WHERE Name = 'a' || 'b'",
        "SELECT Id FROM Lead WHERE Name = 'O'Neil'",
        "SELECT Id FROM Lead WHERE Name = 'a\\x'",
        "SELECT Id FROM Lead WHERE Name = 'open",
        "SELECT Id FROM Lead WHERE Name IN ()",
        "SELECT Id FROM Lead WHERE Name IN ('a',)",
        "SELECT Id FROM Lead WHERE Name = 'a' OR Name = 'b' AND Name = 'c'",
        "SELECT Id FROM Lead WHERE Id = :bound",
        "SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS",
        "SELECT Id FROM Lead WHERE CreatedDate > 2026-13-45T00:00:00Z",
        "SELECT Id FROM Lead WHERE NumberOfEmployees > 1 + 1",
        "SELECT Id FROM Lead LIMIT 'x'",
        "SELECT Id FROM Lead LIMIT 1.5",
        "SELECT Id FROM Lead LIMIT ALL",
        "SELECT Id FROM Lead ORDER BY",
        "SELECT Id FROM Lead ALL ROWS",
        "SELECT FIELDS(ALL) FROM Lead",
        "SELECT nonsense(Id) FROM Lead",
        "SELECT Id, COUNT() FROM Lead",
        "SELECT Company, COUNT(Id) FROM Lead GROUP BY Status",
        "UPDATE Lead SET Name = 'x'",
    ],
)
def test_what_is_not_soql_is_400_malformed_query(desk: Desk, soql: str) -> None:
    assert code(desk, soql) == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT Nope FROM Lead", "INVALID_FIELD"),
        ("SELECT DoNotCall FROM Lead", "INVALID_FIELD"),
        ("SELECT Owner.Department FROM Lead", "INVALID_FIELD"),
        ("SELECT Boss.Name FROM Lead", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Nope__c = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE IsDeleted = 'false'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Title = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Description LIKE 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Id = 'short'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees LIKE 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Leads", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Id FROM Wishes) FROM Account", "INVALID_TYPE"),
        ("SELECT Id FROM Lead LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_names_and_types_that_do_not_fit_are_told(desk: Desk, soql: str, expected: str) -> None:
    assert code(desk, soql) == expected


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Id FROM Asset",
        "SELECT FORMAT(Amount) FROM Opportunity",
        "SELECT Status, COUNT(Id) FROM Lead GROUP BY ROLLUP(Status)",
        "SELECT Id FROM Lead USING SCOPE team",
        "SELECT Id FROM Lead WITH SECURITY_ENFORCED",
    ],
)
def test_soql_that_the_sandbox_does_not_cover_says_so(desk: Desk, soql: str) -> None:
    response = desk.query(soql)
    assert response.status_code == 501
    assert response.json()[0]["message"].startswith("The sandbox does not cover")


@pytest.fixture
def five(desk: Desk) -> dict[str, str]:
    """Five Leads of one campaign by last name."""
    rows: dict[str, dict[str, Any]] = {
        "Abel": {"NumberOfEmployees": 5, "Title": "50% Boss", "Email": "A@x.example"},
        "berg": {"NumberOfEmployees": 10, "Title": "50 Boss"},
        "Cruz": {"Title": "O'Neil \\ Sons", "Country": "日本"},
        "Dorn": {"NumberOfEmployees": 7, "HasOptedOutOfEmail": True},
        "Eder": {"NumberOfEmployees": 10, "Title": "a_b"},
    }
    return {
        name: desk.lead(LastName=name, LeadSource="Other", **more) for name, more in rows.items()
    }


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("LastName = 'ABEL'", ["Abel"]),
        ("LastName IN ('abel', 'Dorn')", ["Abel", "Dorn"]),
        ("LastName NOT IN ('abel', 'Dorn')", ["berg", "Cruz", "Eder"]),
        ("NOT LastName = 'Abel'", ["berg", "Cruz", "Dorn", "Eder"]),
        ("(NOT (LastName LIKE '%r%'))", ["Abel"]),
        ("NumberOfEmployees = null", ["Cruz"]),
        ("Title = ''", ["Dorn"]),
        ("Email IN ('a@x.example', '')", ["Abel", "berg", "Cruz", "Dorn", "Eder"]),
        ("Title != '' AND Email = null", ["berg", "Cruz", "Eder"]),
        ("CreatedDate >= 2026-01-01T00:00:00+00:00 AND LastName IN ('Abel', null)", ["Abel"]),
        ("NumberOfEmployees != NULL", ["Abel", "berg", "Dorn", "Eder"]),
        ("NumberOfEmployees != 10", ["Abel", "Cruz", "Dorn"]),
        ("NumberOfEmployees < 10", ["Abel", "Dorn"]),
        ("NumberOfEmployees >= 10 AND LastName > 'Cruz'", ["Eder"]),
        ("(LastName = 'Abel' OR LastName = 'Eder') AND NumberOfEmployees = 10", ["Eder"]),
        ("HasOptedOutOfEmail = true", ["Dorn"]),
        ("HasOptedOutOfEmail = false AND LastName LIKE 'c%'", ["Cruz"]),
        ("Title LIKE '50\\% %'", ["Abel"]),
        ("Title LIKE '50%Boss'", ["Abel", "berg"]),
        ("Title LIKE 'a\\_b'", ["Eder"]),
        ("Title = 'a\\_b'", ["Eder"]),
        ("Title = 'O\\'Neil \\\\ Sons'", ["Cruz"]),
        ("Country = '日本'", ["Cruz"]),
        ("Email = 'a@X.example'", ["Abel"]),
        ("Email IN ('a@x.example', 'none@x.example')", ["Abel"]),
        ("CreatedDate = TODAY AND LastName = 'Abel'", ["Abel"]),
        ("CreatedDate < LAST_N_DAYS:3", []),
        ("CreatedDate >= LAST_N_DAYS:3 AND LastName = 'Abel'", ["Abel"]),
        ("CreatedDate > 2026-01-01T00:00:00+02:00 AND LastName = 'Abel'", ["Abel"]),
        ("Owner.Name = 'leadpact Integration' AND LastName = 'Abel'", ["Abel"]),
        ("l.LastName = 'Abel'", ["Abel"]),
    ],
)
def test_where_selects_as_salesforce_does(
    desk: Desk, five: dict[str, str], where: str, names: list[str]
) -> None:
    """Text without case, null unequal to any value, LIKE's own escapes, dates unquoted."""
    soql = f"SELECT LastName FROM Lead l WHERE LeadSource = 'Other' AND ({where}) ORDER BY Id"
    assert [each["LastName"] for each in desk.records(soql)] == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("LastName", ["Abel", "berg", "Cruz", "Dorn", "Eder"]),
        ("LastName DESC LIMIT 2", ["Eder", "Dorn"]),
        ("NumberOfEmployees, LastName DESC", ["Cruz", "Abel", "Dorn", "Eder", "berg"]),
        ("NumberOfEmployees DESC, LastName", ["Cruz", "berg", "Eder", "Dorn", "Abel"]),
        ("NumberOfEmployees DESC NULLS LAST, LastName", ["berg", "Eder", "Dorn", "Abel", "Cruz"]),
        ("LastName LIMIT 2 OFFSET 3", ["Dorn", "Eder"]),
        ("LastName LIMIT 0", []),
    ],
)
def test_order_limit_and_offset(
    desk: Desk, five: dict[str, str], order: str, names: list[str]
) -> None:
    """Nulls come first in both directions unless said otherwise."""
    soql = f"select lastname from lead where leadsource = 'Other' order by {order}"
    assert [each["LastName"] for each in desk.records(soql)] == names


def test_parents_nest_and_missing_parents_are_null(desk: Desk) -> None:
    """§3: relationship reads; the owner is a User or a queue."""
    soql = "SELECT Owner.Name, Owner.Type, ConvertedAccount.Name, Id FROM Lead WHERE Company = 'Oslo AS'"
    (row,) = desk.records(soql)
    assert list(row) == ["attributes", "Owner", "ConvertedAccount", "Id"]
    assert row["Owner"]["attributes"]["type"] == "Name"
    assert "/sobjects/Group/00G" in row["Owner"]["attributes"]["url"]
    assert (row["Owner"]["Name"], row["Owner"]["Type"]) == ("Inbound Leads", "Queue")
    assert row["ConvertedAccount"] is None
    (role,) = desk.records("SELECT Contact.Account.Name FROM OpportunityContactRole")
    assert role["Contact"]["Account"]["Name"] == "Rio SA"


def test_children_nest_their_own_result_and_null_when_none(desk: Desk) -> None:
    soql = "SELECT Name, (SELECT StageName FROM Opportunities) FROM Account ORDER BY Name"
    lima, rio = desk.records(soql)
    assert lima["Opportunities"] is None
    inner = rio["Opportunities"]
    assert (inner["totalSize"], inner["done"]) == (1, True)
    assert inner["records"][0]["StageName"] == "Closed Won"


def test_a_semi_join_filters_by_another_object(desk: Desk) -> None:
    contact = desk.ids("SELECT Id FROM Contact WHERE Account.Name = 'Rio SA'")[0]
    inner = f"SELECT OpportunityId FROM OpportunityContactRole WHERE ContactId IN ('{contact}')"
    assert len(desk.ids(f"SELECT Id FROM Opportunity WHERE Id IN ({inner})")) == 1
    assert desk.ids(f"SELECT Id FROM Opportunity WHERE Id NOT IN ({inner})") == []


def test_count_answers_a_size_and_aggregates_answer_results(desk: Desk) -> None:
    """§3: count() → totalSize only; aggregates → AggregateResult with expr0 or an alias."""
    answer = desk.query("SELECT COUNT() FROM Lead").json()
    assert answer == {"totalSize": 4, "done": True, "records": []}
    rows = desk.records(
        "SELECT Status, COUNT(Id), MAX(NumberOfEmployees) most FROM Lead GROUP BY Status"
    )
    assert rows[0]["attributes"] == {"type": "AggregateResult"}
    assert [(each["Status"], each["expr0"], each["most"]) for each in rows] == [
        ("Closed - Converted", 2, 40),
        ("Open - Not Contacted", 2, 40),
    ]


def test_fields_all_selects_what_the_caller_may_see(desk: Desk) -> None:
    (row,) = desk.records("SELECT FIELDS(ALL) FROM Lead LIMIT 1")
    assert "HasOptedOutOfEmail" in row
    assert "DoNotCall" not in row


def test_statuses_users_and_the_organisation_are_readable(desk: Desk) -> None:
    """§6, §9: LeadStatus with gaps in SortOrder; Users with Department = team."""
    rows = desk.records("SELECT ApiName, IsConverted, SortOrder FROM LeadStatus ORDER BY SortOrder")
    assert [each["ApiName"] for each in rows if each["IsConverted"]] == ["Closed - Converted"]
    assert [each["SortOrder"] for each in rows] == [1, 3, 5, 7]
    (user,) = desk.records(
        "SELECT Department, UserType FROM User WHERE Username = 'ines@halden.example'"
    )
    assert (user["Department"], user["UserType"]) == ("Marketing", "Standard")
    (org,) = desk.records("SELECT Id, Name, IsSandbox, TimeZoneSidKey FROM Organization")
    assert org["Id"].startswith("00D")
    assert org["IsSandbox"] is True
    (group,) = desk.records("SELECT Name, Type FROM Group WHERE Type = 'Queue'")
    assert group["Name"] == "Inbound Leads"
    stages = desk.records(
        "SELECT ApiName FROM OpportunityStage WHERE IsClosed = true AND IsWon = false"
    )
    assert [each["ApiName"] for each in stages] == ["Closed Lost"]


def test_deleted_rows_show_in_query_all_only_with_a_moved_stamp(desk: Desk, lead_id: str) -> None:
    """§3: queryAll adds IsDeleted rows, whose SystemModstamp moved with the delete."""
    before = desk.row("Lead", lead_id)["SystemModstamp"]
    desk.call("DELETE", f"/sobjects/Lead/{lead_id}")
    since = "SELECT Id, IsDeleted, SystemModstamp FROM Lead WHERE IsDeleted = true"
    assert desk.records(since) == []
    (row,) = desk.records(since, "queryAll")
    assert row["Id"] == lead_id
    assert row["SystemModstamp"] > before
