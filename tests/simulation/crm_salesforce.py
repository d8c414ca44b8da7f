"""A Salesforce-like CRM in memory: Leads that convert, whole-second stamps, answers without values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.simulation.agreement import field, mapping, own_fields
from tests.simulation.crm_base import FakeCrm, How
from tests.simulation.crm_rows import Row

from leadpact.errors import SetAside
from leadpact.model.record import Author, FieldChange, FieldDate, Native, Record, RecordRef
from leadpact.model.schema import FieldSchema, KindSchema, Normalisation
from leadpact.ports.connector import Capabilities, WriteResult, WriteRow, Written

LEAD, CONTACT, OPPORTUNITY = "Lead", "Contact", "Opportunity"
STATUS, EMAIL, OUR_ID = "Status", "Email", "leadpact_lead_id__c"
OWN_STAGE, OWN_REASON = "leadpact_stage__c", "leadpact_rejection_reason__c"
OPEN, WORKING = "Open - Not Contacted", "Working - Contacted"
REJECTED, CONVERTED = "Closed - Not Converted", "Closed - Converted"
STATUSES = (OPEN, WORKING, REJECTED, CONVERTED)
CONTACT_IDS, IS_OPEN, IS_WON = "leadpact:contact_ids", "leadpact:is_open", "leadpact:is_won"
CARRIED = {
    **{name: name for name in ("FirstName", "LastName", "Email", "Phone", "Title", "LeadSource")},
    "Country": "MailingCountry",
    "City": "MailingCity",
    "HasOptedOutOfEmail": "HasOptedOutOfEmail",
}
"""What a conversion brings from the Lead to the Contact; fields of ours only where the org maps them."""


@cache
def person_schema(kind: str) -> KindSchema:
    """Lead or Contact as the mapping needs it."""
    text: tuple[Normalisation, ...] = ("trim", "blank_is_null")
    fields: dict[str, FieldSchema] = {EMAIL: field(EMAIL, "text", "lower", *text, longest=80)}
    fields["HasOptedOutOfEmail"] = field("HasOptedOutOfEmail", "boolean")
    if kind == LEAD:
        fields[STATUS] = field(STATUS, "picklist", options=STATUSES)
        fields["NumberOfEmployees"] = field("NumberOfEmployees", "integer", "blank_is_null")
    fields |= own_fields("salesforce", kind, *text)
    for name in mapping().read_fields("salesforce", kind):
        fields.setdefault(name, field(name, "text", *text, longest=255))
    return KindSchema(kind, kind, fields)


class FakeSalesforce(FakeCrm):
    """Leads, Contacts and Opportunities as Salesforce keeps them."""

    name = "salesforce"
    kinds = (CONTACT, LEAD)
    external_id, email = OUR_ID, EMAIL
    duplicate_rule = False
    sources = ("campaign_members", "tasks")
    capabilities = Capabilities(
        crm="salesforce",
        person_kinds=(CONTACT, LEAD),
        evidence_kinds=(OPPORTUNITY,),
        subscribed=(LEAD, CONTACT, OPPORTUNITY),
        ops=frozenset({"set", "make", "announce", "archive"}),
        write_batch=200,
        fetch_batch=200,
        answers_values=False,
        frozen_when_converted=True,
        stage_history=True,
        compare_and_set=True,
        feed_overlap_s=600,
        label="Salesforce",
    )

    def __init__(self, now: Callable[[], datetime], lag: timedelta) -> None:
        super().__init__(now, lag)
        self.tracked = False
        self.tracked_fields = {STATUS}
        self.routed: dict[str, dict[str, Native]] = {}
        deals = KindSchema(OPPORTUNITY, OPPORTUNITY, {})
        self.schemas = {
            LEAD: person_schema(LEAD),
            CONTACT: person_schema(CONTACT),
            OPPORTUNITY: deals,
        }

    def stored(self, kind: str, name: str, value: Native) -> Native:
        if isinstance(value, str):
            value = value.strip()
            if name == EMAIL:
                value = value.lower()
        return None if value == "" else value

    def stamp(self, at: datetime) -> str:
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def new_id(self, kind: str) -> str:
        prefix = {LEAD: "00Q", CONTACT: "003", OPPORTUNITY: "006"}[kind]
        return f"{prefix}{self._made:012d}AAA"

    def defaults(self, kind: str) -> dict[str, Native]:
        fields = super().defaults(kind)
        if kind == LEAD:
            fields[STATUS] = OPEN
        if kind != OPPORTUNITY:
            fields["HasOptedOutOfEmail"] = False
        return fields | self.routed.get(kind, {})

    def refusal(self, row: Row | None, kind: str, fields: Mapping[str, Native]) -> SetAside | None:
        if row is None and self.duplicate_rule:
            same = [one for one in self.live() if one.fields["LastName"] == fields.get("LastName")]
            if same:
                named = tuple((one.ref.kind, one.ref.id) for one in same)
                return SetAside("A duplicate rule.", code="duplicate_rule", records=named)
        if row is not None and row.became:
            return SetAside("A converted Lead is frozen.", code="converted_lead")
        if fields.get(STATUS) == CONVERTED:
            return SetAside("By conversion only.", code="converted_status", fields=(STATUS,))
        if row is None and not self.stored(kind, "LastName", fields.get("LastName")):
            return SetAside("A name is needed.", code="required_missing", fields=("LastName",))
        for name, value in fields.items():
            schema = self.schemas[kind].fields[name]
            kept = self.stored(kind, name, value)
            if kept is None and name in ("LastName", "Company", STATUS):
                return SetAside("It may not be blank.", code="required_missing", fields=(name,))
            options = {one.value for one in schema.picklist}
            if schema.restricted and kept is not None and str(kept) not in options:
                return SetAside(
                    "Bad value for a restricted picklist.",
                    code="picklist_value_unknown",
                    fields=(name,),
                )
            others = [one for one in self.live(kind) if one is not row and name == OUR_ID]
            if kept is not None and any(one.fields[name] == kept for one in others):
                return SetAside("It is taken.", code="duplicate_value", fields=(name,))
        return None

    def answered(self, row: Row, wanted: WriteRow, *, created: bool) -> WriteResult:
        return Written(row.ref.id, created=created)

    def how(self, row: Row) -> How:
        if row.merged is not None:
            return "merged"
        return "deleted" if row.gone else ("converted" if row.became else "changed")

    def find(
        self, kind: str, key: str, values: Sequence[str], fields: Sequence[str]
    ) -> Sequence[Record]:
        if kind != OPPORTUNITY:
            return super().find(kind, key, values, fields)
        return [
            row.record(self.hidden, fields)
            for row in self.live(OPPORTUNITY)
            if set(str(row.fields[CONTACT_IDS]).split(";")) & set(values)
        ]

    def once_bore(self, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
        rows = [row for row in self.rows.values() if row.ref.kind == kind and row.gone]
        borne = {str(row.fields.get(OUR_ID) or ""): row.ref.id for row in rows}
        return {one: borne[one] for one in ids if one in borne}

    def history(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Sequence[FieldChange]]:
        """Only who touched the record last is known, unless the org tracks the status."""
        found: dict[str, Sequence[FieldChange]] = {}
        for one in ids:
            row = self.rows.get(RecordRef(self.name, kind, one))
            if row is None:
                continue
            at = datetime.fromisoformat(row.version)
            found[one] = [
                change
                for name in fields
                if name in row.fields
                for change in (
                    row.history[name]
                    if self.tracked and name in self.tracked_fields and name in row.history
                    else [FieldChange(name, row.fields[name], at, row.author, inferred=True)]
                )
            ]
        return found

    def since(self, row: Row, name: str) -> FieldDate | None:
        """The tracked history of the status; else the record's own date, where the status is the first one."""
        if name != STATUS:
            return None
        if self.tracked:
            changes = row.history.get(STATUS)
            return FieldDate(changes[0].at if changes else row.created)
        return FieldDate(row.created, True) if row.fields[STATUS] == OPEN else None

    # what only people do

    def convert(
        self, lead: Row, author: Author, *, into: Row | None, deal: bool, carry_ours: bool
    ) -> Row:
        """Convert a Lead into a new Contact or an existing one, with an open opportunity or without."""
        brought = {new: lead.fields[old] for old, new in CARRIED.items()}
        if carry_ours:
            ours = own_fields("salesforce", CONTACT)
            brought |= {name: lead.fields[name] for name in ours if name in lead.fields}
        if into is None:
            into = self.make(CONTACT, brought, lead.person, author)
        else:
            filled = {
                name: value
                for name, value in brought.items()
                if into.fields.get(name) in (None, False) and value not in (None, False)
            }
            self.put(into, filled, author)
        became = [into.ref]
        if deal:
            became.append(self.open_deal(into, author).ref)
        self.put(lead, {STATUS: CONVERTED}, author)
        lead.became = tuple(became)
        return into

    def merge(self, loser: Row, winner: Row, author: Author) -> None:
        """Fold one person's record into another of the same kind."""
        loser.gone, loser.merged = True, winner.ref
        self.put(loser, {}, author)
        self.put(winner, {}, author)

    def open_deal(self, contact: Row, author: Author) -> Row:
        """An open opportunity of this contact."""
        fields: dict[str, Native] = {CONTACT_IDS: contact.ref.id, IS_OPEN: True, IS_WON: False}
        return self.make(OPPORTUNITY, fields, contact.person, author)
