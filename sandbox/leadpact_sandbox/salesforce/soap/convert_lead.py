"""``convertLead``: up to 100 leads, each by itself (facts salesforce §6)."""

from __future__ import annotations

from dataclasses import replace

from leadpact_sandbox.salesforce import convert, rows
from leadpact_sandbox.salesforce.errors import ApiError, not_covered
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.soap.reading import (
    client_fault,
    failed,
    flag_of,
    row_error,
    row_locked,
    text_of,
)
from leadpact_sandbox.salesforce.soap.xml import Element

MOST = 100
_IDS = ("accountId", "contactId", "opportunityId", "ownerId", "leadId")
_TEXTS = ("convertedStatus", "opportunityName")
_FLAGS = (
    "doNotCreateOpportunity",
    "overwriteLeadSource",
    "sendNotificationEmail",
)
_BYPASSES = ("bypassAccountDedupeCheck", "bypassContactDedupeCheck")
_RECORDS = ("accountRecord", "contactRecord", "opportunityRecord")
_KNOWN = frozenset((*_IDS, *_TEXTS, *_FLAGS, *_BYPASSES, *_RECORDS))


def convert_leads(
    org: Org, caller: Caller, operation: Element, *, locked: bool
) -> list[dict[str, object]]:
    """One result per lead, in order.

    Raises:
        ApiError: the fault of a message that does not follow the WSDL, or 501 for
            ``accountRecord`` and its like.
    """
    wanted = operation.all("leadConverts")
    if len(wanted) > MOST:
        raise ApiError(
            500,
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {MOST} records",
        )
    for each in wanted:
        _check(each)
    results = []
    for place, each in enumerate(wanted):
        given = text_of(each, "leadId") or ""
        try:
            if locked and place == len(wanted) // 2:
                raise row_locked(given)
            results.append(_converted(org, caller, each, given))
        except ApiError as error:
            results.append(_result(failed(row_error(error))))
    return results


def _check(element: Element) -> None:
    unknown = sorted({each.name for each in element.children} - _KNOWN)
    if unknown:
        raise client_fault(f"Element {unknown[0][:80]} invalid at this location in LeadConvert")
    for name in _RECORDS:
        found = element.child(name)
        if found is not None and not found.nil:
            raise not_covered(f"convertLead with {name}")
    for name in ("leadId", "convertedStatus"):
        if element.child(name) is None:
            raise client_fault(f"Element {name} is missing in leadConverts")
    for name in _FLAGS:
        flag_of(element, name, needed=True)
    for name in _BYPASSES:
        flag_of(element, name, needed=False)


def _result(
    errors: list[dict[str, object]], row: dict[str, object] | None = None
) -> dict[str, object]:
    row = row or {}
    shown: dict[str, object] = {
        "accountId": row.get("ConvertedAccountId"),
        "contactId": row.get("ConvertedContactId"),
    }
    if errors:
        shown["errors"] = errors
    return {
        **shown,
        "leadId": row.get("Id"),
        "opportunityId": row.get("ConvertedOpportunityId"),
        "success": not errors,
    }


def _converted(org: Org, caller: Caller, each: Element, lead_id: str) -> dict[str, object]:
    contact, account = text_of(each, "contactId"), text_of(each, "accountId")
    if contact is not None and account is None:
        raise ApiError(
            400, "REQUIRED_FIELD_MISSING", "accountId is needed with contactId", ["accountId"]
        )
    owner = org.catalog.objects["Lead"]
    lead = rows.existing(org, owner, rows.record_id_of(owner, lead_id))
    new_owner = text_of(each, "ownerId")
    if new_owner is None and str(lead["OwnerId"]).startswith("00G"):
        raise ApiError(
            400,
            "INVALID_CROSS_REFERENCE_KEY",
            "a lead owned by a queue needs an owner to be converted",
            ["ownerId"],
        )
    opportunity = None
    if not flag_of(each, "doNotCreateOpportunity", needed=True):
        opportunity = text_of(each, "opportunityId") or text_of(each, "opportunityName")
        # Unnamed, it takes the company's name.
        opportunity = opportunity or str(lead.get("Company") or lead["Name"])[:120]
    if any(flag_of(each, name, needed=False) for name in _BYPASSES):
        caller = replace(caller, allow_duplicates=True)
    convert.convert(
        org,
        lead_id,
        text_of(each, "convertedStatus") or "",
        caller,
        contact=contact,
        account=account,
        opportunity=opportunity,
        owner=new_owner,
        overwrite_lead_source=flag_of(each, "overwriteLeadSource", needed=True),
    )
    return _result([], org.tables["Lead"].rows[str(lead["Id"])])
