"""Each import contract bites: a copy of the tree gets violations, and the report names every one.

The tree itself is held to the contracts by `lint-imports` in `make check` and by a test here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = ("core", "connectors", "mappings", "app", "sandbox")
CONTRACTS: list[dict[str, str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]["contracts"]


@dataclass(frozen=True)
class Seed:
    """A violation: a new module, the line it consists of, and what the report must then say."""

    contract: str
    module: str
    line: str
    reported: str


def _seed(contract: str, module: str, imported: str) -> Seed:
    return Seed(contract, module, f"import {imported}\n", rf"{module} -> {imported}")


SEEDS = [
    _seed("core-layers", "leadpact.model.seeded_up", "leadpact.ports.clock"),
    Seed("core-layers", "leadpact.seeded_stray", '"""Stray."""\n', "leadpact.seeded_stray"),
    Seed("app-layers", "leadpact_app.seeded_stray", '"""Stray."""\n', "leadpact_app.seeded_stray"),
    _seed("app-layers", "leadpact_app.store.seeded_up", "leadpact_app.bootstrap"),
    *(
        _seed("core-reaches-nothing", f"leadpact.model.seeded_{name}", name)
        for name in (
            *("asyncio", "concurrent", "http", "importlib", "os", "pathlib", "pytest", "random"),
            *("requests", "secrets", "socket", "sqlalchemy", "subprocess", "tempfile"),
            *("threading", "time", "tldextract", "urllib", "urllib3"),
        )
    ),
    _seed("core-sqlite", "leadpact.model.seeded_sqlite", "sqlite3"),
    _seed("core-documents", "leadpact.model.seeded_pydantic", "pydantic"),
    _seed("core-documents", "leadpact.ports.seeded_yaml", "ruamel"),
    _seed("connectors-unnamed", "leadpact_app.cli.seeded_connector", "leadpact_hubspot"),
    _seed("connectors-unnamed", "leadpact.model.seeded_connector", "leadpact_salesforce"),
    _seed("connectors-unnamed", "leadpact_hubspot.seeded_sibling", "leadpact_salesforce"),
    _seed("app-unnamed", "leadpact_hubspot.seeded_app", "leadpact_app"),
    _seed("app-unnamed", "leadpact.model.seeded_app", "leadpact_app"),
    _seed("sandbox-unnamed", "leadpact_app.cli.seeded_sandbox", "leadpact_sandbox"),
    _seed("webapi-for-connectors", "leadpact.model.seeded_webapi", "leadpact_webapi"),
    _seed("webapi-for-connectors", "leadpact_app.cli.seeded_webapi", "leadpact_webapi"),
    _seed("mappings-for-app", "leadpact.model.seeded_mappings", "leadpact_mappings"),
    _seed("errors-for-all", "leadpact_sandbox.seeded_errors", "leadpact.errors"),
    _seed("ports-for-connectors", "leadpact_webapi.seeded_ports", "leadpact.ports"),
    _seed("ports-for-connectors", "leadpact_webapi.seeded_model", "leadpact.model"),
    _seed("engine-for-app", "leadpact_hubspot.seeded_pact", "leadpact.pact"),
    _seed("engine-for-app", "leadpact_salesforce.seeded_sync", "leadpact.sync"),
    _seed("engine-for-app", "leadpact_webapi.seeded_mapping", "leadpact.mapping"),
    _seed("clients-in-connectors", "leadpact_app.cli.seeded_hubspot", "hubspot"),
    _seed("clients-in-connectors", "leadpact_webapi.seeded_client", "simple_salesforce"),
    _seed("no-pyyaml", "leadpact_app.cli.seeded_yaml", "yaml"),
    _seed("no-dbos", "leadpact_app.store.seeded_dbos", "dbos"),
]


def _lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports_command as c; c()",
            "--no-cache",
        ],
        cwd=tree,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(tree / root) for root in SOURCE_ROOTS),
            "COLUMNS": "400",
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _copy(tree: Path) -> Path:
    for root in SOURCE_ROOTS:
        shutil.copytree(ROOT / root, tree / root, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def _path(tree: Path, module: str) -> Path:
    package = module.partition(".")[0]
    home = next(tree / root for root in SOURCE_ROOTS if (tree / root / package).is_dir())
    return home.joinpath(*module.split(".")).with_suffix(".py")


def _sections(report: str) -> dict[str, str]:
    """The report's part on each broken contract, by the contract's name."""
    _, _, details = report.partition("Broken contracts")
    names = "|".join(re.escape(contract["name"]) for contract in CONTRACTS)
    parts = re.split(rf"^({names})$", details, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(scope="module")
def seeded_report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    tree = _copy(tmp_path_factory.mktemp("seeded"))
    for seed in SEEDS:
        path = _path(tree, seed.module)
        path.parent.mkdir(exist_ok=True)
        init = path.parent / "__init__.py"
        if not init.exists():
            init.write_text("")
        path.write_text(seed.line)
    result = _lint(tree)
    assert result.returncode == 1, result.stdout + result.stderr
    return _sections(result.stdout)


def test_the_tree_keeps_every_contract(tmp_path: Path) -> None:
    result = _lint(_copy(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in result.stdout


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"{seed.contract}:{seed.module}")
def test_a_seeded_violation_is_caught(seed: Seed, seeded_report: dict[str, str]) -> None:
    name = next(contract["name"] for contract in CONTRACTS if contract["id"] == seed.contract)
    assert name in seeded_report, f"{name} holds in spite of {seed.module}"
    assert re.search(rf"{seed.reported}\b", seeded_report[name]), seeded_report[name]


def test_every_contract_has_a_seeded_violation() -> None:
    assert {contract["id"] for contract in CONTRACTS} == {seed.contract for seed in SEEDS}


def test_every_source_package_is_under_contract() -> None:
    linted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {
        path.parent.name for root in SOURCE_ROOTS for path in (ROOT / root).glob("*/__init__.py")
    }
    assert packages == set(linted["root_packages"])
