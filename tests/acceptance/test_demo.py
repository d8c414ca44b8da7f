"""Show 1 of issue 2: the demo tells one story from start to end, and ends with an error where it does not hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leadpact.errors import Stop
from leadpact_app.cli.demo import run
from leadpact_app.cli.demo_screen import WIDTH
from leadpact_app.cli.demo_world import World

CHAPTERS = (
    "Two CRMs that never met",
    "A place for what both teams agree on",
    "The first plan: nothing is written before a person has seen it",
    "The first sync",
    "Where the two CRMs disagreed, a person decides",
    "An ordinary morning",
    "The demo request: five minutes, and the rep has all of it",
    "The quarrel: both teams move one lead in the same minute",
    "A step back without a reason is refused, and put right",
    "Why is this lead where it is? Ten seconds, in the CRM itself",
    "Both CRMs, side by side, counted without leadpact",
    "Two dashboards disagree: which records, and why",
    "Sixty days later: it comes back, as episode 2",
    "The bad Friday: 220 imported as MQL, a field hidden, the process killed",
    "What it took",
    "Look further",
)
COMMAND = "from leadpact_app.cli import main; main()"


def test_the_demo_plays_in_plain_text_to_its_end(tmp_path: Path) -> None:
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "60", "LEADPACT_HUBSPOT__TOKEN": "not for it"}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "demo", "--leads", "120"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-600:] + done.stderr
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= WIDTH
    told = [line.partition("  ")[2].rstrip(" ─") for line in lines if line.endswith("──────")]
    assert [one for one in told if one in CHAPTERS] == list(CHAPTERS)
    assert "http://127.0.0.1:" in done.stdout
    # After the morning first contact comes due meanwhile, which is written; after that nothing is.
    assert done.stdout.count("Synced again: 0 records written") >= 3
    assert "every stage agrees" in done.stdout
    assert list(tmp_path.iterdir()) == [], "the demo left something behind"


def test_a_story_that_does_not_hold_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A conversion that never happens: no opportunity in either CRM, so the demo must not pass."""
    monkeypatch.setattr(World, "convert", lambda *_act: None)
    assert run(leads=60, fast=True) == Stop.exit_code
    assert "The demo does not hold" in capsys.readouterr().err


def test_a_population_too_small_for_the_story_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(leads=5, fast=True) == 2
    assert "take more with --leads" in capsys.readouterr().err
