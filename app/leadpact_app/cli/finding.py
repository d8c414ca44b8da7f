"""Which lead is meant: by link id or its beginning, a CRM's record id or address, or an e-mail address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings

if TYPE_CHECKING:
    from leadpact.mapping import LeadMapping
    from leadpact.model.record import Record
    from leadpact.ports.connector import Connector
    from leadpact.ports.state_store import StateReader

SHORTEST_PREFIX = 6
_SPLIT = re.compile(r"[/?#&=:\s]+")


def by_id(store: StateReader, mapping: LeadMapping, text: str) -> tuple[str, ...]:
    """Links that this text names: a link id, its beginning, a record id, or the address of a record.

    Raises:
        FixSettings: the beginning of an id fits several leads.
    """
    from leadpact.model.record import RecordRef

    words = [word for word in _SPLIT.split(text.strip()) if word]
    refs = [RecordRef(crm, kind, word) for crm, kind in mapping.kind_rules for word in words]
    found = dict.fromkeys(store.link_ids(refs).values())
    found |= dict.fromkeys(store.links(words))
    if not found and len(text) >= SHORTEST_PREFIX:
        near = [one for one in store.page_of_links(text, 2) if one.startswith(text)]
        if len(near) > 1:
            raise FixSettings(
                f"Several leads begin with {text!r}; give more of the id.", code="lead_unclear"
            )
        found |= dict.fromkeys(near)
    return tuple(dict.fromkeys(standing(store, one) for one in found))


def standing(store: StateReader, link_id: str) -> str:
    """The link that this one became part of, or itself."""
    for _step in range(20):
        link = store.links([link_id]).get(link_id)
        if link is None or link.status != "folded" or not link.folded_into:
            break
        link_id = link.folded_into
    return link_id


def records_of_email(
    connectors: Mapping[str, Connector], mapping: LeadMapping, email: str
) -> list[Record]:
    """Records that bear this address, asked of every CRM; nothing of it is kept."""
    return [
        record
        for (crm, kind), rule in mapping.kind_rules.items()
        if crm in connectors
        for key, crm_field in rule.match
        if key == "email"
        for record in connectors[crm].find(
            kind, crm_field, (email,), mapping.read_fields(crm, kind)
        )
    ]


def leads_named(
    texts: Iterable[str],
    store: StateReader,
    mapping: LeadMapping,
    connectors: Mapping[str, Connector] | None = None,
) -> tuple[str, ...]:
    """The links of these words, each of which must name one.

    Raises:
        FixSettings: one names nobody.
    """
    named: list[str] = []
    for text in texts:
        found = by_id(store, mapping, text)
        if not found and "@" in text:
            found = tuple(store.addressed([text]).get(text, ()))
        if not found and "@" in text and connectors:
            refs = [record.ref for record in records_of_email(connectors, mapping, text)]
            found = tuple(dict.fromkeys(store.link_ids(refs).values()))
        if not found:
            raise FixSettings(
                f"No lead is known by {text!r}; `leadpact explain {text}` says why.",
                code="lead_unknown",
            )
        named.extend(found)
    return tuple(dict.fromkeys(named))
