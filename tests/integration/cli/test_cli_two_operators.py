"""State that another program holds, or that was cut short; two operators at once; a mapping changed under a plan."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from tests.integration.cli.conftest import Shell

pytestmark = pytest.mark.soak


def test_a_state_that_another_program_holds_is_waited_for_or_told(shell: Shell) -> None:
    assert shell("provision").code == 0
    assert shell("plan").code == 0
    with closing(sqlite3.connect(shell.state(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ended = shell("sync")
        other.execute("ROLLBACK")
    assert ended.code in (4, 5), ended.err
    assert "Traceback" not in ended.err
    assert shell("apply", "--yes").code in (0, 1)


def test_a_state_that_may_only_be_read_stops_before_any_write(shell: Shell) -> None:
    assert shell("provision").code == 0
    assert shell("plan").code == 0
    with closing(sqlite3.connect(shell.state())) as state:
        state.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        state.execute(
            "CREATE TRIGGER read_only BEFORE INSERT ON runs BEGIN SELECT RAISE(ABORT, 'read-only'); END"
        )
        state.commit()
    ended = shell("apply", "--yes")
    assert ended.code == 5, ended.err
    assert "Traceback" not in ended.err


def test_a_state_that_was_cut_short_stops_and_says_so(shell: Shell) -> None:
    assert shell("plan").code == 0
    with closing(sqlite3.connect(shell.state())) as state:
        state.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = shell.state().read_bytes()
    shell.state().write_bytes(whole[: len(whole) // 2])
    for command in (("sync",), ("runs", "list")):
        ended = shell(*command)
        assert ended.code == 5, ended.err
        assert "Traceback" not in ended.err


def test_the_second_of_two_operators_is_told_that_the_plan_was_applied(shell: Shell) -> None:
    assert shell("provision").code == 0
    assert shell("plan").code == 0
    plan = shell("plan", "--json").json["plan"]
    assert shell("apply", plan, "--yes").code in (0, 1)
    ended = shell("apply", plan, "--yes")
    assert ended.code == 2
    assert "already" in ended.err


def test_a_plan_made_under_another_mapping_is_refused(shell: Shell) -> None:
    assert shell("provision").code == 0
    assert shell("init").code == 0
    plan = shell("plan", "--json").json["plan"]
    mapping = shell.folder / "mapping.yaml"
    text = mapping.read_text()
    mapping.write_text(
        text.replace(
            "    policy: hold\n    initial: hold\n",
            "    policy: system_of_record\n    initial: hold\n",
            1,
        )
    )
    assert mapping.read_text() != text
    ended = shell("apply", plan, "--yes")
    assert ended.code == 2, ended.err
    assert "mapping" in ended.err
