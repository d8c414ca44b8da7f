"""What a merged contact holds (facts §6 "Merge")."""

from __future__ import annotations

from leadpact_sandbox.hubspot.history import Contact, Source, Version
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


def merged_history(
    primary: Contact, other: Contact, values: dict[str, str], source: Source, now_ms: int
) -> dict[str, list[Version]]:
    """Both histories in order of time; where the other's value came last, the winner stands again."""
    made: dict[str, list[Version]] = {}
    for name in (
        primary.history.keys() | other.history.keys() | primary.values.keys() | values.keys()
    ):
        rows = sorted([*primary.versions(name), *other.versions(name)], key=_age)
        value = values.get(name, "")
        if not rows or rows[-1].value != value:
            rows.append(Version(value, now_ms, source))
        made[name] = rows
    return made


def _age(version: Version) -> int:
    return version.ms


def _listed(contact: Contact, name: str) -> list[str]:
    return [part for part in contact.values.get(name, "").split(";") if part]
