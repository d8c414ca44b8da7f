"""Each connector's ledger against connectors/QUALITY.md: what is said to be done is tried, or its test exists."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from ruamel.yaml import YAML
from tests.conformance.hubspot_bench import HubSpotBench
from tests.conformance.salesforce_bench import SalesforceBench

from leadpact.conformance import Bench
from leadpact.errors import LeadpactError

ROOT = Path(__file__).parents[2]
CLIENTS = {"hubspot": "hubspot", "salesforce": "simple_salesforce"}
BENCHES: Mapping[str, type[Bench]] = {"hubspot": HubSpotBench, "salesforce": SalesforceBench}
GOOD: Mapping[str, dict[str, Any]] = {
    "hubspot": {"token": "pat-eu1-1"},
    "salesforce": {"instance_url": "https://acme.my.salesforce.com", "access_token": "00D!1"},
}
ADDRESS = {"hubspot": "base_url", "salesforce": "instance_url"}
FILES = ("settings", "auth", "client", "errors", "limits", "objects", "schema", "reader", "writer")
SECRET = re.compile(r"token|secret|password|private_key")
CAUSE = re.compile(r"code=\"([a-z0-9_]+)\"")


def folder(name: str) -> Path:
    return ROOT / "connectors" / f"leadpact_{name}"


def ledger(name: str) -> dict[str, dict[str, Any]]:
    text = (folder(name) / "quality.yaml").read_text(encoding="utf-8")
    return dict(YAML(typ="safe").load(text))


def rules() -> dict[str, bool]:
    """Each rule of the standard, and whether it has a check."""
    text = (ROOT / "connectors" / "QUALITY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (Q\d+) \|.*\| (yes|named test) \|$", text, re.MULTILINE)
    return {number: check == "yes" for number, check in rows}


def spec_of(name: str) -> Any:
    (found,) = entry_points(group="leadpact.connectors", name=name)
    return found.load()


def q1(name: str) -> None:
    say = f"import leadpact_{name}, sys; print({CLIENTS[name]!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", say], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
    assert spec_of(name).name == name


def q2(name: str) -> None:
    settings = spec_of(name).settings_type
    assert settings.model_config["frozen"]
    assert settings.model_config["extra"] == "forbid"
    with pytest.raises(ValidationError):
        settings(**GOOD[name], no_such_key=1)
    for field, info in settings.model_fields.items():
        if SECRET.search(field):
            assert any(part in str(info.annotation) for part in ("SecretStr", "Path")), field
    assert any(isinstance(value, SecretStr) for _, value in settings(**GOOD[name]))


def q3(name: str) -> None:
    spec = spec_of(name)
    assert spec.capabilities(spec.settings_type(**GOOD[name])).person_kinds


def q4(name: str) -> None:
    made = spec_of(name).settings_type(**GOOD[name])
    assert made.timeout_s > 0
    assert made.connect_timeout_s > 0


def q5(name: str) -> None:
    settings = spec_of(name).settings_type
    for bad in ("https://evil.example", "http://api.hubapi.com", "http://acme.my.salesforce.com"):
        with pytest.raises((ValidationError, LeadpactError)):
            settings(**{**GOOD[name], ADDRESS[name]: bad})
    assert settings(**{**GOOD[name], ADDRESS[name]: "http://127.0.0.1:8700"})


def q6(name: str) -> None:
    assert {f"{file}.py" for file in FILES} <= {path.name for path in folder(name).glob("*.py")}


def q7(name: str) -> None:
    gaps = {number for number, gap in BENCHES[name].gaps.items() if gap.whose == "connector"}
    assert set(ledger(name)["Q7"].get("gaps", {})) == gaps


def q8(name: str) -> None:
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    given = {
        cause
        for path in folder(name).glob("*.py")
        for cause in CAUSE.findall(path.read_text(encoding="utf-8"))
    }
    assert {cause for cause in given if f"`{cause}`" not in told} == set()


CHECKS: Mapping[str, Callable[[str], None]] = {
    check.__name__.upper(): check for check in (q1, q2, q3, q4, q5, q6, q7, q8)
}


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_the_ledger_answers_every_rule(name: str) -> None:
    rows = ledger(name)
    assert list(rows) == list(rules())
    for number, row in rows.items():
        assert row["status"] in {"done", "exempt", "open"}, number
        if row["status"] != "done":
            assert row["why"], number


def test_each_rule_with_a_check_has_one() -> None:
    assert {number for number, checked in rules().items() if checked} == set(CHECKS)


@pytest.mark.parametrize("name", sorted(CLIENTS))
@pytest.mark.parametrize("number", sorted(CHECKS))
def test_what_is_done_holds(name: str, number: str) -> None:
    if ledger(name)[number]["status"] == "done":
        CHECKS[number](name)


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_what_names_its_test_names_one_that_exists(name: str) -> None:
    for number, row in ledger(name).items():
        if row["status"] != "done" or number in CHECKS:
            continue
        path, _, test = row["where"].partition("::")
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), number


def test_every_connector_keeps_a_ledger() -> None:
    kept = {path.parent.name for path in (ROOT / "connectors").glob("*/quality.yaml")}
    assert kept == {importlib.import_module(f"leadpact_{name}").__name__ for name in CLIENTS}
