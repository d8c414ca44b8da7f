"""State kept at a clean stop is whole at the next start, and foreign state is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from tests.unit.sandbox_common.asgi import SmallCrm

from leadpact_sandbox.crms import EmulatedCrm
from leadpact_sandbox.keep import KeptState, KeptStateError
from leadpact_sandbox.world import Clock

THEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def crms() -> dict[str, EmulatedCrm]:
    return {"hubspot": SmallCrm(), "salesforce": SmallCrm()}


def keep(path: Path) -> None:
    """One run that edits a record, moves time, and stops."""
    pair = crms()
    pair["hubspot"].edit("people", "1", {"name": "Bo"}, "person:1")
    clock = Clock()
    clock.advance(90)
    KeptState(path, leads=10, seed=7).save(clock, THEN, pair)


def test_the_next_start_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keep(path)
    kept = KeptState(path, leads=10, seed=7)
    clock, pair = Clock(), crms()
    assert kept.as_of(datetime.now(UTC)) == THEN
    kept.restore(clock, pair)
    assert clock.offset.total_seconds() == 90
    assert pair["hubspot"].snapshot() == {"1": {"name": "Bo"}}
    assert pair["salesforce"].snapshot() == {"1": {"name": "Ada"}}


def test_the_first_start_has_nothing_to_take_up(tmp_path: Path) -> None:
    kept = KeptState(tmp_path / "state.json", leads=10, seed=7)
    clock, pair = Clock(), crms()
    assert kept.as_of(THEN) == THEN
    kept.restore(clock, pair)
    assert pair["hubspot"].snapshot() == {"1": {"name": "Ada"}}


def test_state_of_another_seed_is_refused_with_the_numbers_that_fit(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keep(path)
    with pytest.raises(KeptStateError, match="--leads 10 --seed 7"):
        KeptState(path, leads=10, seed=8)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 99}'])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    with pytest.raises(KeptStateError, match=r"state\.json"):
        KeptState(path, leads=10, seed=7)
    assert path.read_bytes() == content


def test_a_file_without_one_crm_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keep(path)
    kept = orjson.loads(path.read_bytes())
    del kept["salesforce"]
    path.write_bytes(orjson.dumps(kept))
    with pytest.raises(KeptStateError, match="damaged"):
        KeptState(path, leads=10, seed=7).restore(Clock(), crms())


def test_a_stop_that_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keep(path)
    before = path.read_bytes()
    pair = crms()
    pair["hubspot"].restore({"1": {"name": object()}})
    with pytest.raises(TypeError):
        KeptState(path, leads=10, seed=7).save(Clock(), THEN, pair)
    assert path.read_bytes() == before
