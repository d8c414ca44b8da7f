"""The tables of what is on its way to people: handoffs and notices."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, text

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

_TO_SEND = text("next_try IS NOT NULL")
_UNDONE = text("step NOT IN ('done', 'dropped')")
_COUNTED = text("day <> ''")

Index(
    "ix_notices_to_send",
    notices.c.pair_id,
    notices.c.next_try,
    sqlite_where=_TO_SEND,
    postgresql_where=_TO_SEND,
)
Index(None, notices.c.pair_id, notices.c.link_id)
Index(None, handoffs.c.pair_id, handoffs.c.link_id)
Index(
    "ix_handoffs_undone",
    handoffs.c.pair_id,
    handoffs.c.heat,
    sqlite_where=_UNDONE,
    postgresql_where=_UNDONE,
)
Index(
    "ix_handoffs_counted",
    handoffs.c.pair_id,
    handoffs.c.day,
    handoffs.c.owner,
    sqlite_where=_COUNTED,
    postgresql_where=_COUNTED,
)
