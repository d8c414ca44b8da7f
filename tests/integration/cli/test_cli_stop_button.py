"""R38: pause and resume as an operator uses them, told wherever somebody looks."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.cli.conftest import Shell, until_quiet
from tests.integration.sandbox.conftest import RunningSandbox

PEOPLE = 12


def _title_there(crms: RunningSandbox, lead: str) -> str:
    found = crms.salesforce(
        "GET", "/query", params={"q": f"SELECT Title FROM Lead WHERE Id = '{lead}'"}
    ).json()["records"]
    return str(found[0]["Title"])


def test_paused_told_everywhere_and_resumed(
    crms: RunningSandbox, agreed: Shell, someone: Callable[[], tuple[str, str]]
) -> None:
    until_quiet(agreed, crms)
    contact, lead = someone()
    refused = agreed("pause", "--crm", "salesforce", "--field", "titel")
    assert refused.code == 2
    assert "Is it 'title'?" in refused.err
    assert agreed("pause", "--list").out.strip() == "Nothing is paused."

    pressed = agreed(
        *("pause", "--crm", "salesforce", "--direction", "to", "--why", "audit week"),
        *("--by", "Dana Fox"),
    )
    assert pressed.code == 0
    assert "writing anything to Salesforce (audit week)" in pressed.out
    assert "already" in agreed("pause", "--crm", "salesforce", "--direction", "to").out

    crms.control(
        "POST",
        "/hubspot/edit",
        {
            "object": "contacts",
            "id": contact,
            "properties": {"jobtitle": "Chief Paused Officer"},
            "by": "person:501",
        },
    )
    crms.control("POST", "/advance", {"seconds": 60})
    synced = agreed("sync", "--json").json
    assert synced["counts"]["paused"] >= 1
    assert synced["crms"]["salesforce"]["written"] == 0
    assert _title_there(crms, lead) != "Chief Paused Officer"

    said = "Paused by Dana Fox since"
    assert said in synced["note"]
    assert said in agreed("runs", "list", "--limit", "1").out.replace("\n", " ")
    assert said in agreed("plan", "--no-save").out
    assert any(said in one for one in agreed("check", "--json").json["paused"])
    found = [one for one in agreed("doctor", "--json").json["findings"] if one["code"] == "paused"]
    assert said in found[0]["sentence"]
    told = agreed("explain", contact, "--offline").out
    assert said in told
    assert "title waits until `leadpact resume`" in told

    ended = agreed("resume", "--by", "Omar Haddad")
    assert "1 lead waited" in ended.out
    assert agreed("resume").out.strip() == "Nothing is paused."
    agreed("sync")
    assert _title_there(crms, lead) == "Chief Paused Officer"
    assert said not in agreed("explain", contact, "--offline").out


def test_the_mode_of_the_settings_is_no_pause_that_a_person_ends(
    crms: RunningSandbox, agreed: Shell
) -> None:
    until_quiet(agreed, crms)
    agreed("sync", MODE="shadow")
    (standing,) = agreed("pause", "--list", "--json").json["pauses"]
    ended = agreed("resume")
    assert "It ends where the settings say `mode: act`." in ended.out
    named = agreed("resume", standing["pause"])
    assert (named.code, "mode: act" in named.err) == (2, True)
    assert agreed("pause", "--list", "--json").json["pauses"] == [standing]
    agreed("sync")
    assert agreed("pause", "--list", "--json").json["pauses"] == []
