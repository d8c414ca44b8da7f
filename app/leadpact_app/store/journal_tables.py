"""The tables of what an undo keeps as it was put back, and of what saved plans saw."""

from __future__ import annotations

from leadpact_app.store.columns import body as _body
from leadpact_app.store.columns import instant as _instant
from leadpact_app.store.columns import key as _key
from leadpact_app.store.columns import table as _table
from leadpact_app.store.columns import word as _text

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
