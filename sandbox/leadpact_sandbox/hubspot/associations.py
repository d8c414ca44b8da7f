"""Which records are associated with which, seen from both sides (facts §6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from leadpact_sandbox.hubspot.association_types import LinkType, LinkTypes
from leadpact_sandbox.hubspot.kinds import KINDS, Kind, kind_of

Side: TypeAlias = dict[int, dict[int, set[int]]]
"""Ids of one object type, ids of the other, and the ids of what associates the two."""
Linked: TypeAlias = Callable[[Kind, int, Kind, int, bool], None]
"""Hears of an association that came (true) or went."""


class Associations:
    """All associations of the portal.

    Attributes:
        types: the kinds of association there are.
        told: hears of every association made or removed, from the side it was done.
    """

    def __init__(self, told: Linked) -> None:
        self.types = LinkTypes()
        self._told = told
        self._sides: dict[tuple[str, str], Side] = {}

    def of(self, source: Kind, id: int, target: Kind) -> dict[int, set[int]]:
        """Ids of the other type that this record is associated with, each with type ids."""
        return self._sides.get((source.name, target.name), {}).get(id, {})

    def described(self, source: Kind, target: Kind, ids: Iterable[int]) -> list[LinkType]:
        """The association types of these ids, in order of id."""
        known = self.types.between(source, target)
        return [known[number] for number in sorted(ids) if number in known]

    def link(
        self,
        source: Kind,
        id: int,
        target: Kind,
        other: int,
        types: Iterable[LinkType] = (),
        *,
        replace: bool = False,
        first_is_primary: bool = False,
    ) -> None:
        """Associate two records, each side with the types as seen from it.

        Args:
            types: labels; the type without a label always comes with them.
            replace: whether other labels between the two are dropped.
            first_is_primary: whether the first record of the other type becomes the primary one.
        """
        plain = self.types.plain(source, target)
        wanted = {one.id: one for one in types}
        if plain is not None:
            wanted[plain.id] = plain
        primary = self.types.primary(source, target)
        fresh = other not in self.of(source, id, target)
        if first_is_primary and primary is not None and not self.of(source, id, target):
            wanted[primary.id] = primary
        if replace and not fresh:
            self._cut(
                source, id, target, other, set(self.of(source, id, target)[other]) - set(wanted)
            )
        for one in wanted.values():
            if one.primary:
                self._no_other_primary(source, id, target, other, one)
            back = self.types.between(target, source).get(one.inverse)
            if back is not None and back.primary:
                self._no_other_primary(target, other, source, id, back)
            self._side(source, target).setdefault(id, {}).setdefault(other, set()).add(one.id)
            far = self._side(target, source).setdefault(other, {}).setdefault(id, set())
            far.add(one.inverse)
        if fresh:
            self._told(source, id, target, other, True)

    def _side(self, source: Kind, target: Kind) -> Side:
        return self._sides.setdefault((source.name, target.name), {})

    def _no_other_primary(
        self, source: Kind, id: int, target: Kind, other: int, primary: LinkType
    ) -> None:
        for known, held in list(self.of(source, id, target).items()):
            if known != other and primary.id in held:
                self._cut(source, id, target, known, {primary.id})

    def _cut(self, source: Kind, id: int, target: Kind, other: int, types: set[int]) -> None:
        near = self.of(source, id, target).get(other, set())
        far = self.of(target, other, source).get(id, set())
        known = self.types.between(source, target)
        near -= types
        far -= {known[number].inverse for number in types if number in known}

    def unlink(
        self,
        source: Kind,
        id: int,
        target: Kind,
        other: int,
        types: Iterable[LinkType] | None = None,
    ) -> bool:
        """Drop labels between two records, or all; without the plain type nothing stays (§6)."""
        near = self.of(source, id, target).get(other)
        if near is None:
            return False
        if types is not None:
            dropped = {one.id for one in types}
            plain = self.types.plain(source, target)
            if plain is None or plain.id not in dropped:
                self._cut(source, id, target, other, dropped)
                if near:
                    return True
        self._side(source, target)[id].pop(other, None)
        self._side(target, source).get(other, {}).pop(id, None)
        self._told(source, id, target, other, False)
        return True

    def forget(self, kind: Kind, id: int) -> None:
        """Drop all associations of a record that is no more."""
        for target in KINDS:
            for other in list(self.of(kind, id, target)):
                self.unlink(kind, id, target, other)

    def move(self, kind: Kind, old: int, new: int) -> None:
        """Hand a merged record's associations over to the one that it became (facts §6)."""
        for target in KINDS:
            for other, held in list(self.of(kind, old, target).items()):
                types = self.described(kind, target, held)
                taken = self._has_primary(kind, new, target)
                self._side(kind, target)[old].pop(other, None)
                self._side(target, kind).get(other, {}).pop(old, None)
                if other != new:
                    kept = [one for one in types if not (taken and one.primary)]
                    self.link(kind, new, target, other, kept)

    def _has_primary(self, source: Kind, id: int, target: Kind) -> bool:
        primary = self.types.primary(source, target)
        held = self.of(source, id, target).values()
        return primary is not None and any(primary.id in types for types in held)

    def rows(self) -> Iterator[list[object]]:
        """All associations once, as JSON values, for a snapshot."""
        for (source, target), side in self._sides.items():
            for id_, others in side.items():
                for other, types in others.items():
                    if (source, id_) <= (target, other):
                        yield [source, id_, target, other, sorted(types)]

    def restore(self, rows: Iterable[list[object]]) -> None:
        """Take up what :meth:`rows` gave, in an empty portal."""
        for source_name, id_, target_name, other, ids in rows:
            source, target = kind_of(source_name), kind_of(target_name)
            if source is None or target is None or not isinstance(ids, list):
                raise ValueError(f"no association: {source_name} {target_name}")
            near, far = int(str(id_)), int(str(other))
            known = self.types.between(source, target)
            self._side(source, target).setdefault(near, {})[far] = set(ids)
            back = {known[number].inverse for number in ids if number in known}
            self._side(target, source).setdefault(far, {})[near] = back
