"""Create, update, delete, undelete and upsert of one row, with every refusal (facts salesforce §1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leadpact_sandbox.salesforce import audit, derived, duplicates, engagement, ids, validation
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError, malformed_id, not_covered, not_found
from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.values import stored
from leadpact_sandbox.salesforce.writing import plan

_ID_NAMES = frozenset(["Id", "id", "ID", "iD"])
_WITH = (("Task", "WhoId"), ("Event", "WhoId"))
_ABOUT = (("Task", "WhatId"), ("Event", "WhatId"))
_CHILDREN_GONE_WITH: dict[str, tuple[tuple[str, str], ...]] = {
    "Opportunity": (
        ("OpportunityContactRole", "OpportunityId"),
        ("OpportunityHistory", "OpportunityId"),
        *_ABOUT,
    ),
    "Contact": (("OpportunityContactRole", "ContactId"), ("CampaignMember", "ContactId"), *_WITH),
    "Lead": (("CampaignMember", "LeadId"), *_WITH),
    "Campaign": (
        ("CampaignMember", "CampaignId"),
        ("CampaignMemberStatus", "CampaignId"),
        *_ABOUT,
    ),
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), *_ABOUT),
    "PermissionSet": (
        ("PermissionSetAssignment", "PermissionSetId"),
        ("FieldPermissions", "ParentId"),
    ),
}


def allow(owner: Sobject, verb: str) -> None:
    """Refuse a verb that the object does not support.

    Raises:
        ApiError: 400 INVALID_TYPE_FOR_OPERATION, or 501 where only the sandbox falls short.
    """
    if verb in owner.verbs:
        return
    if not owner.covered_write:
        raise not_covered(f"{verb} of {owner.name} by the API")
    raise ApiError(
        400, "INVALID_TYPE_FOR_OPERATION", f"entity type {owner.name} does not support {verb}"
    )


def row_locked(org: Org, record_id: object) -> ApiError:
    """400 UNABLE_TO_LOCK_ROW (§1).

    The switch ``salesforce.1.row_lock_in_trigger`` wraps it in the text of a trigger that failed.
    """
    named = f": {record_id}" if isinstance(record_id, str) else ""
    text = f"unable to obtain exclusive access to this record or 1 records{named}"
    if org.world.switch("salesforce.1.row_lock_in_trigger", False):
        return ApiError(
            400,
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "RollUpTrigger: execution of AfterUpdate caused by: System.DmlException: Update failed. "
            f"First exception on row 0; first error: UNABLE_TO_LOCK_ROW, {text}: []",
            [],
        )
    return ApiError(400, "UNABLE_TO_LOCK_ROW", text, [])


def record_id_of(owner: Sobject, text: object) -> str:
    """The 18-character id of an object's record as a caller gave it.

    Raises:
        ApiError: 400 MALFORMED_ID for what is no id of this object (§13 item 19).
    """
    record_id = ids.normalised(text) if isinstance(text, str) else None
    if record_id is None:
        raise malformed_id(f"{owner.label} ID: malformed id {text}", "Id")
    if not record_id.startswith(owner.prefix):
        raise malformed_id(f"{owner.label} ID: id value of incorrect type: {text}", "Id")
    return record_id


def existing(org: Org, owner: Sobject, record_id: str) -> Row:
    """The live row.

    Raises:
        ApiError: 404 NOT_FOUND, or 404 ENTITY_IS_DELETED for one in the recycle bin.
    """
    row = org.tables[owner.name].rows.get(record_id)
    if row is None:
        raise not_found()
    if row.get("IsDeleted"):
        raise ApiError(404, "ENTITY_IS_DELETED", "entity is deleted", [])
    return row


def _complete(org: Org, owner: Sobject, row: Row, sent: Row | None = None) -> None:
    """Refuse a row that lacks a required value or repeats a unique one.

    Args:
        sent: of an update, the values that change: what was complete and single stays so.
    """
    required: Iterable[str] = owner.required
    if sent is not None:
        required = [name for name in sent if sent[name] is None and name in owner.required]
    missing = [name for name in required if row.get(name) is None]
    if missing:
        raise ApiError(
            400,
            "REQUIRED_FIELD_MISSING",
            f"Required fields are missing: [{', '.join(missing)}]",
            missing,
        )
    table = org.tables[owner.name]
    for name in owner.uniques:
        value = row.get(name)
        if value is None or (sent is not None and name not in sent):
            continue
        for other in sorted(table.equal(name, value)):
            if other != row["Id"] and not table.rows[other].get("IsDeleted"):
                raise ApiError(
                    400,
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {name} duplicates value on record with id: "
                    f"{other[:15]}",
                    [name],
                )


def _without_nulls(row: Row) -> Row:
    if None not in row.values():
        return row
    return {name: value for name, value in row.items() if value is not None}


def insert(org: Org, owner: Sobject, sent: Mapping[str, Any], caller: Caller) -> str:
    """Create a row and answer its id.

    Raises:
        ApiError: as the facts' table of refusals says.
    """
    allow(owner, "create")
    if not _ID_NAMES.isdisjoint(sent):
        raise ApiError(
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "cannot specify Id in an insert call",
            ["Id"],
        )
    values = plan(org, owner, caller.access, creating=True).stored(org, sent)
    with org.transaction():
        stamp = caller.stamp or org.now()
        row = {
            **owner.defaults,
            **audit.born(org, owner.name, stamp, caller.user_id),
            **values,
        }
        derived.before_save(org, owner.name, row, None, caller)
        _complete(org, owner, row)
        validation.check(org, owner, row, None, caller)
        duplicates.refuse_duplicates(org, owner.name, row, caller)
        row = _without_nulls(row)
        org.write(owner.name, row)
        derived.after_save(org, owner.name, row, None, caller)
    return str(row["Id"])


def update(
    org: Org, owner: Sobject, record_id: str, sent: Mapping[str, Any], caller: Caller
) -> None:
    """Change a live row; the stamps move even when no value does.

    Raises:
        ApiError: as the facts' table of refusals says.
    """
    allow(owner, "update")
    old = existing(org, owner, record_id)
    values = plan(org, owner, caller.access, creating=False).stored(org, sent)
    stamp = max(caller.stamp or org.now(), old["SystemModstamp"])
    with org.transaction():
        row = {**old, **values, **audit.touched(stamp, caller.user_id, owner)}
        derived.before_save(org, owner.name, row, old, caller)
        _complete(org, owner, row, values)
        validation.check(org, owner, row, old, caller)
        row = _without_nulls(row)
        org.write(owner.name, row)
        derived.after_save(org, owner.name, row, old, caller)


def delete(
    org: Org, owner: Sobject, record_id: str, caller: Caller, *, master: str | None = None
) -> None:
    """Put a live row into the recycle bin with what belongs to it; its SystemModstamp moves (§3).

    Args:
        master: the winner's id when the row lost a merge.
    """
    allow(owner, "delete")
    row = existing(org, owner, record_id)
    stamp = max(caller.stamp or org.now(), row["SystemModstamp"])
    with org.transaction():
        _remove(org, owner.name, row, stamp, caller.user_id, master)


def _remove(
    org: Org, kind: str, row: Row, stamp: str, user_id: str, master: str | None = None
) -> None:
    if "IsDeleted" not in org.catalog.objects[kind].fields:
        org.erase(kind, row["Id"])
    else:
        owner = org.catalog.objects[kind]
        gone = {**row, **audit.touched(stamp, user_id, owner), "IsDeleted": True}
        if master is not None:
            gone["MasterRecordId"] = master
        org.write(kind, gone)
    if kind == "CampaignMember":
        engagement.count(org, row, -1)
    for child_kind, field in _CHILDREN_GONE_WITH.get(kind, ()):
        table = org.tables[child_kind]
        for each in sorted(table.equal(field, row["Id"])):
            child = table.rows[each]
            if not child.get("IsDeleted"):
                _remove(org, child_kind, child, stamp, user_id)


def undelete(org: Org, owner: Sobject, record_id: str, caller: Caller) -> None:
    """Take a row back out of the recycle bin; merged losers stay there.

    Raises:
        ApiError: 400 UNDELETE_FAILED unless the row is in the recycle bin.
    """
    row = org.tables[owner.name].rows.get(record_id)
    if row is None or not row.get("IsDeleted") or row.get("MasterRecordId"):
        raise ApiError(400, "UNDELETE_FAILED", "Entity is not in the recycle bin", [])
    stamp = max(org.now(), row["SystemModstamp"])
    with org.transaction():
        back = {**row, **audit.touched(stamp, caller.user_id), "IsDeleted": False}
        _complete(org, owner, back)
        org.write(owner.name, back)


@dataclass(frozen=True, slots=True)
class Upserted:
    """What an upsert did."""

    id: str
    created: bool


class SeveralMatches(Exception):
    """More than one record carries the external id (300, §1)."""

    def __init__(self, matches: list[str]) -> None:
        super().__init__(f"{len(matches)} records match")
        self.matches = matches


def external_field(org: Org, owner: Sobject, name: str, caller: Caller) -> Field:
    """The external-id field of an upsert, or Id.

    Raises:
        ApiError: 404 NOT_FOUND when there is none that the caller may see (§1).
    """
    field = owner.field(name)
    by_lookup = org.world.switch("salesforce.1.upsert_by_id_lookup", False)
    if (
        field is None
        or not (field.external_id or field.name == "Id" or (by_lookup and field.id_lookup))
        or not caller.access.reads(owner, field)
    ):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return field


def upsert(
    org: Org,
    owner: Sobject,
    field: Field,
    value: Any,
    sent: Mapping[str, Any],
    caller: Caller,
    *,
    update_only: bool = False,
    change: Callable[[str, Mapping[str, Any]], None] | None = None,
    make: Callable[[Mapping[str, Any]], str] | None = None,
) -> Upserted:
    """Update the record that carries an external id, else create it.

    Args:
        change: how a row is changed, where that is not by :func:`update`; likewise ``make``.

    Raises:
        SeveralMatches: more than one record carries it.
        ApiError: 404 NOT_FOUND with ``update_only`` and no match; else as create and update.
    """
    change = change or (lambda found, each: update(org, owner, found, each, caller))
    make = make or (lambda each: insert(org, owner, each, caller))
    refused = org.world.switch("salesforce.1.id_in_upsert_body_refused", True)
    for name in sent:
        if name.lower() == "id" or name.lower() == field.name.lower():
            if refused:
                raise ApiError(
                    400,
                    "INVALID_FIELD",
                    f"The {field.name} field should not be specified in the sobject data.",
                )
            sent = {key: each for key, each in sent.items() if key != name}
    if field.name == "Id":
        record_id = record_id_of(owner, value)
        change(record_id, sent)
        return Upserted(record_id, False)
    wanted = stored(org, field, value)
    if wanted is None:
        raise ApiError(400, "MISSING_ARGUMENT", f"{field.name} not specified", [field.name])
    table = org.tables[owner.name]
    matches = sorted(
        each for each in table.equal(field.name, wanted) if not table.rows[each].get("IsDeleted")
    )
    if len(matches) > 1:
        raise SeveralMatches(matches)
    if matches:
        change(matches[0], sent)
        return Upserted(matches[0], False)
    if update_only:
        raise not_found()
    return Upserted(make({**sent, field.name: value}), True)
