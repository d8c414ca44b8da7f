"""The tables of the state, written once for SQLite and PostgreSQL.

Instants are whole microseconds since 1970 in UTC, so that they sort and compare alike everywhere; what is
never searched for stands in one JSON text per row. Every primary key begins with the pair.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, Text

from leadpact_app.store.columns import ID, metadata
from leadpact_app.store.columns import body as _body
from leadpact_app.store.columns import instant as _instant
from leadpact_app.store.columns import key as _key
from leadpact_app.store.columns import packed as _packed
from leadpact_app.store.columns import table as _table
from leadpact_app.store.columns import word as _text
from leadpact_app.store.journal_tables import (
    journal_leads,
    journal_packs,
    name_lists,
    pins,
    plan_rows,
)
from leadpact_app.store.pause_tables import parked, pauses
from leadpact_app.store.people_tables import handoffs, notices
from leadpact_app.store.person_tables import erasures, forget_keys, forgotten, known_as
from leadpact_app.store.scope_tables import frozen

__all__ = [
    "SPARE",
    "activations",
    "burst_windows",
    "checkpoints",
    "day_budgets",
    "decided_scores",
    "erasures",
    "failures",
    "forget_keys",
    "forgotten",
    "frozen",
    "handoffs",
    "holds",
    "intents",
    "journal_leads",
    "journal_packs",
    "known_as",
    "links",
    "metadata",
    "name_lists",
    "notices",
    "pairs",
    "parked",
    "pauses",
    "pins",
    "plan_rows",
    "planned",
    "plans",
    "response_clocks",
    "run_orders",
    "runs",
    "sides",
    "sign_ins",
    "signals",
    "transitions",
    "waiting_signals",
    "work",
]

pairs = _table(
    "pairs",
    Column("accounts", Text),
    _text("lease_holder"),
    Column("lease_token", BigInteger, nullable=False),
    _instant("lease_expires_at"),
)
links = _table(
    "links",
    _key("id"),
    _text("status"),
    _text("stage"),
    _instant("stage_since", nullable=True),
    Column("adopted", Boolean, nullable=False),
    _text("folded_into"),
    # Since when a rejection without its reason stands; most links owe none and are in no index of it.
    _instant("owed_since", nullable=True),
    # Of a tombstone, a digest of the address; "" on all others.
    _text("buried_as"),
    # Of a live link, the agreed e-mail address in small letters: sources outside the CRMs find people by it.
    _text("address"),
    _body(),
)
sides = _table(
    "sides",
    _key("link_id"),
    _key("crm"),
    _key("kind"),
    _key("id"),
    Column("is_primary", Boolean, nullable=False),
    _text("state"),
    _text("version"),
    _body(),
    wide=False,
)
work = _table(
    "work",
    _key("link_id"),
    _text("cause"),
    _instant("since"),
    _instant("due_at"),
    Column("attempts", Integer, nullable=False),
    wide=False,
)
# Marks of the running cycle alone: what its plan holds while nothing of it is committed.
planned = _table("planned", _key("link_id"), wide=False)
checkpoints = _table("checkpoints", _key("crm"), _key("kind"), _body("cursor"), wide=False)
# The calls of a CRM account are one allowance for every pair on it, so the pair of these rows is blank.
day_budgets = _table(
    "day_budgets",
    _key("crm"),
    _key("account"),
    Column("allowance", BigInteger),
    Column("remaining", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    _instant("told_at", nullable=True),
    _instant("resets_at", nullable=True),
    _instant("updated_at"),
    wide=False,
)
# So are the calls of its burst windows; a file beside the state has them on SQLite.
burst_windows = _table(
    "burst_windows", _key("crm"), _key("account"), _key("bucket"), _body("instants"), wide=False
)
# A sign-in serves every pair that has it, so the pair of these rows is blank, too.
sign_ins = _table(
    "sign_ins",
    _key("crm"),
    _key("source"),
    _body("sealed"),
    _text("claimed_by"),
    _instant("claimed_until"),
    wide=False,
)
# Writes of which nobody knows yet what came of them; what ended stands in packs.
intents = _table(
    "intents",
    _key("link_id"),
    _key("id"),
    _text("run_id"),
    _text("crm"),
    _text("kind"),
    _text("record_id"),
    _text("op"),
    _text("state"),
    _instant("created_at"),
    _instant("closed_at", nullable=True),
    Column("attempts", Integer, nullable=False),
    _body(),
)
episodes = _table(
    "episodes",
    _key("link_id"),
    Column("number", Integer, primary_key=True),
    _text("kind"),
    _instant("opened_at"),
    _instant("closed_at", nullable=True),
    _text("outcome"),
    _text("reason"),
    _text("rejected_by"),
    _body(),
)
transitions = _table(
    "transitions",
    _key("link_id"),
    _key("id"),
    _instant("at"),
    Column("position", Integer, nullable=False),
    _text("result"),
    _text("from_stage"),
    _text("to_stage"),
    _text("actor"),
    _text("crm"),
    _body("why"),
    _text("reason"),
    Column("episode", Integer, nullable=False),
    _text("pact_hash"),
    _text("run_id"),
    _instant("said_at", nullable=True),
    _text("signal_id"),
    _text("intent"),
    wide=False,
)
response_clocks = _table(
    "response_clocks",
    _key("link_id"),
    _key("kind"),
    Column("started_at", BigInteger, primary_key=True, autoincrement=False),
    _instant("due_at"),
    _instant("near_at"),
    _instant("ended_at", nullable=True),
    Column("answered", Boolean, nullable=False),
    Column("episode", Integer, nullable=False),
    _text("tier"),
    _text("calendar"),
    _text("owner"),
    _text("told"),
    _body(),
)
holds = _table(
    "holds",
    _key("id"),
    _text("link_id"),
    _text("field"),
    _text("cause"),
    _body("why"),
    _body("shown"),
    _instant("since"),
    _text("run_id"),
    _text("status"),
    _body("answer"),
)
failures = _table(
    "failures",
    _key("link_id"),
    _key("crm"),
    _text("kind"),
    _text("record_id"),
    _text("cause"),
    _text("remedy"),
    _body("message"),
    _body("fields"),
    _text("wanted_hash"),
    Column("attempts", Integer, nullable=False),
    _instant("first_at"),
    _instant("last_at"),
    _instant("retry_at", nullable=True),
    _body("detail"),
    Column("is_open", Boolean, nullable=False),
)
signals = _table(
    "signals",
    _key("link_id"),
    _key("id"),
    _text("name"),
    _instant("at"),
    _body("asset"),
    _text("source"),
    _text("precision"),
    _instant("recorded_at", nullable=True),
    wide=False,
)
# Acts of people who have no link yet.
waiting_signals = _table(
    "waiting_signals",
    _key("crm"),
    _key("kind"),
    _key("record_id"),
    _key("id"),
    _text("name"),
    _instant("at"),
    _body("asset"),
    _text("source"),
    _text("precision"),
    _instant("recorded_at", nullable=True),
    wide=False,
)
runs = _table(
    "runs",
    _key("id"),
    _text("kind"),
    _instant("started_at"),
    _text("status"),
    _instant("ended_at", nullable=True),
    _body("counts"),
    _body("note"),
    _text("pact_hash"),
    _text("mapping_hash"),
    Column("undoes", ID, nullable=True),
)
run_orders = _table(
    "run_orders",
    _key("run_id"),
    _text("kind"),
    _instant("created_at"),
    _body("options"),
    _body("place"),
    _text("asked"),
    _instant("asked_at", nullable=True),
)
plans = _table(
    "plans",
    _key("id"),
    _text("run_id"),
    _instant("created_at"),
    _text("kind"),
    _text("status"),
    _body("counts"),
    _packed("lines"),
    _text("pact_hash"),
    _text("mapping_hash"),
)
activations = _table(
    "activations",
    _key("id"),
    _instant("at"),
    _text("pact_hash"),
    _text("version"),
    _text("how"),
    _body("text"),
    Column("daily_cap", Integer, nullable=False),
    _body("moves"),
)
decided_scores = _table(
    "decided_scores",
    _key("link_id"),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    _text("pact_hash"),
    _body(),
    wide=False,
)

SPARE = "NOT is_primary AND state IN ('live', 'duplicate')"
"""Sides that are live and not written: duplicates."""
