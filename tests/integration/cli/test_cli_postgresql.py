"""The commands with their state on PostgreSQL, from nothing to two CRMs that agree."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url
from tests.contract.postgres import Postgres
from tests.integration.cli.conftest import Shell, until_quiet
from tests.integration.sandbox.conftest import RunningSandbox

PEOPLE = 12
PASSWORD = "correct-horse"


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """The address, with a password, of a database without any table."""
    name = postgres.make()
    yield postgres.url(name, password=PASSWORD)
    postgres.drop(name)


def test_the_whole_way(
    shell: Shell,
    crms: RunningSandbox,
    empty: str,
    postgres: Postgres,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    shell.settings["STATE"] = empty
    said = []
    for code, *command in (
        (0, "provision"),
        (6, "sync"),
        (0, "apply", "--yes"),
        (0, "sync"),
        (0, "runs", "list"),
        (0, "check"),
        (0, "failures", "list"),
    ):
        ended = shell("--verbose", *command)
        assert ended.code in (code, 1 if "apply" in command else code), ended.err
        said += [ended.out, ended.err]
    until_quiet(shell, crms)

    database = make_url(empty).database or ""
    linked = postgres.run("SELECT count(*) FROM links WHERE status = 'live'", database=database)
    assert linked[0][0] >= PEOPLE
    assert not shell.state().exists()
    assert "postgres:***@" in "".join(said)
    assert PASSWORD not in "".join(said) + caplog.text


def test_a_state_that_cannot_be_reached_waits_and_tells_no_password(shell: Shell) -> None:
    address = f"postgresql+psycopg://leadpact:{PASSWORD}@127.0.0.1:1/state"

    for command in (("sync",), ("runs", "list"), ("check",)):
        ended = shell("--verbose", *command, STATE=address)
        assert ended.code == 4, ended.err
        assert "try again later" in ended.err
        assert PASSWORD not in ended.out + ended.err


def test_a_wrong_address_is_a_wrong_setting(shell: Shell, postgres: Postgres) -> None:
    ended = shell("sync", STATE=postgres.url("nowhere", password=PASSWORD))

    assert ended.code == 2
    assert "createdb" in ended.err
    assert PASSWORD not in ended.out + ended.err
