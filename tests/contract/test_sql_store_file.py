"""The SQLite state as a file: its rights, its versions, its faults, and two processes on it."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.state_rows import LASTS, NOW, at, full_link, hubspot, link_id, work

from leadpact.errors import FixSettings, LeaseLost, Stop
from leadpact.ports.state_store import StateChanges
from leadpact_app.store.sql import SqlStore

HOLD_THE_LEASE = """
import sys
from datetime import UTC, datetime, timedelta
from leadpact_app.store.sql import SqlStore
store = SqlStore.open(sys.argv[1], "pair-1")
lease = store.acquire("other", datetime(2026, 11, 21, 10, tzinfo=UTC), timedelta(hours=9))
print("held" if lease else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def _fill(file: Path, links: int = 1) -> None:
    store = SqlStore.open(file, "pair-1")
    store.bind({"hubspot": "4242"})
    store.commit(
        StateChanges(
            links=[full_link(number) for number in range(links)],
            sides=[hubspot("101", 0)],
            work=[work(0)],
            checkpoints={("hubspot", "contacts"): "abc"},
        ),
        None,
        NOW,
    )
    store.close()


def _read_all(file: Path) -> None:
    store = SqlStore.open(file, "pair-1")
    try:
        store.links([link_id(number) for number in range(200)])
    finally:
        store.close()


def test_what_was_committed_is_there_when_the_file_is_opened_again(file: Path) -> None:
    _fill(file)

    store = SqlStore.open(file, "pair-1")

    assert store.links([link_id(0)]) == {link_id(0): full_link(0)}
    assert store.sides([link_id(0)]) == {link_id(0): (hubspot("101", 0),)}
    assert list(store.due(NOW, 9)) == [work(0)]
    assert store.checkpoint("hubspot", "contacts") == "abc"
    with pytest.raises(FixSettings):
        store.bind({"hubspot": "4243"})
    store.close()


def test_only_its_owner_may_read_the_file(file: Path) -> None:
    before = os.umask(0)
    try:
        _fill(file)
        store = SqlStore.open(file, "pair-1")
        store.acquire("a", NOW, LASTS)
        store.commit(StateChanges(work=[work(2)]), None, NOW)
        beside = sorted(each.name for each in file.parent.iterdir())
        modes = {stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()}
        store.close()
    finally:
        os.umask(before)

    assert beside == ["state.db", "state.db-shm", "state.db-wal", "state.db.lock"]
    assert modes == {0o600}


def test_a_file_that_others_may_read_is_closed_to_them(file: Path) -> None:
    _fill(file)
    file.chmod(0o644)

    SqlStore.open(file, "pair-1").close()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_missing_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "state.db"
    _fill(file)

    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_log_is_written_ahead(file: Path) -> None:
    _fill(file)

    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_state_of_a_newer_version_is_refused_and_left_alone(file: Path) -> None:
    _fill(file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
        connection.execute("CREATE TABLE of_the_future (id)")
    connection.close()
    before = file.read_bytes()

    with pytest.raises(Stop, match="newer leadpact") as refused:
        SqlStore.open(file, "pair-1")

    assert refused.value.code == "state_newer"
    assert refused.value.exit_code == 5
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_told_as_damaged(file: Path) -> None:
    file.write_bytes(b"It was a dark and stormy night. " * 400)

    with pytest.raises(Stop, match="backup") as refused:
        SqlStore.open(file, "pair-1")

    assert refused.value.code == "state_damaged"


def test_a_file_cut_short_is_told_as_damaged(file: Path) -> None:
    _fill(file, links=200)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 3 // 4096 * 4096])

    with pytest.raises(Stop) as refused:
        _read_all(file)

    assert refused.value.code == "state_damaged"


def test_a_row_that_cannot_be_read_is_told_as_damaged(file: Path) -> None:
    _fill(file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE links SET body = substr(body, 1, 20)")
    connection.close()
    store = SqlStore.open(file, "pair-1")

    with pytest.raises(Stop) as refused:
        store.links([link_id(0)])

    assert refused.value.code == "state_damaged"
    store.close()


def test_the_database_of_another_program_is_not_touched(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()

    with pytest.raises(Stop, match="another program"):
        SqlStore.open(file, "pair-1")

    with sqlite3.connect(file) as connection:
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert names == [("recipes",)]


def test_a_state_of_another_pair_is_refused(file: Path) -> None:
    _fill(file)

    with pytest.raises(FixSettings, match="pair-1") as refused:
        SqlStore.open(file, "pair-2")

    assert refused.value.code == "state_of_another_pair"
    assert refused.value.exit_code == 2


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder is needed")

    with pytest.raises(Stop, match="cannot be written") as refused:
        SqlStore.open(tmp_path / "taken" / "state.db", "pair-1")

    assert refused.value.code == "state_unwritable"


def test_a_full_disk_stops_the_commit_and_keeps_what_was_there(file: Path) -> None:
    _fill(file)
    store = SqlStore.open(file, "pair-1")
    lease = store.acquire("a", NOW, LASTS)
    with store._transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    many = StateChanges(links=[full_link(number, base={}) for number in range(400)])

    with pytest.raises(Stop, match="free space") as refused:
        store.commit(many, lease, at(1), LASTS)

    assert refused.value.code == "state_unwritable"
    assert store.links([link_id(0), link_id(1)]) == {link_id(0): full_link(0)}
    store.close()


def test_a_state_that_turned_read_only_stops_the_commit(file: Path) -> None:
    _fill(file)
    store = SqlStore.open(file, "pair-1")
    with store._reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    with pytest.raises(Stop) as refused:
        store.commit(StateChanges(links=[full_link(7)]), None, NOW)

    assert refused.value.code == "state_unwritable"
    assert store.count("links", NOW) == 1
    store.close()


def test_a_backup_put_back_goes_on_from_there(file: Path, tmp_path: Path) -> None:
    _fill(file)
    backup = tmp_path / "backup.db"
    shutil.copy(file, backup)
    store = SqlStore.open(file, "pair-1")
    store.commit(StateChanges(links=[full_link(5)]), None, NOW)
    store.close()

    restored = SqlStore.open(backup, "pair-1")

    assert restored.count("links", NOW) == 1
    restored.close()


@pytest.mark.parametrize(
    "address", ["mysql://example.org/state", "://", "postgresql+nothing://example.org/x"]
)
def test_an_address_that_is_no_state_is_refused(address: str) -> None:
    with pytest.raises(FixSettings) as refused:
        SqlStore.open(address, "pair-1")

    assert refused.value.code == "state_address"


def test_two_handles_see_each_others_commits_and_share_one_lease(file: Path) -> None:
    one, two = SqlStore.open(file, "pair-1"), SqlStore.open(file, "pair-1")
    lease = one.acquire("one", NOW, LASTS)
    assert lease is not None
    one.commit(StateChanges(links=[full_link(1)]), lease, NOW)

    assert two.count("links", NOW) == 1
    assert two.acquire("two", at(1), LASTS) is None
    # Even a lease that ran out: the lock shows that its cycle still lives.
    assert two.acquire("two", at(9999), LASTS) is None
    one.release(lease)
    taken = two.acquire("two", at(2), LASTS)
    assert taken is not None
    assert taken.token > lease.token
    with pytest.raises(LeaseLost):
        one.commit(StateChanges(), lease, at(3))
    one.close()
    two.close()


def test_a_process_that_was_killed_does_not_keep_the_lease(file: Path) -> None:
    _fill(file)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LEASE, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    store = SqlStore.open(file, "pair-1")
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert store.acquire("mine", at(1), LASTS) is None
        store.commit(StateChanges(links=[full_link(3)]), None, at(1))
    finally:
        other.send_signal(signal.SIGKILL)
        other.communicate()

    lease = store.acquire("mine", at(2), LASTS)

    assert lease is not None
    assert lease.token == 2
    assert store.count("links", NOW) == 2
    store.close()


def test_two_processes_may_open_a_new_state_at_once(file: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD_THE_LEASE, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    lines = [each.stdout.readline() for each in racers if each.stdout is not None]
    for each in racers:
        each.communicate()

    assert sorted(lines) == ["held\n", "refused\n"]


def test_a_command_beside_a_running_sync_takes_no_log_from_under_it(file: Path) -> None:
    """A lock of this process on the file outlives a second handle, such as that of the day's calls."""
    _fill(file)
    sync = SqlStore.open(file, "pair-1")
    sync.commit(StateChanges(work=[work(1)]), None, NOW)
    SqlStore.open(file, "pair-1").close()
    look = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM work'))"
    seen = []
    for number in (2, 3):
        done = [sys.executable, "-c", look, str(file)]
        seen.append(subprocess.run(done, capture_output=True, text=True, check=True).stdout.strip())
        sync.commit(StateChanges(work=[work(number)]), None, NOW)
    sync.close()
    again = SqlStore.open(file, "pair-1")
    found = len(again.due(at(1e9), 99))
    again.close()
    assert (seen, found) == (["(2,)", "(3,)"], 4)
