"""Earlier and further addresses as digests; marks and certificates of those who were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "known_as",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("digest", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "digest", "link_id", name=op.f("pk_known_as")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_known_as_pair_id_link_id", "known_as", ["pair_id", "link_id"], unique=False)
    op.create_table(
        "forgotten",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("digest", _ID, nullable=False),
        sa.Column("key_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("erasure_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "digest", name=op.f("pk_forgotten")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "forget_keys",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_forget_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "erasures",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cause", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_erasures")),
        sqlite_with_rowid=True,
    )
