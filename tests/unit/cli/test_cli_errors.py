"""How every error ends: one sentence, what to do, the exit code of its class; nothing secret, nothing silent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadpact import errors
from leadpact.errors import FixSettings, LeadpactError, Place, SetAside, SignIn, Stop, WaitUntil
from leadpact_app import cli
from leadpact_app.cli import console


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """Let `leadpact check` fail as told."""
    monkeypatch.chdir(tmp_path)

    def fail_with(error: BaseException) -> None:
        def broken() -> None:
            raise error

        monkeypatch.setattr("leadpact_app.cli.setting_up.settings_here", broken)

    return fail_with


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FixSettings("Mend the file.", place=Place("pact.yaml", 3, 5)), 2),
        (SignIn("The token is bad."), 3),
        (WaitUntil("The CRM is down.", until=datetime(2026, 3, 5, 9, 30, tzinfo=UTC)), 4),
        (SetAside("One record is refused."), 1),
        (Stop("The disk is full."), 5),
    ],
)
def test_each_remedy_has_its_sentence_and_its_code(
    failing: object, capsys: pytest.CaptureFixture[str], error: LeadpactError, code: int
) -> None:
    failing(error)  # type: ignore[operator]
    assert cli.run(["check"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert error.message in said.err
    assert "what to do: " in said.err
    assert "Traceback" not in said.err
    if error.place:
        assert "pact.yaml:3:5: " in said.err
    if isinstance(error, WaitUntil):
        assert "Not before 5 Mar 2026 09:30 UTC." in said.err


def test_every_remedy_is_told_what_to_do() -> None:
    remedies = {
        found.remedy
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, LeadpactError)
    }
    assert remedies == set(console.NEXT_STEP)


def test_details_come_with_verbose_alone(
    failing: object, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(Stop("The disk is full.", code="state_unwritable", detail="SQLITE_FULL"))  # type: ignore[operator]
    assert cli.run(["check"]) == 5
    quiet = capsys.readouterr().err
    assert "SQLITE_FULL" not in quiet
    assert "--verbose" in quiet
    assert cli.run(["--verbose", "check"]) == 5
    told = capsys.readouterr().err
    assert "SQLITE_FULL" in told
    assert "state_unwritable" in told


def test_our_own_fault_is_code_5_and_hides_its_text(
    failing: object, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(RuntimeError("ana.lima@acme.example"))  # type: ignore[operator]
    assert cli.run(["check"]) == 5
    quiet = capsys.readouterr().err
    assert "fault of leadpact's own (RuntimeError)" in quiet
    assert "ana.lima" not in quiet
    assert "Traceback" not in quiet
    assert cli.run(["-v", "check"]) == 5
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_code_130_and_a_closed_pipe_is_quiet(
    failing: object, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(KeyboardInterrupt())  # type: ignore[operator]
    assert cli.run(["check"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--folder", "nowhere", "runs", "list"]) == 2
    assert "There is no folder nowhere." in capsys.readouterr().err


def test_the_folder_is_left_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path.cwd()
    assert cli.run(["-C", str(tmp_path), "check", "--offline"]) == 0
    assert Path.cwd() == before
    assert "The pact that ships" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("leadpact 0.")
