"""Taking a record away that leadpact made, and seeing first whether somebody added anything to it (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class ShowsAdditions(Protocol):
    """A connector that tells what others than leadpact did with a record. Needed where ``ops`` has ``archive``."""

    def additions(self, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
        """What somebody added to each of these records, as a phrase ("Phone, by person:501"; "2 activities").

        Fields that a person, an import or another program set, activities, deals, campaigns, and that somebody else
        made the record. Edits of automations and of leadpact do not count. Where the CRM does not let it be seen, that
        is what is told: a record is absent only where nobody added anything. Records that are gone are absent, too.
        """
        ...
