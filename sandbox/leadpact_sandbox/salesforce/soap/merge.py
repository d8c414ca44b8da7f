"""``merge``: up to two records into a master of the same type (facts salesforce §6)."""

from __future__ import annotations

from typing import Any

from leadpact_sandbox.salesforce import convert, rows
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.soap.reading import client_fault, failed, row_error, row_locked
from leadpact_sandbox.salesforce.soap.xml import Element

MOST = 200
MERGEABLE = ("Lead", "Contact", "Account")
_NOT_VALUES = frozenset({"type", "Id", "fieldsToNull"})


def merge_records(
    org: Org, caller: Caller, operation: Element, *, locked: bool
) -> list[dict[str, object]]:
    """One result per request, in order.

    ``mergeRequests``, as jsforce names it, is read like the WSDL's ``request``.

    Raises:
        ApiError: the fault of a message that does not follow the WSDL.
    """
    wanted = operation.all("request") or operation.all("mergeRequests")
    if len(wanted) > MOST:
        raise ApiError(500, "EXCEEDED_ID_LIMIT", f"at most {MOST} merge requests in one call")
    results: list[dict[str, object]] = []
    for place, each in enumerate(wanted):
        master = each.child("masterRecord")
        if master is None:
            raise client_fault("Element masterRecord is missing in request")
        losers = [loser.text.strip() for loser in each.all("recordToMergeIds")]
        try:
            if locked and place == len(wanted) // 2:
                raise row_locked(", ".join(losers))
            results.append(_merged(org, caller, master, losers))
        except ApiError as error:
            results.append({"errors": failed(row_error(error)), "id": None, "success": False})
    return results


def _type_of(master: Element) -> str:
    """The partner API names it in an element, the enterprise API in ``xsi:type``."""
    named = master.child("type")
    return named.text.strip() if named is not None else master.type


def _values(owner: Sobject, master: Element) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for each in master.children:
        if each.name in _NOT_VALUES:
            continue
        if each.children:
            raise client_fault(f"Element {each.name[:80]} holds text only")
        values[each.name] = None if each.nil else each.text
    for each in master.all("fieldsToNull"):
        values[each.text.strip()] = None
    return values


def _merged(org: Org, caller: Caller, master: Element, losers: list[str]) -> dict[str, object]:
    kind = _type_of(master)
    owner = org.catalog.get(kind)
    if owner is None or owner.name not in MERGEABLE:
        raise ApiError(400, "INVALID_TYPE", f"entity type {kind[:80]} does not support merge", [])
    given = master.child("Id")
    winner = rows.record_id_of(owner, None if given is None else given.text.strip())
    gone = [rows.record_id_of(owner, each) for each in losers]
    with org.transaction():
        values = _values(owner, master)
        if values:
            rows.update(org, owner, winner, values, caller)
        moved = convert.merge(org, owner.name, winner, gone, caller)
    return {
        "id": winner,
        "mergedRecordIds": gone,
        "success": True,
        "updatedRelatedIds": sorted(moved),
    }
