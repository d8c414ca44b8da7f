"""The first state: links and their sides, work, calls of the day, journal, holds, failures, outcomes, signals, runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "activations",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("pact_hash", _ID, nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("how", _ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_activations")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "checkpoints",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "crm", "kind", name=op.f("pk_checkpoints")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "day_budgets",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("account", _ID, nullable=False),
        sa.Column("allowance", sa.BigInteger(), nullable=True),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("resets_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "crm", "account", name=op.f("pk_day_budgets")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decided_scores",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pact_hash", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "link_id", "at", name=op.f("pk_decided_scores")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "failures",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("cause", _ID, nullable=False),
        sa.Column("remedy", _ID, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("wanted_hash", _ID, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "link_id", "crm", name=op.f("pk_failures")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_failures_open",
        "failures",
        ["pair_id", "link_id"],
        unique=False,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "holds",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("field", _ID, nullable=False),
        sa.Column("cause", _ID, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("status", _ID, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_holds")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_holds_open",
        "holds",
        ["pair_id", "link_id"],
        unique=False,
        sqlite_where=sa.text("status <> 'closed'"),
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_table(
        "intents",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("op", _ID, nullable=False),
        sa.Column("state", _ID, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "link_id", "id", name=op.f("pk_intents")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        "ix_intents_open",
        "intents",
        ["pair_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'cleared')"),
        postgresql_where=sa.text("state IN ('open', 'cleared')"),
    )
    op.create_index(
        op.f("ix_intents_pair_id_run_id"), "intents", ["pair_id", "run_id"], unique=False
    )
    op.create_table(
        "links",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("status", _ID, nullable=False),
        sa.Column("stage", _ID, nullable=False),
        sa.Column("stage_since", sa.BigInteger(), nullable=True),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("folded_into", _ID, nullable=False),
        sa.Column("owed_since", sa.BigInteger(), nullable=True),
        sa.Column("buried_as", _ID, nullable=False),
        sa.Column("address", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_links")),
        sqlite_with_rowid=True,
    )
    op.create_index("ix_links_staged", "links", ["pair_id", "status", "stage", "stage_since"])
    op.create_index(
        "ix_links_owing",
        "links",
        ["pair_id", "owed_since", "id"],
        unique=False,
        sqlite_where=sa.text("owed_since IS NOT NULL"),
        postgresql_where=sa.text("owed_since IS NOT NULL"),
    )
    op.create_index(
        "ix_links_address",
        "links",
        ["pair_id", "address"],
        unique=False,
        sqlite_where=sa.text("address <> ''"),
        postgresql_where=sa.text("address <> ''"),
    )
    op.create_index(
        "ix_links_buried",
        "links",
        ["pair_id", "buried_as"],
        unique=False,
        sqlite_where=sa.text("buried_as <> ''"),
        postgresql_where=sa.text("buried_as <> ''"),
    )
    op.create_index(
        "ix_links_joined",
        "links",
        ["pair_id", "folded_into"],
        unique=False,
        sqlite_where=sa.text("folded_into <> ''"),
        postgresql_where=sa.text("folded_into <> ''"),
    )
    op.create_table(
        "outcomes",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("result", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cause", _ID, nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "run_id", "link_id", "crm", name=op.f("pk_outcomes")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_outcomes_pair_id_link_id"), "outcomes", ["pair_id", "link_id"], unique=False
    )
    op.create_table(
        "pairs",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("accounts", sa.Text(), nullable=True),
        sa.Column("lease_holder", _ID, nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=False),
        sa.Column("lease_expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("pk_pairs")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "planned",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "link_id", name=op.f("pk_planned")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plans",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("status", _ID, nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("pact_hash", _ID, nullable=False),
        sa.Column("mapping_hash", _ID, nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_plans")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_plans_pair_id_created_at"), "plans", ["pair_id", "created_at"], unique=False
    )
    op.create_table(
        "runs",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("status", _ID, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("pact_hash", _ID, nullable=False),
        sa.Column("mapping_hash", _ID, nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "id", name=op.f("pk_runs")),
        sqlite_with_rowid=True,
    )
    op.create_index(
        op.f("ix_runs_pair_id_started_at"), "runs", ["pair_id", "started_at"], unique=False
    )
    op.create_table(
        "sides",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("state", _ID, nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "link_id", "crm", "kind", "id", name=op.f("pk_sides")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_sides_spare",
        "sides",
        ["pair_id", "link_id"],
        unique=False,
        sqlite_where=sa.text("NOT is_primary AND state IN ('live', 'duplicate')"),
        postgresql_where=sa.text("NOT is_primary AND state IN ('live', 'duplicate')"),
    )
    op.create_index("ux_sides_record", "sides", ["pair_id", "crm", "kind", "id"], unique=True)
    op.create_table(
        "sign_ins",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("source", _ID, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("claimed_by", _ID, nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "crm", "source", name=op.f("pk_sign_ins")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "signals",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("source", _ID, nullable=False),
        sa.Column("precision", _ID, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "link_id", "id", name=op.f("pk_signals")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transitions",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("result", _ID, nullable=False),
        sa.Column("from_stage", _ID, nullable=False),
        sa.Column("to_stage", _ID, nullable=False),
        sa.Column("actor", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("reason", _ID, nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("pact_hash", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=True),
        sa.Column("signal_id", _ID, nullable=False),
        sa.Column("intent", _ID, nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "link_id", "id", name=op.f("pk_transitions")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "waiting_signals",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("crm", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("source", _ID, nullable=False),
        sa.Column("precision", _ID, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint(
            "pair_id", "crm", "kind", "record_id", "id", name=op.f("pk_waiting_signals")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "work",
        sa.Column("pair_id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("cause", _ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "link_id", name=op.f("pk_work")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_work_pair_id_due_at_link_id"),
        "work",
        ["pair_id", "due_at", "link_id"],
        unique=False,
    )
