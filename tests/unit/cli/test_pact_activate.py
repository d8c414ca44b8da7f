"""`pact diff` and `pact activate` on a state of its own: what is shown, what is kept, what is refused (R22)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.documents_once import documents_once

from leadpact.model.decided import Activation
from leadpact.model.link import Link
from leadpact.model.record import Scalar
from leadpact.model.scorecard import Signal
from leadpact.model.stage import StageState
from leadpact.pact import load_pact
from leadpact.ports.state_store import StateChanges
from leadpact_app.cli.entry import run
from leadpact_app.store.sql import SqlStore
from leadpact_mappings import default_text

NOW = datetime.now(UTC)
TEXT = default_text("pact.yaml")
LOOSER = TEXT.replace("mql: 60", "mql: 50")
STATE = Path(".leadpact/state.db")


@pytest.fixture(scope="module", autouse=True)
def _documents_once() -> Iterator[None]:
    with documents_once():
        yield


@contextmanager
def opened() -> Iterator[SqlStore]:
    store = SqlStore.open(str(STATE), "default")
    try:
        yield store
    finally:
        store.close()


def link(number: int, title: str = "Marketing Manager", stage: str = "lead") -> Link:
    """35 points of fit; 20 of a webinar make 55 of them, a demo page besides 80."""
    base: dict[str, Scalar] = {
        "title": title,
        "employees": 120,
        "email": f"ann{number}@acme.example",
    }
    state = StageState(stage, NOW - timedelta(days=9))
    return Link(f"{number:08d}-0000-5000-8000-000000000000", base=base, stage=state, adopted=True)


def act(one: Link, name: str, number: int = 0) -> Signal:
    return Signal(
        f"{number:08d}{one.id[:8]}", one.id, name, NOW - timedelta(days=5), source="hubspot.x"
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pair of five leads that runs the agreement that ships; its file says 50 points are enough."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leadpact.yaml").write_text("pact: pact.yaml\n", encoding="utf-8")
    (tmp_path / "pact.yaml").write_text(LOOSER, encoding="utf-8")
    running = load_pact(TEXT)
    people = [
        link(1),
        link(2),
        link(3, title="Student"),
        link(4, stage="mql"),
        link(5, stage="recycled"),
    ]
    acts = [act(one, "webinar", 1) for one in people]
    acts.append(act(people[1], "sequence_email_opened", 2))
    STATE.parent.mkdir()
    with opened() as store:
        store.commit(
            StateChanges(
                links=people,
                signals=acts,
                activations=[
                    Activation("a", NOW - timedelta(days=9), running.hash, "1.0", "first", TEXT)
                ],
            ),
            None,
            NOW,
        )
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    ended = run(["pact", *arguments])
    shown = capsys.readouterr()
    assert ended == code, shown.err
    return shown.out + shown.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run(["pact", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def sign(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "sign", "--as", "Dana Fox", "--role", "marketing")
    said(capsys, "sign", "--as", "Omar Haddad", "--role", "sales")


def test_diff_tells_what_changes_in_the_file_and_for_the_leads(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "diff")
    assert [one["says"] for one in found["differences"]] == ["Points needed: 60 → 50"]
    leads = found["leads"]
    # Both leads of 55 points, the MQL and the recycled one; the student has 35 - 30 + 20 points.
    assert (leads["leads"], leads["gained"], leads["lost"]) == (5, 4, 0)
    assert leads["moves_if_reassessed"] == [{"from": "lead", "to": "mql", "leads": 2}]
    shown = said(capsys, "diff")
    assert "Points needed: 60 → 50" in shown
    assert "4 qualify for MQL newly; 0 would not qualify any more." in shown
    with opened() as store:
        assert store.due(NOW + timedelta(days=99), 10) == []


def test_a_stricter_one_demotes_nobody(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strict = folder / "strict.yaml"
    strict.write_text(TEXT.replace("mql: 60", "mql: 40"), encoding="utf-8")
    found = told(capsys, "diff", "--against", "strict.yaml")["leads"]
    assert (found["gained"], found["lost"], found["lost_but_stay"]) == (0, 0, 0)
    (folder / "pact.yaml").write_text(TEXT, encoding="utf-8")
    strict.write_text(LOOSER, encoding="utf-8")
    found = told(capsys, "diff", "--against", "strict.yaml")["leads"]
    assert (found["gained"], found["lost"], found["lost_but_stay"]) == (0, 4, 1)
    assert found["moves_if_reassessed"] == []


def test_it_takes_effect_when_both_have_signed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "signed by nobody" in said(capsys, "activate", code=2)
    said(capsys, "sign", "--as", "Dana Fox", "--role", "marketing")
    assert "signed by marketing" in said(capsys, "activate", code=2)
    said(capsys, "sign", "--as", "Omar Haddad", "--role", "sales")
    shown = said(capsys, "activate", "--yes")
    assert "2 leads would be judged otherwise; they move when something happens" in shown
    with opened() as store:
        latest = store.activations(1)[0]
        assert (latest.how, latest.text, latest.moves) == ("evidence", LOOSER, {})
        assert [one.cause for one in store.due(datetime.now(UTC), 10)] == ["pact"] * 5
    assert "runs already" in said(capsys, "activate", code=2)


def test_reassessed_leads_move_so_many_a_day_the_hottest_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened() as store:
        hotter = [act(link(2), "pricing_page", 7)]
        store.commit(StateChanges(signals=hotter), None, NOW)
    file = folder / "pact.yaml"
    # 40 points under the first agreement's neither; 75 of the second lead are over 60 already.
    file.write_text(LOOSER, encoding="utf-8")
    made = told(capsys, "activate", "--yes", "--reassess", "--daily-cap", "1", "--unsigned")
    assert (made["how"], made["daily_cap"], made["to_move"]) == ("reassess", 1, 2)
    with opened() as store:
        latest = store.activations(1)[0]
    days = {key[:8]: (at - latest.at).days for key, at in latest.moves.items()}
    assert days == {"00000002": 0, "00000001": 1}


def test_a_cycle_at_work_is_waited_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened() as store:
        assert store.acquire("a cycle", datetime.now(UTC), timedelta(minutes=5))
        assert "has this pair; its lease" in said(capsys, "activate", "--unsigned", "--yes", code=4)
        assert len(store.activations(9)) == 1


def test_the_pact_commands_say_what_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "show")
    assert found["running"] == load_pact(TEXT).hash
    assert {one["code"] for one in found["warnings"]} == {"not_signed", "not_activated"}
    assert "does not run yet" in said(capsys, "show")


@pytest.mark.parametrize(
    ("against", "said_"),
    [("last-signed", "No other agreement was signed"), ("gone.yaml", "gone.yaml cannot be read")],
)
def test_what_cannot_be_compared_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], against: str, said_: str
) -> None:
    assert said_ in said(capsys, "diff", "--against", against, code=2)


def test_before_the_first_sync_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "first sync" in said(capsys, "activate", code=2)
    assert "No agreement runs yet" in said(capsys, "diff", code=2)
    assert list(tmp_path.iterdir()) == []
