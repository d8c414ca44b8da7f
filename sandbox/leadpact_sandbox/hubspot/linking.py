"""Associations as bodies name them: with a record that is made, and of a record that is read (facts §1, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leadpact_sandbox.hubspot.association_types import LinkType
from leadpact_sandbox.hubspot.calls import id_part, object_part, objects_part
from leadpact_sandbox.hubspot.errors import ApiError, error, invalid
from leadpact_sandbox.hubspot.history import Record
from leadpact_sandbox.hubspot.kinds import LEADS, UNKEPT, Kind, kind_of
from leadpact_sandbox.hubspot.portal import Portal

Ready = tuple[Kind, Record, list[LinkType]]


def types_part(
    portal: Portal, sent: Mapping[str, object], source: Kind, target: Kind
) -> list[LinkType]:
    """The ``types`` of an input, each known between the two object types.

    Raises:
        ApiError: 400.
    """
    known = portal.associations.types.between(source, target)
    made = []
    for one in objects_part(sent, "types"):
        number = one.get("associationTypeId")
        found = known.get(number) if isinstance(number, int) else None
        if found is None or one.get("associationCategory", found.category) != found.category:
            raise invalid(
                f"Association type {one.get('associationTypeId')!r} of category "
                f"{one.get('associationCategory')!r} does not exist between "
                f"{source.name} and {target.name}"
            )
        made.append(found)
    return made


def links_part(portal: Portal, source: Kind, sent: Mapping[str, object]) -> list[Ready]:
    """The ``associations`` of a record that is to be made, all checked before it is.

    Raises:
        ApiError: 400 for types that do not exist or records that are not there.
    """
    ready: list[Ready] = []
    for one in objects_part(sent, "associations"):
        types = objects_part(one, "types")
        asked = id_part(object_part(one, "to"))
        number = types[0].get("associationTypeId") if types else None
        target = _target(portal, source, number)
        if target is None:
            raise invalid(f"Association type {number!r} does not start at {source.name}")
        record = portal.spaces[target.name].store.resolve(asked)
        if record is None or record.archived_ms is not None:
            raise invalid_ids(target, [asked])
        ready.append((target, record, types_part(portal, one, source, target)))
    if source is LEADS and not any(link.primary for _, _, types in ready for link in types):
        raise invalid(
            "A lead must be associated with a primary contact or company when it is created"
        )
    return ready


def _target(portal: Portal, source: Kind, number: object) -> Kind | None:
    for space in portal.spaces.values():
        if number in portal.associations.types.between(source, space.kind):
            return space.kind
    return None


def make_links(portal: Portal, source: Kind, record: Record, ready: Iterable[Ready]) -> None:
    """Associate a record that was just made."""
    first = portal.first_is_primary()
    for target, other, types in ready:
        portal.associations.link(source, record.id, target, other.id, types, first_is_primary=first)


def invalid_ids(kind: Kind, ids: list[str]) -> ApiError:
    """400 for associations with records that are not there."""
    rows = [f"{kind.label}={id_} is not valid" for id_ in ids]
    return error(
        400,
        "One or more associations are not valid",
        "VALIDATION_ERROR",
        context={"INVALID_OBJECT_IDS": rows},
        subCategory="crm.associations.INVALID_OBJECT_IDS",
    )


def links_body(
    portal: Portal, kind: Kind, record: Record, asked: Iterable[str]
) -> dict[str, object]:
    """``associations`` of a record that is read: one row per association type (facts §1).

    A record has none with object types of which the sandbox keeps no records.

    Raises:
        ApiError: 400 for an object type that the portal does not have.
    """
    made: dict[str, object] = {}
    for name in asked:
        target = kind_of(name)
        if target is None and name.lower() in UNKEPT:
            continue
        if target is None:
            raise invalid(f"Unable to infer object type from: {name}")
        rows = [
            {"id": str(other), "type": link.name}
            for other, types in sorted(portal.associations.of(kind, record.id, target).items())
            for link in portal.associations.described(kind, target, types)
        ]
        if rows:
            made[target.name] = {"results": rows}
    return made
