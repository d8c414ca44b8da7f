"""What is on its way to people: handoffs and notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "handoffs",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("step", _ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("heat", sa.BigInteger(), nullable=False),
        sa.Column("owner", _ID, nullable=False),
        sa.Column("day", _ID, nullable=False),
        sa.Column("next_try", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_handoffs")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_handoffs_pair_id_link_id"), "handoffs", ["pair_id", "link_id"], unique=False
    )
    op.create_index(
        "ix_handoffs_undone",
        "handoffs",
        ["pair_id", "heat"],
        unique=False,
        sqlite_where=sa.text("step NOT IN ('done', 'dropped')"),
        postgresql_where=sa.text("step NOT IN ('done', 'dropped')"),
    )
    op.create_index(
        "ix_handoffs_counted",
        "handoffs",
        ["pair_id", "day", "owner"],
        unique=False,
        sqlite_where=sa.text("day <> ''"),
        postgresql_where=sa.text("day <> ''"),
    )
    op.create_table(
        "notices",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("to", _ID, nullable=False),
        sa.Column("state", _ID, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_notices")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_notices_pair_id_link_id"), "notices", ["pair_id", "link_id"], unique=False
    )
    op.create_index(
        "ix_notices_to_send",
        "notices",
        ["pair_id", "next_try"],
        unique=False,
        sqlite_where=sa.text("next_try IS NOT NULL"),
        postgresql_where=sa.text("next_try IS NOT NULL"),
    )
