"""`leadpact reconcile` as a RevOps admin uses it: why the CRMs differ, by id, and the plan that mends it (R40)."""

from __future__ import annotations

import csv
from collections.abc import Callable

from tests.integration.cli.conftest import Shell
from tests.integration.sandbox.conftest import RunningSandbox

PEOPLE = 12
TITLE = "Chief Reconciling Officer"


def test_named_written_to_a_file_planned_and_mended(
    crms: RunningSandbox, agreed: Shell, someone: Callable[[], tuple[str, str]]
) -> None:
    contact, lead = someone()
    act = {
        "object": "contacts",
        "id": contact,
        "properties": {"jobtitle": TITLE},
        "by": "person:501",
    }
    crms.control("POST", "/hubspot/edit", act)
    crms.control("POST", "/advance", {"seconds": 60})

    wrong = agreed("reconcile", "--field", "titel")
    assert (wrong.code, "no field 'titel'" in wrong.err) == (2, True)

    agreed("pause", "--crm", "salesforce", "--by", "Dana Fox")
    told = agreed("reconcile", "--field", "title", "--json").json
    agreed("resume")
    assert "Paused by Dana Fox" in told["paused"][0]
    found = told["differences"]
    assert found["fields"]["title"] == 1
    assert found["unexplained"] == 0
    (one,) = found["shown"]
    assert (one["cause"], one["turn"], one["fields"]) == ("window", "plan", ["title"])
    assert {each["record"] for each in one["records"]} == {contact, lead}
    assert told["records"]["hubspot"]["contacts"] == sum(
        one["records"]["hubspot"] for one in told["stages"]
    )

    file = agreed.folder / "differences.csv"
    said = agreed("reconcile", "--csv", str(file))
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == found["count"]
    assert [one["lead"] for one in rows if one["fields"] == "title"] == [one["lead"]]
    for shown in (said.out, file.read_text(encoding="utf-8")):
        assert TITLE not in shown
        assert "@" not in shown
    assert "values" not in one
    asked = agreed("reconcile", "--field", "title", "--values", "--json").json["differences"]
    assert asked["shown"][0]["values"]["title"]["hubspot"] == TITLE

    planned = agreed("reconcile", "--repair")
    assert planned.code == 0
    assert "Repair plan" in planned.out
    plan = agreed("reconcile", "--repair", "--json").json["plan"]
    assert agreed("apply", plan, "--yes").code == 0
    assert agreed("reconcile", "--json").json["differences"]["fields"].get("title") is None


def test_nothing_is_repaired_before_the_first_sync(shell: Shell) -> None:
    ended = shell("reconcile", "--repair")
    assert (ended.code, "not approved yet" in ended.err) == (2, True)
