"""What others than leadpact added to a contact: fields, activities, deals (R32)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.history import HistoryReader
from leadpact_hubspot.objects import READ_BATCH, Json, checked_ids

_ACTIVITY: Final = "notes_last_updated"
_DEALS: Final = "num_associated_deals"
_NOT_THEIRS: Final = frozenset({"ours", "workflow"})


class AdditionReader:
    """Reads the history of every property that can be written, and the counters of what hangs on a contact.

    Args:
        names: the properties that somebody may write, by the live schema.
    """

    def __init__(
        self, client: HubSpotClient, history: HistoryReader, names: Callable[[], Sequence[str]]
    ) -> None:
        self._client = client
        self._history = history
        self._names = names

    def of(self, ids: Sequence[str]) -> dict[str, str]:
        """A phrase by id; absent where nobody added anything, and for what is archived."""
        asked = list(dict.fromkeys(checked_ids(list(ids))))
        found: dict[str, str] = {}
        archived: set[str] = set()
        for start in range(0, len(asked), READ_BATCH):
            body = {
                "properties": [_ACTIVITY, _DEALS],
                "inputs": [{"id": one} for one in asked[start : start + READ_BATCH]],
            }
            for row in self._client.batch_read(body).get("results") or ():
                phrase = _hanging_on(row.get("properties") or {})
                if row.get("archived"):
                    # Some accounts read archived ones among the others (believed, facts §1).
                    archived.add(str(row["id"]))
                elif phrase:
                    found[str(row["id"])] = phrase
        left = [one for one in asked if one not in found and one not in archived]
        for one, changes in self._history.read(left, list(self._names())).items():
            theirs = [each for each in changes if each.author.kind not in _NOT_THEIRS]
            if theirs:
                found[one] = f"{theirs[0].field}, by {theirs[0].author}"
        return found


def _hanging_on(shown: Json) -> str:
    if shown.get(_ACTIVITY):
        return f"an activity of {str(shown[_ACTIVITY])[:10]}"
    deals = str(shown.get(_DEALS) or "0")
    return "" if deals in ("0", "0.0") else "a deal"
