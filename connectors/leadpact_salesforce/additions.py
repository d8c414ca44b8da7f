"""What others than leadpact added to a Lead or Contact: fields, activities, campaigns, opportunities (R32)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leadpact.errors import FixSettings, SignIn
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.history import Authors, TrackedHistory
from leadpact_salesforce.limits import FETCH_BATCH
from leadpact_salesforce.objects import CONTACT, LEAD, each_once, id18, is_id
from leadpact_salesforce.reader import Reader

_FIELDS: Final = ("CreatedById", "LastModifiedById")
_NOT_THEIRS: Final = frozenset({"ours", "workflow"})
_HANGING_ON: Final = {
    LEAD: (("Task", "WhoId"), ("Event", "WhoId"), ("CampaignMember", "LeadId")),
    CONTACT: (
        ("Task", "WhoId"),
        ("Event", "WhoId"),
        ("CampaignMember", "ContactId"),
        ("OpportunityContactRole", "ContactId"),
    ),
}
_NAMED: Final = {
    "Task": "a task",
    "Event": "an event",
    "CampaignMember": "a campaign",
    "OpportunityContactRole": "an opportunity",
}


@dataclass(frozen=True, slots=True)
class AdditionReader:
    """Looks at the record's makers, at the history of what the org tracks, and at what hangs on the record.

    An edit of an untracked field that leadpact's own edit covered since leaves no trace in Salesforce.
    """

    client: SalesforceClient
    reader: Reader
    authors: Authors
    tracked: TrackedHistory

    def of(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
        """A phrase by id as given; absent where nobody added anything.

        Args:
            fields: those of which the org's field history is asked.
        """
        wanted = each_once(id18(each) for each in ids if is_id(each))
        found: dict[str, str] = {}
        for start in range(0, len(wanted), FETCH_BATCH):
            part = wanted[start : start + FETCH_BATCH]
            for each, phrase in self._phrases(kind, part, fields):
                found.setdefault(each, phrase)
        return {each: found[id18(each)] for each in ids if is_id(each) and id18(each) in found}

    def _phrases(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Iterator[tuple[str, str]]:
        rows = self.reader.rows_by_id(kind, ids, _FIELDS)
        history = self.tracked.of(kind, list(rows), fields)
        who = {str(row[name]) for row in rows.values() for name in _FIELDS if row.get(name)}
        who |= {kept.by for kept_of in history.values() for kept in kept_of}
        authors = self.authors.of(sorted(who))
        for each, row in rows.items():
            for kept in history.get(each, ()):
                if authors[kept.by].kind not in _NOT_THEIRS:
                    yield each, f"{kept.field}, by {authors[kept.by]}"
            for name, words in zip(_FIELDS, ("made", "changed"), strict=True):
                author = authors.get(str(row.get(name)))
                if author is not None and author.kind not in _NOT_THEIRS:
                    yield each, f"{words} by {author}"
        for table, key in _HANGING_ON[kind]:
            yield from self._hanging_on(table, key, list(rows))

    def _hanging_on(self, table: str, key: str, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        head = f"{soql.select((key,), table)} WHERE {key}"
        try:
            found: list[dict[str, Any]] = [
                row
                for statement in soql.in_groups(head, soql.ids(ids))
                for row in self.client.rows(statement)
            ]
        except (SignIn, FixSettings):
            # What may not be seen may be there.
            yield from ((each, f"{table} cannot be seen with this sign-in") for each in ids)
            return
        for row in found:
            yield id18(str(row[key])), _NAMED[table]
