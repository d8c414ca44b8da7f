"""Documents tell the truth about the tree: links, ledgers, commands, no one machine's paths."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LEDGERS = {
    "requirements.md": [f"S{n}" for n in range(1, 139)] + [f"K{n}" for n in range(1, 20)],
    "semantics.md": [f"R{n}" for n in range(1, 41)],
}
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|home|root|Users|opt|tmp)/\w")


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {_slug(heading) for heading in headings}


def broken_links(document: Path) -> list[str]:
    """Relative links of a document that lead to no file, or to no heading of that file."""
    broken = []
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        goal = (document.parent / path).resolve() if path else document
        if not goal.exists() or (anchor and anchor not in _anchors(goal)):
            broken.append(target)
    return broken


def ledger_rows(text: str) -> list[list[str]]:
    """The cells of each ledger row: number, rule, where met, test."""
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if "|" in line]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [row for row in cells if re.fullmatch(r"[RSK]\d+", row[0])]


def missing_places(row: list[str]) -> list[str]:
    """Paths that a ledger row names and the tree has not (`path::test` names a test in it)."""
    missing = []
    for place in re.findall(r"`([\w./-]+/[\w./-]*|[A-Z]+\.md)(?:::(\w+))?`", " ".join(row[2:])):
        path, test = ROOT / place[0], place[1]
        if not path.exists() or (test and f"def {test}(" not in path.read_text(encoding="utf-8")):
            missing.append("::".join(filter(None, place)))
    return missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_resolve(document: Path) -> None:
    assert broken_links(document) == []


@pytest.mark.parametrize("name", LEDGERS)
def test_each_number_has_one_row(name: str) -> None:
    rows = ledger_rows((ROOT / "docs" / name).read_text(encoding="utf-8"))
    assert [row[0] for row in rows] == LEDGERS[name]
    assert [row for row in rows if len(row) != 4 or not all(row)] == []


@pytest.mark.parametrize("name", LEDGERS)
def test_ledgers_name_places_that_exist(name: str) -> None:
    rows = ledger_rows((ROOT / "docs" / name).read_text(encoding="utf-8"))
    assert {row[0]: missing_places(row) for row in rows if missing_places(row)} == {}


@pytest.mark.parametrize("name", LEDGERS)
def test_what_is_met_names_its_test(name: str) -> None:
    rows = ledger_rows((ROOT / "docs" / name).read_text(encoding="utf-8"))
    untested = [row[0] for row in rows if row[2][0] == "`" and row[3] == "—"]
    assert [number for number in untested if number != "S133"] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix == ".lock" or not path.is_file() or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{name}: {match.group()}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


def test_seeded_faults_are_caught(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# One\n[a](gone.md) [b](#two) [c](page.md#one) [d](https://x.example)\n")
    assert broken_links(document) == ["gone.md", "#two"]
    assert missing_places(["R1", "rule", "`core/leadpact/nowhere.py`", "`tests/none.py::test_x`"])
    assert MACHINE_PATH.search("state in /home/someone/leadpact")
    assert not MACHINE_PATH.search("POST /crm/v3/objects/contacts/batch/update")
