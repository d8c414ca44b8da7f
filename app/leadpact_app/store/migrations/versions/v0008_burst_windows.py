"""Burst windows that workers on several machines share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "burst_windows",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("account", _ID, nullable=False),
        sa.Column("bucket", _ID, nullable=False),
        sa.Column("instants", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "pair_id", "crm", "account", "bucket", name=op.f("pk_burst_windows")
        ),
        sqlite_with_rowid=False,
    )
