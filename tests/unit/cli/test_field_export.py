"""R39: what `provision` would make, as files: deployable as they are, the same each time, and asked of nobody."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
from tests.simulation.agreement import mapping

from leadpact.errors import FixSettings
from leadpact.ports.connector import ConfigFile, Connector
from leadpact_app.cli.field_export import export
from leadpact_hubspot.property_files import property_files
from leadpact_salesforce.provision import metadata
from leadpact_salesforce.source_files import source_files

SPACE = "{http://soap.sforce.com/2006/04/metadata}"


class Files:
    """A connector that only writes its fields down."""

    def __init__(self, made: list[ConfigFile]) -> None:
        self._made = made

    def field_files(self, wanted: object) -> list[ConfigFile]:
        del wanted
        return self._made


def salesforce() -> dict[str, str]:
    return {
        one.path: one.text for one in source_files(mapping().wanted_fields("salesforce"), "63.0")
    }


def plain(node: ET.Element) -> Any:
    """An element as the Tooling API would be told it."""
    children = list(node)
    if not children:
        text = node.text or ""
        return {"true": True, "false": False}.get(text, int(text) if text.isdecimal() else text)
    found: dict[str, Any] = {}
    for one in children:
        name = one.tag.removeprefix(SPACE)
        if name == "value":
            found.setdefault(name, []).append(plain(one))
        else:
            found[name] = plain(one)
    return found


def test_each_field_says_what_provision_would_make() -> None:
    files = salesforce()
    wanted = mapping().wanted_fields("salesforce")
    for one in wanted:
        path = f"force-app/main/default/objects/{one.kind}/fields/{one.name}.field-meta.xml"
        told = plain(ET.fromstring(files[path]))
        made = metadata(one)
        assert told.pop("fullName") == one.name
        if one.type == "boolean":
            made["defaultValue"] = False
        for each in made.get("valueSet", {}).get("valueSetDefinition", {}).get("value", ()):
            each["fullName"] = each.pop("valueName")
        assert told == made, path
    assert len(files) == len(wanted) + 3


def test_the_manifest_and_the_permission_set_name_every_field() -> None:
    files = salesforce()
    names = {f"{one.kind}.{one.name}" for one in mapping().wanted_fields("salesforce")}
    package = ET.fromstring(files["manifest/package.xml"])
    members = {one.text for one in package.iter(f"{SPACE}members")}
    assert members == names | {"Leadpact"}
    assert package.findtext(f"{SPACE}version") == "63.0"
    granting = ET.fromstring(
        files["force-app/main/default/permissionsets/Leadpact.permissionset-meta.xml"]
    )
    granted = list(granting.iter(f"{SPACE}fieldPermissions"))
    assert {one.findtext(f"{SPACE}field") for one in granted} == names
    assert {one.findtext(f"{SPACE}editable") for one in granted} == {"true"}
    assert json.loads(files["sfdx-project.json"])["packageDirectories"][0]["path"] == "force-app"


def test_hubspots_properties_are_the_calls_and_a_sheet() -> None:
    wanted = mapping().wanted_fields("hubspot")
    files = {one.path: one.text for one in property_files(wanted)}
    calls = json.loads(files["properties.json"])
    inputs = calls["POST /crm/v3/properties/contacts/batch/create"]["inputs"]
    assert [one["name"] for one in inputs] == sorted(one.name for one in wanted)
    rows = list(csv.DictReader(files["properties.csv"].splitlines()))
    stage = next(row for row in rows if row["name"] == "leadpact_stage")
    assert stage["options"].split("; ") == list(mapping().stage_keys)
    assert next(row for row in rows if row["name"] == "leadpact_lead_id")["unique"] == "yes"


def test_a_folder_per_crm_and_none_on_a_dry_run(tmp_path: Path) -> None:
    crms = {"salesforce": cast("Connector", Files([ConfigFile("manifest/package.xml", "<a/>")]))}
    assert export(mapping(), crms, tmp_path / "x", dry_run=True) == [
        "salesforce/manifest/package.xml"
    ]
    assert not (tmp_path / "x").exists()
    export(mapping(), crms, tmp_path / "x", dry_run=False)
    assert (tmp_path / "x/salesforce/manifest/package.xml").read_text() == "<a/>"
    (tmp_path / "taken").write_text("")
    with pytest.raises(FixSettings, match="cannot be written"):
        export(mapping(), crms, tmp_path / "taken", dry_run=False)
