"""Our properties as lists for a change board: as the API takes them, and as a sheet (R39, facts §5)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from leadpact.model.schema import WantedField
from leadpact.ports.connector import ConfigFile
from leadpact_hubspot.objects import CONTACTS, GROUP
from leadpact_hubspot.schema import definition

_COLUMNS = ("name", "label", "type", "fieldType", "groupName", "unique", "options", "description")


def property_files(wanted: Sequence[WantedField]) -> list[ConfigFile]:
    """``properties.json`` holds the bodies of both calls that make them; ``properties.csv`` the same to be read."""
    bodies = [
        body
        for one in sorted(wanted, key=lambda each: each.name)
        if one.kind == CONTACTS and (body := definition(one)) is not None
    ]
    calls = {
        "POST /crm/v3/properties/contacts/groups": {"name": GROUP, "label": "leadpact"},
        "POST /crm/v3/properties/contacts/batch/create": {"inputs": bodies},
    }
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(_COLUMNS)
    for body in bodies:
        told = {
            **body,
            "unique": "yes" if body.get("hasUniqueValue") else "no",
            "options": "; ".join(str(one["value"]) for one in body.get("options", ())),
        }
        sheet.writerow([_read(str(told.get(name, ""))) for name in _COLUMNS])
    return [
        ConfigFile("properties.json", json.dumps(calls, indent=2, ensure_ascii=False) + "\n"),
        ConfigFile("properties.csv", text.getvalue()),
    ]


def _read(text: str) -> str:
    """A label that begins as a formula does is not calculated."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
