"""The table of leads that are out of scope (R37)."""

from __future__ import annotations

from leadpact_app.store.columns import body as _body
from leadpact_app.store.columns import instant as _instant
from leadpact_app.store.columns import key as _key
from leadpact_app.store.columns import table as _table

frozen = _table(
    "frozen",
    _key("link_id"),
    _instant("since"),
    _instant("ended_at", nullable=True),
    _body(),
    wide=False,
)
