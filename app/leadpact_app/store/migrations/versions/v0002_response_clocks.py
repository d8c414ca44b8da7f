"""How long each lead has waited for sales."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of response clocks."""
    op.create_table(
        "response_clocks",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("started_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("near_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("tier", _ID, nullable=False),
        sa.Column("calendar", _ID, nullable=False),
        sa.Column("owner", _ID, nullable=False),
        sa.Column("told", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "pair_id", "link_id", "kind", "started_at", name=op.f("pk_response_clocks")
        ),
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_response_clocks_running",
        "response_clocks",
        ["pair_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
