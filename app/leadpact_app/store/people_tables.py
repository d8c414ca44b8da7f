"""The tables of what is on its way to people: handoffs and notices."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer

from leadpact_app.store.columns import body as _body
from leadpact_app.store.columns import instant as _instant
from leadpact_app.store.columns import key as _key
from leadpact_app.store.columns import table as _table
from leadpact_app.store.columns import word as _text

notices = _table(
    "notices",
    _key("id"),
    _text("kind"),
    _text("link_id"),
    _text("to"),
    _text("state"),
    _instant("created_at"),
    Column("attempts", Integer, nullable=False),
    _instant("next_try", nullable=True),
    _instant("sent_at", nullable=True),
    _body("error"),
    _body(),
)
handoffs = _table(
    "handoffs",
    _key("id"),
    _text("link_id"),
    _text("step"),
    _instant("since"),
    Column("heat", BigInteger, nullable=False),
    _text("owner"),
    _text("day"),
    _instant("next_try", nullable=True),
    _body(),
)
