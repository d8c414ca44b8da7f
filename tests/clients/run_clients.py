"""Runs the examples of docs/sandbox.md's "Other people's clients" as they are written there.

``make clients`` calls it. It is no part of ``make test``: the first run installs the clients, pinned,
below ``.clients``, and needs package indexes for that. One sandbox on free ports serves all examples;
each runs in one shell with ``set -eu``, after the section's first block, in a folder that is thrown
away. One line per client says ``ok``, ``failed`` or ``skipped``; the words of a failed one follow it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sandbox.md"
PACKAGES = ROOT / ".clients"
LIMIT_S = 900
"""For one client, its installation included."""

sys.path.insert(0, str(ROOT))
from tests.clients.examples import Example, examples  # noqa: E402  (a script's folder is not the root)


@contextmanager
def sandbox(folder: Path) -> Iterator[None]:
    """A sandbox whose ready line lies in the folder."""
    paths = os.pathsep.join(str(ROOT / part) for part in ("sandbox", "core", "connectors"))
    process = subprocess.Popen(
        [sys.executable, "-m", "leadpact_sandbox", "--port", "0", "--leads", "300"],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            sys.exit("the sandbox did not start")
        (folder / "ready.json").write_text(line, encoding="utf-8")
        yield
    finally:
        process.terminate()
        process.wait(20)


def run(example: Example, preparation: str, folder: Path) -> tuple[bool, str]:
    """Whether an example ran to its end, and what it said."""
    beside = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "CLIENTS": str(PACKAGES),
        "PATH": os.pathsep.join((beside, os.environ["PATH"])),
    }
    environment.pop("PYTHONPATH", None)
    with (folder / "said").open("w+", encoding="utf-8") as said:
        try:
            ended = subprocess.run(
                ["/bin/sh", "-eu", "-c", preparation + example.script],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False, f"not done after {LIMIT_S} s"
        said.seek(0)
        return ended.returncode == 0, said.read()


def main(chosen: list[str]) -> int:
    """Run all examples, or those whose heading holds one of the words; 1 if one failed."""
    preparation, found = examples(PAGE.read_text(encoding="utf-8"))
    node = shutil.which("node") is not None and shutil.which("npm") is not None
    failed = 0
    with tempfile.TemporaryDirectory() as name, sandbox(Path(name)):
        for example in found:
            if chosen and not any(word.lower() in example.heading.lower() for word in chosen):
                continue
            if example.needs_node and not node:
                print(f"{example.heading:32} skipped", flush=True)
                continue
            done, said = run(example, preparation, Path(name))
            print(f"{example.heading:32} {'ok' if done else 'failed'}", flush=True)
            if not done:
                failed += 1
                print("    " + "\n    ".join(said.splitlines()[-40:]), flush=True)
    if not node:
        print("Node is not installed here, so the clients written for it were not run.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
