"""What follows from saving campaigns, their members, tasks and events (facts salesforce §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce.audit import born, touched
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Caller, Org, stamp_of
from leadpact_sandbox.salesforce.schema_engagement import MEMBER_STATUSES
from leadpact_sandbox.salesforce.table import Row

Hook: TypeAlias = Callable[[Org, Row, Row | None, Caller], None]
_MOST_MINUTES = 14 * 24 * 60
_SHOWN = ("FirstName", "LastName", "Name", "Title", "Email", "Phone", "LeadSource")
REPEATED = frozenset({*_SHOWN, "Company", "AccountId"})
"""What members of campaigns repeat of their Lead or Contact."""


def _not_converted(org: Org, lead_id: str | None) -> None:
    lead = org.live("Lead", lead_id)
    if lead is not None and lead.get("IsConverted"):
        raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])


def statuses(org: Org, campaign_id: str) -> list[Row]:
    """The live member statuses of a campaign in their order."""
    table = org.tables["CampaignMemberStatus"]
    rows = (table.rows[each] for each in table.equal("CampaignId", campaign_id))
    live = [row for row in rows if not row.get("IsDeleted")]
    return sorted(live, key=lambda row: (row.get("SortOrder") or 0, row["Id"]))


def _member(org: Org, row: Row, old: Row | None, caller: Caller) -> None:
    lead_id, contact_id = row.get("LeadId"), row.get("ContactId")
    if row.get("CampaignId") is None:
        # Refused as incomplete in a moment.
        return
    if old is None:
        _new_member(org, row)
    listed = statuses(org, row["CampaignId"])
    if not row.get("Status"):
        default = next((each for each in listed if each.get("IsDefault")), None)
        row["Status"] = default["Label"] if default is not None else None
    known = next((each for each in listed if each["Label"] == row["Status"]), None)
    if known is None and org.world.switch("salesforce.6.member_status_must_exist", False):
        raise ApiError(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"Status: bad value for restricted picklist field: {row['Status']}",
            ["Status"],
        )
    row["HasResponded"] = known is not None and bool(known.get("HasResponded"))
    if row["HasResponded"] and not row.get("FirstRespondedDate"):
        row["FirstRespondedDate"] = (caller.stamp or org.now())[:10]
    elif not row["HasResponded"]:
        row["FirstRespondedDate"] = None
    row["Type"] = "Contact" if contact_id else "Lead"
    row["LeadOrContactId"] = contact_id or lead_id
    row.update(_shown(org, row))


def _new_member(org: Org, row: Row) -> None:
    lead_id, contact_id = row.get("LeadId"), row.get("ContactId")
    if (lead_id is None) == (contact_id is None):
        raise ApiError(
            400,
            "FIELD_INTEGRITY_EXCEPTION",
            "a campaign member is either a lead or a contact",
            ["LeadId", "ContactId"],
        )
    _not_converted(org, lead_id)
    table = org.tables["CampaignMember"]
    field, value = ("LeadId", lead_id) if contact_id is None else ("ContactId", contact_id)
    for each in table.equal(field, value):
        other = table.rows[each]
        if other["CampaignId"] == row["CampaignId"] and not other.get("IsDeleted"):
            raise ApiError(400, "DUPLICATE_VALUE", "Already a campaign member.", [])


def _shown(org: Org, row: Row) -> dict[str, Any]:
    """What a member repeats of its Lead or Contact."""
    person = org.tables[row["Type"]].rows.get(row["LeadOrContactId"], {})
    account = org.tables["Account"].rows.get(person.get("AccountId", ""), {})
    company = person.get("Company") if row["Type"] == "Lead" else account.get("Name")
    return {**{name: person.get(name) for name in _SHOWN}, "CompanyOrAccount": company}


def _member_saved(org: Org, row: Row, old: Row | None, _caller: Caller) -> None:
    if old is None:
        count(org, row, 1)
    elif bool(old.get("HasResponded")) != row["HasResponded"]:
        _add(org, row["CampaignId"], {"NumberOfResponses": 1 if row["HasResponded"] else -1})


def count(org: Org, member: Row, sign: int) -> None:
    """Count a member in its campaign, or out of it; the campaign's stamp stays."""
    kind = "NumberOfContacts" if member.get("ContactId") else "NumberOfLeads"
    responses = sign if member.get("HasResponded") else 0
    _add(org, member["CampaignId"], {kind: sign, "NumberOfResponses": responses})


def _add(org: Org, campaign_id: str, changes: Mapping[str, int]) -> None:
    campaign = org.tables["Campaign"].rows.get(campaign_id)
    if campaign is not None:
        counts = {name: (campaign.get(name) or 0) + each for name, each in changes.items()}
        org.write("Campaign", {**campaign, **counts})


def person_saved(org: Org, kind: str, row: Row, old: Row | None) -> None:
    """Let members repeat what their Lead or Contact is called now; their stamps stay."""
    table = org.tables["CampaignMember"]
    if old is None or not table.rows:
        return
    if all(old.get(name) == row.get(name) for name in REPEATED):
        return
    for each in sorted(table.equal(f"{kind}Id", row["Id"])):
        member = table.rows[each]
        if member.get("LeadOrContactId") == row["Id"]:
            made = {**member, **_shown(org, member)}
            kept = {name: value for name, value in made.items() if value is not None}
            org.write("CampaignMember", kept)


def _campaign_saved(org: Org, row: Row, old: Row | None, caller: Caller) -> None:
    if old is not None:
        return
    for place, (label, default, responded) in enumerate(MEMBER_STATUSES):
        org.write(
            "CampaignMemberStatus",
            {
                **born(org, "CampaignMemberStatus", row["SystemModstamp"], caller.user_id),
                "CampaignId": row["Id"],
                "Label": label,
                "SortOrder": place + 1,
                "IsDefault": default,
                "HasResponded": responded,
            },
        )


def _member_status(org: Org, row: Row, _old: Row | None, caller: Caller) -> None:
    """At most one status of a campaign is the default, and labels differ."""
    if row.get("CampaignId") is None or row.get("Label") is None:
        return
    stamp = caller.stamp or org.now()
    for other in statuses(org, row["CampaignId"]):
        if other["Id"] == row["Id"]:
            continue
        if other["Label"].lower() == row["Label"].lower():
            raise ApiError(400, "DUPLICATE_VALUE", f"duplicate value found: {row['Label']}", [])
        if row.get("IsDefault") and other.get("IsDefault"):
            changed = {**other, **touched(stamp, caller.user_id), "IsDefault": False}
            org.write("CampaignMemberStatus", changed)


def _activity(org: Org, row: Row, old: Row | None) -> None:
    who = row.get("WhoId")
    if who is not None and (old is None or old.get("WhoId") != who):
        _not_converted(org, who)
    contact = org.tables["Contact"].rows.get(who or "", {})
    what = row.get("WhatId") or ""
    deal = org.tables["Opportunity"].rows.get(what, {})
    of_matter = what if what.startswith("001") else deal.get("AccountId")
    row["AccountId"] = of_matter or contact.get("AccountId")


def _task(org: Org, row: Row, old: Row | None, caller: Caller) -> None:
    _activity(org, row, old)
    row["IsClosed"] = row.get("Status") == "Completed"
    row["IsHighPriority"] = row.get("Priority") == "High"
    if not row["IsClosed"]:
        row["CompletedDateTime"] = None
    elif not row.get("CompletedDateTime"):
        row["CompletedDateTime"] = caller.stamp or org.now()


def _event(org: Org, row: Row, old: Row | None, caller: Caller) -> None:
    _activity(org, row, old)
    moved = old is not None and old.get("ActivityDateTime") != row.get("ActivityDateTime")
    start = row.get("ActivityDateTime") if moved else row.get("StartDateTime")
    start = start or row.get("ActivityDateTime")
    if start is None and row.get("ActivityDate"):
        start = f"{row['ActivityDate']}T00:00:00.000+0000"
    if start is None:
        raise ApiError(
            400,
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [StartDateTime]",
            ["StartDateTime"],
        )
    began = datetime.fromisoformat(start)
    end, minutes = row.get("EndDateTime"), row.get("DurationInMinutes")
    ended = old is None or old.get("EndDateTime") != end
    if end is not None and (minutes is None or ended):
        minutes = int((datetime.fromisoformat(end) - began).total_seconds() // 60)
    if minutes is None:
        raise ApiError(
            400,
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [DurationInMinutes]",
            ["DurationInMinutes"],
        )
    if not 0 <= minutes <= _MOST_MINUTES:
        raise ApiError(
            400,
            "FIELD_INTEGRITY_EXCEPTION",
            "Event duration can not be negative or longer than 14 days.",
            ["DurationInMinutes"],
        )
    row["StartDateTime"] = row["ActivityDateTime"] = stamp_of(began)
    row["EndDateTime"] = stamp_of(began + timedelta(minutes=minutes))
    row["DurationInMinutes"] = minutes
    row["ActivityDate"] = row["StartDateTime"][:10]


def carry(org: Org, lead_id: str, contact_id: str, caller: Caller) -> None:
    """Hand a converted Lead's activities and memberships to its Contact."""
    stamp = caller.stamp or org.now()
    for kind in ("Task", "Event"):
        table = org.tables[kind]
        for each in sorted(table.equal("WhoId", lead_id)):
            row = {**table.rows[each], "WhoId": contact_id}
            org.write(kind, {**row, **touched(stamp, caller.user_id)})
    members = org.tables["CampaignMember"]
    for each in sorted(members.equal("LeadId", lead_id)):
        old = members.rows[each]
        if old.get("ContactId") or old.get("IsDeleted"):
            continue
        row = {
            **old,
            "ContactId": contact_id,
            "Type": "Contact",
            "LeadOrContactId": contact_id,
            **touched(stamp, caller.user_id),
        }
        org.write("CampaignMember", row)
        count(org, old, -1)
        count(org, row, 1)


BEFORE: Mapping[str, Hook] = {
    "CampaignMember": _member,
    "CampaignMemberStatus": _member_status,
    "Task": _task,
    "Event": _event,
}
AFTER: Mapping[str, Hook] = {"Campaign": _campaign_saved, "CampaignMember": _member_saved}
