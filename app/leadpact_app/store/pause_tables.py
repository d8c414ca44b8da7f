"""The tables of the stop button: pauses, and the leads that wait for them (R38)."""

from __future__ import annotations

from leadpact_app.store.columns import body as _body
from leadpact_app.store.columns import instant as _instant
from leadpact_app.store.columns import key as _key
from leadpact_app.store.columns import table as _table
from leadpact_app.store.columns import word as _text

pauses = _table(
    "pauses",
    _key("id"),
    _instant("since"),
    _instant("ended_at", nullable=True),
    _text("crm"),
    _text("direction"),
    _text("kind"),
    _text("field"),
    _body(),
)
parked = _table("parked", _key("link_id"), _instant("since"), _body(), wide=False)
