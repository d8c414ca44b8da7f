"""What an undo keeps as it was put back, and what saved plans saw of each lead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "pins",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("field", _ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "pair_id", "link_id", "crm", "kind", "record_id", "field", name=op.f("pk_pins")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_rows",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "plan_id", "link_id", name=op.f("pk_plan_rows")),
        sqlite_with_rowid=False,
    )
