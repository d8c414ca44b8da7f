"""The tables of what ended, of what an undo keeps as it was put back, and of what saved plans saw."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column

from leadpact_app.store.columns import body as _body
from leadpact_app.store.columns import instant as _instant
from leadpact_app.store.columns import key as _key
from leadpact_app.store.columns import packed as _packed
from leadpact_app.store.columns import table as _table
from leadpact_app.store.columns import word as _text

journal_packs = _table(
    "journal_packs",
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _text("run_id"),
    # The latest instants of its writes and of its results; where it has none, nothing.
    _instant("writes_at", nullable=True),
    _instant("results_at", nullable=True),
    _packed("leads"),
    _packed("writes", nullable=True),
    _packed("results", nullable=True),
)
"""What the commits of a run ended, each commit's in one row (see ``pack_body.py``)."""
journal_leads = _table(
    "journal_leads",
    Column("lead", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    wide=False,
)
"""In which packs a lead is."""
name_lists = _table(
    "name_lists",
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _body("names"),
    _body("known"),
    wide=False,
)
"""Names of fields that rows of links and sides refer to (see ``name_lists.py``)."""
pins = _table(
    "pins",
    _key("link_id"),
    _key("crm"),
    _key("kind"),
    _key("record_id"),
    _key("field"),
    _instant("since"),
    _text("run_id"),
    _body(),
    wide=False,
)
plan_rows = _table("plan_rows", _key("plan_id"), _key("link_id"), _body(), wide=False)
