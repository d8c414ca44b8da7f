"""`.ci/venv` installs once, heals what is half built, and says clearly when no Python will do.

A fake Python stands in for the real one: it writes down what it is asked and "makes" a .venv with itself in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAKE_PYTHON = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
*"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"pip"*"install"*) [ ! -e no-network ] || exit 1 ;;
*--version*) echo "Python 3.11.0" ;;
esac
"""
TOOLS = ("sh", "cmp", "cp", "dirname", "mkdir", "rm")


class Tree:
    """A clone's own files, with a PATH that holds a few tools and perhaps a Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a clone"
        self.tools = folder / "bin"
        self.calls = folder / "calls"
        self.tools.mkdir()
        for tool in TOOLS:
            (self.tools / tool).symlink_to(str(shutil.which(tool)))
        (self.folder / ".ci").mkdir(parents=True)
        shutil.copy(ROOT / ".ci" / "venv", self.folder / ".ci")
        for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            (self.folder / name).write_text(name)

    def add_python(self, name: str = "python3", script: str = FAKE_PYTHON) -> None:
        path = self.tools / name
        path.write_text(script)
        path.chmod(0o755)

    def make(self, level: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", ".ci/venv", level],
            cwd=self.folder,
            env={"PATH": str(self.tools), "CALLS": str(self.calls)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def asked(self, word: str) -> list[str]:
        """Calls since the last look that hold the word."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return [line for line in lines if word in line]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_second_run_installs_nothing(tree: Tree) -> None:
    tree.add_python()
    assert tree.make("run").returncode == 0
    installs = tree.asked("install")
    assert any("--require-hashes" in call and "requirements.lock" in call for call in installs)
    assert any("--editable ." in call and "--no-deps" in call for call in installs)
    os.utime(tree.folder / "pyproject.toml")
    assert tree.make("run").returncode == 0
    assert tree.asked("install") == []


def test_dev_grows_out_of_run_and_serves_it(tree: Tree) -> None:
    tree.add_python()
    tree.make("run")
    tree.asked("")
    assert tree.make("dev").returncode == 0
    calls = tree.asked("")
    assert any("requirements-dev.lock" in call for call in calls)
    assert not any("venv --clear" in call for call in calls)
    assert tree.make("run").returncode == 0
    assert tree.asked("install") == []


def test_a_changed_lock_starts_afresh_and_a_changed_pyproject_does_not(tree: Tree) -> None:
    tree.add_python()
    tree.make("dev")
    (tree.folder / "pyproject.toml").write_text("changed")
    tree.asked("")
    tree.make("dev")
    calls = tree.asked("")
    assert any("--editable ." in call for call in calls)
    assert not any("venv --clear" in call for call in calls)
    (tree.folder / "requirements-dev.lock").write_text("changed")
    tree.make("dev")
    assert tree.asked("venv --clear")


def test_a_half_built_venv_is_built_again(tree: Tree) -> None:
    tree.add_python()
    (tree.folder / "no-network").touch()
    assert tree.make("run").returncode != 0
    (tree.folder / "no-network").unlink()
    tree.asked("")
    assert tree.make("run").returncode == 0
    assert tree.asked("venv --clear")


def test_the_newest_python_with_ensurepip_is_taken(tree: Tree) -> None:
    tree.add_python("python3.14", "#!/bin/sh\nexit 1\n")
    tree.add_python("python3.13", FAKE_PYTHON.replace("3.11.0", "3.13.0"))
    tree.add_python("python3.11")
    assert "Making .venv with Python 3.13.0" in tree.make("run").stderr


def test_no_python_is_said_clearly(tree: Tree) -> None:
    done = tree.make("run")
    assert done.returncode == 1
    assert "leadpact needs Python 3.11 or newer with its venv module" in done.stderr
    assert "Found: no python3 on the PATH" in done.stderr
