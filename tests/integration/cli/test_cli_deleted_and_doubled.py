"""The deleted and the doubled at the command line, against both emulated CRMs (R23, R26)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.contract.unpacking import unpacked_bodies
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


def test_a_merge_in_hubspot_is_proposed_in_salesforce(
    agreed: Shell, crms: RunningSandbox, someone: Someone
) -> None:
    contact, lead = someone()
    (told,) = agreed("explain", contact, "--json").json["leads"]
    made = crms.control(
        "POST",
        "/hubspot/create",
        {
            "object": "contacts",
            "properties": {"email": "second@home.example", "lastname": "Home"},
            "by": "person:1",
        },
    )
    second = crms.control(
        "POST",
        "/salesforce/create",
        {
            "object": "Lead",
            "fields": {"LastName": "Home", "Company": "X", "Email": "second@home.example"},
            "by": _rep(crms),
        },
    )["Id"]
    crms.control("POST", "/advance", {"seconds": 900})
    agreed("sync")
    (other,) = agreed("explain", second, "--json").json["leads"]
    assert other["lead"] != told["lead"]
    crms.control(
        "POST", "/hubspot/merge", {"object": "contacts", "primary": contact, "other": made["id"]}
    )
    crms.control("POST", "/advance", {"seconds": 900})
    agreed("sync")
    (held,) = agreed("review", "list", "--cause", "merge_proposed", "--json").json["holds"]
    assert lead in held["why"]
    assert second in held["why"]
    assert agreed("review", "accept", held["hold"]).code == 2
    ids = {agreed("explain", one, "--json").json["leads"][0]["lead"] for one in (lead, second)}
    assert ids == {held["lead"]}
    assert agreed("review", "refuse", held["hold"]).code == 0
    agreed("sync")
    assert agreed("review", "list", "--cause", "merge_proposed", "--json").json["holds"] == []


def test_a_person_is_erased_and_no_byte_is_left(
    agreed: Shell, crms: RunningSandbox, someone: Someone
) -> None:
    """Erasure (issue 5, Show 5). The last test of the file: the person is nobody's from here on."""
    contact, lead = someone()
    (told,) = agreed("explain", contact, "--json").json["leads"]
    person = crms.hubspot(
        "GET", f"/crm/v3/objects/contacts/{contact}?properties=email,phone"
    ).json()
    address = str(person["properties"]["email"])
    agreed("plan", "--only", told["lead"])
    others = agreed("runs", "list", "--json").json
    words = [one.encode() for one in (address, lead, told["lead"])]
    assert all(word in _bytes_of(agreed.folder) for word in words)

    assert "say --yes" in agreed("forget", address).err, "nobody is erased unasked"
    ended = agreed("forget", address, "--yes", "--json", "--also-in", "hubspot")
    assert ended.code == 0, ended.err
    certificate = ended.json
    assert certificate["removed"]["links"] == certificate["leads"] >= 1
    assert certificate["removed"]["intents"] >= 1
    there = {one["record"]: one for one in certificate["still_in"]}
    assert lead in there
    assert [one["crm"] for one in there.values() if "gdpr-delete" in one["how"]] == ["hubspot"]
    assert (there[lead]["asked"], there[lead]["how"]) == (False, "")

    left = _bytes_of(agreed.folder)
    assert [word for word in words if word in left] == []
    assert agreed("runs", "list", "--json").json == others
    assert agreed("forget", "--list", "--json").json["erasures"][0]["hashes"] >= 4
    assert agreed("forget", address, "--yes").code == 2
    (why,) = agreed("explain", address, "--json").json["why_not"]
    assert why.startswith("This person was erased")

    crms.control(
        "POST",
        "/salesforce/edit",
        {"object": "Lead", "id": lead, "fields": {"Title": "VP"}, "by": _rep(crms)},
    )
    crms.control("POST", "/advance", {"seconds": 900})
    assert agreed("sync").code in (0, 1)
    left = _bytes_of(agreed.folder)
    assert [word for word in words if word in left] == []


def _bytes_of(folder: Path) -> bytes:
    """All files of the folder but the settings, which hold nobody; what the state has packed is unpacked, too."""
    files = [one for one in folder.rglob("*") if one.is_file() and one.name != ".env"]
    packed = [unpacked_bodies(one) for one in files if one.name == "state.db"]
    assert any(packed)
    return b"".join([*(one.read_bytes() for one in files), *packed])
