"""Field history: what ``LeadHistory`` keeps of the fields that the org tracks (facts salesforce §6)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.schema_history import HISTORY_NAMES, TRACKED
from leadpact_sandbox.salesforce.table import Row


def track(org: Org, kind: str, row: Row, old: Row | None, user_id: str) -> None:
    """Keep what a saved row changed, where the org tracks it; nothing is kept while tracking is off."""
    if kind != "Lead" or not org.world.switch("salesforce.6.history_tracking", False):
        return
    stamp_now = row["SystemModstamp"]
    if old is None:
        _log(org, row["Id"], "created", None, None, stamp_now, user_id)
        return
    for name in TRACKED:
        before, after = old.get(name), row.get(name)
        if before == after:
            continue
        shown = HISTORY_NAMES.get(name, name)
        if name in HISTORY_NAMES:
            named = (_owner_name(org, before), _owner_name(org, after))
            _log(org, row["Id"], shown, *named, stamp_now, user_id)
        _log(org, row["Id"], shown, before, after, stamp_now, user_id)
    if row.get("IsConverted") and not old.get("IsConverted"):
        _log(org, row["Id"], "leadConverted", None, None, stamp_now, user_id)


def _owner_name(org: Org, record_id: str | None) -> str | None:
    found = None if record_id is None else org.owner_row(record_id)
    return None if found is None else found[1].get("Name")


def _log(
    org: Org,
    lead_id: str,
    field: str,
    before: str | None,
    after: str | None,
    at: str,
    user_id: str,
) -> None:
    row = {
        "Id": org.mint("LeadHistory"),
        "IsDeleted": False,
        "LeadId": lead_id,
        "CreatedById": user_id,
        "CreatedDate": at,
        "SystemModstamp": at,
        "Field": field,
        "OldValue": before,
        "NewValue": after,
    }
    org.write("LeadHistory", {name: value for name, value in row.items() if value is not None})
