"""benchmarks/: each benchmark reports what it was asked, and RESULTS.md is what results.json says."""

from __future__ import annotations

import ast
import platform
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import results
from benchmarks.asked import IN_ORDER, LIMITS
from tests.architecture.test_documents import broken_links, missing_places

FOLDER = Path(__file__).parents[2] / "benchmarks"
BENCHMARKS = sorted(FOLDER.glob("bench_*.py"))
DOCUMENTS = sorted(FOLDER.glob("*.md"))


def told_keys(source: str) -> Iterator[re.Pattern[str]]:
    """Each text of a module as a pattern; what an f-string fills in may be anything."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.compile(re.escape(node.value))
        elif isinstance(node, ast.JoinedStr):
            parts = (
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                for part in node.values
            )
            yield re.compile("".join(parts))


def unreported(source: str, keys: list[str]) -> list[str]:
    """Keys that no text of a module names."""
    patterns = list(told_keys(source))
    return [key for key in keys if not any(one.fullmatch(key) for one in patterns)]


@pytest.mark.parametrize("file", BENCHMARKS, ids=lambda file: file.stem)
def test_each_benchmark_reports_all_that_it_is_asked(file: Path) -> None:
    keys = [limit.key for limit in LIMITS.values() if limit.by == file.stem]
    assert keys
    assert unreported(file.read_text(encoding="utf-8"), keys) == []


def test_each_limit_is_of_a_benchmark_and_has_one_key() -> None:
    assert {limit.by for limit in LIMITS.values()} == {file.stem for file in BENCHMARKS}
    assert len(LIMITS) == len(IN_ORDER)


def test_the_page_names_each_benchmark_once() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(bench_\w+)` \|", page, flags=re.MULTILINE)
    assert sorted(named) == [file.stem for file in BENCHMARKS]


def test_each_limit_has_been_measured() -> None:
    assert LIMITS.keys() - {row.key for row in results.kept().rows} == set()


def test_the_table_of_the_page_is_the_one_that_was_kept() -> None:
    page = results.RESULTS.read_text(encoding="utf-8")
    assert results.between_marks(page, results.kept().told()) == page


def test_no_name_of_a_machine_is_kept() -> None:
    assert platform.node() not in results.machine()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.stem)
def test_links_and_tests_named_there_exist(document: Path) -> None:
    missing = missing_places(["", "", document.read_text(encoding="utf-8")])
    assert broken_links(document) == []
    assert [place for place in missing if place.startswith("tests/")] == []


def test_a_seeded_silence_is_caught() -> None:
    assert unreported('report("store.page", 1)', ["store.page", "store.call"]) == ["store.call"]
    assert unreported('report(f"store.{name}", 1)', ["store.page", "bulk.page"]) == ["bulk.page"]
