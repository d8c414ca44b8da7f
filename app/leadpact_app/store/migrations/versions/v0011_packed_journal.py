"""What ended stands in packs, and two histories in their key's own tree."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import blake2b
from itertools import groupby
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_LEADS = 200
"""Leads of one pack, as many as a page of a cycle has."""


def upgrade() -> None:
    """Make the tables, carry over what ended, and take away what they replace."""
    op.create_table(
        "journal_packs",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("writes_at", sa.BigInteger(), nullable=True),
        sa.Column("results_at", sa.BigInteger(), nullable=True),
        sa.Column("leads", sa.LargeBinary(), nullable=False),
        sa.Column("writes", sa.LargeBinary(), nullable=True),
        sa.Column("results", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "number", name=op.f("pk_journal_packs")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_journal_packs_pair_id_run_id"),
        "journal_packs",
        ["pair_id", "run_id"],
        unique=False,
    )
    op.create_table(
        "journal_leads",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("lead", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "lead", "number", name=op.f("pk_journal_leads")),
        sqlite_with_rowid=False,
    )
    _carry_over(op.get_bind())
    op.drop_index("ix_intents_open", table_name="intents")
    op.drop_index(op.f("ix_intents_pair_id_run_id"), table_name="intents")
    op.drop_table("outcomes")
    if op.get_bind().dialect.name == "sqlite":
        _into_their_key("transitions", _TRANSITIONS, ("pair_id", "link_id", "id"))
        _into_their_key("decided_scores", _DECIDED, ("pair_id", "link_id", "at"))


def _carry_over(connection: sa.Connection) -> None:
    """Closed writes and all outcomes, by run and 200 leads each; the oldest run has the smallest numbers."""
    runs = connection.execute(
        sa.text(
            "SELECT t.pair_id, t.run_id FROM (SELECT pair_id, run_id FROM intents UNION "
            "SELECT pair_id, run_id FROM outcomes) t LEFT JOIN runs r ON r.pair_id = t.pair_id AND r.id = t.run_id "
            "ORDER BY t.pair_id, coalesce(r.started_at, 0), t.run_id"
        )
    ).all()
    for pair, group in groupby(runs, key=lambda row: row[0]):
        number = 0
        for _pair, run in group:
            for leads in _pages(connection, pair, run):
                number += 1
                _put(connection, pair, run, number, leads)
    connection.execute(sa.text("DELETE FROM intents WHERE state NOT IN ('open', 'cleared')"))


def _pages(connection: sa.Connection, pair: str, run: str) -> Iterator[list[str]]:
    asked = {"pair": pair, "run": run}
    ids = [
        row[0]
        for row in connection.execute(
            sa.text(
                "SELECT link_id FROM intents WHERE pair_id = :pair AND run_id = :run "
                "AND state NOT IN ('open', 'cleared') "
                "UNION SELECT link_id FROM outcomes WHERE pair_id = :pair AND run_id = :run"
            ),
            asked,
        )
    ]
    ids.sort()
    for start in range(0, len(ids), _LEADS):
        yield ids[start : start + _LEADS]


def _put(connection: sa.Connection, pair: str, run: str, number: int, leads: list[str]) -> None:
    among: sa.BindParameter[Any] = sa.bindparam("leads", expanding=True)
    asked = {"pair": pair, "run": run, "leads": leads}
    writes = connection.execute(
        sa.text(
            "SELECT link_id, id, crm, kind, record_id, op, state, created_at, closed_at, attempts, body FROM intents "
            "WHERE pair_id = :pair AND link_id IN :leads AND run_id = :run "
            "AND state NOT IN ('open', 'cleared') ORDER BY link_id, id"
        ).bindparams(among),
        asked,
    ).all()
    results = connection.execute(
        sa.text(
            "SELECT link_id, crm, result, at, cause, fields FROM outcomes "
            "WHERE pair_id = :pair AND run_id = :run AND link_id IN :leads ORDER BY link_id, crm"
        ).bindparams(among),
        asked,
    ).all()
    writing = list(dict.fromkeys(row[0] for row in writes))
    named = set(writing)
    parts = [writing, [one for one in leads if one not in named]]
    at = {link_id: place for place, link_id in enumerate((*parts[0], *parts[1]))}
    kept_writes = [(at[row[0]], *row[1:10], orjson.Fragment(row[10])) for row in writes]
    kept_results = [
        (at[row[0]], *row[1:5], orjson.loads(row[5]) if row[5] else []) for row in results
    ]
    connection.execute(
        sa.text(
            "INSERT INTO journal_packs (pair_id, number, run_id, writes_at, results_at, leads, writes, results) "
            "VALUES (:pair, :number, :run, :writes_at, :results_at, :leads, :writes, :results)"
        ),
        {
            "pair": pair,
            "number": number,
            "run": run,
            "writes_at": max((row[7] for row in writes), default=None),
            "results_at": max((row[3] for row in results), default=None),
            "leads": _squeezed(parts),
            "writes": _squeezed(kept_writes) if writes else None,
            "results": _squeezed(kept_results) if results else None,
        },
    )
    connection.execute(
        sa.text("INSERT INTO journal_leads (pair_id, lead, number) VALUES (:pair, :lead, :number)"),
        [{"pair": pair, "lead": _number(one), "number": number} for one in leads],
    )


def _squeezed(value: Any) -> bytes:
    return zlib.compress(orjson.dumps([tuple(one) for one in value]), 6)


def _number(link_id: str) -> int:
    return int.from_bytes(blake2b(link_id.encode(), digest_size=8).digest(), "big", signed=True)


def _words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, _ID, nullable=False) for name in names]


_TRANSITIONS = [
    *_words("pair_id", "link_id", "id"),
    sa.Column("at", sa.BigInteger(), nullable=False),
    sa.Column("position", sa.Integer(), nullable=False),
    *_words("result", "from_stage", "to_stage", "actor", "crm"),
    sa.Column("why", sa.Text(), nullable=False),
    *_words("reason"),
    sa.Column("episode", sa.Integer(), nullable=False),
    *_words("pact_hash", "run_id"),
    sa.Column("said_at", sa.BigInteger(), nullable=True),
    *_words("signal_id", "intent"),
]
_DECIDED = [
    *_words("pair_id", "link_id"),
    sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
    *_words("pact_hash"),
    sa.Column("body", sa.Text(), nullable=False),
]


def _into_their_key(name: str, columns: list[sa.Column[Any]], key: tuple[str, ...]) -> None:
    """On SQLite the rows stand in the tree of their key, which saves them a second one."""
    op.rename_table(name, f"{name}_before")
    op.create_table(
        name,
        *columns,
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )
    names = ", ".join(f'"{column.name}"' for column in columns)
    op.execute(
        f"INSERT INTO {name} ({names}) SELECT {names} FROM {name}_before ORDER BY {', '.join(key)}"  # noqa: S608
    )
    op.drop_table(f"{name}_before")
