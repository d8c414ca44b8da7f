"""What PostgreSQL refuses, by remedy: each ends with one sentence, no password and nobody's data in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.postgres import Postgres
from tests.contract.state_rows import LASTS, NOW, at, full_link, link_id

from leadpact.errors import FixSettings, LeadpactError, Stop, WaitUntil
from leadpact.ports.state_store import StateChanges
from leadpact_app.store import postgres as own
from leadpact_app.store.budget import StoredBudget
from leadpact_app.store.sql import SqlStore

ONE = StateChanges(links=[full_link(1)])
RAISE = """
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {} RETURN NULL; END $$
"""
AT_ONCE = "CREATE TRIGGER refuse AFTER INSERT ON links FOR EACH ROW EXECUTE FUNCTION refuse()"
AT_THE_END = """
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON links
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
"""
GONE = "PERFORM pg_terminate_backend(pg_backend_pid());"


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    with postgres.database() as name:
        yield name
        postgres.run("DROP FUNCTION IF EXISTS refuse CASCADE", database=name)


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """The name of a database without any table."""
    name = postgres.make()
    yield name
    postgres.drop(name)


@pytest.fixture
def store(postgres: Postgres, database: str) -> Iterator[SqlStore]:
    opened = SqlStore.open(postgres.url(database), "pair-1")
    yield opened
    opened.close()


@pytest.fixture
def role(postgres: Postgres) -> Iterator[str]:
    """A user with a password who may do nothing."""
    place = Path(postgres.run("SHOW hba_file")[0][0])
    before = place.read_text()
    place.write_text(f"local all weak scram-sha-256\n{before}")
    postgres.run("CREATE ROLE weak LOGIN PASSWORD 'right:secret'", "SELECT pg_reload_conf()")
    yield "weak"
    place.write_text(before)
    postgres.run("DROP ROLE weak", "SELECT pg_reload_conf()")


def refused(address: str) -> LeadpactError:
    with pytest.raises(LeadpactError) as caught:
        SqlStore.open(address, "pair-1").close()
    return caught.value


def raising(postgres: Postgres, database: str, what: str, when: str = AT_ONCE) -> None:
    postgres.run(RAISE.format(what), when, database=database)


@pytest.mark.parametrize(
    ("state", "kind", "code", "word"),
    [
        ("53100", Stop, "state_unwritable", "disk is full"),
        ("25006", Stop, "state_unwritable", "read-only"),
        ("42501", Stop, "state_unwritable", "lacks the right"),
        ("40001", WaitUntil, "state_busy", "busy"),
        ("40P01", WaitUntil, "state_busy", "busy"),
        ("55P03", WaitUntil, "state_busy", "busy"),
        ("53200", WaitUntil, "state_busy", "busy"),
        ("57014", WaitUntil, "state_busy", "busy"),
        ("57P01", WaitUntil, "state_unreachable", "try again later"),
        ("XX001", Stop, "state_damaged", "backup"),
        ("23505", Stop, "state_refused", "refused a statement"),
    ],
)
def test_a_refused_commit_is_told_by_remedy_and_writes_nothing(
    postgres: Postgres,
    database: str,
    store: SqlStore,
    state: str,
    kind: type[LeadpactError],
    code: str,
    word: str,
) -> None:
    lease = store.acquire("a", NOW, LASTS)
    detail = (
        "RAISE EXCEPTION 'no' USING ERRCODE = '{}', DETAIL = 'Failing row contains ada@x.example';"
    )
    raising(postgres, database, detail.format(state))

    with pytest.raises(kind, match=word) as told:
        store.commit(ONE, lease, at(1), LASTS)

    assert told.value.code == code
    assert told.value.detail == f"{state}: no"
    assert "ada" not in f"{told.value}{told.value.detail}"
    assert store.page_of_links("", 9) == []


@pytest.mark.parametrize("when", [AT_ONCE, AT_THE_END])
def test_a_server_gone_in_the_middle_of_a_commit_is_waited_for(
    postgres: Postgres, database: str, store: SqlStore, when: str
) -> None:
    lease = store.acquire("a", NOW, LASTS)
    raising(postgres, database, GONE, when)

    with pytest.raises(WaitUntil) as told:
        store.commit(ONE, lease, at(1), LASTS)

    assert (told.value.code, told.value.exit_code) == ("state_unreachable", 4)
    assert store.page_of_links("", 9) == []
    postgres.run("DROP FUNCTION refuse CASCADE", database=database)
    store.commit(ONE, lease, at(2), LASTS)
    assert store.page_of_links("", 9) == [link_id(1)]


def test_sessions_that_the_server_ended_between_two_verbs_are_begun_anew(
    postgres: Postgres, database: str, store: SqlStore
) -> None:
    lease = store.acquire("a", NOW, LASTS)
    ended = postgres.run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        f"WHERE datname = '{database}' AND pid <> pg_backend_pid()"
    )
    assert ended

    store.commit(ONE, lease, at(1), LASTS)

    assert store.count("links", NOW) == 1


def test_a_lock_that_is_not_freed_is_not_waited_for_without_end(
    postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(own.WAITING, "lock_timeout", "50ms")
    one = SqlStore.open(postgres.url(database), "pair-1")
    two = SqlStore.open(postgres.url(database), "pair-1")
    one.bind({"hubspot": "1"})
    with one._transaction() as connection:
        one._wait_for_others(connection)
        with pytest.raises(WaitUntil) as told:
            two.commit(ONE, None, NOW)

    assert told.value.code == "state_busy"
    one.close()
    two.close()


def test_no_server_is_an_outage(tmp_path: Path) -> None:
    for place in (
        f"postgresql+psycopg:///state?host={tmp_path}",
        "postgresql+psycopg://127.0.0.1:1/state",
    ):
        told = refused(place)
        assert (type(told), told.code) == (WaitUntil, "state_unreachable")


def test_a_wrong_password_is_a_wrong_setting(postgres: Postgres, database: str, role: str) -> None:
    address = postgres.url(database, username=role, password="wrong:secret")

    told = refused(address)

    assert (type(told), told.code) == (FixSettings, "state_sign_in")
    assert "secret" not in f"{told}{told.detail}{told.__cause__}"
    assert "weak:***@" in str(told)


def test_a_password_in_the_query_is_not_told_either(
    postgres: Postgres, database: str, role: str
) -> None:
    address = f"{postgres.url(database, username=role)}&password=wrong:secret"

    told = refused(address)

    assert told.code == "state_sign_in"
    assert "secret" not in f"{told}{told.detail}{told.__cause__}"


def test_an_unknown_user_is_a_wrong_setting(postgres: Postgres, database: str) -> None:
    assert refused(postgres.url(database, username="nobody")).code == "state_sign_in"


def test_a_user_who_may_make_no_tables_is_told_so(
    postgres: Postgres, empty: str, role: str
) -> None:
    told = refused(postgres.url(empty, username=role, password="right:secret"))

    assert (type(told), told.code) == (Stop, "state_unwritable")
    assert "lacks the right" in str(told)


def test_a_user_who_may_only_read_is_told_so(postgres: Postgres, database: str, role: str) -> None:
    postgres.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}", database=database)
    reader = SqlStore.open(postgres.url(database, username=role, password="right:secret"), "pair-1")

    with pytest.raises(Stop, match="lacks the right"):
        reader.commit(ONE, None, NOW)

    assert reader.count("links", NOW) == 0
    reader.close()
    postgres.run(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", database=database)


def test_a_standby_is_told_to_be_read_only(postgres: Postgres, database: str) -> None:
    postgres.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    store = SqlStore.open(postgres.url(database), "pair-1")

    with pytest.raises(Stop, match="primary"):
        store.commit(ONE, None, NOW)

    store.close()
    postgres.run(
        "SET default_transaction_read_only = off",
        f"ALTER DATABASE {database} RESET default_transaction_read_only",
    )


def test_too_many_sessions_are_waited_for(postgres: Postgres, database: str, role: str) -> None:
    postgres.run(f"ALTER ROLE {role} CONNECTION LIMIT 0")

    told = refused(postgres.url(database, username=role, password="right:secret"))

    assert (type(told), told.code) == (WaitUntil, "state_busy")


def test_a_database_that_is_not_there_is_a_wrong_address(postgres: Postgres) -> None:
    told = refused(postgres.url("nowhere"))

    assert (type(told), told.code) == (FixSettings, "state_address")
    assert "createdb" in str(told)


def test_an_option_that_nobody_knows_is_a_wrong_address(postgres: Postgres, database: str) -> None:
    assert refused(f"{postgres.url(database)}&colour=blue").code == "state_address"


def test_a_database_of_few_letters_is_refused(postgres: Postgres) -> None:
    postgres.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")

    told = refused(postgres.url("latin"))

    assert (type(told), told.code) == (FixSettings, "state_address")
    assert "LATIN1" in str(told)
    assert (
        postgres.run("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", database="latin") == []
    )
    postgres.drop("latin")


def test_the_database_of_another_program_is_not_touched(postgres: Postgres, empty: str) -> None:
    postgres.run("CREATE TABLE recipes (name text)", database=empty)

    assert refused(postgres.url(empty)).code == "state_of_another_program"
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert postgres.run(tables, database=empty) == [("recipes",)]


def test_a_state_of_a_newer_version_is_refused(postgres: Postgres, empty: str) -> None:
    SqlStore.open(postgres.url(empty), "pair-1").close()
    postgres.run("UPDATE alembic_version SET version_num = '0999'", database=empty)

    assert refused(postgres.url(empty)).code == "state_newer"


def test_a_row_that_cannot_be_read_is_told_as_damaged(
    postgres: Postgres, database: str, store: SqlStore
) -> None:
    store.commit(ONE, None, NOW)
    postgres.run("UPDATE links SET body = left(body, 20)", database=database)

    with pytest.raises(Stop) as told:
        store.links([link_id(1)])

    assert told.value.code == "state_damaged"


def test_the_days_budget_goes_on_in_memory_without_its_server(
    postgres: Postgres, database: str
) -> None:
    budget = StoredBudget.open(postgres.url(database), {"hubspot": "1"}, lambda: NOW, share=0.9)
    budget.correct("hubspot", limit=1_000, remaining=1_000, resets_at=at(3600))
    budget.spend("hubspot")
    postgres.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
    postgres.run(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'"
    )

    budget.spend("hubspot", 800)
    with pytest.raises(WaitUntil):
        budget.spend("hubspot", 200)

    postgres.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    budget.close()
    rows = postgres.run("SELECT spent FROM day_budgets", database=database)
    assert rows == [(801,)]
