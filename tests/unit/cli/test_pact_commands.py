"""`pact show`, `render`, `sign`, `reviewed` in a folder of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leadpact_app.cli.entry import run
from leadpact_mappings import default_text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("pact.yaml").write_text(default_text("pact.yaml"), encoding="utf-8")
    Path("leadpact.yaml").write_text("pact: pact.yaml\n", encoding="utf-8")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["pact", *arguments]) == code, capsys.readouterr().err
    shown = capsys.readouterr()
    return shown.out + shown.err


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    told: dict[str, object] = json.loads(said(capsys, "show", "--json"))
    return told


def test_both_sign_the_text_that_is_laid_aside(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shown(capsys)
    assert [one["code"] for one in before["warnings"]] == ["not_signed"]  # type: ignore[attr-defined]
    said(capsys, "sign", "--as", "Dana Fox", "--role", "marketing")
    both = said(capsys, "sign", "--as", "Omar Haddad", "--role", "sales", "--note", "from May")
    assert "Signed by Dana Fox and Omar Haddad" in both
    after = shown(capsys)
    assert after["pact"] == before["pact"]
    assert after["warnings"] == []
    copy = folder / "pact.signed" / f"{after['pact']}.yaml"
    assert copy.read_text(encoding="utf-8") == default_text("pact.yaml")


def test_the_change_log_of_a_new_text_names_the_change(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, role in (("Dana Fox", "marketing"), ("Omar Haddad", "sales")):
        said(capsys, "sign", "--as", name, "--role", role)
    file = folder / "pact.yaml"
    file.write_text(file.read_text("utf-8").replace("mql: 60", "mql: 50"), encoding="utf-8")
    assert "Points needed: 60 → 50" in said(capsys, "render", "--format", "md", "--out", "-")
    assert "Written: out/agreement.html" in said(capsys, "render", "--out", "out")
    assert "Points needed: 60 → 50" in (folder / "out" / "agreement.html").read_text("utf-8")


def test_an_altered_copy_is_not_taken_for_what_was_signed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, role in (("Dana Fox", "marketing"), ("Omar Haddad", "sales")):
        said(capsys, "sign", "--as", name, "--role", role)
    copy = next((folder / "pact.signed").iterdir())
    copy.write_text(copy.read_text("utf-8").replace("mql: 60", "mql: 40"), encoding="utf-8")
    file = folder / "pact.yaml"
    file.write_text(file.read_text("utf-8").replace("mql: 60", "mql: 50"), encoding="utf-8")
    text = said(capsys, "render", "--format", "md", "--out", "-")
    assert "40 → 50" not in text


def test_a_review_is_noted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "reviewed", "scoring", "--as", "Omar Haddad", "--note", "stays")
    assert "Noted: review of the scoring" in text
    assert 'kind: "scoring"' in (folder / "pact.signatures.yaml").read_text("utf-8")


def test_what_ships_cannot_be_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = said(capsys, "sign", "--as", "Dana Fox", "--role", "sales", code=2)
    assert "leadpact init" in text
    assert list(tmp_path.iterdir()) == []
