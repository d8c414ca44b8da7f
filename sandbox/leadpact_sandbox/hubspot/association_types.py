"""The kinds of association between object types: HubSpot's own and the portal's labels (facts §6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from leadpact_sandbox.hubspot.kinds import Kind, kind_of

FIRST_LABEL = 100_001
"""The portal's own ids start well after HubSpot's (where real ones start is believed to differ)."""
OURS, THEIRS = "USER_DEFINED", "HUBSPOT_DEFINED"


@dataclass(slots=True)
class LinkType:
    """One kind of association from one object type to another.

    Attributes:
        inverse: the id of the same association seen from the other side.
        label: as people see it; None for the one that every association has.
        primary: whether a record has at most one of it.
    """

    id: int
    source: str
    target: str
    category: str
    label: str | None
    name: str
    inverse: int
    primary: bool = False

    def body(self) -> dict[str, object]:
        """As HubSpot answers it."""
        return {"category": self.category, "typeId": self.id, "label": self.label}


# from | to | id | id of the inverse | p = primary, labelled so
_TABLE = """
contact|company|279|280
contact|company|1|2|p
deal|contact|3|4
deal|company|341|342
deal|company|5|6|p
task|contact|204|203
task|company|192|191
task|deal|216|215
task|lead|647|646
note|contact|202|201
note|company|190|189
note|deal|214|213
note|lead|855|854
lead|contact|608|607
lead|contact|578|579|p
lead|company|610|609
lead|company|580|581|p
lead|deal|1037|1036
lead|deal|582|583|p
contact|contact|449|449
company|company|450|450
deal|deal|451|451
"""


class LinkTypes:
    """All kinds of association by (object type, object type) and id."""

    def __init__(self) -> None:
        self._by_pair: dict[tuple[str, str], dict[int, LinkType]] = {}
        self.next_id = FIRST_LABEL
        for line in _TABLE.strip().splitlines():
            one, two, number, inverse, *flag = line.split("|")
            source, target = kind_of(one), kind_of(two)
            if source is None or target is None:
                raise ValueError(f"no such object types: {line}")
            ids = int(number), int(inverse)
            self._put_both(source, target, ids, THEIRS, ("Primary", "Primary") if flag else None)

    def _put_both(
        self,
        source: Kind,
        target: Kind,
        ids: tuple[int, int],
        category: str,
        labels: tuple[str, str] | None,
    ) -> None:
        primary = category == THEIRS and labels is not None
        for near, far, number, inverse, label in (
            (source, target, ids[0], ids[1], labels and labels[0]),
            (target, source, ids[1], ids[0], labels and labels[1]),
        ):
            name = f"{near.singular}_to_{far.singular}"
            if labels is None and primary is False and category == THEIRS:
                name += "_unlabeled" if (near.name, far.name) in _LABELLED else ""
            elif category == OURS:
                name = (label or "").lower().replace(" ", "_")
            # A record has one primary company or contact; those have many records as theirs.
            one_of = primary and (near, far) == (source, target)
            made = LinkType(number, near.name, far.name, category, label, name, inverse, one_of)
            self._by_pair.setdefault((near.name, far.name), {})[number] = made

    def between(self, source: Kind, target: Kind) -> dict[int, LinkType]:
        """Every kind of association from one object type to the other, by id."""
        return self._by_pair.get((source.name, target.name), {})

    def plain(self, source: Kind, target: Kind) -> LinkType | None:
        """The one without a label that every association has."""
        return next(
            (
                one
                for one in self.between(source, target).values()
                if one.label is None and one.category == THEIRS
            ),
            None,
        )

    def primary(self, source: Kind, target: Kind) -> LinkType | None:
        """The one that a record has at most once."""
        return next((one for one in self.between(source, target).values() if one.primary), None)

    def add_label(self, source: Kind, target: Kind, labels: tuple[str, str]) -> list[LinkType]:
        """A label of the portal's own, and its inverse."""
        ids = self.next_id, self.next_id if source is target else self.next_id + 1
        self.next_id += 2
        self._put_both(source, target, ids, OURS, labels)
        found = [self.between(source, target)[ids[0]]]
        return found if source is target else [*found, self.between(target, source)[ids[1]]]

    def drop_label(self, found: LinkType) -> None:
        """Forget a label and its inverse."""
        self._by_pair[found.source, found.target].pop(found.id, None)
        self._by_pair[found.target, found.source].pop(found.inverse, None)

    def labels(self) -> Iterator[dict[str, object]]:
        """The portal's own labels as JSON values, for a snapshot."""
        for pair in self._by_pair.values():
            for one in pair.values():
                if one.category == OURS:
                    yield asdict(one)

    def restore(self, rows: list[dict[str, object]]) -> None:
        """Take up what :meth:`labels` gave."""
        for row in rows:
            one = LinkType(**row)  # type: ignore[arg-type]
            self._by_pair.setdefault((one.source, one.target), {})[one.id] = one
            self.next_id = max(self.next_id, one.id + 1)


_LABELLED = frozenset(
    {("contacts", "companies"), ("companies", "contacts"), ("deals", "companies")}
)
