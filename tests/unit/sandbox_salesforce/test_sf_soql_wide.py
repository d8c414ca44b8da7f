"""SOQL of real programs: groups, date functions, TYPEOF, semi-joins, child pages (facts salesforce §3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from leadpact_sandbox.salesforce.soql.dates import span

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


@pytest.fixture
def grown(desk: Desk) -> Desk:
    """Six Leads from a fair in two years, in three countries."""
    rows: list[dict[str, Any]] = [
        {"LastName": "A", "Country": "Peru", "NumberOfEmployees": 10},
        {"LastName": "B", "Country": "Peru", "NumberOfEmployees": 30},
        {"LastName": "C", "Country": "Peru"},
        {"LastName": "D", "Country": "Chile", "NumberOfEmployees": 5},
        {"LastName": "E", "Country": "Chile", "NumberOfEmployees": 7},
        {"LastName": "F", "NumberOfEmployees": 1},
    ]
    for row in rows:
        desk.lead(LeadSource="Other", **row)
    return desk


def groups(desk: Desk, soql: str) -> list[dict[str, Any]]:
    """The groups of a query without their attributes."""
    rows = desk.records(soql.replace("FAIR", "FROM Lead WHERE LeadSource = 'Other'"))
    assert all(each.pop("attributes") == {"type": "AggregateResult"} for each in rows)
    return rows


def refusal(desk: Desk, soql: str) -> tuple[int, str]:
    """Status and code of a refused query."""
    response = desk.query(soql)
    return response.status_code, response.json()[0]["errorCode"]


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        (
            "SELECT Country, COUNT(Id), SUM(NumberOfEmployees) FAIR GROUP BY Country",
            [
                {"Country": None, "expr0": 1, "expr1": 1},
                {"Country": "Chile", "expr0": 2, "expr1": 12},
                {"Country": "Peru", "expr0": 3, "expr1": 40},
            ],
        ),
        (
            (
                "SELECT Country c, COUNT(Id) n, AVG(NumberOfEmployees), MIN(LastName) FAIR "
                "GROUP BY Country HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC NULLS LAST"
            ),
            [
                {"c": "Peru", "n": 3, "expr0": 20.0, "expr1": "A"},
                {"c": "Chile", "n": 2, "expr0": 6.0, "expr1": "D"},
            ],
        ),
        (
            (
                "SELECT Country FAIR GROUP BY Country "
                "HAVING Country LIKE 'p%' OR MAX(NumberOfEmployees) IN (7)"
            ),
            [{"Country": "Chile"}, {"Country": "Peru"}],
        ),
        (
            (
                "SELECT COUNT_DISTINCT(Country), COUNT(NumberOfEmployees), MAX(CreatedDate) x FAIR "
                "AND LastName = 'none'"
            ),
            [{"expr0": 0, "expr1": 0, "x": None}],
        ),
        ("SELECT Country FAIR GROUP BY Country LIMIT 1 OFFSET 1", [{"Country": "Chile"}]),
    ],
)
def test_groups_carry_their_functions(
    grown: Desk, soql: str, expected: list[dict[str, Any]]
) -> None:
    """§3: AggregateResult; exprN counts the functions without an alias."""
    assert groups(grown, soql) == expected


def test_owners_group_by_the_last_name_of_the_path(grown: Desk) -> None:
    (row,) = groups(grown, "SELECT Owner.Name, COUNT(Id) FAIR GROUP BY Owner.Name")
    assert row == {"Name": "leadpact Integration", "expr0": 6}


def test_date_functions_filter_group_and_order(grown: Desk) -> None:
    now = grown.world.clock.now().astimezone(UTC)
    # DAY_ONLY is a day of UTC, TODAY one of the user's zone, which is ahead of it.
    same = now.date() == now.astimezone(ZoneInfo("Europe/Berlin")).date()
    today = "TODAY" if same else "YESTERDAY"
    (row,) = groups(
        grown,
        "SELECT CALENDAR_YEAR(CreatedDate), DAY_ONLY(CreatedDate) day, COUNT(Id) FAIR "
        f"AND CALENDAR_YEAR(CreatedDate) = {now.year} AND DAY_ONLY(CreatedDate) = {today} "
        "GROUP BY CALENDAR_YEAR(CreatedDate), DAY_ONLY(CreatedDate) "
        "ORDER BY CALENDAR_YEAR(CreatedDate)",
    )
    assert row == {"expr0": now.year, "day": now.date().isoformat(), "expr1": 6}
    soql = "SELECT Id FROM Lead WHERE LeadSource = 'Other' AND HOUR_IN_DAY(CreatedDate) = 25"
    assert grown.ids(soql) == []


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("CALENDAR_MONTH", 12),
        ("CALENDAR_QUARTER", 4),
        ("CALENDAR_YEAR", 2025),
        ("DAY_IN_MONTH", 31),
        ("DAY_IN_WEEK", 4),
        ("DAY_IN_YEAR", 365),
        ("FISCAL_QUARTER", 4),
        ("HOUR_IN_DAY", 23),
        ("WEEK_IN_MONTH", 5),
        ("WEEK_IN_YEAR", 53),
    ],
)
def test_date_functions_count_in_utc(desk: Desk, function: str, expected: int) -> None:
    """A Wednesday, New Year's Eve, half an hour before midnight UTC."""
    stage = desk.salesforce.org.tables["Lead"]
    row = next(stage.all_rows())
    desk.salesforce.org.write("Lead", {**row, "CreatedDate": "2025-12-31T23:30:00.000+0000"})
    soql = f"SELECT Id FROM Lead WHERE {function}(CreatedDate) = {expected} AND Id = '{row['Id']}'"
    assert len(desk.ids(soql)) == 1


def test_convert_timezone_counts_where_the_user_lives(desk: Desk) -> None:
    """The same moment is already the new year in Berlin."""
    org = desk.salesforce.org
    row = next(org.tables["Lead"].all_rows())
    org.write("Lead", {**row, "CreatedDate": "2025-12-31T23:30:00.000+0000"})
    soql = "SELECT Id FROM Lead WHERE CALENDAR_YEAR(convertTimezone(CreatedDate)) = {}"
    assert row["Id"] in desk.ids(soql.format(2026))
    assert row["Id"] not in desk.ids(soql.format(2025))


def test_relative_dates_begin_at_the_users_midnight(desk: Desk) -> None:
    """Believed, switch salesforce.3.days_in_user_zone: at 23:30 UTC it is tomorrow in Berlin."""
    org, clock = desk.salesforce.org, desk.world.clock
    now = clock.now()
    late = now.replace(hour=23, minute=30, second=0, microsecond=0)
    clock.advance((late - now).total_seconds() % 86_400)
    desk.use(desk.salesforce._sessions.issue(desk.salesforce.staff["staff:int"]))
    row = next(org.tables["Lead"].all_rows())
    noon = clock.now().strftime("%Y-%m-%dT12:00:00.000+0000")
    org.write("Lead", {**row, "CreatedDate": noon})
    soql = f"SELECT Id FROM Lead WHERE CreatedDate = TODAY AND Id = '{row['Id']}'"
    assert desk.ids(soql) == []
    desk.world.switches["salesforce.3.days_in_user_zone"] = False
    assert desk.ids(soql) == [row["Id"]]


def test_fiscal_literals_are_calendar_ones() -> None:
    today = datetime(2026, 11, 22, tzinfo=UTC).date()
    assert span("THIS_FISCAL_QUARTER", 0, today) == span("THIS_QUARTER", 0, today)
    assert span("N_FISCAL_YEARS_AGO", 2, today) == span("N_YEARS_AGO", 2, today)


def test_typeof_shows_each_kind_its_own_fields(desk: Desk) -> None:
    soql = (
        "SELECT Company, TYPEOF Owner WHEN User THEN Username, Department WHEN Group THEN "
        "DeveloperName END FROM Lead WHERE Company IN ('Oslo AS', 'Rio SA') ORDER BY Company"
    )
    oslo, rio = desk.records(soql)
    assert oslo["Owner"]["attributes"]["type"] == "Group"
    assert oslo["Owner"]["DeveloperName"] == "Inbound_Leads"
    assert (rio["Owner"]["Username"], rio["Owner"]["Department"]) == (
        "sam@halden.example",
        "Sales",
    )
    other = "SELECT TYPEOF Owner WHEN Group THEN Name {} END FROM Lead WHERE Company = 'Rio SA'"
    assert desk.records(other.format(""))[0]["Owner"] is None
    assert desk.records(other.format("ELSE Name"))[0]["Owner"]["Name"] == "Sam Oyelaran"


def test_a_polymorphic_parent_is_called_name_unless_switched(desk: Desk) -> None:
    soql = "SELECT Owner.Name, ConvertedContact.Name FROM Lead WHERE Company = 'Rio SA'"
    (row,) = desk.records(soql)
    assert row["Owner"]["attributes"]["type"] == "Name"
    assert row["ConvertedContact"]["attributes"]["type"] == "Contact"
    desk.world.switches["salesforce.3.polymorphic_parent_is_name"] = False
    assert desk.records(soql)[0]["Owner"]["attributes"]["type"] == "User"


def test_using_scope_mine_finds_what_the_caller_owns(grown: Desk) -> None:
    assert len(grown.ids("SELECT Id FROM Lead USING SCOPE mine")) == 6
    assert len(grown.ids("SELECT Id FROM Lead USING SCOPE everything")) == 10


def test_labels_are_the_values(desk: Desk) -> None:
    soql = "SELECT toLabel(Status) FROM Lead WHERE toLabel(Status) = 'Open - Not Contacted' LIMIT 1"
    (row,) = desk.records(soql)
    assert row["Status"] == "Open - Not Contacted"


def test_long_child_results_have_pages_of_their_own(desk: Desk) -> None:
    """§3: a sub-select nests its own totalSize, done, records and nextRecordsUrl."""
    account = desk.ids("SELECT Id FROM Account WHERE Name = 'Rio SA'")[0]
    for _ in range(3):
        rows = [
            {"attributes": {"type": "Contact"}, "LastName": f"C{n}", "AccountId": account}
            for n in range(100)
        ]
        assert desk.call("POST", "/composite/sobjects", {"records": rows}).status_code == 200
    soql = f"SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Id = '{account}'"
    options = {"Sforce-Query-Options": "batchSize=200"}
    first = desk.query(soql, headers=options).json()["records"][0]["Contacts"]
    assert (first["totalSize"], first["done"], len(first["records"])) == (301, False, 200)
    later = desk.call("GET", first["nextRecordsUrl"]).json()
    assert (later["done"], len(later["records"])) == (True, 101)


def test_children_of_children_nest_since_v58(desk: Desk) -> None:
    soql = (
        "SELECT Name, (SELECT Name, (SELECT ContactId FROM OpportunityContactRoles) "
        "FROM Opportunities) FROM Account WHERE Name = 'Rio SA'"
    )
    (row,) = desk.records(soql)
    (deal,) = row["Opportunities"]["records"]
    assert deal["OpportunityContactRoles"]["totalSize"] == 1
    desk.version = "57.0"
    assert refusal(desk, soql) == (400, "MALFORMED_QUERY")


def test_fields_standard_needs_no_limit(desk: Desk) -> None:
    assert len(desk.records("SELECT FIELDS(STANDARD) FROM Lead")) == 4
    assert refusal(desk, "SELECT FIELDS(CUSTOM) FROM Lead") == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Status, COUNT(Id) FROM Lead",
        "SELECT Status FROM Lead WHERE COUNT(Id) > 1 GROUP BY Status",
        "SELECT Status FROM Lead HAVING COUNT(Id) > 1",
        "SELECT Status, COUNT(Id) n, MAX(Name) n FROM Lead GROUP BY Status",
        "SELECT Status FROM Lead GROUP BY Status ORDER BY Name",
        "SELECT Status FROM Lead GROUP BY Status HAVING Id IN (SELECT Id FROM Contact)",
        "SELECT CALENDAR_YEAR(CreatedDate) FROM Lead",
        "SELECT convertTimezone(CreatedDate) FROM Lead",
        "SELECT Id FROM Lead WHERE convertTimezone(CreatedDate) = TODAY",
        "SELECT TYPEOF Owner WHEN User THEN END FROM Lead",
        "SELECT TYPEOF Owner WHEN User THEN Name FROM Lead",
        "SELECT TYPEOF CreatedBy WHEN User THEN Name END FROM Lead",
        "SELECT Id FROM Lead USING SCOPE nowhere",
        "SELECT Id FROM Lead WHERE Status INCLUDES ()",
        "SELECT Id FROM Account WHERE Name = 'a' OR Id IN (SELECT AccountId FROM Contact)",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)",
        "SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Contact)",
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN "
            "(SELECT ContactId FROM OpportunityContactRole))"
        ),
        "SELECT Id FROM Lead WHERE Id IN (SELECT Id, Name FROM Lead)",
    ],
)
def test_wide_soql_that_is_wrong_is_malformed(desk: Desk, soql: str) -> None:
    assert refusal(desk, soql) == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT SUM(Name) FROM Lead", "INVALID_FIELD"),
        ("SELECT COUNT(HasOptedOutOfEmail) FROM Lead", "INVALID_FIELD"),
        ("SELECT CreatedDate FROM Lead GROUP BY CreatedDate", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CALENDAR_YEAR(Name) = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE HOUR_IN_DAY(CloseDate) = 1", "INVALID_FIELD"),
        ("SELECT TYPEOF Owner WHEN User THEN Nope END FROM Lead", "INVALID_FIELD"),
        ("SELECT TYPEOF Owner WHEN Lead THEN Name END FROM Lead", "INVALID_TYPE"),
        ("SELECT toLabel(Name) FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Status INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR"),
    ],
)
def test_wide_names_and_types_that_do_not_fit(desk: Desk, soql: str, code: str) -> None:
    assert refusal(desk, soql) == (400, code)


def test_groups_beyond_one_page_are_refused(desk: Desk) -> None:
    """Aggregate queries have no queryMore."""
    org = desk.salesforce.org
    row = next(org.tables["Lead"].all_rows())
    for n in range(2_001):
        org.write("Lead", {**row, "Id": org.mint("Lead"), "City": f"c{n}"})
    soql = "SELECT City, COUNT(Id) FROM Lead GROUP BY City"
    assert refusal(desk, soql) == (400, "EXCEEDED_ID_LIMIT")
    assert len(desk.records(soql + " LIMIT 2000")) == 2_000
