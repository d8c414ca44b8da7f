"""What a merged record holds (facts §6 "Merge")."""

from __future__ import annotations

from leadpact_sandbox.hubspot.history import Event, Record, Source
from leadpact_sandbox.hubspot.kinds import Kind
from leadpact_sandbox.hubspot.stamp import iso


def merged_values(
    kind: Kind, primary: Record, other: Record, number: int, now_ms: int
) -> dict[str, str]:
    """The primary's values win; the other's e-mail is a second address; lineage is complete."""
    values = {**other.values, **{name: value for name, value in primary.values.items() if value}}
    ids = set(_listed(primary, "hs_merged_object_ids")) | set(
        _listed(other, "hs_merged_object_ids")
    )
    ids |= {str(primary.id), str(other.id)}
    values |= {
        "hs_object_id": str(number),
        "hs_merged_object_ids": ";".join(sorted(ids, key=int)),
        "createdate": iso(min(primary.created_ms, other.created_ms)),
        kind.modified: iso(now_ms),
    }
    if kind.name == "contacts":
        # Incomplete for chains, unlike the ids above (facts §6).
        values["hs_calculated_merged_vids"] = f"{primary.id}:{now_ms};{other.id}:{now_ms}"
        _second_values(values, primary, other, "email", "hs_additional_emails")
    if kind.name == "companies":
        _second_values(values, primary, other, "domain", "hs_additional_domains")
    return values


def _second_values(
    values: dict[str, str], primary: Record, other: Record, first: str, more: str
) -> None:
    found = [*_listed(primary, more), *_listed(other, first), *_listed(other, more)]
    second = [value for value in found if value != values.get(first)]
    if second:
        values[more] = ";".join(dict.fromkeys(second))


def merged_log(
    primary: Record, other: Record, values: dict[str, str], source: Source, now_ms: int
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


def _listed(contact: Record, name: str) -> list[str]:
    return [part for part in contact.values.get(name, "").split(";") if part]
