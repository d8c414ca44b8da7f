"""The systemd unit and the container file of docs/operations.md name commands, options, extras and codes that exist."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import typer.main

from leadpact_app.cli import whole_app
from leadpact_app.cli.watching import LISTEN

ROOT = Path(__file__).parents[2]
PORT = LISTEN.rpartition(":")[2]
TEXT = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found, language
    return found[1]


def taken(words: list[str]) -> None:
    """Assert that the command line takes these words: a command of leadpact, and options of that command."""
    root = typer.main.get_command(whole_app())
    command = root.commands[words[0]]  # type: ignore[attr-defined]
    known = {option for one in command.params for option in one.opts}
    assert {word for word in words[1:] if word.startswith("--")} <= known, words


def test_the_unit_starts_a_command_that_there_is(tmp_path: Path) -> None:
    unit = block("ini")
    settings = dict(
        line.split("=", 1) for line in unit.splitlines() if "=" in line and not line.startswith("#")
    )
    program, *words = shlex.split(settings["ExecStart"])
    assert program.endswith("/leadpact")
    taken(words)
    assert f":{PORT}" in settings["ExecStart"]
    # The state's folder is the only one that is written, and it is where the process stands.
    assert settings["ReadWritePaths"] == settings["WorkingDirectory"]
    told = re.findall(r"^\| ([0-6]) \| ([^|]*)", TEXT, re.MULTILINE)
    codes = dict(told)
    for code in settings["RestartPreventExitStatus"].split():
        assert re.search("settings|sign in", codes[code]), code
    analyze = shutil.which("systemd-analyze")
    if analyze:
        file = tmp_path / "leadpact.service"
        file.write_text(unit.replace(program, shutil.which("true") or program), encoding="utf-8")
        done = subprocess.run(
            [analyze, "verify", "--man=no", str(file)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_the_container_file_installs_and_starts_what_there_is() -> None:
    lines = dict(
        line.split(" ", 1)
        for line in block("dockerfile").replace("\\\n", "").splitlines()
        if line and line[0].isupper()
    )
    wanted = re.search(r"leadpact\[([a-z,]+)\]", lines["RUN"])
    assert wanted
    assert set(wanted[1].split(",")) <= EXTRAS.keys()
    assert json.loads(lines["ENTRYPOINT"]) == ["leadpact"]
    taken(json.loads(lines["CMD"]))
    health = json.loads(lines["HEALTHCHECK"].partition("CMD ")[2])
    assert health[0] == "leadpact"
    taken(health[1:])
    assert lines["EXPOSE"] == PORT
    assert f":{PORT}" in lines["CMD"]
    assert lines["WORKDIR"] == lines["VOLUME"]
    # Who runs it owns the folder of the state, and no other.
    assert f"-o {lines['USER']} -m 0700 {lines['VOLUME']}" in lines["RUN"]
    version = re.fullmatch(r"docker\.io/library/python:(\d+\.\d+)-slim", lines["FROM"])
    assert version
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"Programming Language :: Python :: {version[1]}" in needed["classifiers"]


def test_the_command_that_runs_it_mounts_the_states_folder() -> None:
    run = re.search(r"```sh\n(podman run .*)\n```", TEXT)
    assert run
    assert "leadpact-state:/state" in run[1]
    assert "--read-only" in run[1]
    assert "--stop-timeout 120" in run[1], "as long as the unit's TimeoutStopSec"
    assert "TimeoutStopSec=120" in TEXT
