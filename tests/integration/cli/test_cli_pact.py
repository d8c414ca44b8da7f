"""Versions of the agreement against both emulated CRMs: the first runs by itself, another when it is activated."""

from __future__ import annotations

from tests.integration.cli.conftest import Shell, until_quiet
from tests.integration.sandbox.conftest import RunningSandbox

from leadpact_mappings import default_text

LOOSER = default_text("pact.yaml").replace("mql: 60", "mql: 50").replace('"1.0"', '"1.1"')


def test_the_running_agreement_stays_until_another_is_activated(
    agreed: Shell, crms: RunningSandbox
) -> None:
    first = agreed("pact", "show", "--json").json
    assert first["running"] == first["pact"]
    assert [one["how"] for one in first["activations"]] == ["first"]

    (agreed.folder / "pact.yaml").write_text(LOOSER, encoding="utf-8")
    (agreed.folder / "leadpact.yaml").write_text("pact: pact.yaml\n", encoding="utf-8")
    crms.control("POST", "/advance", {"seconds": 300})
    synced = agreed("sync", "--json")
    assert synced.code in (0, 1)
    assert "is not the agreement that runs" in synced.err
    run = agreed("runs", "list", "--json").json["runs"][0]
    assert agreed("runs", "show", run["run"], "--json").json["pact"] == first["pact"]
    warned = agreed("check", "--json").json["findings"]
    assert {"not_activated", "not_signed"} <= {one["code"] for one in warned}

    found = agreed("pact", "diff", "--json").json
    assert "Points needed: 60 → 50" in [one["says"] for one in found["differences"]]
    assert found["leads"]["leads"] > 0
    made = agreed("pact", "activate", "--unsigned", "--yes", "--json").json
    assert made["version"] == "1.1"
    crms.control("POST", "/advance", {"seconds": 300})
    synced = agreed("sync", "--max-writes", "off", "--json")
    assert synced.code in (0, 1)
    assert "is not the agreement" not in synced.err
    run = agreed("runs", "list", "--json").json["runs"][0]
    assert agreed("runs", "show", run["run"], "--json").json["pact"] == made["pact"]
    until_quiet(agreed, crms)


def test_a_refused_file_stops_no_sync(agreed: Shell, crms: RunningSandbox) -> None:
    running = agreed("runs", "list", "--json").json["runs"][0]["pact"]
    (agreed.folder / "leadpact.yaml").write_text("pact: broken.yaml\n", encoding="utf-8")
    (agreed.folder / "broken.yaml").write_text(LOOSER.replace("mql: 50", "mql: soon"))
    crms.control("POST", "/advance", {"seconds": 300})
    synced = agreed("sync", "--json")
    assert synced.code == 2
    assert synced.json["status"] == "done"
    assert "REFUSED: broken.yaml:" in synced.err
    assert "goes on without it" in synced.err
    assert agreed("runs", "list", "--json").json["runs"][0]["pact"] == running
    assert agreed("plan").code == 2
    (agreed.folder / "leadpact.yaml").write_text("pact: pact.yaml\n", encoding="utf-8")
