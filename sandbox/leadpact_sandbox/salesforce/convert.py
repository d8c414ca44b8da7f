"""Lead conversion and merging as a person does them at the screen (facts salesforce §6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from leadpact_sandbox.salesforce import audit, derived, duplicates, engagement, ids, rows
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.tracking import track

_TO_CONTACT = {
    **{
        name: name
        for name in (
            "FirstName",
            "LastName",
            "Salutation",
            "Title",
            "Email",
            "Phone",
            "MobilePhone",
            "LeadSource",
            "Description",
            "HasOptedOutOfEmail",
            "DoNotCall",
        )
    },
    **{name: f"Mailing{name}" for name in ("Street", "City", "State", "PostalCode", "Country")},
}
_TO_ACCOUNT = {
    "Company": "Name",
    **{
        name: name
        for name in (
            "Phone",
            "Website",
            "Industry",
            "AnnualRevenue",
            "NumberOfEmployees",
            "Rating",
        )
    },
    **{name: f"Billing{name}" for name in ("Street", "City", "State", "PostalCode", "Country")},
}
_TO_OPPORTUNITY = {"LeadSource": "LeadSource"}
MERGED = 3
"""At most this many records in one merge, the winner among them."""


def quarter_end(today: date) -> date:
    """The last day of the quarter: a new opportunity's close date."""
    month = (today.month - 1) // 3 * 3 + 4
    first = date(today.year + (month > 12), month - 12 if month > 12 else month, 1)
    return first - timedelta(days=1)


def _mapped(org: Org, lead: Row, target: str, table: dict[str, str]) -> Row:
    """Values that go over: standard fields always, custom ones only where mapped (§6).

    The switch ``salesforce.6.custom_fields_mapped`` maps every custom field to the Contact's field
    of the same name.
    """
    pairs = dict(table)
    for source, aim in org.convert_mapping.items():
        kind, _, name = aim.partition(".")
        if kind == target:
            pairs[source.removeprefix("Lead.")] = name
    if target == "Contact" and org.world.switch("salesforce.6.custom_fields_mapped", False):
        for field in org.catalog.objects["Lead"].fields.values():
            if field.custom and field.name in org.catalog.objects[target].fields:
                pairs[field.name] = field.name
    return {aim: lead[source] for source, aim in pairs.items() if lead.get(source) is not None}


def _existing(org: Org, kind: str, given: str) -> Row:
    owner = org.catalog.objects[kind]
    return rows.existing(org, owner, rows.record_id_of(owner, given))


def _fill(
    org: Org, owner: Sobject, row: Row, values: Row, caller: Caller, *, over: str = ""
) -> None:
    """Merge into a record that exists: only its empty fields take a value, and ``over`` (§6)."""
    empty = {
        name: value
        for name, value in values.items()
        if name == over or row.get(name) in (None, False)
    }
    empty.pop("OwnerId", None)
    if empty:
        _put(org, owner.name, {**row, **empty}, row, caller)


def _put(org: Org, kind: str, row: Row, old: Row | None, caller: Caller) -> Row:
    stamp = caller.stamp or org.now()
    row = {**row, **audit.touched(stamp, caller.user_id)}
    derived.before_save(org, kind, row, old, caller)
    if old is None:
        duplicates.refuse_duplicates(org, kind, row, caller)
    row = {name: value for name, value in row.items() if value is not None}
    org.write(kind, row)
    derived.after_save(org, kind, row, old, caller)
    return row


def _made(org: Org, kind: str, values: Row, caller: Caller) -> Row:
    born = audit.born(org, kind, caller.stamp or org.now(), caller.user_id)
    return _put(org, kind, {**born, **values}, None, caller)


def _owner_after(org: Org, lead: Row, caller: Caller, given: str | None) -> str:
    """Who owns what the lead becomes: a User, never a queue (§6)."""
    if given is not None:
        owner_id = str(rows.record_id_of(org.catalog.objects["User"], given))
        user = org.tables["User"].rows.get(owner_id, {})
        if not user.get("IsActive") or user.get("UserType") != "Standard":
            raise ApiError(
                400,
                "INACTIVE_OWNER_OR_USER",
                f"operation performed with inactive user [{owner_id[:15]}] as owner",
                ["OwnerId"],
            )
        return owner_id
    if not lead["OwnerId"].startswith("00G"):
        return str(lead["OwnerId"])
    user = org.tables["User"].rows.get(caller.user_id, {})
    if user.get("UserType") != "Standard":
        raise ApiError(
            400,
            "INVALID_CROSS_REFERENCE_KEY",
            "a lead owned by a queue needs an owner to be converted",
            ["ownerId"],
        )
    return caller.user_id


def convert(
    org: Org,
    lead_id: str,
    status: str,
    caller: Caller,
    *,
    contact: str | None = None,
    account: str | None = None,
    opportunity: str | None = None,
    owner: str | None = None,
    overwrite_lead_source: bool = False,
) -> str:
    """Convert a Lead; the Lead stays, frozen. Answers its id.

    Args:
        status: a Lead Status that LeadStatus marks IsConverted.
        contact: id of a Contact to merge into; its Account is taken.
        account: id of an Account to merge into; None makes one.
        opportunity: name of the Opportunity to make, or the id of one; None for none.
        owner: id of the User who is to own what is made; None for the Lead's own, or the
            caller where a queue owns the Lead.
        overwrite_lead_source: a Contact that exists takes the Lead's source over its own.

    Raises:
        ApiError: CANNOT_UPDATE_CONVERTED_LEAD, INVALID_STATUS, or for ids that do not fit.
    """
    lead = _existing(org, "Lead", lead_id)
    if lead.get("IsConverted"):
        raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
    statuses = org.tables["LeadStatus"].rows.values()
    if not any(each["IsConverted"] and each["ApiName"] == status for each in statuses):
        raise ApiError(400, "INVALID_STATUS", f"invalid convertedStatus: {status}", [])
    caller = replace(caller, auto_assign=False)
    owner_id = _owner_after(org, lead, caller, owner)
    over = "LeadSource" if overwrite_lead_source else ""
    with org.transaction():
        _convert(org, lead, status, caller, contact, account, opportunity, owner_id, over)
    return str(lead["Id"])


def _convert(
    org: Org,
    lead: Row,
    status: str,
    caller: Caller,
    contact: str | None,
    account: str | None,
    opportunity: str | None,
    owner_id: str,
    over: str,
) -> None:
    catalog = org.catalog.objects
    into_contact = None if contact is None else _existing(org, "Contact", contact)
    if into_contact is not None and account is None:
        account = into_contact.get("AccountId")
    into_account = None if account is None else _existing(org, "Account", account)
    values = {**_mapped(org, lead, "Account", _TO_ACCOUNT), "OwnerId": owner_id}
    if into_account is None:
        into_account = _made(org, "Account", values, caller)
    else:
        _fill(org, catalog["Account"], into_account, values, caller)
    values = {
        **_mapped(org, lead, "Contact", _TO_CONTACT),
        "AccountId": into_account["Id"],
        "OwnerId": owner_id,
    }
    if into_contact is None:
        into_contact = _made(org, "Contact", values, caller)
    elif into_contact.get("AccountId") not in (None, into_account["Id"]):
        raise ApiError(
            400, "INVALID_CROSS_REFERENCE_KEY", "the contact is not of the given account", []
        )
    else:
        _fill(org, catalog["Contact"], into_contact, values, caller, over=over)
    changes: dict[str, Any] = {
        "IsConverted": True,
        "Status": status,
        "ConvertedDate": org.world.clock.now().date().isoformat(),
        "ConvertedAccountId": into_account["Id"],
        "ConvertedContactId": into_contact["Id"],
        "OwnerId": owner_id,
        "IsUnreadByOwner": False,
    }
    if opportunity is not None:
        changes["ConvertedOpportunityId"] = _opportunity(
            org, lead, opportunity, into_account["Id"], into_contact["Id"], owner_id, caller
        )
    stamp = max(caller.stamp or org.now(), lead["SystemModstamp"])
    converted = {**lead, **changes, **audit.touched(stamp, caller.user_id)}
    org.write("Lead", converted)
    engagement.carry(org, lead["Id"], into_contact["Id"], caller)
    track(org, "Lead", converted, lead, caller.user_id)


def _opportunity(
    org: Org,
    lead: Row,
    given: str,
    account_id: str,
    contact_id: str,
    owner_id: str,
    caller: Caller,
) -> str:
    """The opportunity's id; a new one begins in the first stage and ends with the quarter."""
    record_id = ids.normalised(given)
    if record_id is not None and record_id.startswith("006"):
        row = _existing(org, "Opportunity", record_id)
        stamp = caller.stamp or org.now()
        roles = org.tables["OpportunityContactRole"]
        if not any(
            roles.rows[each]["ContactId"] == contact_id
            for each in roles.equal("OpportunityId", row["Id"])
        ):
            derived.add_primary_role(org, row["Id"], contact_id, stamp, caller.user_id)
        return str(row["Id"])
    name = given.strip()
    if not name or len(name) > 120:
        raise ApiError(400, "STRING_TOO_LONG", "Name: 1 to 120 characters", ["Name"])
    made = _made(
        org,
        "Opportunity",
        {
            **_mapped(org, lead, "Opportunity", _TO_OPPORTUNITY),
            "Name": name,
            "StageName": "Prospecting",
            "CloseDate": quarter_end(org.world.clock.now().date()).isoformat(),
            "AccountId": account_id,
            "ContactId": contact_id,
            "OwnerId": owner_id,
        },
        caller,
    )
    return str(made["Id"])


def merge(org: Org, kind: str, winner: str, losers: list[str], caller: Caller) -> list[str]:
    """Fold up to two records into another: losers are deleted with MasterRecordId (§6).

    The winner keeps its values; its children gain the losers' children, whose ids are answered.

    Raises:
        ApiError: for objects that do not merge, or ids that do not fit.
    """
    owner = org.catalog.objects[kind]
    if "MasterRecordId" not in owner.fields or not 0 < len(losers) < MERGED:
        raise ApiError(400, "INVALID_TYPE", f"{kind}: 2 or 3 records of one kind can be merged")
    kept = _existing(org, kind, winner)
    gone = [_existing(org, kind, each) for each in losers]
    if kept["Id"] in {each["Id"] for each in gone}:
        raise ApiError(400, "INVALID_ID_FIELD", "a record cannot be merged with itself", [])
    if kind == "Lead" and any(each.get("IsConverted") for each in (kept, *gone)):
        raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
    moved_ids: list[str] = []
    with org.transaction():
        for each in gone:
            for child in owner.children:
                table = org.tables[child.object]
                for child_id in sorted(table.equal(child.field, each["Id"])):
                    row = table.rows[child_id]
                    moved = {**row, child.field: kept["Id"]}
                    moved_ids.append(child_id)
                    org.write(child.object, {**moved, **audit.touched(org.now(), caller.user_id)})
            rows.delete(org, owner, each["Id"], caller, master=kept["Id"])
        org.write(kind, {**kept, **audit.touched(org.now(), caller.user_id)})
    return moved_ids
