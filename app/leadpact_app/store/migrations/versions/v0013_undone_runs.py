"""Which run an undo puts back, as a column of its own.

Before, it stood in the undo's note alone.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NOTE = "Undo of run "
"""How the note of an undo began; the id of the run it undid and a full stop came next."""


def upgrade() -> None:
    """Make the table anew with the column, all rows in it, and read the undone runs out of the notes."""
    op.execute("CREATE TEMPORARY TABLE runs_before AS SELECT * FROM runs")
    op.drop_index(op.f("ix_runs_pair_id_started_at"), table_name="runs")
    op.drop_table("runs")
    op.create_table(
        "runs",
        *_words("pair_id", "id", "kind"),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        *_words("status"),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_words("pact_hash", "mapping_hash"),
        sa.Column("undoes", _ID, nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_runs")),
        sqlite_with_rowid=True,
    )
    op.execute("INSERT INTO runs SELECT runs_before.*, NULL FROM runs_before")
    op.execute("DROP TABLE runs_before")
    op.create_index(
        op.f("ix_runs_pair_id_started_at"), "runs", ["pair_id", "started_at"], unique=False
    )
    _read_notes(op.get_bind())


def _read_notes(connection: sa.Connection) -> None:
    found = connection.execute(sa.text("SELECT pair_id, id, note FROM runs WHERE kind = 'undo'"))
    undone = [
        {"pair": pair, "undo": undo, "run": note.removeprefix(_NOTE).partition(".")[0]}
        for pair, undo, note in found.all()
        if note.startswith(_NOTE)
    ]
    if undone:
        connection.execute(
            sa.text("UPDATE runs SET undoes = :run WHERE pair_id = :pair AND id = :undo"), undone
        )


def _words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, _ID, nullable=False) for name in names]
