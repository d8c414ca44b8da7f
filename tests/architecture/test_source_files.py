"""Rules on every source file: its length, its imports, what its public names say of themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("core", "connectors", "mappings", "app", "sandbox")
LONGEST = 400
# Vague or mistaken words (docs/glossary.md): a RevOps engineer says lead, contact, field, owner.
NOT_NAMES = {"user", "users", "profile", "profiles", "thing", "things", "data", "utils", "util"}
NOT_NAMES |= {"manager", "managers", "helper", "helpers"}

# Whatever stands in a relative import or one of PyYAML.
SUSPECT = re.compile(r"yaml|from[\s\\]*\.")

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _sources(*folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "__pycache__" not in path.parts
    ]


SHIPPED_SOURCES = _sources(*SHIPPED)
EVERY = [*SHIPPED_SOURCES, *_sources("tests", "benchmarks")]


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def too_long(text: str) -> bool:
    return len(text.splitlines()) > LONGEST


def bad_imports(source: str) -> Iterator[str]:
    if not SUSPECT.search(source):  # parsing a thousand files takes seconds
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                yield f"{node.lineno}: relative import"
            if (node.module or "").partition(".")[0] == "yaml":
                yield f"{node.lineno}: PyYAML"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "yaml":
                    yield f"{node.lineno}: PyYAML"


def undocumented(source: str) -> Iterator[str]:
    """Public definitions, and verbs of public protocols, that say nothing of themselves."""
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        yield "the module"
    for node in tree.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{node.lineno}: {node.name}"
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(b) for b in node.bases):
            for verb in node.body:
                if not isinstance(verb, Definition) or verb.name.startswith("_"):
                    continue
                if not ast.get_docstring(verb):
                    yield f"{verb.lineno}: {node.name}.{verb.name}"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_no_file_is_longer_than_the_wall() -> None:
    assert [_shown(path) for path in EVERY if too_long(_read(path))] == []


def test_imports_are_by_full_name_and_never_pyyaml() -> None:
    found = [f"{_shown(path)}:{bad}" for path in EVERY for bad in bad_imports(_read(path))]
    assert found == []


def test_public_names_say_what_they_are() -> None:
    found = [
        f"{_shown(path)}:{name}" for path in SHIPPED_SOURCES for name in undocumented(_read(path))
    ]
    assert found == []


def test_no_file_or_package_has_a_vague_name() -> None:
    vague = [
        _shown(path)
        for path in SHIPPED_SOURCES
        if NOT_NAMES & {path.stem, path.parent.name, *path.stem.split("_")}
    ]
    assert vague == []


@pytest.mark.parametrize(
    "seeded",
    [
        "import yaml",
        "from yaml import safe_load",
        "from . import merge",
        "from ..model import x",
        "from\\\n.model import x",
    ],
)
def test_a_seeded_import_is_caught(seeded: str) -> None:
    assert list(bad_imports(seeded))


@pytest.mark.parametrize(
    "seeded",
    [
        "x = 1",
        '"""M."""\ndef merge() -> None: ...',
        '"""M."""\nclass Link: ...',
        '"""M."""\nclass Clock(Protocol):\n    """C."""\n    def now(self) -> int: ...',
    ],
)
def test_a_seeded_silence_is_caught(seeded: str) -> None:
    assert list(undocumented(seeded))


def test_a_seeded_long_file_is_caught() -> None:
    assert too_long("x\n" * (LONGEST + 1))
    assert not too_long("x\n" * LONGEST)
