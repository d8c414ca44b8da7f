"""Composite, batch, graph and tree (facts salesforce §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

BASE = "/services/data/v66.0"


def part(name: str, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """One subrequest of Composite."""
    made = {"method": method, "url": BASE + path, "referenceId": name, **more}
    return made if body is None else {**made, "body": body}


def send(desk: Desk, *parts: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """The parts' answers of a Composite call that is well formed."""
    response = desk.call("POST", "/composite", {"compositeRequest": list(parts), **options})
    assert response.status_code == 200, response.text
    answered: list[dict[str, Any]] = response.json()["compositeResponse"]
    return answered


def test_a_part_builds_on_the_answers_before_it(desk: Desk) -> None:
    answered = send(
        desk,
        part("firm", "POST", "/sobjects/Account", {"Name": "Kyoto KK"}),
        part("ana", "POST", "/sobjects/Contact", {"LastName": "Ito", "AccountId": "@{firm.id}"}),
        part("read", "GET", "/sobjects/Contact/@{ana.id}?fields=LastName,AccountId"),
        part("asked", "GET", "/query/?q=SELECT+Name+FROM+Account+WHERE+Id='@{read.AccountId}'"),
        part("used", "PATCH", "/sobjects/Contact/@{ana.id}", {"Title": "@{asked.records[0].Name}"}),
    )
    assert [each["httpStatusCode"] for each in answered] == [201, 201, 200, 200, 204]
    assert [each["referenceId"] for each in answered] == ["firm", "ana", "read", "asked", "used"]
    firm, ana = answered[0]["body"]["id"], answered[1]["body"]["id"]
    assert answered[0]["httpHeaders"] == {"Location": f"{BASE}/sobjects/Account/{firm}"}
    assert answered[2]["body"]["AccountId"] == firm
    assert answered[4]["body"] is None
    assert desk.row("Contact", ana)["Title"] == "Kyoto KK"


def test_it_counts_as_one_call_and_a_batch_as_its_parts(desk: Desk) -> None:
    def used() -> int:
        told = desk.get("/limits").headers["Sforce-Limit-Info"]
        return int(told.removeprefix("api-usage=").partition("/")[0])

    before = used()
    send(desk, *(part(f"r{n}", "GET", "/sobjects/Lead/describe") for n in range(5)))
    assert used() == before + 2
    wanted = {"method": "GET", "url": "v66.0/limits"}
    desk.call("POST", "/composite/batch", {"batchRequests": [wanted] * 5})
    assert used() == before + 2 + 6


def test_a_failed_part_leaves_the_others_unless_all_or_none(desk: Desk) -> None:
    parts = (
        part("good", "POST", "/sobjects/Lead", {"LastName": "Ito", "Company": "Kyoto"}),
        part("bad", "POST", "/sobjects/Lead", {"LastName": "Ito"}),
        part("after", "PATCH", "/sobjects/Lead/@{bad.id}", {"Title": "x"}),
    )
    good, bad, after = send(desk, *parts)
    assert (good["httpStatusCode"], bad["httpStatusCode"], after["httpStatusCode"]) == (
        201,
        400,
        400,
    )
    assert bad["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert after["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert "No value for bad.id" in after["body"][0]["message"]
    before = len(desk.ids("SELECT Id FROM Lead"))
    good, bad, after = send(desk, *parts, allOrNone=True)
    assert bad["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert {good["body"][0]["errorCode"], after["body"][0]["errorCode"]} == {"PROCESSING_HALTED"}
    assert len(desk.ids("SELECT Id FROM Lead")) == before


def test_headers_of_a_part_reach_its_handler(desk: Desk, lead_id: str) -> None:
    stale = {"If-Unmodified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}
    refused, done = send(
        desk,
        part("a", "PATCH", f"/sobjects/Lead/{lead_id}", {"City": "Bonn"}, httpHeaders=stale),
        part("b", "PATCH", f"/sobjects/Lead/{lead_id}", {"City": "Trier"}),
    )
    assert (refused["httpStatusCode"], done["httpStatusCode"]) == (412, 204)
    (barred,) = send(desk, part("a", "GET", "/limits", httpHeaders={"Authorization": "x"}))
    assert barred["httpStatusCode"] == 400


def test_a_query_too_long_for_an_address_goes_in_the_body(desk: Desk, lead_id: str) -> None:
    padding = ",".join(["'00Q000000000001EAA'"] * 2_000)
    soql = f"SELECT Id FROM Lead WHERE Id IN ('{lead_id}',{padding})"
    assert desk.query(soql).status_code == 414
    (answered,) = send(desk, part("q", "GET", "/query?q=" + soql.replace(" ", "+")))
    assert answered["httpStatusCode"] == 200, answered["body"]
    assert [each["Id"] for each in answered["body"]["records"]] == [lead_id]


def test_collections_inside_report_their_rows(desk: Desk, lead_id: str) -> None:
    rows = [
        {"attributes": {"type": "Lead"}, "id": lead_id, "City": "Bonn"},
        {"attributes": {"type": "Lead"}, "id": lead_id, "Email": "no"},
    ]
    (answered,) = send(desk, part("c", "PATCH", "/composite/sobjects", {"records": rows}))
    assert [each["success"] for each in answered["body"]] == [True, False]


def test_at_most_five_parts_are_queries_or_collections(desk: Desk) -> None:
    asked = [part(f"q{n}", "GET", "/query?q=SELECT+Id+FROM+Lead") for n in range(5)]
    assert len(send(desk, *asked)) == 5
    rows = part("c", "POST", "/composite/sobjects", {"records": []})
    body = {"compositeRequest": [*asked, rows]}
    refused = desk.call("POST", "/composite", body)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")
    desk.world.switches["salesforce.2.collections_count_as_queries"] = False
    assert desk.call("POST", "/composite", body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"compositeRequest": []},
        {"compositeRequest": [1]},
        {"compositeRequest": [part(f"r{n}", "GET", "/limits") for n in range(26)]},
        {"compositeRequest": [part("a", "GET", "/limits")] * 2},
        {"compositeRequest": [part("1a", "GET", "/limits")]},
        {"compositeRequest": [{"method": "GET", "url": "x"}]},
        {"compositeRequest": [part("a", "FETCH", "/limits")]},
        {"compositeRequest": [part("a", "GET", "/limits")], "allOrNone": "yes"},
        {"compositeRequest": [part("a", "GET", "/limits")], "unknown": 1},
    ],
)
def test_a_malformed_call_is_refused_as_a_whole(desk: Desk, body: Any) -> None:
    response = desk.call("POST", "/composite", body)
    assert response.status_code == 400
    assert response.json()[0]["errorCode"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sobjects/Nope/1", 404),
        ("GET", "/composite/tree/Lead", 501),
        ("PUT", "/sobjects/Lead", 405),
        ("GET", "/sobjects/Lead/zzz", 400),
    ],
)
def test_a_part_is_refused_as_its_own_call_would_be(
    desk: Desk, method: str, path: str, status: int
) -> None:
    (answered,) = send(desk, part("a", method, path))
    assert answered["httpStatusCode"] == status
    assert answered["body"][0]["errorCode"]


def test_batch_is_independent_and_halts_when_told(desk: Desk, lead_id: str) -> None:
    parts = [
        {"method": "PATCH", "url": f"v66.0/sobjects/Lead/{lead_id}", "richInput": {"City": "Bonn"}},
        {"method": "GET", "url": "v66.0/sobjects/Lead/zzz"},
        {"method": "GET", "url": f"{BASE}/sobjects/Lead/{lead_id}?fields=City"},
    ]
    answered = desk.call("POST", "/composite/batch", {"batchRequests": parts}).json()
    assert answered["hasErrors"] is True
    assert [each["statusCode"] for each in answered["results"]] == [204, 400, 200]
    assert answered["results"][2]["result"]["City"] == "Bonn"
    body = {"batchRequests": parts, "haltOnError": True}
    halted = desk.call("POST", "/composite/batch", body).json()["results"]
    assert [each["statusCode"] for each in halted] == [204, 400, 412]
    assert halted[2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"


def test_each_graph_is_all_or_none(desk: Desk) -> None:
    def graph(name: str, company: str | None) -> dict[str, Any]:
        body = {"LastName": "Ito", "Company": company}
        return {
            "graphId": name,
            "compositeRequest": [
                part("firm", "POST", "/sobjects/Account", {"Name": f"Firm {name}"}),
                part("lead", "POST", "/sobjects/Lead", body),
            ],
        }

    response = desk.call(
        "POST", "/composite/graph", {"graphs": [graph("1", "K"), graph("2", None)]}
    )
    assert response.status_code == 200
    one, two = response.json()["graphs"]
    assert (one["isSuccessful"], two["isSuccessful"]) == (True, False)
    codes = [each["httpStatusCode"] for each in two["graphResponse"]["compositeResponse"]]
    assert codes == [400, 400]
    names = [
        each["Name"] for each in desk.records("SELECT Name FROM Account WHERE Name LIKE 'Firm%'")
    ]
    assert names == ["Firm 1"]


def test_graphs_have_limits_and_stop_after_many_failures(desk: Desk) -> None:
    def graphs(count: int, nodes: int) -> dict[str, Any]:
        bad = [part(f"r{n}", "GET", "/sobjects/Lead/zzz") for n in range(nodes)]
        return {"graphs": [{"graphId": str(n), "compositeRequest": bad} for n in range(count)]}

    assert desk.call("POST", "/composite/graph", graphs(76, 1)).status_code == 400
    assert desk.call("POST", "/composite/graph", graphs(2, 251)).status_code == 400
    chain = [part("r0", "GET", "/sobjects/Lead/x")]
    chain += [part(f"r{n}", "GET", f"/sobjects/Lead/@{{r{n - 1}.Id}}") for n in range(1, 16)]
    deep = {"graphs": [{"graphId": "a", "compositeRequest": chain}]}
    assert desk.call("POST", "/composite/graph", deep).status_code == 400
    answered = desk.call("POST", "/composite/graph", graphs(17, 1)).json()["graphs"]
    codes = [
        each["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"] for each in answered
    ]
    assert codes == ["MALFORMED_ID"] * 15 + ["PROCESSING_HALTED"] * 2


def tree(*contacts: dict[str, Any]) -> dict[str, Any]:
    """An Account with its Contacts."""
    rows = [
        {"attributes": {"type": "Contact", "referenceId": f"c{place}"}, **each}
        for place, each in enumerate(contacts)
    ]
    account = {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Kyoto KK"}
    return {"records": [{**account, "Contacts": {"records": rows}}]}


def test_a_tree_is_made_whole_or_not_at_all(desk: Desk) -> None:
    made = desk.call("POST", "/composite/tree/Account", tree({"LastName": "Ito"}))
    assert made.status_code == 201
    results = {each["referenceId"]: each["id"] for each in made.json()["results"]}
    assert desk.row("Contact", results["c0"])["AccountId"] == results["a"]
    refused = desk.call(
        "POST", "/composite/tree/Account", tree({"LastName": "Ito"}, {"Title": "x"})
    )
    assert refused.status_code == 400
    assert refused.json()["hasErrors"] is True
    (failed,) = refused.json()["results"]
    assert failed["referenceId"] == "c1"
    assert failed["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert len(desk.ids("SELECT Id FROM Account WHERE Name = 'Kyoto KK'")) == 1
    many = tree(*({"LastName": "Ito"} for _ in range(200)))
    assert desk.call("POST", "/composite/tree/Account", many).status_code == 400


def test_a_row_lock_strikes_one_part(desk: Desk) -> None:
    desk.strike("row_lock", "POST /services/data/{version}/composite")
    parts = (part(f"r{n}", "POST", "/sobjects/Account", {"Name": "K"}) for n in range(3))
    answered = send(desk, *parts)
    assert [each["httpStatusCode"] for each in answered] == [201, 400, 201]
    assert answered[1]["body"][0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
