"""What an org remembers of stages: tracked history, creation, conversion, and OpportunityHistory (facts §6).

Only what the org tracks has a history; of the rest some dates come near: CreatedDate for the status with which Leads
begin, ConvertedDate for a converted one. They are marked ``inferred``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from leadpact.errors import FixSettings, SignIn
from leadpact.model.record import SINCE, Author, FieldChange, MovedTo, Record, since_of
from leadpact.ports.past import Past
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import FIELD_UNKNOWN, RIGHTS_MISSING
from leadpact_salesforce.history import (
    CREATED_BY,
    HISTORY_IDS,
    Kept,
    StageDates,
    TrackedHistory,
)
from leadpact_salesforce.limits import FETCH_BATCH
from leadpact_salesforce.objects import (
    IS_OPEN,
    IS_WON,
    OPPORTUNITY,
    each_once,
    id18,
    instant,
    is_id,
)
from leadpact_salesforce.reader import Reader

_NOBODY: Final = Author("unknown")
_STAGE: Final = "StageName"
_CLOSED_ON: Final = "CloseDate"
_HISTORY: Final = "OpportunityHistory"
_KEPT: Final = ("OpportunityId", _STAGE, "CreatedDate")


class PastReader:
    """Reads what Leads, Contacts and opportunities remember.

    Args:
        own_id: tells the id of ``User`` under which leadpact itself writes.
    """

    def __init__(
        self,
        client: SalesforceClient,
        reader: Reader,
        tracked: TrackedHistory,
        dates: StageDates,
        own_id: Callable[[], str],
    ) -> None:
        self._client = client
        self._reader = reader
        self._tracked = tracked
        self._dates = dates
        self._own_id = own_id
        self._no_stage_history = False

    def of(
        self, kind: str, ids: Sequence[str], fields: Sequence[str], also: Sequence[str]
    ) -> dict[str, Past]:
        """What these records remember, by the id asked; those that are gone are absent."""
        wanted = each_once(id18(each) for each in ids if is_id(each))
        if kind == OPPORTUNITY:
            found = self._opportunities(wanted)
        else:
            records = self._records(kind, wanted, (*fields, CREATED_BY, *also))
            kept = self._tracked.of(kind, list(records), fields) if fields else {}
            ours = self._own_id()
            found = {
                each: _past(record, kept.get(each, ()), self._dates, fields, also, ours)
                for each, record in records.items()
            }
        return {each: found[id18(each)] for each in ids if is_id(each) and id18(each) in found}

    def _records(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Record]:
        records: dict[str, Record] = {}
        for start in range(0, len(ids), FETCH_BATCH):
            for one in self._reader.fetch(kind, ids[start : start + FETCH_BATCH], fields):
                record = one.record if isinstance(one, MovedTo) else one
                if isinstance(record, Record):
                    records[record.ref.id] = record
        return records

    def _opportunities(self, ids: Sequence[str]) -> dict[str, Past]:
        records = self._records(OPPORTUNITY, ids, (_STAGE, _CLOSED_ON))
        stages = self._stage_history([each for each, one in records.items() if one.fields[IS_WON]])
        found: dict[str, Past] = {}
        for each, record in records.items():
            entered = []
            if record.created_at is not None:
                entered.append(FieldChange(IS_OPEN, True, record.created_at, _NOBODY))
            if record.fields.get(IS_WON):
                entered.extend(_won(record, stages.get(each, ())))
            found[each] = Past(entered=tuple(entered))
        return found

    def _stage_history(self, ids: Sequence[str]) -> dict[str, list[tuple[str, datetime]]]:
        """(stage, since when) per opportunity, newest first; nothing where the org hides it."""
        found: dict[str, list[tuple[str, datetime]]] = {}
        if self._no_stage_history or not ids:
            return found
        head = f"{soql.select(_KEPT, _HISTORY)} WHERE OpportunityId"
        tail = " ORDER BY CreatedDate DESC, Id DESC"
        try:
            for start in range(0, len(ids), HISTORY_IDS):
                literals = ",".join(soql.ids(ids[start : start + HISTORY_IDS]))
                for row in self._client.rows(f"{head} IN ({literals}){tail}"):
                    stage = (str(row.get(_STAGE)), instant(row["CreatedDate"]))
                    found.setdefault(row["OpportunityId"], []).append(stage)
        except (SignIn, FixSettings) as refused:
            if refused.code not in (RIGHTS_MISSING, FIELD_UNKNOWN):
                raise
            self._no_stage_history = True
        return found


def _past(
    record: Record,
    kept: Sequence[Kept],
    dates: StageDates,
    fields: Sequence[str],
    also: Sequence[str],
    ours: str,
) -> Past:
    def author(by: str) -> Author:
        return Author("ours", by) if by == ours else _NOBODY

    changes = tuple(
        FieldChange(one.field, one.value, one.at, author(one.by))
        for one in kept
        if one.field in fields
    )
    entered = []
    for pseudo, told in dates.of(record, kept, fields).items():
        name, date = pseudo.removeprefix(SINCE), since_of(told)
        if date is not None:
            by = author(dates.by(record, name, kept))
            value = record.fields.get(name)
            entered.append(FieldChange(name, value, date.at, by, inferred=date.approximate))
    shown = {name: record.fields[name] for name in also if name in record.fields}
    return Past(changes, tuple(entered), shown)


def _won(record: Record, stages: Sequence[tuple[str, datetime]]) -> list[FieldChange]:
    """When it came to the stage at which it is won: by its history, else by its close date."""
    now = str(record.fields.get(_STAGE))
    since: datetime | None = None
    for stage, at in stages:
        if stage != now:
            break
        since = at
    if since is not None:
        return [FieldChange(IS_WON, True, since, _NOBODY)]
    closed = record.fields.get(_CLOSED_ON)
    if not closed:
        return []
    day = datetime.fromisoformat(str(closed)).replace(tzinfo=UTC)
    return [FieldChange(IS_WON, True, day, _NOBODY, inferred=True)]
