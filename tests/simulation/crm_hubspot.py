"""A HubSpot-like CRM in memory: contacts, stamps in milliseconds, a late search feed, stages that only go forward."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.simulation.agreement import field, mapping, own_fields
from tests.simulation.crm_base import FakeCrm, How
from tests.simulation.crm_rows import Row

from leadpact.errors import SetAside
from leadpact.model.record import Author, Change, ChangePage, FieldDate, Native
from leadpact.model.schema import FieldSchema, KindSchema
from leadpact.ports.connector import Capabilities, WriteResult, WriteRow, Written

CONTACTS = "contacts"
STAGE, STATUS, EMAIL, OUR_ID = "lifecyclestage", "hs_lead_status", "email", "leadpact_lead_id"
MORE = "hs_additional_emails"
OWN_STAGE, OWN_REASON = "leadpact_stage", "leadpact_rejection_reason"
STAGES = (
    *("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead"),
    *("opportunity", "customer", "evangelist", "other"),
)
STATUSES = (
    *("NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED"),
    *("ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING"),
)
BANDS = ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+")
SIGNALS = (
    "last_pricing_page_view",
    "last_demo_page_view",
    "last_gated_download",
    "last_demo_request",
)


@cache
def contacts_schema() -> KindSchema:
    """Contacts as the mapping needs them."""
    fields: dict[str, FieldSchema] = {
        one.name: one
        for one in (
            field(EMAIL, "text", "lower", "trim", "blank_is_null"),
            field(STAGE, "picklist", "blank_is_null", options=STAGES),
            field(STATUS, "picklist", "blank_is_null", options=STATUSES),
            field("numemployees", "picklist", "blank_is_null", options=BANDS),
            field("hs_email_optout", "boolean", "blank_is_null", writable=False),
        )
    }
    fields |= own_fields("hubspot", CONTACTS, "blank_is_null")
    for rule in mapping().signals:
        fields[rule.field] = field(rule.field, "datetime", "blank_is_null")
    for name in mapping().read_fields("hubspot", CONTACTS):
        fields.setdefault(name, field(name, "text", "blank_is_null", longest=65_536))
    return KindSchema(CONTACTS, "Contact", fields)


class FakeHubSpot(FakeCrm):
    """Contacts as HubSpot keeps them."""

    name = "hubspot"
    kinds = (CONTACTS,)
    external_id, email = OUR_ID, EMAIL
    lists = frozenset({MORE})
    sources = ("form_submissions",)
    capabilities = Capabilities(
        crm="hubspot",
        person_kinds=(CONTACTS,),
        subscribed=(CONTACTS,),
        sweeps=(CONTACTS,),
        ops=frozenset({"set", "make", "reset_blank", "announce", "archive"}),
        default_team="marketing",
        answers_values=True,
        stage_forward_only={CONTACTS: STAGE},
        field_times=True,
        field_history=True,
        stage_history=True,
        feed_overlap_s=60,
        label="HubSpot",
    )

    def __init__(self, now: Callable[[], datetime], lag: timedelta) -> None:
        super().__init__(now, lag)
        self.schemas = {CONTACTS: contacts_schema()}

    def stored(self, kind: str, name: str, value: Native) -> Native:
        if value is None or value == "":
            return None
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return text.strip().lower() if name == EMAIL else text

    def stamp(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def new_id(self, kind: str) -> str:
        return str(100 + self._made)

    def defaults(self, kind: str) -> dict[str, Native]:
        return {**super().defaults(kind), STAGE: "lead"}

    def refusal(self, row: Row | None, kind: str, fields: Mapping[str, Native]) -> SetAside | None:
        for name, value in fields.items():
            schema = self.schemas[kind].fields[name]
            kept = self.stored(kind, name, value)
            options = {one.value for one in schema.picklist}
            if schema.restricted and kept is not None and str(kept) not in options:
                return SetAside("No such option.", code="picklist_value_unknown", fields=(name,))
            if name in (EMAIL, OUR_ID) and kept is not None:
                others = [r for r in self.live() if r is not row and r.fields[name] == kept]
                if others:
                    return SetAside("It is taken.", code="value_taken", fields=(name,))
        return None

    def taken(self, row: Row, fields: Mapping[str, Native]) -> dict[str, Native]:
        """A step back is ignored in silence (facts §4)."""
        there, here = fields.get(STAGE), row.fields[STAGE]
        if there and here and STAGES.index(str(there)) < STAGES.index(str(here)):
            return {name: value for name, value in fields.items() if name != STAGE}
        return dict(fields)

    def answered(self, row: Row, wanted: WriteRow, *, created: bool) -> WriteResult:
        fields = {name: row.fields[name] for name in wanted.fields}
        return Written(row.ref.id, fields, row.version, created)

    def since(self, row: Row, name: str) -> FieldDate | None:
        """A date for each lifecycle stage, and for no other field (facts §4)."""
        changes = row.history.get(name) if name == STAGE else None
        return FieldDate(changes[0].at) if changes and row.fields[name] else None

    def how(self, row: Row) -> How:
        return "merged" if row.merged is not None else "changed"

    def hot_changes(self, kind: str, since: str, fields: Sequence[str] = ()) -> ChangePage:
        """As all have it; a record that a merge made tells by its lineage who went into it."""
        page = super().hot_changes(kind, since, fields)
        made = {one.ref: one.version for one in page.changes}
        merged = [
            Change(row.ref, "merged", made[now])
            for row in self.rows.values()
            if row.merged is not None and (now := self.lives_on(row.ref)) in made
        ]
        return replace(page, changes=(*page.changes, *merged))

    def merge(self, one: Row, other: Row, author: Author) -> Row:
        """Fold two contacts into a new one; the first one's values win, the other's address becomes its second."""
        values = {**other.fields, **{name: v for name, v in one.fields.items() if v is not None}}
        more = [str(values.get(MORE) or ""), str(other.fields[EMAIL] or "")]
        for row in (one, other):
            row.gone = True
        values[MORE] = ";".join(each for each in more if each and each != values[EMAIL]) or None
        made = self.make(CONTACTS, values, one.person, author)
        for row in (one, other):
            row.merged = made.ref
            self.put(row, {}, author)
        return made

    def feed_shows(self, row: Row) -> bool:
        """Search never shows an archived contact; who went into another is told by that one's lineage."""
        return row.merged is not None
