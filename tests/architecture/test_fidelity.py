"""docs/fidelity.md is true: its tests, switches and 501s exist, and no switch is left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.calling import Call, play

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.seed import generate
from leadpact_sandbox.switches import SWITCHES
from leadpact_sandbox.world import World

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^#{2,3} (.+)$")
SWITCH = re.compile(r"`((?:hubspot|salesforce)\.\d+\.\w+)`")
TEST = re.compile(r"`(tests/[\w./]+\.py)::(\w+)`")
CALL = re.compile(r"`(GET|POST) (/\S+)`")
STATES = {
    "emulated",
    "switch",
    "emulated, switch",
    "emulated, rest not covered (501)",
    "emulated, rest not covered",
    "not covered (501)",
    "not covered",
    "not its matter",
}


def rows() -> list[tuple[str, str, str, str]]:
    """CRM, fact, state and place of each row."""
    crm, found = "", []
    for line in PAGE.splitlines():
        heading = HEADING.match(line)
        if heading and line.startswith("## "):
            crm = heading[1]
        elif line.startswith("| ") and not line.startswith(("| Fact ", "| --- ")):
            fact, state, place = (cell.strip() for cell in line.strip("|").split(" | "))
            found.append((crm, fact, state, place))
    return found


ROWS = rows()
REFUSED = [
    (crm, method, path)
    for crm, _, state, place in ROWS
    if "501" in state
    for method, path in CALL.findall(place)
]


def test_each_row_says_what_stands_and_where() -> None:
    assert len(ROWS) > 200
    for _, fact, state, place in ROWS:
        assert state in STATES, fact
        assert place, fact
        assert ("emulated" in state) <= bool(TEST.search(place)), fact
        assert ("switch" in state) <= bool(SWITCH.search(place)), fact
        assert ("501" in state) <= bool(CALL.search(place) or TEST.search(place)), fact


def test_the_tests_that_it_names_exist() -> None:
    missing = []
    for path, name in TEST.findall(PAGE):
        source = ROOT / path
        if not source.exists() or f"def {name}(" not in source.read_text(encoding="utf-8"):
            missing.append(f"{path}::{name}")
    assert missing == []


def test_every_switch_has_its_row_and_no_other_is_named() -> None:
    assert set(SWITCH.findall(PAGE)) == set(SWITCHES)


def test_all_sections_and_all_twenty_traps_are_there() -> None:
    sections = {"HubSpot": range(1, 11), "Salesforce": (*range(11), 13)}
    for crm, numbers in sections.items():
        part = PAGE.partition(f"\n## {crm}\n")[2].partition("\n## ")[0]
        headings = " ".join(re.findall(r"^### (.+)$", part, re.MULTILINE))
        assert sorted({int(each) for each in re.findall(r"\d+", headings)} - {2}) == sorted(
            set(numbers) - {2}
        )
    traps = PAGE.partition("### 13 ")[2]
    assert re.findall(r"^\| (\d+) ", traps, re.MULTILINE) == [str(n) for n in range(1, 21)]


@pytest.fixture(scope="module")
def accounts() -> dict[str, tuple[Any, str]]:
    """The application and a token of an account of each CRM."""
    company = generate(1, 7, datetime(2026, 11, 1, tzinfo=UTC))
    portal, org = HubSpot(World()), Salesforce(World())
    portal.load(company)
    org.load(company)
    token = org.connection("http://127.0.0.1")["access_token"]
    return {"HubSpot": (portal.app, portal.token), "Salesforce": (org.app, token)}


@pytest.mark.parametrize(("crm", "method", "path"), REFUSED)
def test_what_is_not_covered_answers_501(
    accounts: dict[str, tuple[Any, str]], crm: str, method: str, path: str
) -> None:
    app, token = accounts[crm]
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    where, _, query = path.partition("?")
    body = b"{}" if method == "POST" else b""
    (answer,) = play(app, [Call(method, where, query, body, headers)])
    assert answer.status == 501, answer
