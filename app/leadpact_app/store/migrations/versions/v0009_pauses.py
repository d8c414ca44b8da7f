"""The stop button, and the leads that wait for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "pauses",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("direction", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("field", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_pauses")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "parked",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "link_id", name=op.f("pk_parked")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_parked_pair_id_since"), "parked", ["pair_id", "since"], unique=False)
