"""docs/sandbox.md is true: its scripts run as written, its tables name what exists."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.integration.sandbox.conftest import ROOT, RunningSandbox

import leadpact_sandbox
from leadpact_sandbox.switches import SWITCHES
from leadpact_sandbox.world import FAULTS

PAGE = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_the_scripts_run_as_written(start: Callable[..., RunningSandbox], tmp_path: Path) -> None:
    scripts = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert len(scripts) >= 6
    running = start("--port", "0", "--leads", "1000", "--seed", "7")
    (tmp_path / "ready.json").write_text(running.line, encoding="utf-8")
    shell = shutil.which("sh")
    assert shell is not None
    ended = subprocess.run(
        [shell, "-eu", "-c", "\n".join(scripts)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout


def test_the_page_lists_every_fault_and_every_switch_with_its_default() -> None:
    for fault in FAULTS:
        assert f"| `{fault}` |" in PAGE
    rows = re.findall(r"^\| `((?:hubspot|salesforce)\.\S+)` \| (true|false) \|", PAGE, re.MULTILINE)
    assert {name: state == "true" for name, state in rows} == {
        name: switch.default for name, switch in SWITCHES.items()
    }


def test_the_page_lists_every_call_of_the_control_api() -> None:
    source = (Path(leadpact_sandbox.__file__).parent / "control.py").read_text(encoding="utf-8")
    calls = re.findall(r'\("(GET|POST)", "(/\S+)", self', source)
    assert len(calls) >= 15
    assert [f"{method} {path}" for method, path in calls if f"`{method} {path}`" not in PAGE] == []
