"""The command line and its documents agree, and asking for help loads nothing that help does not need."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer.main

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Code in a document: fenced blocks and spans. Prose may well begin with the product's name.
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^[$] |^|`)leadpact ([a-z][a-z-]*)(?: ([a-z][a-z-]*)\b)?", re.MULTILINE)
# What a command loads when it runs, and --help does not.
HEAVY = {
    *("leadpact_hubspot", "leadpact_salesforce", "leadpact_webapi", "leadpact_sandbox"),
    *("leadpact_app.store", "leadpact_app.engines", "leadpact_app.runner", "leadpact_app.runs"),
    *("leadpact.sync", "leadpact.scoring", "hubspot", "simple_salesforce", "zeep", "requests"),
    *("urllib3", "sqlalchemy", "alembic", "sqlglot", "structlog", "dbos", "starlette", "uvicorn"),
    *("holidays", "phonenumbers", "tldextract", "cryptography"),
}
LOADED = """
import json, sys
sys.argv = ["leadpact", *{arguments!r}]
from leadpact_app.cli import main
try:
    main()
except SystemExit as stop:
    code = stop.code or 0
else:
    code = 0
print("\\n" + json.dumps([code, sorted(sys.modules)]))
"""


def _commands() -> dict[str, set[str]]:
    """Every command, with the names of what stands under it."""
    from leadpact_app import cli

    top = _under(typer.main.get_command(cli.whole_app()))
    return {name: set(_under(command)) for name, command in top.items()}


def _under(command: object) -> dict[str, object]:
    return dict(getattr(command, "commands", {}))


def _loaded(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments=arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stdout + done.stderr
    return set(modules)


def _heavy(modules: set[str]) -> set[str]:
    return {name for name in HEAVY if any(m == name or m.startswith(name + ".") for m in modules)}


def test_documents_name_only_commands_that_exist() -> None:
    commands = _commands()
    unknown = []
    for document in DOCUMENTS:
        code = "\n".join(CODE.findall(document.read_text(encoding="utf-8")))
        for name, below in COMMAND.findall(code):
            under = commands.get(name)
            if under is None or (under and below and below not in under):
                unknown.append(f"{document.relative_to(ROOT)}: leadpact {name} {below}")
    assert unknown == []


def test_each_command_is_told_in_operations() -> None:
    untold = []
    for name, under in _commands().items():
        row = re.search(rf"^\| `leadpact {name}` \|.*$", OPERATIONS, flags=re.MULTILINE)
        if row is None:
            untold.append(name)
        else:
            untold += [f"{name} {below}" for below in under if f"`{below}`" not in row.group()]
    assert untold == []


def test_each_setting_is_told_in_operations() -> None:
    from leadpact_app.settings import Settings

    told = set(re.findall(r"^\| `(LEADPACT_\w+)`", OPERATIONS, re.MULTILINE))
    known = {f"LEADPACT_{field.upper()}" for field in Settings.model_fields} | {
        f"LEADPACT_{point.name.upper()}__{field.upper()}"
        for point in entry_points(group="leadpact.connectors")
        for field in point.load().settings_type.model_fields
    }
    assert told == known


def test_each_exit_code_is_told_in_operations() -> None:
    from leadpact import errors

    codes = {
        found.exit_code
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, errors.LeadpactError)
    }
    told = set(map(int, re.findall(r"^\| (\d) \|", OPERATIONS, re.MULTILINE)))
    assert told == {0, 1, 2, 3, 4, 5, 6}
    assert codes <= told


def test_help_loads_no_connector_store_or_engine() -> None:
    assert _heavy(_loaded("--help")) == set()


@pytest.mark.parametrize("spec", ["leadpact_hubspot", "leadpact_salesforce"])
def test_naming_a_connector_loads_no_client(spec: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {spec}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    clients = {"hubspot", "simple_salesforce", "zeep", "requests", "sqlalchemy"}
    assert clients & set(done.stdout.split()) == set()
