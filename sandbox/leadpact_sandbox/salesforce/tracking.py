"""Field history: what ``LeadHistory`` and ``ContactHistory`` keep of tracked fields (facts salesforce §6)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.schema_history import HISTORY_NAMES, TRACKED
from leadpact_sandbox.salesforce.table import Row


def tracks(org: Org, kind: str) -> bool:
    """Whether the org keeps what changes on this object."""
    return kind in TRACKED and org.world.switch("salesforce.6.history_tracking", False)


def track(org: Org, kind: str, row: Row, old: Row | None, user_id: str) -> None:
    """Keep what a saved row changed, where the org tracks it; nothing is kept while tracking is off."""
    if not tracks(org, kind):
        return
    to = (kind, row["Id"], row["SystemModstamp"], user_id)
    if old is None:
        _log(org, to, "created", None, None)
        return
    for name in TRACKED[kind]:
        before, after = old.get(name), row.get(name)
        if before == after:
            continue
        shown = HISTORY_NAMES.get(name, name)
        if name in HISTORY_NAMES:
            _log(org, to, shown, _owner_name(org, before), _owner_name(org, after))
        _log(org, to, shown, before, after)
    if row.get("IsConverted") and not old.get("IsConverted"):
        _log(org, to, "leadConverted", None, None)


def _owner_name(org: Org, record_id: str | None) -> str | None:
    found = None if record_id is None else org.owner_row(record_id)
    return None if found is None else found[1].get("Name")


def _log(
    org: Org, to: tuple[str, str, str, str], field: str, before: str | None, after: str | None
) -> None:
    """Keep one row; ``to``: kind and id of the record, the instant, the User who did it."""
    kind, record_id, at, user_id = to
    history = f"{kind}History"
    row = {
        "Id": org.mint(history),
        "IsDeleted": False,
        f"{kind}Id": record_id,
        "CreatedById": user_id,
        "CreatedDate": at,
        "SystemModstamp": at,
        "Field": field,
        "OldValue": before,
        "NewValue": after,
    }
    org.write(history, {name: value for name, value in row.items() if value is not None})
