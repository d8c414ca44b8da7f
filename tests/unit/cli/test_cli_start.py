"""A command loads what it needs when it runs, and nothing else; every command shows how it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer.main

from leadpact.model.link import Link
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateChanges
from leadpact_app import cli
from leadpact_app.cli.entry import COMMANDS, app_with, modules_for
from leadpact_app.store.sql import SqlStore

LOADED = """
import json, sys
sys.argv = ["leadpact", *{arguments!r}]
from leadpact_app.cli import run
code = run()
print("\\n" + json.dumps([code, sorted(sys.modules)]))
"""
NEVER = {
    *("leadpact_hubspot.client", "leadpact_salesforce.client", "leadpact_sandbox"),
    *("leadpact_app.store", "leadpact_app.runner", "leadpact.sync", "leadpact.scoring"),
    *("hubspot", "simple_salesforce", "requests", "urllib3", "sqlalchemy", "alembic", "sqlglot"),
    *("structlog", "rich", "starlette", "uvicorn", "cryptography", "zeep"),
}
# What documents and settings are checked without: the rest of the engine, and whatever speaks to others.
CHECKED_WITHOUT = NEVER | {
    *("leadpact.audit", "leadpact.lifecycle", "leadpact.matching"),
    *("leadpact.model.link", "leadpact.model.scorecard"),
    *("leadpact.ports.query_engine", "leadpact.ports.state_store"),
    *("leadpact_webapi.oauth", "leadpact_webapi.retry", "leadpact_webapi.session"),
    *("filelock", "http", "jwt", "orjson", "pyrate_limiter", "tenacity"),
    *("multiprocessing", "sqlite3", "urllib.request"),
}
DOCUMENTS = {"pydantic_settings", "ruamel", "orjson", "leadpact.pact", "leadpact.mapping"}


def _loaded(folder: Path, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments=arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stdout + done.stderr
    return set(modules)


def _of(unwanted: set[str], modules: set[str]) -> set[str]:
    return {
        name for name in unwanted if any(m == name or m.startswith(name + ".") for m in modules)
    }


@pytest.mark.parametrize("arguments", [("--help",), ("review", "accept", "--help"), ("--version",)])
def test_help_loads_no_document_reader_either(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert _of(NEVER | DOCUMENTS, _loaded(tmp_path, *arguments)) == set()


def test_check_offline_loads_no_client_store_or_engine(tmp_path: Path) -> None:
    assert _of(CHECKED_WITHOUT, _loaded(tmp_path, "check", "--offline")) == set()


def test_check_offline_of_settings_loads_no_client_either(tmp_path: Path) -> None:
    lines = [
        "LEADPACT_HUBSPOT__TOKEN=pat-eu1-x",
        "LEADPACT_SALESFORCE__INSTANCE_URL=https://acme.my.salesforce.com",
        "LEADPACT_SALESFORCE__ACCESS_TOKEN=00Dx",
    ]
    (tmp_path / ".env").write_text("\n".join(lines))
    unwanted = _of(CHECKED_WITHOUT, _loaded(tmp_path, "check", "--offline"))
    assert unwanted == set()


def test_a_lead_is_explained_without_parser_of_queries_client_or_the_other_database(
    tmp_path: Path,
) -> None:
    (tmp_path / ".leadpact").mkdir(mode=0o700)
    store = SqlStore.open(tmp_path / ".leadpact" / "state.db", "default")
    now = datetime(2026, 11, 22, tzinfo=UTC)
    known = Link("5e6f7a8b-0000-5000-8000-000000000000", stage=StageState("mql", now))
    store.commit(StateChanges(links=[known]), None, now)
    store.close()
    unwanted = {"sqlglot", "urllib3", "requests", "alembic", "psycopg", "duckdb", "rich"}
    unwanted |= {"filelock", "leadpact.ports.connector"}
    unwanted |= {"leadpact.sync", "leadpact.conformance", "leadpact.lifecycle.decide"}
    unwanted |= {f"leadpact_app.cli.{name}" for name in COMMANDS if name != "explaining"}
    modules = _loaded(tmp_path, "explain", "5e6f7a8b", "--offline")
    assert _of(unwanted | {"sqlalchemy.dialects.postgresql"}, modules) == set()


def test_the_documents_types_are_built_when_one_is_read() -> None:
    script = (
        "import leadpact.mapping.document as mapping, leadpact.pact.document as pact\n"
        "parts = (mapping.Document, mapping.CrmPart, mapping.FieldPart, pact.PactDocument)\n"
        "print(*[part.__pydantic_complete__ for part in parts])"
    )
    assert _said(script).split() == ["False"] * 4


def test_the_end_does_not_walk_what_was_loaded() -> None:
    script = (
        "import atexit, gc, sys\nfrom leadpact_app.cli import main\n"
        "atexit.register(lambda: print(len(gc.get_objects()) < gc.get_freeze_count()))\n"
        "sys.argv = ['leadpact', '--version']\nmain()"
    )
    assert _said(script).splitlines()[-1] == "True"


def _said(script: str) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def _commands(group: object, name: str = "leadpact") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for each, command in getattr(group, "commands", {}).items():
        below = _commands(command, f"{name} {each}")
        found.extend(below or [(f"{name} {each}", command)])
    return found


def test_each_command_is_found_in_its_module_alone() -> None:
    for module, names in COMMANDS.items():
        group = typer.main.get_command(app_with([module]))
        assert tuple(getattr(group, "commands", {})) == names, module
    for said, modules in {
        ("explain", "x"): ("explaining",),
        ("-C", "explain", "notices", "list"): ("handing",),
        ("--verbose", "sla"): ("sla",),
        ("--help",): tuple(COMMANDS),
        ("explian",): tuple(COMMANDS),
        (): tuple(COMMANDS),
    }.items():
        assert modules_for(said) == modules, said


def test_each_command_shows_examples_of_itself() -> None:
    commands = _commands(typer.main.get_command(cli.whole_app()))
    assert len(commands) >= 16
    without = [
        name
        for name, command in commands
        if f"\n  {name}" not in str(getattr(command, "help", "")).partition("Examples:")[2]
    ]
    assert without == []


def test_each_command_that_prints_records_has_json() -> None:
    asking = {"leadpact demo", "leadpact sandbox", "leadpact init"}
    # Prometheus has a format of its own.
    asking |= {"leadpact metrics", "leadpact serve"}
    without = {
        name
        for name, command in _commands(typer.main.get_command(cli.whole_app()))
        if not any("--json" in one.opts for one in command.params)  # type: ignore[attr-defined]
    }
    assert without == asking


def test_the_sandbox_is_a_process_that_ends_on_a_signal() -> None:
    command = [sys.executable, "-c", "from leadpact_app.cli import main; main()", "sandbox"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--leads", "3"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["hubspot"]["base_url"].startswith("http://127.0.0.1:")
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_wrong_option_of_the_sandbox_is_code_2() -> None:
    script = "from leadpact_app.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "sandbox", "--limits", "none"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "none" in done.stderr


def test_whoever_stops_reading_gets_no_complaint(tmp_path: Path) -> None:
    script = (
        "from leadpact_app.cli import main\nimport sys\n"
        "sys.argv = ['leadpact', 'check', '--offline']\nmain()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    errors = process.stderr.read().decode()
    process.wait(timeout=30)
    process.stderr.close()
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors
