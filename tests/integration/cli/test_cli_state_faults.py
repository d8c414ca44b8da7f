"""A state that cannot be used: newer, of another pair, of other accounts, unwritable, disk full."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.integration.cli.conftest import Shell, until_quiet
from tests.integration.sandbox.conftest import RunningSandbox


def _change(state: Path, statement: str) -> None:
    with closing(sqlite3.connect(state)) as database:
        database.execute(statement)
        database.commit()


@contextmanager
def _no_room(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_state_of_a_newer_version_stops(shell: Shell) -> None:
    assert shell("plan").code == 0
    _change(shell.state(), "UPDATE alembic_version SET version_num = 'v9999'")
    for command in (("sync",), ("runs", "list"), ("review", "list")):
        ended = shell(*command)
        assert ended.code == 5
        assert "newer leadpact" in ended.err


def test_a_state_of_another_pair_is_refused(shell: Shell) -> None:
    assert shell("plan").code == 0
    for command in (("sync",), ("runs", "list")):
        ended = shell(*command, PAIR="another")
        assert ended.code == 2
        assert "belongs to the pair" in ended.err


def test_a_state_of_other_accounts_is_refused(shell: Shell) -> None:
    assert shell("plan").code == 0
    accounts = '{"hubspot":"999","salesforce":"00D000000000999AAA"}'
    _change(shell.state(), f"UPDATE pairs SET accounts = '{accounts}'")
    ended = shell("sync")
    assert ended.code == 2
    assert "999" in ended.err


def test_a_file_that_is_no_state_stops(shell: Shell) -> None:
    shell.state().parent.mkdir()
    shell.state().write_bytes(b"not a database, and longer than the header of one would be" * 20)
    assert shell("sync").code == 5


def test_a_state_that_cannot_be_written_stops(shell: Shell) -> None:
    (shell.folder / "file").write_text("")
    ended = shell("sync", STATE="file/state.db")
    assert ended.code == 5
    assert "cannot be written" in ended.err
    assert "what to do: What was agreed is kept" in ended.err


def test_no_state_yet_is_told_to_those_who_only_look(shell: Shell) -> None:
    ended = shell("runs", "list")
    assert ended.code == 2
    assert "leadpact sync" in ended.err
    assert not shell.state().exists()


def test_a_full_disk_stops_and_the_next_run_goes_on(shell: Shell, crms: RunningSandbox) -> None:
    assert shell("provision").code == 0
    assert shell("plan").code == 0
    log = shell.state().with_name(shell.state().name + "-wal")
    full = max(shell.state().stat().st_size, log.stat().st_size if log.exists() else 0)
    with _no_room(full + 40_000):
        ended = shell("apply", "--yes")
    assert ended.code == 5
    assert "cannot be written" in ended.err
    assert shell("apply", "--yes").code in (0, 1)
    until_quiet(shell, crms)
    rows = crms.salesforce(
        "GET",
        "/query",
        params={"q": "SELECT leadpact_lead_id__c FROM Lead WHERE leadpact_lead_id__c != null"},
    ).json()["records"]
    ids = [row["leadpact_lead_id__c"] for row in rows]
    assert len(ids) == len(set(ids)), "one Lead per lead"
