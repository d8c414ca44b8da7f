"""Changing tokens in the state: sealed, one turn at a time, in SQLite and PostgreSQL alike."""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from leadpact.errors import FixSettings, WaitUntil
from leadpact_app.store.vault import StateVault

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.urlsafe_b64encode(bytes(range(224, 256))).decode()
MINUTE = timedelta(minutes=1)


@dataclass
class Time:
    at: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


def vault(state: str, key: str = KEY, clock: Time | None = None) -> StateVault:
    return StateVault(state, "pair-1", SecretStr(key), clock or Time())


def put(state: str, text: str, source: str = "s", key: str = KEY) -> None:
    with vault(state, key).turn("hubspot", source, MINUTE) as turn:
        turn.store(text)


def get(state: str, source: str = "s", key: str = KEY) -> str | None:
    with vault(state, key).turn("hubspot", source, MINUTE) as turn:
        return turn.load()


def test_what_is_stored_is_there_for_the_next_and_replaced_by_it(state: str) -> None:
    assert get(state) is None
    put(state, "first")
    put(state, "second")
    assert get(state) == "second"


def test_another_sign_in_sees_nothing_of_it(state: str) -> None:
    put(state, "mine")
    assert get(state, source="other") is None


def test_a_turn_is_one_at_a_time_and_waiting_ends(state: str) -> None:
    clock = Time()
    with vault(state).turn("hubspot", "s", MINUTE):
        begun = clock.now()
        with (
            pytest.raises(WaitUntil) as told,
            vault(state, clock=clock).turn("hubspot", "s", MINUTE),
        ):
            pass
        assert told.value.code == "signing_in"
        assert told.value.until == begun + MINUTE
        assert sum(clock.slept) <= 2
        with vault(state).turn("hubspot", "other", MINUTE):
            pass


def test_the_turn_of_one_that_died_is_over_after_its_time(state: str) -> None:
    late = Time(Time().at + MINUTE)
    with vault(state).turn("hubspot", "s", MINUTE) as dead:
        dead.store("left behind")
        with vault(state, clock=late).turn("hubspot", "s", MINUTE) as turn:
            assert turn.load() == "left behind"


def test_a_turn_that_failed_is_free_at_once(state: str) -> None:
    with pytest.raises(ZeroDivisionError), vault(state).turn("hubspot", "s", MINUTE):
        raise ZeroDivisionError
    clock = Time()
    with vault(state, clock=clock).turn("hubspot", "s", MINUTE):
        assert clock.slept == []


def test_another_key_is_a_matter_of_settings_and_a_former_one_still_reads(state: str) -> None:
    put(state, "text")
    with pytest.raises(FixSettings) as told:
        get(state, key=OTHER)
    assert told.value.code == "state_key_wrong"
    assert get(state, key=f"{OTHER}, {KEY}") == "text"
    put(state, "again", key=f"{OTHER},{KEY}")
    assert get(state, key=OTHER) == "again"


def test_the_file_holds_no_word_of_it_and_no_row_can_be_put_in_anothers_place(
    tmp_path: Path,
) -> None:
    state = str(tmp_path / "state.db")
    put(state, "eu1-refresh", source="a")
    put(state, "eu1-second", source="b")
    with closing(sqlite3.connect(state)) as file:
        dump = "\n".join(file.iterdump())
        assert "eu1-" not in dump
        assert KEY not in dump
        sealed = file.execute("SELECT sealed FROM sign_ins WHERE source = 'a'").fetchone()
        file.execute("UPDATE sign_ins SET sealed = ? WHERE source = 'b'", sealed)
        file.commit()
    with pytest.raises(FixSettings, match="cannot be read"):
        get(state, source="b")


@pytest.mark.parametrize("key", ["short", "", ",", "!" * 44, base64.b64encode(b"x" * 31).decode()])
def test_what_is_no_key_is_refused_with_how_to_make_one(tmp_path: Path, key: str) -> None:
    with pytest.raises(FixSettings) as told:
        vault(str(tmp_path / "state.db"), key)
    assert told.value.code == "state_key_malformed"
    if key.strip(","):
        assert "openssl rand -base64 32" in told.value.message
        assert key not in told.value.message
