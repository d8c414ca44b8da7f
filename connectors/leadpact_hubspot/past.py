"""What HubSpot remembers of stages: histories, its own read-only dates, and when deals were won (facts §4, §6, §7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from leadpact.model.record import Author, FieldChange
from leadpact.ports.past import Past
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.deals import IS_OPEN, IS_WON, State
from leadpact_hubspot.history import HistoryReader
from leadpact_hubspot.objects import (
    DEALS,
    HISTORY_BATCH,
    LINEAGE,
    STAGE,
    Json,
    checked_ids,
    checked_properties,
    instant,
)

_NOBODY: Final = Author("unknown")
_DATES: Final = ("hs_v2_date_entered_{}", "hs_lifecyclestage_{}_date")
_DEAL_STAGE: Final = "dealstage"
_OF_DEALS: Final = (
    "createdate",
    "closedate",
    _DEAL_STAGE,
    "pipeline",
    "hs_is_closed",
    "hs_is_closed_won",
)


class PastReader:
    """Reads histories and stage dates in one call per 50 records.

    Args:
        stages: the account's lifecycle stages.
        state: whether a deal with these properties is open, and whether it is won.
    """

    def __init__(
        self,
        client: HubSpotClient,
        history: HistoryReader,
        stages: Callable[[], Sequence[str]],
        state: Callable[[Json], State | None],
    ) -> None:
        self._client = client
        self._history = history
        self._stages = stages
        self._state = state

    def contacts(
        self, ids: Sequence[str], fields: Sequence[str], also: Sequence[str]
    ) -> dict[str, Past]:
        """What these contacts remember, by the id asked."""
        names = checked_properties(list(fields))
        wanted = checked_properties(list(also))
        dated = {
            form.format(stage): stage
            for stage in (self._stages() if STAGE in names else ())
            for form in _DATES
        }
        found: dict[str, Past] = {}
        for row, asked in self._rows(ids, [LINEAGE, *dated, *wanted], names, ""):
            values = row.get("properties") or {}
            entered = tuple(
                FieldChange(STAGE, stage, instant(values[name]), _NOBODY)
                for name, stage in dated.items()
                if values.get(name)
            )
            shown = {name: values[name] for name in wanted if name in values}
            past = Past(tuple(self._history.unnamed(row, names)), entered, shown)
            found |= dict.fromkeys(asked, past)
        return found

    def deals(self, ids: Sequence[str]) -> dict[str, Past]:
        """Since when these deals are there, and since when they are won."""
        found: dict[str, Past] = {}
        for row, asked in self._rows(ids, [LINEAGE, *_OF_DEALS], [_DEAL_STAGE], DEALS):
            values = row.get("properties") or {}
            created = values.get("createdate") or row.get("createdAt")
            entered = []
            if created:
                entered.append(FieldChange(IS_OPEN, True, instant(created), _NOBODY))
            state = self._state(values)
            if state is not None and state[1]:
                entered.extend(_won(row, values))
            found |= dict.fromkeys(asked, Past(entered=tuple(entered)))
        return found

    def _rows(
        self, ids: Sequence[str], properties: list[str], histories: list[str], kind: str
    ) -> list[tuple[Json, list[str]]]:
        """Rows with the ids by which they were asked: a merged contact answers for its old ones."""
        asked = list(dict.fromkeys(checked_ids(list(ids))))
        found: list[tuple[Json, list[str]]] = []
        for start in range(0, len(asked), HISTORY_BATCH):
            part = asked[start : start + HISTORY_BATCH]
            body: Json = {
                "properties": list(dict.fromkeys(properties)),
                "propertiesWithHistory": histories,
                "inputs": [{"id": one} for one in part],
            }
            answer = self._client.batch_read(body, kind) if kind else self._client.batch_read(body)
            wanted = set(part)
            for row in answer.get("results") or []:
                lineage = str((row.get("properties") or {}).get(LINEAGE) or "").split(";")
                names = [one for one in (str(row["id"]), *lineage) if one in wanted]
                if names:
                    found.append((row, names))
        return found


def _won(row: Json, values: Json) -> list[FieldChange]:
    """When the deal came to the stage at which it is won: by its history, else by its close date."""
    now = values.get(_DEAL_STAGE)
    since: datetime | None = None
    for entry in (row.get("propertiesWithHistory") or {}).get(_DEAL_STAGE) or ():
        if entry.get("value") != now:
            break
        since = instant(entry["timestamp"])
    if since is not None:
        return [FieldChange(IS_WON, True, since, _NOBODY)]
    closed = values.get("closedate")
    return [FieldChange(IS_WON, True, instant(closed), _NOBODY, inferred=True)] if closed else []
