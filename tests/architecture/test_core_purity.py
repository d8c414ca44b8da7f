"""What imports cannot say: core calls nothing that reads a clock, chance, a file or a terminal."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "core" / "leadpact"
# Read off `datetime`, `date` or `uuid` only: `clock.now()` is how core is told the time.
NOT_FROM = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "uuid": {"uuid1", "uuid4", "uuid6", "uuid7", "getnode"},
    "io": {"open", "FileIO", "open_code"},
    "sys": {"stdin", "stdout", "stderr", "argv"},
}
NOT_CALLED = {"open", "input", "print", "breakpoint", "eval", "exec", "__import__"}
NOT_CALLED |= NOT_FROM["uuid"] | {"FileIO", "open_code"}
PATH_IO = {
    *("read_text", "write_text", "read_bytes", "write_bytes", "iterdir", "rglob", "unlink"),
    *("mkdir", "rmdir", "touch", "symlink_to", "expanduser", "is_file", "is_dir"),
}


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def reaches_out(source: str) -> Iterator[str]:
    """The calls and references in `source` that core may not make, as `line: name`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = _last_name(node.value)
            if node.attr in NOT_FROM.get(owner, ()) or node.attr in PATH_IO:
                yield f"{node.lineno}: {owner}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in NOT_FROM:
            for alias in node.names:
                if alias.name in NOT_FROM[node.module]:
                    yield f"{node.lineno}: from {node.module} import {alias.name}"
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in NOT_CALLED
        ):
            yield f"{node.lineno}: {node.func.id}()"


def test_core_reaches_nothing_outside() -> None:
    found = [
        f"{path.relative_to(CORE)}:{call}"
        for path in sorted(CORE.rglob("*.py"))
        if path.relative_to(CORE).parts[0] != "conformance"
        for call in reaches_out(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "seeded",
    [
        "with open('pact.yaml') as file: pass",
        "import io\nio.open('pact.yaml')",
        "from io import open",
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\nx = datetime.datetime.now(datetime.UTC)",
        "import datetime\nx = datetime.datetime.utcnow()",
        "from datetime import date\nx = date.today()",
        "from datetime import datetime\nx = field(default_factory=datetime.now)",
        "import uuid\nx = uuid.uuid4()",
        "from uuid import uuid4",
        "x = path.read_text()",
        "x = somewhere.write_bytes(b'')",
        "print('done')",
        "x = eval('1')",
        "import sys\nsys.stdout.write('x')",
    ],
)
def test_a_seeded_call_is_caught(seeded: str) -> None:
    assert list(reaches_out(seeded))


@pytest.mark.parametrize(
    "allowed",
    [
        "x = clock.now()",
        "import uuid\nx = uuid.uuid5(NAMESPACE, 'lead')",
        "from datetime import datetime\nx = datetime.fromisoformat('2026-01-05T09:00:00+00:00')",
        "x = reopen('episode')",
    ],
)
def test_what_core_may_do_is_let_be(allowed: str) -> None:
    assert list(reaches_out(allowed)) == []
