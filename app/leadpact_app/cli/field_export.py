"""`provision --export`: what would be made, as folders that each CRM's admins deploy by themselves (R39)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.ports.connector import Connector

DEPLOY = {
    "salesforce": "`sf project deploy start --manifest manifest/package.xml` in {folder}/salesforce deploys it.",
    "hubspot": "{folder}/hubspot/properties.json holds the calls that make them; properties.csv is the list to read.",
}


def export(
    mapping: LeadMapping, connectors: Mapping[str, Connector], folder: Path, *, dry_run: bool
) -> list[str]:
    """Write one folder per CRM; nothing is asked of any. Returns the files, relative to the folder.

    Raises:
        FixSettings: the folder cannot be written.
    """
    from leadpact.ports.field_files import ExportsFields

    made: list[str] = []
    for crm, connector in connectors.items():
        if not isinstance(connector, ExportsFields):
            continue
        for file in connector.field_files(mapping.wanted_fields(crm)):
            made.append(f"{crm}/{file.path}")
            if not dry_run:
                _write(folder / crm / file.path, file.text)
    return made


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise FixSettings(
            f"{path} cannot be written.", code="file_unwritable", detail=str(error)
        ) from error
