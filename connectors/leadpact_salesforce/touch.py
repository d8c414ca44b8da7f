"""When a person last did something with a record (R23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from leadpact_salesforce.history import Authors
from leadpact_salesforce.limits import FETCH_BATCH
from leadpact_salesforce.objects import each_once, id18, instant, is_id
from leadpact_salesforce.reader import Reader

_FIELDS = ("LastModifiedDate", "LastModifiedById", "LastActivityDate")


@dataclass(frozen=True, slots=True)
class LastTouch:
    """The later of two: the last edit, where a person made it, and ``LastActivityDate``.

    An edit of ours or of an automation hides the person's before it; Salesforce keeps but the last one on the record.
    ``LastActivityDate`` is a day: the newest of logged events and closed tasks, which Salesforce keeps by itself.
    """

    reader: Reader
    authors: Authors

    def of(self, kind: str, ids: Sequence[str]) -> dict[str, datetime]:
        """Instants by id as given; ids of which nothing is known are absent."""
        wanted = each_once(id18(each) for each in ids if is_id(each))
        touched: dict[str, datetime] = {}
        for start in range(0, len(wanted), FETCH_BATCH):
            rows = self.reader.rows_by_id(kind, wanted[start : start + FETCH_BATCH], _FIELDS)
            authors = self.authors.of([str(row["LastModifiedById"]) for row in rows.values()])
            for each, row in rows.items():
                seen = []
                if authors[str(row["LastModifiedById"])].kind == "person":
                    seen.append(instant(row["LastModifiedDate"]))
                if row.get("LastActivityDate"):
                    day = datetime.fromisoformat(str(row["LastActivityDate"]))
                    seen.append(day.replace(tzinfo=UTC))
                if seen:
                    touched[each] = max(seen)
        return {each: touched[id18(each)] for each in ids if is_id(each) and id18(each) in touched}
