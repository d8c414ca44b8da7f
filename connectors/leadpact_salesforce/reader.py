"""Records by id and by key, from the endpoints that are consistent (R1, R23, R24, R26)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from leadpact.errors import FixSettings, Stop, WaitUntil
from leadpact.model.record import Gone, MovedTo, Observation, Record, RecordRef
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import ADDRESS_UNKNOWN, FIELD_UNKNOWN
from leadpact_salesforce.limits import FETCH_BATCH
from leadpact_salesforce.objects import (
    ACCOUNT,
    ALWAYS_READ,
    CONTACT,
    CONTACT_IDS,
    CONVERTED_TO,
    EXTERNAL_ID_FIELD,
    IS_LOST,
    IS_OPEN,
    IS_WON,
    OPPORTUNITY,
    each_once,
    id18,
    instant,
    is_id,
    version_of,
)
from leadpact_salesforce.schema import LiveSchema

Answer = TypeVar("Answer")
Row = dict[str, Any]

_ROLES: Final = "OpportunityContactRoles"
_ROLES_QUERY: Final = f"(SELECT ContactId FROM {_ROLES})"  # noqa: S608


class Reader:
    """Reads people and opportunities.

    Args:
        crm: the side's name, for refs.
    """

    def __init__(self, client: SalesforceClient, schema: LiveSchema, crm: str) -> None:
        self._client = client
        self._schema = schema
        self._crm = crm
        self._by_query = False
        self._parents_by_query = False

    def fetch(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> list[Observation]:
        """These records, one observation per id, same order; one call per 200 people."""
        # What has not the shape of an id answers nothing, and is not sent.
        long = {each: id18(each) for each in each_once(ids) if is_id(each)}
        wanted = [long.get(each, each) for each in ids]
        once = each_once(long.values())
        if kind == OPPORTUNITY:
            found = self._opportunities(fields, soql.ids(once), "WHERE Id") if once else {}
        else:
            found = {}
            for start in range(0, len(once), FETCH_BATCH):
                found |= self.rows_by_id(kind, once[start : start + FETCH_BATCH], fields)
        seen: dict[str, Observation] = {
            each: self._observed(kind, row, fields) for each, row in found.items()
        }
        missing = [each for each in once if each not in seen]
        if missing:
            seen |= self._missing(kind, missing, fields)
        return [seen.get(each) or Gone(RecordRef(self._crm, kind, each)) for each in wanted]

    def people_of(self, ids: Sequence[str]) -> list[Observation]:
        """Accounts with the ids of their Contacts, same order, for those that changed (R20)."""
        wanted = [id18(each) for each in ids]
        people: dict[str, list[str]] = {each: [] for each in wanted}
        head = f"{soql.select(('Id', 'AccountId'), CONTACT)} WHERE AccountId"
        for statement in soql.in_groups(head, soql.ids(each_once(wanted))):
            for row in self._client.rows(statement):
                people.setdefault(row["AccountId"], []).append(row["Id"])
        return [
            Record(RecordRef(self._crm, ACCOUNT, each), {CONTACT_IDS: ";".join(people[each])}, "")
            for each in wanted
        ]

    def find(
        self, kind: str, key: str, values: Sequence[str], fields: Sequence[str]
    ) -> list[Record]:
        """All records whose field is one of the values, frozen Leads among them, none deleted."""
        if kind == OPPORTUNITY and key == "contact":
            head = "WHERE Id IN (SELECT OpportunityId FROM OpportunityContactRole WHERE ContactId"
            literals = soql.ids(filter(is_id, each_once(values)))
            rows = self._opportunities(fields, literals, head, ")") if literals else {}
            return [self._record(kind, row, fields) for row in rows.values()]
        if key == "Id":
            literals = soql.ids(filter(is_id, each_once(values)))
        else:
            # Salesforce compares without case, so values that differ in case alone are one.
            folded = {value.strip().casefold(): value.strip() for value in values}
            literals = [soql.text(value) for value in folded.values() if soql.searchable(value)]
        if not literals or not self._can_find(kind, key):
            return []

        def read(asked: list[str]) -> dict[str, Row]:
            # After a refused read the live schema is known, and the key may be what is hidden.
            if not self._can_find(kind, key):
                return {}
            head = f"{soql.select(asked, kind)} WHERE {soql.name(key)}"
            return self._by_id(soql.in_pages(head, literals))

        found = self._reading(kind, fields, read, also=(key,))
        return [self._record(kind, row, fields) for row in found.values()]

    def once_bore(self, kind: str, ids: Sequence[str]) -> dict[str, str]:
        """By our external id, the record in the recycle bin that bore it last; losers of merges lie there, too."""
        if not ids or not self._can_find(kind, EXTERNAL_ID_FIELD):
            return {}
        asked = ("Id", EXTERNAL_ID_FIELD)
        head = f"{soql.select(asked, kind)} WHERE IsDeleted = true AND {EXTERNAL_ID_FIELD}"
        literals = [soql.text(one) for one in ids if soql.searchable(one)]
        found: dict[str, str] = {}
        for statement in soql.in_groups(head, literals) if literals else ():
            for row in self._client.rows(statement, with_deleted=True):
                found[str(row[EXTERNAL_ID_FIELD])] = str(row["Id"])
        return {one: found[one] for one in ids if one in found}

    def rows_by_id(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
        """Raw rows of people by id; those that are deleted or were never there are missing."""

        def read(asked: list[str]) -> dict[str, Row]:
            of_parents = any("." in field for field in asked)
            if self._by_query or (of_parents and self._parents_by_query):
                return self._queried(kind, ids, asked)
            try:
                rows = self._client.read_collection(kind, ids, asked)
            except FixSettings as refused:
                if refused.code == FIELD_UNKNOWN and of_parents:
                    # Whether a collection follows a relationship is not known; a query does.
                    found = self._queried(kind, ids, asked)
                    self._parents_by_query = True
                    return found
                if refused.code != ADDRESS_UNKNOWN:
                    raise
                # Reading by collection is believed, not proved, of every org (facts §2).
                self._by_query = True
                return read(asked)
            if not isinstance(rows, list):
                raise WaitUntil("Salesforce's answer to a read is cut.", code="answer_lost")
            return {row["Id"]: row for row in rows if row and not row.get("IsDeleted")}

        return self._reading(kind, fields, read)

    def _queried(self, kind: str, ids: Sequence[str], asked: list[str]) -> dict[str, Row]:
        # One long address for a batch, as histories have it.
        head = f"{soql.select(asked, kind)} WHERE Id"
        return self._by_id(soql.in_pages(head, soql.ids(ids)))

    # -- people --------------------------------------------------------------------------------

    def _observed(self, kind: str, row: Row, fields: Sequence[str]) -> Observation:
        record = self._record(kind, row, fields)
        if not row.get("IsConverted"):
            return record
        became = tuple(
            RecordRef(self._crm, other, row[field])
            for other, field in CONVERTED_TO
            if row.get(field)
        )
        return MovedTo(record.ref, "converted", became, record)

    def _record(self, kind: str, row: Row, fields: Sequence[str]) -> Record:
        row.pop("attributes", None)
        for field in _lifted(tuple(fields)):
            _lift(row, field)
        created = row.get("CreatedDate")
        return Record(
            RecordRef(self._crm, kind, row["Id"]),
            row,
            version_of(row["SystemModstamp"]),
            row.get("LastModifiedById"),
            instant(created) if created else None,
        )

    def _missing(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, Observation]:
        """What became of records that the consistent read did not have."""
        merges = kind != OPPORTUNITY
        asked = ("Id", "IsDeleted", "MasterRecordId") if merges else ("Id", "IsDeleted")
        bin_rows: dict[str, Row] = {}
        for statement in soql.in_groups(f"{soql.select(asked, kind)} WHERE Id", soql.ids(ids)):
            for row in self._client.rows(statement, with_deleted=True):
                bin_rows[row["Id"]] = row
        # Alive after all: it was restored, or made, between the two reads.
        back = [each for each, row in bin_rows.items() if not row["IsDeleted"]]
        if kind == OPPORTUNITY:
            alive = self._opportunities(fields, soql.ids(back), "WHERE Id") if back else {}
        else:
            alive = self.rows_by_id(kind, back, fields) if back else {}
        observed: dict[str, Observation] = {}
        for each in ids:
            ref = RecordRef(self._crm, kind, each)
            winner = bin_rows.get(each, {}).get("MasterRecordId")
            if each in alive:
                observed[each] = self._observed(kind, alive[each], fields)
            elif winner:
                observed[each] = MovedTo(ref, "merged", (RecordRef(self._crm, kind, winner),))
            else:
                observed[each] = Gone(ref)
        return observed

    # -- opportunities -------------------------------------------------------------------------

    def _opportunities(
        self, fields: Sequence[str], literals: Sequence[str], where: str, tail: str = ""
    ) -> dict[str, Row]:
        def read(asked: list[str]) -> dict[str, Row]:
            head = f"{soql.select(asked, OPPORTUNITY)} {where}"
            head = head.replace(" FROM Opportunity ", f", {_ROLES_QUERY} FROM Opportunity ", 1)
            return self._by_id(soql.in_pages(head, literals, tail))

        rows = self._reading(OPPORTUNITY, fields, read)
        for row in rows.values():
            self._judge(row)
        return rows

    def _judge(self, row: Row) -> None:
        """Put the pseudo fields on an opportunity; without ``IsClosed`` its state stays unknown."""
        roles = row.pop(_ROLES, None) or {"records": [], "done": True}
        contacts = [role["ContactId"] for role in roles["records"]]
        while not roles.get("done", True):
            page = self._client.query_more(str(roles["nextRecordsUrl"]))
            contacts += [role["ContactId"] for role in page.rows]
            roles = {"done": not page.more, "nextRecordsUrl": page.more}
        row[CONTACT_IDS] = ";".join(each_once(each for each in contacts if each))
        if "IsClosed" in row and "IsWon" in row:
            row[IS_OPEN] = not row["IsClosed"]
            row[IS_WON] = bool(row["IsWon"])
            row[IS_LOST] = bool(row["IsClosed"]) and not row["IsWon"]

    # -- shared --------------------------------------------------------------------------------

    def _can_find(self, kind: str, key: str) -> bool:
        """Whether to look by this key.

        Raises:
            FixSettings: the key is hidden; finding nobody would make everybody a second time.
        """
        if not self._schema.hidden(kind, [key]):
            return True
        if key == EXTERNAL_ID_FIELD:
            # Not made yet: no record can have it, and no ``make`` goes through without it.
            return False
        raise FixSettings(
            f"{kind}.{key} is not there, or this sign-in may not see it; people are matched by it.",
            code="key_hidden",
        )

    def _by_id(self, statements: Iterable[str]) -> dict[str, Row]:
        return {row["Id"]: row for each in statements for row in self._client.rows(each)}

    def _reading(
        self,
        kind: str,
        fields: Sequence[str],
        read: Callable[[list[str]], Answer],
        also: tuple[str, ...] = (),
    ) -> Answer:
        """Read with the fields that are visible; the others stay unknown (R4)."""
        if kind not in ALWAYS_READ:
            raise Stop(f"{kind[:40]!r} is not read by this connector.", code="kind_unknown")
        wanted = each_once((*ALWAYS_READ[kind], *map(soql.name, fields)))
        asked = self._schema.visible(kind, wanted)
        try:
            return read(asked)
        except FixSettings as refused:
            if refused.code != FIELD_UNKNOWN:
                raise
        self._schema.refresh(kind)
        self._schema.refresh_parents(kind, wanted)
        still = self._schema.visible(kind, wanted)
        if still == asked and not self._schema.hidden(kind, also):
            raise Stop("Salesforce refuses fields that it describes.", code="schema_unstable")
        return read(still)


@lru_cache(maxsize=64)
def _lifted(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Those that stand in a nested row."""
    return tuple(field for field in fields if "." in field)


def _lift(row: Row, field: str) -> None:
    """``Account.Name`` out of the nested row; left unknown where it, or the relationship, was not read."""
    relationship, _, name = field.partition(".")
    if relationship not in row:
        return
    parent = row[relationship]
    if not isinstance(parent, Mapping):
        row[field] = None
    elif name in parent:
        row[field] = parent[name]
