"""Another program that keeps two CRMs in step, as one of them shows it (R13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OtherSync:
    """A sync that was there before us, by the traces it leaves in one CRM.

    Attributes:
        name: how people call it, for sentences ("HubSpot's own Salesforce connector").
        partner: name of the CRM at its other end.
        kept_ids: kind here → kind there → the field here in which it keeps the other record's id.
        id_form: what such an id looks like in full; anything else is not followed.
        writes: kind here → fields here that it writes.
        seen: the traces, as a sentence.
    """

    name: str
    partner: str
    kept_ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    id_form: str = r".+"
    writes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    seen: str = ""

    def is_id(self, value: object) -> bool:
        """Whether this is an id of the other CRM that can be followed."""
        return isinstance(value, str) and re.fullmatch(self.id_form, value) is not None
