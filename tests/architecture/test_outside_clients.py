"""docs/sandbox.md's "Other people's clients" and the runner of ``make clients`` agree."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.clients.examples import HEADING, LANGUAGE, Example, examples, section

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
PREPARATION, EXAMPLES = examples(PAGE)
PACKAGES = {
    "@hubspot/api-client",
    "jsforce",
    "@salesforce/cli",
    "hubspot-sdk",
    "tap-hubspot",
    "tap-salesforce",
}


def pinned(script: str) -> dict[str, str]:
    """Packages that a script installs, with their versions."""
    plain = re.findall(r"\s(@?[a-z][\w./-]*)(?:==|(?<=\w)@)(\d[\w.]*)", script)
    listed = re.findall(r'"(@?[a-z][\w./-]*)": "(\d[\w.]*)"', script)
    return dict(plain + listed)


def test_each_promised_client_has_an_example_with_a_pinned_version() -> None:
    found: dict[str, str] = {}
    for example in EXAMPLES:
        packages = pinned(example.script)
        assert packages, example.heading
        found |= packages
    assert set(found) >= PACKAGES
    assert len(EXAMPLES) == len(PACKAGES)


def test_the_runner_runs_every_block_of_the_section_and_no_other() -> None:
    written = [PREPARATION, *(example.script for example in EXAMPLES)]
    assert "".join(written).count("\n") == sum(
        body.count("\n")
        for body in re.findall(r"```\w+\n(.*?)^```", section(PAGE), re.MULTILINE | re.DOTALL)
    )
    assert all(written)
    outside = PAGE.replace(section(PAGE), "")
    assert f"```{LANGUAGE}\n" not in outside
    assert HEADING not in outside


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.heading)
def test_the_shell_can_read_it(example: Example) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    script = PREPARATION + example.script
    read = subprocess.run([shell, "-n", "-c", script], capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr


def test_nothing_is_installed_for_the_whole_machine_nor_locked() -> None:
    whole = PREPARATION + "".join(example.script for example in EXAMPLES)
    assert "--no-package-lock" in PREPARATION
    assert re.findall(r"npm install.*(?:-g|--global)\b|pip install.*--user|\bsudo\b", whole) == []
    assert "/.clients/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_make_clients_is_this_runner_and_the_suite_leaves_it_alone() -> None:
    recipe = re.search(r"^clients:.*\n\t(.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    assert recipe[1].split()[-1] == "tests/clients/run_clients.py"
    assert list((ROOT / "tests" / "clients").glob("test_*")) == []
