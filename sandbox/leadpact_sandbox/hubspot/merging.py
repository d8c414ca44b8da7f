"""What a merged contact holds (facts §6 "Merge")."""

from __future__ import annotations

from leadpact_sandbox.hubspot.history import Contact, Event, Source
from leadpact_sandbox.hubspot.stamp import iso


def merged_values(primary: Contact, other: Contact, number: int, now_ms: int) -> dict[str, str]:
    """The primary's values win; the other's e-mail becomes a second address; lineage is complete."""
    values = {**other.values, **{name: value for name, value in primary.values.items() if value}}
    ids = set(_listed(primary, "hs_merged_object_ids")) | set(
        _listed(other, "hs_merged_object_ids")
    )
    ids |= {str(primary.id), str(other.id)}
    addresses = [
        *_listed(primary, "hs_additional_emails"),
        *_listed(other, "email"),
        *_listed(other, "hs_additional_emails"),
    ]
    second = [address for address in addresses if address != values.get("email")]
    if second:
        values["hs_additional_emails"] = ";".join(dict.fromkeys(second))
    values |= {
        "hs_object_id": str(number),
        "hs_merged_object_ids": ";".join(sorted(ids, key=int)),
        "hs_calculated_merged_vids": f"{primary.id}:{now_ms};{other.id}:{now_ms}",
        "createdate": iso(min(primary.created_ms, other.created_ms)),
        "lastmodifieddate": iso(now_ms),
    }
    return values


def merged_log(
    primary: Contact, other: Contact, values: dict[str, str], source: Source, now_ms: int
) -> list[Event]:
    """Both histories in order of time; where the other's value came last, the winner stands again."""
    events = []
    for contact in (other, primary):
        events.append(Event(contact.created_ms, contact.origin, dict(contact.first)))
        events.extend(contact.log)
    events.sort(key=_age)
    last: dict[str, str] = {}
    for event in events:
        last |= event.changes
    changed = {name: value for name, value in values.items() if last.get(name) != value}
    return [*events, Event(now_ms, source, changed)]


def _age(event: Event) -> int:
    return event.ms


def _listed(contact: Contact, name: str) -> list[str]:
    return [part for part in contact.values.get(name, "").split(";") if part]
