"""R16: `provision --reason-rule` writes a validation rule; once deployed it refuses a rejection without a reason."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.integration.cli.conftest import Shell
from tests.integration.sandbox.conftest import RunningSandbox

NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
REJECTED = {"Status": "Closed - Not Converted"}


def _deploy(crms: RunningSandbox, kind: str, path: str) -> None:
    """What Salesforce's command line does with the file."""
    root = ET.parse(path).getroot()
    told = {one.tag.removeprefix(NAMESPACE): one.text for one in root}
    metadata = {
        "active": told["active"] == "true",
        "errorConditionFormula": told["errorConditionFormula"],
        "errorDisplayField": told["errorDisplayField"],
        "errorMessage": told["errorMessage"],
        "description": told["description"],
    }
    body = {"FullName": f"{kind}.{told['fullName']}", "Metadata": metadata}
    answer = crms.salesforce("POST", "/tooling/sobjects/ValidationRule", body)
    assert answer.status_code == 201, answer.text


def _rep(crms: RunningSandbox) -> str:
    rows = crms.salesforce(
        "GET",
        "/query",
        params={
            "q": "SELECT Id FROM User WHERE IsActive = true AND Email = 'aiko.tanabe@halden.example'"
        },
    ).json()["records"]
    return f"person:{rows[0]['Id']}"


def _edit(crms: RunningSandbox, lead: str, fields: dict[str, str], by: str) -> str:
    act = {"object": "Lead", "id": lead, "fields": fields, "by": by}
    try:
        crms.control("POST", "/salesforce/edit", act)
    except AssertionError as refused:
        return str(refused)
    return ""


def test_the_rule_refuses_people_and_lets_leadpact_through(
    shell: Shell, crms: RunningSandbox
) -> None:
    crms.control("POST", "/reset")
    folder = shell.folder / "salesforce"
    dry = shell("provision", "--dry-run", "--reason-rule", str(folder), "--json")
    assert dry.code == 0
    assert not folder.exists()
    assert all("provision" in one["why_not"] for one in dry.json["rules"])
    made = shell("provision", "--reason-rule", str(folder), "--json").json["rules"]
    assert {(one["crm"], one["kind"]) for one in made} == {
        ("salesforce", "Lead"),
        ("salesforce", "Contact"),
    }
    assert "sf project deploy start" in shell("provision", "--reason-rule", str(folder)).out
    for one in made:
        _deploy(crms, one["kind"], one["path"])
    query = (
        "SELECT Id FROM Lead WHERE IsConverted = false AND Status = 'Open - Not Contacted' LIMIT 1"
    )
    (lead,) = crms.salesforce("GET", "/query", params={"q": query}).json()["records"]
    rep = _rep(crms)
    refused = _edit(crms, lead["Id"], REJECTED, rep)
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in refused
    assert "A rejection needs a reason" in refused
    assert _edit(crms, lead["Id"], {"leadpact_stage__c": "recycled"}, rep)
    assert not _edit(crms, lead["Id"], {"Phone": "+1 555 0101"}, rep)
    assert not _edit(crms, lead["Id"], {**REJECTED, "leadpact_rejection_reason__c": "other"}, rep)
    ours = crms.salesforce(
        "PATCH", f"/sobjects/Lead/{lead['Id']}", {"leadpact_rejection_reason__c": ""}
    )
    assert ours.status_code == 204
    assert not _edit(crms, lead["Id"], {"City": "Oslo"}, rep)


def test_a_folder_that_cannot_be_written_is_told(shell: Shell, crms: RunningSandbox) -> None:
    crms.control("POST", "/reset")
    blocked = shell.folder / "file"
    blocked.write_text("here")
    assert shell("provision").code == 0
    ended = shell("provision", "--reason-rule", str(blocked))
    assert ended.code == 2
    assert "cannot be written" in ended.err


def test_nothing_is_written_unless_asked(shell: Shell) -> None:
    assert shell("provision", "--json").json["rules"] == []
