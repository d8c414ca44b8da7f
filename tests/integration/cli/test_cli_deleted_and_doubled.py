"""The deleted and the doubled at the command line, against both emulated CRMs (R23, R26)."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.cli.conftest import Shell, until_quiet
from tests.integration.sandbox.conftest import RunningSandbox

Someone = Callable[[], tuple[str, str]]


def _rep(crms: RunningSandbox) -> str:
    rows = crms.salesforce("GET", "/query?q=SELECT+Id+FROM+User+WHERE+IsActive+%3D+true").json()
    return f"person:{rows['records'][0]['Id']}"


def test_a_deletion_is_accepted_or_refused(
    agreed: Shell, crms: RunningSandbox, someone: Someone
) -> None:
    gone = []
    for _who in range(2):
        gone.append(someone())
        act = {"object": "Lead", "id": gone[-1][1], "by": _rep(crms)}
        crms.control("POST", "/salesforce/delete", act)
    kept, again = gone
    crms.control("POST", "/advance", {"seconds": 900})
    agreed("sync")
    waiting = agreed("review", "list", "--cause", "deleted_in_salesforce", "--json").json["holds"]
    assert len(waiting) == 2
    by_lead = {one["lead"]: one["hold"] for one in waiting}

    def hold_of(record: str) -> str:
        (told,) = agreed("explain", record, "--json").json["leads"]
        return str(by_lead[told["lead"]])

    assert agreed("review", "refuse", hold_of(kept[0])).code == 0
    assert agreed("review", "accept", hold_of(again[0])).code == 0
    ended = agreed("sync", "--json").json
    assert ended["counts"]["created"] == 1
    until_quiet(agreed, crms)
    assert (
        agreed("review", "list", "--cause", "deleted_in_salesforce", "--json").json["holds"] == []
    )
    (told,) = agreed("explain", again[0], "--json").json["leads"]
    leads = [one for one in told["records"] if one["kind"] == "Lead"]
    assert sorted(one["state"] for one in leads) == ["live", "replaced"]
    assert "deleted, made anew" in agreed("explain", again[0]).out


def test_duplicates_are_told_by_the_run_and_listed(
    agreed: Shell, crms: RunningSandbox, someone: Someone
) -> None:
    before = agreed("review", "duplicates", "--json").json
    contact, lead = someone()
    (told,) = agreed("explain", contact, "--json").json["leads"]
    email = crms.hubspot("GET", f"/crm/v3/objects/contacts/{contact}?properties=email,lastname")
    person = email.json()["properties"]
    made = crms.control(
        "POST",
        "/salesforce/create",
        {
            "object": "Lead",
            "fields": {"LastName": person["lastname"], "Company": "X", "Email": person["email"]},
            "by": _rep(crms),
        },
    )
    crms.control("POST", "/advance", {"seconds": 900})
    ran = agreed("sync")
    count = before["total"] + 1
    noun = "record doubles" if count == 1 else "records double"
    assert f"{count} {noun} one that is written: leadpact review duplicates" in ran.out
    listed = agreed("review", "duplicates", "--json").json
    assert listed["total"] == count
    (new,) = [one for one in listed["duplicates"] if one not in before["duplicates"]]
    assert new == {
        "lead": told["lead"],
        "crm": "salesforce",
        "kind": "Lead",
        "record": made["Id"],
        "written": {"kind": "Lead", "record": lead},
    }
    assert made["Id"] in agreed("review", "duplicates").out
    assert "leadpact review duplicates" in agreed("review", "list").out
