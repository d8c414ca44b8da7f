"""What is PostgreSQL's own in the state: how a connection is made, who may change the schema, what its errors mean."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from leadpact.errors import FixSettings, LeadpactError, Stop, WaitUntil

READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Every verb that reads sees one snapshot."""
WRITING = {"isolation_level": "READ COMMITTED"}
"""Every transaction that writes takes the pair's row first, and so sees what the one before it left."""

CONNECTING = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "leadpact",
}
"""What libpq is told where the address says nothing of it: who went away is noticed within a minute."""

WAITING = {
    "lock_timeout": "10s",
    # A worker that is frozen within a commit must not keep the pair's row from the others.
    "idle_in_transaction_session_timeout": "20s",
    "transaction_timeout": "60s",
}
"""How long the server bears with a session; those that it does not know yet are left out."""

_SET = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s"
SCHEMA_LOCK = int.from_bytes(b"leadpact")

_NO_ENTRY = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry|role .* does not exist"
    r"|not permitted to log in"
)
_NO_DATABASE = re.compile(r"database .* does not exist")
_NO_ROOM = re.compile(r"too many clients|connection slots|too many connections")


def postgres_engine(url: URL) -> Engine:
    """An engine for a state on PostgreSQL; nothing is connected yet.

    Raises:
        ImportError, ArgumentError: the driver is missing, or the address names another.
    """
    told = {name: value for name, value in CONNECTING.items() if name not in url.query}
    engine = create_engine(
        url, paramstyle="format", pool_pre_ping=True, hide_parameters=True, connect_args=told
    )

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _: object) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.executemany(_SET, [(value, name) for name, value in WAITING.items()])
            connection.commit()
        except connection.Error as error:
            raise OperationalError(_SET, None, error) from error

    return engine


def keep_schema_to_oneself(connection: Connection) -> None:
    """Wait until no other process changes the schema; lasts as long as the connection, which no one else may get."""
    connection.exec_driver_sql(
        "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'"
    )
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({SCHEMA_LOCK})")
    connection.commit()


def check_encoding(connection: Connection, where: str) -> None:
    """Names of people come in every script.

    Raises:
        FixSettings: code ``state_address``, for a database that keeps only some.
    """
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise FixSettings(
            f"The database at {where} keeps text as {encoding}; make one with ENCODING 'UTF8'.",
            code="state_address",
        )


def told_by_postgres(error: DBAPIError, where: str) -> LeadpactError:
    """What the server or libpq said, by remedy. The server's own details stay out: they quote rows."""
    cause: Any = error.orig
    state = getattr(cause, "sqlstate", None)
    said = getattr(getattr(cause, "diag", None), "message_primary", None)
    if state is None:
        return _not_connected(error, str(cause).strip().partition("\n")[0], where)
    detail = f"{state}: {said or type(cause).__name__}"
    if state in ("53100", "25006", "42501"):
        why = {
            "53100": "its disk is full",
            "25006": "it is read-only; name the primary server",
            "42501": "its user lacks the right to",
        }[state]
        return Stop(
            f"The state at {where} cannot be written: {why}.",
            code="state_unwritable",
            detail=detail,
        )
    if state.startswith("28"):
        return _no_entry(where, detail)
    if state in ("3D000", "3F000"):
        return _no_database(where, detail)
    if state.startswith("XX00"):
        return Stop(
            f"The state at {where} is damaged. Put its last backup back, or name an empty database "
            "and let a first sync find the links again.",
            code="state_damaged",
            detail=detail,
        )
    # 25P: this process stood still within a transaction, and the server ended its session.
    if state.startswith(("08", "57P", "25P")):
        return _unreachable(where, detail)
    # Serialization, locks, room: the transaction was undone and may be tried again.
    if state.startswith(("40", "53", "55P")) or state == "57014":
        return _busy(where, detail)
    return Stop(
        f"The state at {where} refused a statement of leadpact's.",
        code="state_refused",
        detail=detail,
    )


def _not_connected(error: DBAPIError, said: str, where: str) -> LeadpactError:
    """Libpq gives no code for a connection that was refused, only the server's words."""
    if _NO_ENTRY.search(said):
        return _no_entry(where, said)
    if _NO_DATABASE.search(said):
        return _no_database(where, said)
    if _NO_ROOM.search(said):
        return _busy(where, said)
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return _unreachable(where, said)
    return FixSettings(
        f"The state's address {where} is not understood by PostgreSQL's client.",
        code="state_address",
        detail=said,
    )


def _no_entry(where: str, detail: str) -> FixSettings:
    return FixSettings(
        f"The state at {where} lets nobody in under this name and password; set LEADPACT_STATE anew.",
        code="state_sign_in",
        detail=detail,
    )


def _no_database(where: str, detail: str) -> FixSettings:
    return FixSettings(
        f"There is no database at {where}; make an empty one (createdb), or name another.",
        code="state_address",
        detail=detail,
    )


def _unreachable(where: str, detail: str) -> WaitUntil:
    return WaitUntil(
        f"The state at {where} cannot be reached now; try again later.",
        code="state_unreachable",
        detail=detail,
    )


def _busy(where: str, detail: str) -> WaitUntil:
    return WaitUntil(
        f"Other programs keep the state at {where} busy; try again in a moment.",
        seconds=10,
        code="state_busy",
        detail=detail,
    )
