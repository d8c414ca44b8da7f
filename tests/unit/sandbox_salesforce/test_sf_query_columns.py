"""``columns=true`` and the other questions of Salesforce's command line (facts silent, believed)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


def columns(desk: Desk, soql: str) -> dict[str, Any]:
    response = desk.get("/query", q=soql, columns="true")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def told(rows: list[dict[str, Any]]) -> list[Any]:
    """Names; a column that others stand below as (name, those)."""
    return [
        (row["columnName"], told(row["joinColumns"])) if row["joinColumns"] else row["columnName"]
        for row in rows
    ]


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT id, Name FROM Lead", ["Id", "Name"]),
        (
            "SELECT Owner.Name, Status, Owner.Email FROM Lead",
            [("Owner", ["Name", "Email"]), "Status"],
        ),
        (
            "SELECT Account.Owner.Name, Account.Name FROM Contact",
            [("Account", [("Owner", ["Name"]), "Name"])],
        ),
        (
            "SELECT Name, (SELECT Email, Owner.Name FROM Contacts) FROM Account",
            ["Name", ("Contacts", ["Email", ("Owner", ["Name"])])],
        ),
        (
            "SELECT Status, COUNT(Id) n, MAX(Name) FROM Lead GROUP BY Status",
            ["Status", "n", "expr0"],
        ),
    ],
)
def test_columns_are_told_without_records(desk: Desk, soql: str, expected: list[Any]) -> None:
    body = columns(desk, soql)
    assert told(body["columnMetadata"]) == expected
    assert set(body) == {"columnMetadata", "entityName", "groupBy", "idSelected", "keyPrefix"}


def test_a_column_tells_its_type_and_what_may_be_written(desk: Desk) -> None:
    body = columns(desk, "SELECT Id, NumberOfEmployees, IsConverted, Owner.Name FROM Lead")
    number, text, flag, owner = (body["columnMetadata"][at] for at in (1, 0, 2, 3))
    assert (number["apexType"], number["numberType"], number["insertable"]) == (
        "Integer",
        True,
        True,
    )
    assert (text["apexType"], text["updatable"]) == ("Id", False)
    assert (flag["apexType"], flag["booleanType"]) == ("Boolean", True)
    assert owner["foreignKeyName"] == "OwnerId"
    assert (body["entityName"], body["keyPrefix"], body["idSelected"]) == ("Lead", "00Q", True)


def test_a_function_shows_what_it_computes(desk: Desk) -> None:
    body = columns(desk, "SELECT COUNT(Id) FROM Lead")
    (row,) = body["columnMetadata"]
    assert (row["aggregate"], row["columnName"], row["displayName"]) == (True, "expr0", "COUNT(Id)")
    assert columns(desk, "SELECT COUNT() FROM Lead")["columnMetadata"][0]["aggregate"]


def test_a_wrong_query_is_refused_with_columns_too(desk: Desk) -> None:
    response = desk.get("/query", q="SELECT Nothing FROM Lead", columns="true")
    assert (response.status_code, response.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_the_org_tells_that_it_is_no_trial(desk: Desk) -> None:
    (org,) = desk.records(
        "SELECT InstanceName, NamespacePrefix, TrialExpirationDate FROM Organization"
    )
    assert (org["NamespacePrefix"], org["TrialExpirationDate"]) == (None, None)
