"""Names of fields that rows refer to by number, and plans' lines compressed.

Rows from before name their fields themselves, and may go on so.
"""

from __future__ import annotations

import zlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table, note in it that there are leads that name their fields themselves, and compress the lines."""
    op.create_table(
        "name_lists",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("known", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "number", name=op.f("pk_name_lists")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO name_lists (pair_id, number, names, known) SELECT DISTINCT pair_id, 0, '[]', '0' FROM links"
    )
    _compress_lines(op.get_bind())


def _compress_lines(connection: sa.Connection) -> None:
    plans = connection.execute(sa.text("SELECT * FROM plans ORDER BY pair_id, id")).mappings().all()
    op.drop_index(op.f("ix_plans_pair_id_created_at"), table_name="plans")
    op.drop_table("plans")
    op.create_table(
        "plans",
        *_words("pair_id", "id", "run_id"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        *_words("kind", "status"),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        *_words("pact_hash", "mapping_hash"),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_plans")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_plans_pair_id_created_at"), "plans", ["pair_id", "created_at"], unique=False
    )
    for plan in plans:
        kept = dict(plan) | {"lines": zlib.compress(plan["lines"].encode())}
        names = ", ".join(kept)
        values = ", ".join(f":{name}" for name in kept)
        connection.execute(sa.text(f"INSERT INTO plans ({names}) VALUES ({values})"), kept)  # noqa: S608


def _words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, _ID, nullable=False) for name in names]
