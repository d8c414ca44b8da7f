"""HubSpot's own Salesforce connector, by the traces that it leaves on contacts (facts §4, R13).

It keeps the Salesforce ids of a contact in two properties of its own, and its writes stand in property histories under
a source type of their own. Which other properties it writes is a setting that no API shows, so it is read off the
histories of the contacts that changed last, and its default mappings, which nobody can delete, are added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from leadpact.model.other_sync import OtherSync
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import CONTACTS, HISTORY_BATCH, MODIFIED, OBJECT_ID, Json
from leadpact_hubspot.schema import SchemaSource

NAME: Final = "HubSpot's own Salesforce connector"
SOURCE: Final = "SALESFORCE"
"""``sourceType`` of its writes in property histories."""
IDS: Final[Mapping[str, str]] = {
    "Contact": "salesforcecontactid",
    "Lead": "salesforceleadid",
}
ID_FORM: Final = r"00[Q3][A-Za-z0-9]{15}"
DEFAULTS: Final = frozenset(
    {
        *("city", "company", "country", "email", "firstname", "industry"),
        *("jobtitle", "lastname", "phone", "website"),
    }
)
"""Properties of its default mappings, as HubSpot's help page lists them; they cannot be deleted."""


def other_syncs(
    client: HubSpotClient, schema: SchemaSource, fields: Mapping[str, Sequence[str]]
) -> tuple[OtherSync, ...]:
    """The native connector, if any contact bears an id that it keeps; asks only where its properties exist."""
    live = schema.kept().fields
    kept = {kind: name for kind, name in IDS.items() if name in live}
    if not kept:
        return ()
    found = client.search(
        {
            "filterGroups": [
                {"filters": [{"propertyName": name, "operator": "HAS_PROPERTY"}]}
                for name in kept.values()
            ],
            "sorts": [{"propertyName": MODIFIED, "direction": "DESCENDING"}],
            "properties": [OBJECT_ID],
            "limit": HISTORY_BATCH,
        }
    )
    rows: list[Json] = found.get("results") or []
    if not rows:
        return ()
    mapped = {name for name in fields.get(CONTACTS, ()) if name in live}
    written = _written(client, [str(row["id"]) for row in rows], sorted(mapped))
    total = int(found.get("total") or len(rows))
    return (
        OtherSync(
            name=NAME,
            partner="salesforce",
            kept_ids={CONTACTS: kept},
            id_form=ID_FORM,
            writes={CONTACTS: frozenset(written | (DEFAULTS & mapped))},
            seen=f"{total:,} contacts bear a Salesforce id that it keeps",
        ),
    )


def _written(client: HubSpotClient, ids: list[str], names: list[str]) -> set[str]:
    """Which of these properties it has ever written on these contacts."""
    if not names:
        return set()
    answer = client.batch_read(
        {
            "properties": [],
            "propertiesWithHistory": names,
            "inputs": [{"id": one} for one in ids],
        }
    )
    return {
        name
        for row in answer.get("results") or []
        for name, versions in (row.get("propertiesWithHistory") or {}).items()
        if any(version.get("sourceType") == SOURCE for version in versions)
    }
