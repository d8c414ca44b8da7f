"""What HubSpot's own Salesforce connector leaves on contacts (switch ``hubspot.4.native_connector``, facts §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leadpact_sandbox.hubspot.catalog import Group
from leadpact_sandbox.hubspot.definitions import Definition
from leadpact_sandbox.hubspot.history import Source
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.stamp import iso

ACTOR = "salesforce"
"""``integration:salesforce`` is this connector."""
SOURCE = Source("SALESFORCE", "SalesforceSync", "Salesforce")
GROUP = ("salesforceinformation", "Salesforce Information")
PROPERTIES = {
    "salesforceleadid": ("Salesforce Lead ID", "string", "text"),
    "salesforcecontactid": ("Salesforce Contact ID", "string", "text"),
    "salesforcelastsynctime": ("Last Salesforce Sync Time", "datetime", "date"),
}
ID_OF = {"Lead": "salesforceleadid", "Contact": "salesforcecontactid"}
COPIED = {"Title": "jobtitle", "Phone": "phone"}


def connect(portal: Portal) -> None:
    """The properties that come with the connector; nobody but it writes them."""
    name, label = GROUP
    portal.catalog.groups.setdefault(name, Group(name, label))
    for property_, (text, kind, field_type) in PROPERTIES.items():
        if property_ not in portal.catalog.live:
            portal.catalog.put(
                Definition(
                    name=property_,
                    label=text,
                    type=kind,
                    field_type=field_type,
                    group=name,
                    hubspot_defined=True,
                    read_only=True,
                    created_ms=portal.created_ms,
                    updated_ms=portal.created_ms,
                )
            )


def take_over(portal: Portal, rows: Iterable[tuple[str, Mapping[str, object]]]) -> int:
    """Sync these Salesforce records into the contacts of their addresses, where the switch is on.

    Args:
        portal: gets the properties where it has none.
        rows: (``Lead`` or ``Contact``, its fields).

    Returns:
        How many contacts it found.
    """
    if not portal.world.switch("hubspot.4.native_connector", False):
        return 0
    connect(portal)
    now_ms = portal.now_ms()
    found = 0
    for kind, row in rows:
        contact = portal.store.holder("email", str(row.get("Email") or "").lower())
        if contact is None or contact.archived_ms is not None:
            continue
        found += 1
        values = {ID_OF[kind]: str(row["Id"]), "salesforcelastsynctime": iso(now_ms)}
        values |= {ours: str(row[theirs]) for theirs, ours in COPIED.items() if row.get(theirs)}
        portal.store.update(contact, values, SOURCE, now_ms)
    portal.index.catch_up(all_of_it=True)
    return found
