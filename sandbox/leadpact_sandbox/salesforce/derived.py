"""What Salesforce itself sets or refuses when a row is saved (facts salesforce §6, §7)."""

from __future__ import annotations

from leadpact_sandbox.salesforce import deal_history, engagement, record_types
from leadpact_sandbox.salesforce.audit import born, touched
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.schema_sales import STAGES
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.tracking import track

_STAGES = {row[0]: row for row in STAGES}


def default_owner(org: Org, caller: Caller) -> str:
    """Who owns a new record: the caller, or the integration user where the caller cannot own."""
    row = org.tables["User"].rows.get(caller.user_id, {})
    return caller.user_id if row.get("UserType") == "Standard" else org.integration_id


def assigns(org: Org, caller: Caller) -> bool:
    """Whether the org's assignment rule gives a Lead that this caller saves to its queue (§6)."""
    return caller.auto_assign and org.world.switch("salesforce.6.assignment_rules", False)


def before_save(org: Org, kind: str, row: Row, old: Row | None, caller: Caller) -> None:
    """Set derived fields on a row about to be stored.

    Raises:
        ApiError: where the object's own rules refuse the row.
    """
    if "OwnerId" in org.catalog.objects[kind].fields and old is None and not row.get("OwnerId"):
        row["OwnerId"] = default_owner(org, caller)
    if kind in ("Lead", "Contact"):
        parts = (row.get("Salutation"), row.get("FirstName"), row.get("LastName"))
        row["Name"] = " ".join(part for part in parts[1:] if part)
    if kind == "Lead":
        _lead(org, row, old, caller)
    elif kind == "Opportunity":
        _opportunity(row, old, caller.stamp or org.now())
    elif kind == "FieldPermissions":
        _field_permissions(org, row, old)
    elif kind == "PermissionSet":
        _permission_set(org, row)
    elif kind == "RecordType":
        record_types.saved(org, row, old)
    elif kind in engagement.BEFORE:
        engagement.BEFORE[kind](org, row, old, caller)
    elif kind == "PermissionSetAssignment" and old is None:
        held = org.tables[kind].equal("AssigneeId", row.get("AssigneeId"))
        if any(
            org.tables[kind].rows[each]["PermissionSetId"] == row.get("PermissionSetId")
            for each in held
        ):
            raise _duplicate()


def _permission_set(org: Org, row: Row) -> None:
    held = org.tables["PermissionSet"].equal("Name", row.get("Name") or "")
    if held - {row["Id"]}:
        raise ApiError(
            400,
            "DUPLICATE_DEVELOPER_NAME",
            f"There is already a permission set named {row.get('Name')}.",
            ["Name"],
        )


def _duplicate() -> ApiError:
    return ApiError(
        400,
        "DUPLICATE_VALUE",
        "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
        [],
    )


def _lead(org: Org, row: Row, old: Row | None, caller: Caller) -> None:
    switch = org.world.switch
    if old is not None and old.get("IsConverted"):
        if switch("salesforce.6.converted_lead_editable", False):
            return
        raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
    if assigns(org, caller):
        row["OwnerId"] = org.queue_id
    if row.get("IsConverted") or switch("salesforce.6.converted_status_by_update", False):
        return
    if old is None or old.get("Status") != row.get("Status"):
        for status in org.tables["LeadStatus"].rows.values():
            if status["IsConverted"] and status["ApiName"] == row.get("Status"):
                raise ApiError(
                    400,
                    "FIELD_INTEGRITY_EXCEPTION",
                    f"Status: {row['Status']} is set by converting the lead, not by an update",
                    ["Status"],
                )


def _opportunity(row: Row, old: Row | None, stamp: str) -> None:
    """StageName decides IsClosed, IsWon, forecast and the default probability (§6)."""
    changed = old is None or old.get("StageName") != row.get("StageName")
    known = _STAGES.get(row.get("StageName", ""))
    if changed:
        if old is not None:
            row["LastStageChangeDate"] = stamp
        closed, won, probability, forecast = known[1:] if known else (False, False, 0, "Pipeline")
        row["IsClosed"], row["IsWon"] = closed, won
        sent = None if old is None else old.get("Probability")
        if row.get("Probability") == sent:
            row["Probability"] = float(probability)
        sent = None if old is None else old.get("ForecastCategoryName")
        if row.get("ForecastCategoryName") == sent:
            row["ForecastCategoryName"] = forecast
    row["ForecastCategory"] = row.get("ForecastCategoryName")
    if row.get("Amount") is not None:
        row["ExpectedRevenue"] = round(row["Amount"] * row.get("Probability", 0.0) / 100, 2)
    else:
        row.pop("ExpectedRevenue", None)


def _field_permissions(org: Org, row: Row, old: Row | None) -> None:
    owner_name, _, field_name = str(row.get("Field") or "").partition(".")
    owner = org.catalog.objects.get(owner_name)
    field = None if owner is None else owner.fields.get(field_name)
    if owner_name != row.get("SobjectType") or field is None:
        raise ApiError(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"Field Name: bad value for restricted picklist field: {row.get('Field')}",
            ["Field"],
        )
    if not field.permissionable:
        raise ApiError(
            400,
            "FIELD_INTEGRITY_EXCEPTION",
            f"Field {row['Field']} cannot take field-level security",
            ["Field"],
        )
    if row.get("PermissionsEdit") and not row.get("PermissionsRead"):
        raise ApiError(
            400, "FIELD_INTEGRITY_EXCEPTION", "Edit Access needs Read Access", ["PermissionsRead"]
        )
    table = org.tables["FieldPermissions"]
    same = (table.rows[each] for each in table.equal("ParentId", row.get("ParentId")))
    if old is None and any(each["Field"] == row["Field"] for each in same):
        raise _duplicate()


def after_save(org: Org, kind: str, row: Row, old: Row | None, caller: Caller) -> None:
    """Rows that follow from a saved one: tracked history, the primary contact role (§6)."""
    stamp = row["SystemModstamp"]
    track(org, kind, row, old, caller.user_id)
    if kind in ("Lead", "Contact"):
        engagement.person_saved(org, kind, row, old)
    if kind in engagement.AFTER:
        engagement.AFTER[kind](org, row, old, caller)
    if kind == "Opportunity":
        deal_history.keep(org, row, old, caller.user_id)
    if kind == "Opportunity" and old is None and row.get("ContactId"):
        add_primary_role(org, row["Id"], row["ContactId"], stamp, caller.user_id)
    if kind == "OpportunityContactRole" and row.get("IsPrimary"):
        table = org.tables[kind]
        for each in sorted(table.equal("OpportunityId", row["OpportunityId"])):
            other = table.rows[each]
            if each != row["Id"] and other.get("IsPrimary") and not other.get("IsDeleted"):
                org.write(kind, {**other, **touched(stamp, caller.user_id), "IsPrimary": False})
        parent = org.live("Opportunity", row["OpportunityId"])
        if parent is not None and parent.get("ContactId") != row["ContactId"]:
            org.write("Opportunity", {**parent, "ContactId": row["ContactId"]})


def add_primary_role(org: Org, opportunity: str, contact: str, stamp: str, user_id: str) -> None:
    """The primary contact role with a blank Role that comes with an opportunity (§6)."""
    row = {
        **born(org, "OpportunityContactRole", stamp, user_id),
        "OpportunityId": opportunity,
        "ContactId": contact,
        "IsPrimary": True,
    }
    org.write("OpportunityContactRole", row)
