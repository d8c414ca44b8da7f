"""What is left of a mapping beside another sync of the same two CRMs (R13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leadpact.errors import FixSettings
from leadpact.mapping.lead_mapping import LeadMapping, Side
from leadpact.mapping.rules import FieldRule, SideField
from leadpact.model.other_sync import OtherSync

UNSEEN: Final = (
    "The mapping says that another sync is at work (coexist: native), and no trace of one was found. leadpact makes no "
    "record all the same."
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One other sync, and what was agreed about it.

    Attributes:
        crm: the CRM that shows it.
        mode: ``native``: it goes on and leadpact works beside it; ``replace``: leadpact takes its place.
        left: what leadpact leaves to it: (CRM, kind, field), sorted.
        told: what that means, as sentences for people.
    """

    crm: str
    sync: OtherSync
    mode: str
    left: tuple[tuple[str, str, str], ...]
    told: tuple[str, ...]


def beside(
    mapping: LeadMapping,
    found: Mapping[str, Sequence[OtherSync]],
    labels: Mapping[str, str] | None = None,
) -> tuple[LeadMapping, tuple[Neighbour, ...]]:
    """The mapping that leadpact may carry out beside the syncs that were found.

    Without a word in the mapping a sync that is there goes on (``native``): leadpact makes no record, writes no field
    that the other one writes, and matches first by the ids that it keeps.

    Args:
        mapping: as written, for the CRMs that take part.
        found: other syncs by the CRM that shows them.
        labels: CRM name → how people call it.

    Raises:
        FixSettings: ``replace_unconfirmed`` where the mapping says ``replace`` and nobody has confirmed it.
    """
    neighbours = []
    for crm, declared in mapping.coexist.items():
        if declared.mode == "native" and not found.get(crm):
            mapping = replace(mapping, creation={})
            unseen = OtherSync("another sync", "")
            neighbours.append(Neighbour(crm, unseen, "native", (), (UNSEEN,)))
    for crm, syncs in found.items():
        word = mapping.coexist.get(crm)
        for sync in syncs:
            if word is not None and word.mode == "replace":
                if not (word.confirmed_by and word.confirmed_on):
                    raise FixSettings(
                        f"{sync.name} is at work ({sync.seen}). Two programs that write the same fields undo each "
                        "other. To take its place, switch it off there first, then confirm it in the mapping: "
                        "`coexist: {mode: replace, confirmed_by: <name>, confirmed_on: <YYYY-MM-DD>}` under "
                        f"crms.{crm}. Without a word leadpact works beside it (`coexist: native`).",
                        code="replace_unconfirmed",
                        place=mapping.places.get((crm, "coexist")),
                    )
                told = (
                    f"{sync.name} was here ({sync.seen}). The mapping says that leadpact takes its place, confirmed by "
                    f"{word.confirmed_by} on {word.confirmed_on}: it must be switched off."
                )
                neighbours.append(Neighbour(crm, sync, "replace", (), (told,)))
                continue
            mapping, left = _leave(mapping, crm, sync)
            neighbours.append(
                Neighbour(crm, sync, "native", left, _told(mapping, crm, sync, left, labels or {}))
            )
    return mapping, tuple(neighbours)


def _leave(
    mapping: LeadMapping, crm: str, sync: OtherSync
) -> tuple[LeadMapping, tuple[tuple[str, str, str], ...]]:
    """Without what the other sync does: a field that it writes here is its own at both ends."""
    left: set[tuple[str, str, str]] = set()
    fields: dict[str, FieldRule] = {}
    for name, rule in mapping.fields.items():
        kept_in_step = any(
            side[0] == crm and each.field in sync.writes.get(side[1], frozenset())
            for side, each in rule.sides.items()
        )
        if not kept_in_step:
            fields[name] = rule
            continue
        sides: dict[Side, SideField] = {}
        for side, each in rule.sides.items():
            if side[0] not in (crm, sync.partner):
                sides[side] = each
                continue
            if each.direction != "from_crm":
                left.add((*side, each.field))
            if each.direction != "to_crm":
                sides[side] = replace(each, direction="from_crm")
        if sides:
            fields[name] = replace(rule, sides=sides)
    untouched: dict[Side, frozenset[str]] = {**mapping.left_alone}
    for side, rules in mapping.kind_rules.items():
        native = set(rules.stages.native_fields) & sync.writes.get(side[1], frozenset())
        if side[0] == crm and native:
            untouched[side] = untouched.get(side, frozenset()) | native
            left.update((*side, each) for each in native)
    kept = {**mapping.kept_ids}
    for kind, there in sync.kept_ids.items():
        kept[crm, kind] = {
            (sync.partner, other): field
            for other, field in there.items()
            if sync.partner in mapping.crms
        }
    changed = replace(
        mapping,
        fields=fields,
        creation={
            name: rule for name, rule in mapping.creation.items() if name not in (crm, sync.partner)
        },
        left_alone=untouched,
        kept_ids=kept,
        other_syncs=(*mapping.other_syncs, sync),
    )
    return changed, tuple(sorted(left))


def _told(
    mapping: LeadMapping,
    crm: str,
    sync: OtherSync,
    left: Sequence[tuple[str, str, str]],
    labels: Mapping[str, str],
) -> tuple[str, ...]:
    word = mapping.coexist.get(crm)
    said = "as the mapping says" if word is not None else "since the mapping says nothing else"
    by_place: dict[tuple[str, str], list[str]] = {}
    for place, kind, field in left:
        by_place.setdefault((place, kind), []).append(field)
    named = "; ".join(
        f"{labels.get(place, place)} {kind}: {', '.join(fields)}"
        for (place, kind), fields in by_place.items()
    )
    own = {
        field
        for (place, kind), rule in mapping.kind_rules.items()
        if place == crm
        for field in (*rule.outputs.values(), rule.external_id)
        if field in sync.writes.get(kind, frozenset())
    }
    sentences = [
        f"{sync.name} is at work ({sync.seen}); leadpact works beside it, {said} (coexist: native).",
        "It makes no record, and finds people first by the ids that the other keeps.",
        f"It leaves these fields to it: {named}." if named else "It writes no field that we map.",
    ]
    if own:
        sentences.append(
            f"It also writes {', '.join(sorted(own))}, which is leadpact's own: take that out of its field mappings."
        )
    return tuple(sentences)
