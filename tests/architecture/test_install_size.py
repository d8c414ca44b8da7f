"""What a plain install brings: its size on disk, bytecode included, and nothing of the extras."""

from __future__ import annotations

from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LARGEST_MB = 200
NOT_IN_CORE = {"starlette", "uvicorn", "psycopg", "dbos", "pytest", "pandas", "duckdb"}


def _needs(found: Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    wanted = [Requirement(text) for text in found.requires or []]
    return [
        (canonicalize_name(need.name), frozenset(need.extras))
        for need in wanted
        if need.marker is None
        or any(need.marker.evaluate({"extra": extra}) for extra in extras | {""})
    ]


def _core_install() -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    waiting = [("leadpact", frozenset[str]())]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[name] = distribution(name)
        waiting += _needs(found[name], extras)
    return found


def _megabytes(found: Distribution) -> float:
    paths = [Path(str(found.locate_file(file))) for file in found.files or []]
    return sum(path.stat().st_blocks * 512 for path in paths if path.is_file()) / 2**20


def test_a_plain_install_stays_small() -> None:
    sizes = {name: _megabytes(found) for name, found in _core_install().items()}
    assert len(sizes) > 25, "the walk over the requirements found too little"
    assert sum(sizes.values()) <= LARGEST_MB, sorted(sizes.items(), key=lambda kv: -kv[1])[:10]


def test_a_plain_install_brings_nothing_of_the_extras() -> None:
    assert NOT_IN_CORE & set(_core_install()) == set()
