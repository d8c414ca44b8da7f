"""The tables of who people were and that they were erased: digests, marks and certificates, no value in the clear."""

from __future__ import annotations

from sqlalchemy import Index

from leadpact_app.store.columns import body as _body
from leadpact_app.store.columns import instant as _instant
from leadpact_app.store.columns import key as _key
from leadpact_app.store.columns import table as _table
from leadpact_app.store.columns import word as _text

# Digests of earlier and further addresses of a person (R26, R29).
known_as = _table("known_as", _key("digest"), _key("link_id"), wide=False)
# Keyed hashes of what the erased were known by (R27).
forgotten = _table(
    "forgotten", _key("digest"), _text("key_id"), _instant("at"), _text("erasure_id"), wide=False
)
# The key of those hashes, made with the first of them.
forget_keys = _table("forget_keys", _key("id"), _body("secret"), wide=False)
erasures = _table("erasures", _key("id"), _instant("at"), _text("cause"), _body())

Index("ix_known_as_pair_id_link_id", known_as.c.pair_id, known_as.c.link_id)
