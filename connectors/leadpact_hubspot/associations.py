"""Which records are associated with which, by the associations API in batches (facts §6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.errors import from_row
from leadpact_hubspot.objects import Json

BATCH: Final = 1_000


def linked_ids(
    client: HubSpotClient, kind: str, to: str, ids: Sequence[str]
) -> dict[str, dict[str, frozenset[int]]]:
    """The ids of kind ``to`` that each of these records is associated with, and by which types; absent where none.

    Raises:
        SetAside: HubSpot refuses one of the ids for another reason than that nothing is associated with it.
    """
    found: dict[str, dict[str, frozenset[int]]] = {}
    asked: list[Json] = [{"id": one} for one in dict.fromkeys(ids)]
    while asked:
        part, asked = asked[:BATCH], asked[BATCH:]
        answer = client.linked(kind, to, part)
        for error in answer.get("errors") or ():
            # A record without any is an error row, or no row at all (facts §6).
            if error.get("category") != "OBJECT_NOT_FOUND":
                raise from_row(error)
        for row in answer.get("results") or ():
            near = str(row["from"]["id"])
            for one in row.get("to") or ():
                types = frozenset(each["typeId"] for each in one.get("associationTypes") or ())
                # A number in one rollout of the API, text in another.
                found.setdefault(near, {})[str(one["toObjectId"])] = types
            after = ((row.get("paging") or {}).get("next") or {}).get("after")
            if after:
                asked.append({"id": near, "after": str(after)})
    return found
