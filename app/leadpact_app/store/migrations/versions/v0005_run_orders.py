"""Orders of runs: what a run was told, how far it came, what was asked of it since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of orders."""
    op.create_table(
        "run_orders",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("asked", _ID, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "run_id", name=op.f("pk_run_orders")),
        sqlite_with_rowid=True,
    )
