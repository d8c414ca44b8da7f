"""Our fields as a folder that Salesforce's command line deploys (R39, facts §7): objects, permission set, manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from leadpact.errors import SetAside
from leadpact.model.schema import WantedField
from leadpact.ports.connector import ConfigFile
from leadpact_salesforce.provision import PERMISSION_SET, metadata

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE: Final = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
_SOURCE: Final = "force-app/main/default"


def source_files(wanted: Sequence[WantedField], api_version: str) -> list[ConfigFile]:
    """One file per field, the permission set that shows them, and what the command line asks for."""
    fields = []
    for one in sorted(wanted, key=lambda each: (each.kind, each.name)):
        try:
            fields.append((one, metadata(one)))
        except SetAside:
            continue
    project = {
        "packageDirectories": [{"default": True, "path": "force-app"}],
        "sourceApiVersion": api_version,
    }
    names = [f"{one.kind}.{one.name}" for one, _made in fields]
    return [
        ConfigFile("sfdx-project.json", json.dumps(project, indent=2) + "\n"),
        ConfigFile("manifest/package.xml", _package(names, api_version)),
        *(
            ConfigFile(
                f"{_SOURCE}/objects/{one.kind}/fields/{one.name}.field-meta.xml",
                _document("CustomField", {"fullName": one.name, **_as_source(made)}),
            )
            for one, made in fields
        ),
        ConfigFile(
            f"{_SOURCE}/permissionsets/{PERMISSION_SET}.permissionset-meta.xml", _granting(names)
        ),
    ]


def _as_source(made: Mapping[str, Any]) -> dict[str, Any]:
    """The Tooling form in that of a file: a picklist's values are called otherwise there."""
    told = dict(made)
    if "valueSet" in told:
        definition = told["valueSet"]["valueSetDefinition"]
        values = [
            {"fullName": one["valueName"], "default": one["default"], "label": one["label"]}
            for one in definition["value"]
        ]
        told["valueSet"] = {
            "restricted": told["valueSet"]["restricted"],
            "valueSetDefinition": {"sorted": definition["sorted"], "value": values},
        }
    return {name: told[name] for name in sorted(told)}


def _package(names: Sequence[str], api_version: str) -> str:
    types = [
        {"members": list(names), "name": "CustomField"},
        {"members": [PERMISSION_SET], "name": "PermissionSet"},
    ]
    return _document("Package", {"types": types, "version": api_version})


def _granting(names: Sequence[str]) -> str:
    return _document(
        "PermissionSet",
        {
            "description": "Fields that leadpact keeps on leads and contacts.",
            "fieldPermissions": [
                {"editable": True, "field": name, "readable": True} for name in names
            ],
            "hasActivationRequired": False,
            "label": PERMISSION_SET,
        },
    )


def _document(name: str, content: Mapping[str, Any]) -> str:
    lines = "\n".join(_lines(content, 1))
    return f"{_HEAD}<{name} {_SPACE}>\n{lines}\n</{name}>\n"


def _lines(content: Mapping[str, Any], depth: int) -> Iterator[str]:
    indent = "    " * depth
    for name, value in content.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                yield f"{indent}<{name}>"
                yield from _lines(one, depth + 1)
                yield f"{indent}</{name}>"
            else:
                text = str(one).lower() if isinstance(one, bool) else escape(str(one))
                yield f"{indent}<{name}>{text}</{name}>"
