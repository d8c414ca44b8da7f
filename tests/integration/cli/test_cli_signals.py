"""Signals from their sources, by commands alone: first scores rest on them, product usage comes beside them."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.integration.cli.conftest import Shell
from tests.integration.sandbox.conftest import RunningSandbox

from leadpact_mappings import default_text

PEOPLE = 60
DATED_FIELDS = ("demo_request", "contact_form", "webinar")
USAGE = """
sources:
  usage:
    columns: {email: email, at: at, kind: event}
    signals:
      - {signal: trial_started, when: {kind: trial}}
"""


def _mapping(folder: Path) -> str:
    """The default one, with nothing but sources to tell of forms and webinars, and product usage."""
    text = default_text("mapping.yaml")
    head, _, fields = text.partition("\nsignals:\n")
    lines = [one for one in fields.splitlines() if not one.strip().startswith(DATED_FIELDS)]
    assert len(lines) == len(fields.splitlines()) - len(DATED_FIELDS)
    file = folder / "mapping.yaml"
    file.write_text("\n".join((head, "signals:", *lines, USAGE)), encoding="utf-8")
    return str(file)


def _stored(shell: Shell) -> list[tuple[str, str, str]]:
    with sqlite3.connect(shell.state()) as state:
        return state.execute(
            "SELECT link_id, name, source FROM signals ORDER BY link_id, id"
        ).fetchall()


def _webinar(crms: RunningSandbox) -> str:
    """A Lead attended a webinar that Salesforce has as a campaign; returns its id."""
    lead = crms.salesforce(
        "GET",
        "/query",
        params={"q": "SELECT Id FROM Lead WHERE IsConverted = false ORDER BY Id LIMIT 1"},
    ).json()["records"][0]["Id"]
    campaign = crms.salesforce(
        "POST", "/sobjects/Campaign", body={"Name": "Scoring live", "Type": "Webinar"}
    ).json()["id"]
    member = {"CampaignId": campaign, "LeadId": lead, "Status": "Responded"}
    assert crms.salesforce("POST", "/sobjects/CampaignMember", body=member).status_code == 201
    return str(lead)


def test_a_first_sync_is_scored_by_what_its_sources_tell(
    shell: Shell, crms: RunningSandbox
) -> None:
    attended = _webinar(crms)
    shell.settings["MAPPING"] = _mapping(shell.folder)
    checked = shell("check", "--json")
    assert checked.code == 0, checked.err
    assert shell("provision").code == 0
    assert shell("plan").code == 0

    stored = _stored(shell)
    by_form = {link: name for link, name, source in stored if source == "hubspot.form_submissions"}
    assert set(by_form.values()) <= {"demo_request", "contact_form"}
    assert by_form, "the seed's forms are told by their source"
    sources = {one["source"]: one for one in shell("signals", "sources", "--json").json["sources"]}
    assert sources["form_submissions"]["kept"] == len(
        [one for one in stored if one[2] == "hubspot.form_submissions"]
    )
    assert "Download form" in sources["form_submissions"]["unmapped"]
    assert (sources["campaign_members"]["kept"], sources["tasks"]["kept"]) == (1, 0)
    assert all(one["readable"] for one in sources.values())
    assert sources["usage"]["read_at"] is None

    told = shell("signals", "list", attended, "--json").json["signals"]
    (webinar,) = (one for one in told if one["signal"] == "webinar")
    assert (webinar["signal"], webinar["asset"]) == ("webinar", "Scoring live")
    assert webinar["source"] == "salesforce.campaign_members"
    shown = shell("signals", "list", attended)
    assert "Scoring live" in shown.out

    assert shell("apply", "--yes").code in (0, 1)
    told = shell("explain", attended, "--offline")
    assert "Attended a webinar" in told.out
    people = shell("signals", "sources")
    assert "form_submissions: no row of the mapping covers Download form" in people.out


def test_product_usage_is_read_by_command_and_by_each_sync(
    shell: Shell, crms: RunningSandbox
) -> None:
    shell.settings["MAPPING"] = _mapping(shell.folder)
    nowhere = shell("signals", "read")
    assert nowhere.code == 2
    assert "There is no state" in nowhere.err
    assert shell("provision").code == 0
    assert shell("plan").code == 0
    assert shell("apply", "--yes").code in (0, 1)
    unsettled = shell("signals", "read")
    assert unsettled.code == 2
    assert "LEADPACT_SOURCES__USAGE__PATH" in unsettled.err

    contacts = crms.hubspot(
        "GET", "/crm/v3/objects/contacts?limit=100&properties=email,leadpact_stage"
    ).json()["results"]
    people = {
        one["properties"]["email"]: one["id"]
        for one in contacts
        if one["properties"].get("email") and one["properties"].get("leadpact_stage") == "lead"
    }
    emails = sorted(one for one in people if "rival" not in one)
    file = shell.folder / "usage.csv"
    file.write_text(
        f"email,at,event\n{emails[0].upper()},2026-11-20T09:00:00Z,trial\nnobody@new.example,2026-11-20,trial\n"
        "broken,2026-11-20,trial\n",
        encoding="utf-8",
    )
    shell.settings["SOURCES__USAGE__PATH"] = str(file)
    wrong = shell("signals", "read", "--source", "usages")
    assert wrong.code == 2
    assert 'did you mean "usage"?' in wrong.err
    found = shell("signals", "read", "--source", "usage")
    assert found.code == 1
    assert "usage: 3 rows, 2 new signals, 1 of people without a lead yet." in found.out
    assert "line 4 has no e-mail address where one should be" in found.err
    again = shell("signals", "read", "--json").json["sources"][0]
    assert (again["rows"], again["new"], again["bad_rows"]) == (3, 0, 1)
    assert [one[1] for one in _stored(shell) if one[2] == "sources.usage"] == ["trial_started"]

    trial = (datetime.now(UTC) + timedelta(minutes=20)).isoformat()
    file.write_text(f"email,at,event\n{emails[1]},{trial},trial\n", encoding="utf-8")
    crms.control("POST", "/advance", {"seconds": 3700})
    assert shell("sync").code in (0, 1)
    usage = [one for one in _stored(shell) if one[2] == "sources.usage"]
    assert len(usage) == 2
    shown = crms.hubspot(
        "GET",
        f"/crm/v3/objects/contacts/{people[emails[1]]}?properties=leadpact_stage,lifecyclestage",
    ).json()["properties"]
    assert shown["leadpact_stage"] == "pql", "a trial makes a PQL (K11)"
    assert shown["lifecyclestage"] == "marketingqualifiedlead"
    listed = shell("signals", "sources")
    assert "outside" in listed.out
    assert "wait for one" in listed.out


def test_a_password_in_the_yaml_file_is_refused(shell: Shell) -> None:
    text = "sources:\n  usage:\n    url: postgresql+psycopg://reader:secret@db.example/product\n"
    (shell.folder / "leadpact.yaml").write_text(text, encoding="utf-8")
    ended = shell("check", "--offline")
    assert ended.code == 2
    assert "leadpact.yaml:3:" in ended.err
    assert "LEADPACT_SOURCES__USAGE__URL" in ended.err
    assert "secret" not in ended.err.replace("secrets", "")
