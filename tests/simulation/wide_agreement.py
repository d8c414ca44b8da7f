"""What the wide histories agree on beside the shipped mapping: scopes, and fields of accounts and companies."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tests.simulation.agreement import field, mapping_of, pact
from tests.simulation.crm_hubspot import CONTACTS, contacts_schema
from tests.simulation.crm_salesforce import CONTACT, LEAD, person_schema

from leadpact.mapping import LeadMapping
from leadpact.model.schema import FieldSchema, KindSchema
from leadpact.pact import Pact
from leadpact_mappings import default_text

ACCOUNT, COMPANIES = "Account", "companies"
INDUSTRY, TIER = "Account.Industry", "company.tier"
PARTNER = "partner_kind"
"""A property of HubSpot's own that no row of the mapping names; its scope asks for it."""
OUTSIDE = "Brazil"
_SALESFORCE = f"    scope: {{field: country, op: is_not, value: {OUTSIDE}}}\n"
_HUBSPOT = f"        scope: {{not: {{field: {PARTNER}, op: is, value: partner}}}}\n"
SCOPES = (("", ""), (_SALESFORCE, ""), (_SALESFORCE, _HUBSPOT))
"""Who takes part, as an admin may say it: everybody, nobody in Brazil, no partner either."""
_OF_ACCOUNTS = f"""\
  account_industry:
    type: text
    policy: system_of_record
    hubspot: account_industry
    salesforce: {{Contact: {{field: {INDUSTRY}, direction: from_crm}}}}
  company_tier:
    type: text
    policy: system_of_record
    hubspot: {{field: {TIER}, direction: from_crm}}
    salesforce: {{Lead: Tier__c, Contact: Tier__c}}
"""


@cache
def wide_mapping(scope: int) -> LeadMapping:
    """The default mapping with fields of accounts, under one of the scopes."""
    there, here = SCOPES[scope]
    text = default_text("mapping.yaml")
    for place, more in (
        ("  salesforce:\n    values: typed\n", there),
        ("      contacts:\n        external_id: leadpact_lead_id\n", here),
        ("\nfields:\n", _OF_ACCOUNTS),
    ):
        if text.count(place) != 1:
            raise AssertionError(f"the shipped mapping has no single {place!r}")
        text = text.replace(place, place + more)
    return mapping_of(text)


@cache
def strict_pact() -> Pact:
    """The default pact, by which a rep gets one lead a day (R34)."""
    return replace(pact(), handoff=replace(pact().handoff, per_rep_per_day=1))


MORE_FIELDS: dict[str, tuple[FieldSchema, ...]] = {
    CONTACTS: (
        field(PARTNER, "text", "blank_is_null"),
        field("account_industry", "text", "blank_is_null"),
        field(TIER, "text", "blank_is_null", writable=False),
    ),
    LEAD: (field("Tier__c", "text", "trim", "blank_is_null"),),
    CONTACT: (
        field("Tier__c", "text", "trim", "blank_is_null"),
        field(INDUSTRY, "text", "blank_is_null", writable=False),
    ),
}
"""What the wide mapping reads beside the shipped one."""


@cache
def wide_schema(kind: str) -> KindSchema:
    """A kind of person with the further fields."""
    schema = contacts_schema() if kind == CONTACTS else person_schema(kind)
    more = {one.name: one for one in MORE_FIELDS[kind]}
    return replace(schema, fields={**schema.fields, **more})
