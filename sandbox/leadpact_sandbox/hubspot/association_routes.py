"""The associations API of one object type: one pair at a time, batches, labels (facts §6)."""

from __future__ import annotations

from collections.abc import Mapping

from leadpact_sandbox.hubspot.association_types import OURS, LinkType
from leadpact_sandbox.hubspot.batch import envelope, read_inputs
from leadpact_sandbox.hubspot.calls import (
    Answer,
    Call,
    id_part,
    object_part,
    objects_part,
    text_part,
)
from leadpact_sandbox.hubspot.errors import ApiError, error, invalid, not_covered, not_found
from leadpact_sandbox.hubspot.history import Record
from leadpact_sandbox.hubspot.kinds import LEADS, UNKEPT, Kind, kind_of
from leadpact_sandbox.hubspot.linking import invalid_ids, types_part
from leadpact_sandbox.hubspot.portal import Portal

MAX_READ, MAX_CREATE, MAX_PAGE = 1_000, 2_000, 500


class AssociationCalls:
    """The endpoints whose path names this object type first.

    Args:
        kind: the type that the associations start at.
    """

    def __init__(self, portal: Portal, kind: Kind) -> None:
        self._portal = portal
        self._kind = kind

    # -- one pair -----------------------------------------------------------------------------

    def page(self, call: Call) -> Answer:
        """GET the associated records of one type, 500 a page."""
        target = target_of(call)
        record = self._live(self._kind, call.path["id"])
        limit, after = call.limit(MAX_PAGE, MAX_PAGE), call.after()
        found = self._portal.associations.of(self._kind, record.id, target)
        ids = sorted(number for number in found if number > after)
        rows = [self._row(target, number, found[number]) for number in ids[:limit]]
        body: dict[str, object] = {"results": rows}
        if len(ids) > limit:
            body["paging"] = {"next": {"after": str(ids[limit - 1])}}
        return Answer(200, body)

    def make_default(self, call: Call) -> Answer:
        """PUT without a label: 200."""
        target = target_of(call)
        near = self._live(self._kind, call.path["id"])
        far = self._live(target, call.path["toId"])
        self._link(near, target, far, [])
        return envelope(call, self._plain_rows(near, target, far), [], 200)

    def make(self, call: Call) -> Answer:
        """PUT labels: 201; they take the place of those that were there."""
        target = target_of(call)
        near = self._live(self._kind, call.path["id"])
        far = self._live(target, call.path["toId"])
        sent = call.json_list()
        types = types_part(self._portal, {"types": sent}, self._kind, target)
        if not types:
            raise invalid("At least one association type is needed")
        self._link(near, target, far, types, replace=True)
        return Answer(201, self._pair(near, target, far, types))

    def cut(self, call: Call) -> Answer:
        """DELETE all that associates two records: 204, also when nothing did."""
        target = target_of(call)
        near = self._live(self._kind, call.path["id"])
        far = self._live(target, call.path["toId"])
        self._unlink(call, near, target, far)
        return Answer(204)

    # -- batches ------------------------------------------------------------------------------

    def batch_read(self, call: Call) -> Answer:
        """POST batch/read, at most 1,000; records without any are error rows (believed)."""
        target = target_of(call)
        rows: list[dict[str, object]] = []
        errors: list[dict[str, object]] = []
        for one in read_inputs(call.json(), MAX_READ):
            asked = id_part(one)
            record = self._portal.spaces[self._kind.name].store.resolve(asked)
            found = (
                {}
                if record is None
                else self._portal.associations.of(self._kind, record.id, target)
            )
            if found:
                to = [self._row(target, number, found[number]) for number in sorted(found)]
                rows.append({"from": {"id": asked}, "to": to})
            elif self._portal.world.switch("hubspot.6.batch_read_without_links_is_207", True):
                errors.append(self._nothing(asked, target).row())
        return envelope(call, rows, errors, 200)

    def batch_make_default(self, call: Call) -> Answer:
        """POST batch/associate/default: 200."""
        return self._batch_make(call, 200, labelled=False)

    def batch_make(self, call: Call) -> Answer:
        """POST batch/create, at most 2,000: 201."""
        return self._batch_make(call, 201, labelled=True)

    def _batch_make(self, call: Call, success: int, *, labelled: bool) -> Answer:
        target = target_of(call)
        rows: list[dict[str, object]] = []
        errors: list[dict[str, object]] = []
        for one in read_inputs(call.json(), MAX_CREATE):
            types = types_part(self._portal, one, self._kind, target) if labelled else []
            if labelled and not types:
                raise invalid("Each input must have at least one association type")
            near, far = self._ends(one, target)
            if isinstance(near, ApiError) or isinstance(far, ApiError):
                errors.append((near if isinstance(near, ApiError) else far).row())  # type: ignore[union-attr]
                continue
            self._link(near, target, far, types)
            rows += (
                [self._pair(near, target, far, types)]
                if labelled
                else self._plain_rows(near, target, far)
            )
        return envelope(call, rows, errors, success)

    def batch_cut(self, call: Call) -> Answer:
        """POST batch/archive: 204, and by a dated path 200 with a body (facts §10)."""
        target = target_of(call)
        pairs: list[tuple[Record, Record]] = []
        for one in read_inputs(call.json(), MAX_CREATE):
            near = self._find(self._kind, id_part(object_part(one, "from")))
            for to in objects_part(one, "to"):
                far = self._find(target, id_part(to))
                if near is not None and far is not None:
                    pairs.append((near, far))
        for near, far in pairs:
            self._unlink(call, near, target, far)
        return envelope(call, [], [], 200) if call.dated else Answer(204)

    def batch_cut_labels(self, call: Call) -> Answer:
        """POST batch/labels/archive: without the plain type nothing stays (facts §6)."""
        target = target_of(call)
        ready: list[tuple[Record, Record, list[LinkType]]] = []
        for one in read_inputs(call.json(), MAX_CREATE):
            types = types_part(self._portal, one, self._kind, target)
            near = self._find(self._kind, id_part(object_part(one, "from")))
            far = self._find(target, id_part(object_part(one, "to")))
            if near is not None and far is not None:
                ready.append((near, far, types))
        for near, far, types in ready:
            self._unlink(call, near, target, far, types)
        return envelope(call, [], [], 200) if call.dated else Answer(204)

    # -- labels -------------------------------------------------------------------------------

    def labels(self, call: Call) -> Answer:
        """GET the types of association between two object types."""
        found = self._portal.associations.types.between(self._kind, target_of(call))
        return Answer(200, {"results": [one.body() for one in found.values()]})

    def make_label(self, call: Call) -> Answer:
        """POST a label, with the one that the other side shows: 200 (the specification says so)."""
        sent = call.json()
        target = target_of(call)
        label = text_part(sent, "label", needed=True) or ""
        text_part(sent, "name", needed=True)
        inverse = text_part(sent, "inverseLabel") or label
        known = self._portal.associations.types.between(self._kind, target)
        if any(one.label == label for one in known.values()):
            raise invalid(f"An association label {label!r} exists already")
        made = self._portal.associations.types.add_label(self._kind, target, (label, inverse))
        return Answer(200, {"results": [one.body() for one in made]})

    def update_label(self, call: Call) -> Answer:
        """PUT a label's text: 204."""
        sent = call.json()
        found = self._own_label(target_of(call), sent.get("associationTypeId"))
        found.label = text_part(sent, "label", needed=True) or ""
        return Answer(204)

    def cut_label(self, call: Call) -> Answer:
        """DELETE a label of the portal's own: 204."""
        asked = call.path["typeId"]
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 12 else None
        found = self._own_label(target_of(call), number)
        self._portal.associations.types.drop_label(found)
        return Answer(204)

    def _own_label(self, target: Kind, number: object) -> LinkType:
        known = self._portal.associations.types.between(self._kind, target)
        found = known.get(number) if isinstance(number, int) else None
        if found is None or found.category != OURS:
            raise invalid(f"{number!r} is not an association label of this account")
        return found

    # -- parts --------------------------------------------------------------------------------

    def _find(self, kind: Kind, asked: str) -> Record | None:
        record = self._portal.spaces[kind.name].store.resolve(asked)
        return None if record is None or record.archived_ms is not None else record

    def _live(self, kind: Kind, asked: str) -> Record:
        record = self._find(kind, asked)
        if record is None:
            raise not_found(asked)
        return record

    def _ends(
        self, one: Mapping[str, object], target: Kind
    ) -> tuple[Record | ApiError, Record | ApiError]:
        asked = id_part(object_part(one, "from")), id_part(object_part(one, "to"))
        near, far = self._find(self._kind, asked[0]), self._find(target, asked[1])
        return (
            invalid_ids(self._kind, [asked[0]]) if near is None else near,
            invalid_ids(target, [asked[1]]) if far is None else far,
        )

    def _link(
        self,
        near: Record,
        target: Kind,
        far: Record,
        types: list[LinkType],
        *,
        replace: bool = False,
    ) -> None:
        if self._portal.associations.types.plain(self._kind, target) is None:
            raise invalid(f"{self._kind.name} cannot be associated with {target.name}")
        self._portal.associations.link(
            self._kind,
            near.id,
            target,
            far.id,
            types,
            replace=replace,
            first_is_primary=self._portal.first_is_primary(),
        )

    def _unlink(
        self,
        call: Call,
        near: Record,
        target: Kind,
        far: Record,
        types: list[LinkType] | None = None,
    ) -> None:
        self._portal.associations.unlink(self._kind, near.id, target, far.id, types)
        for kind, record in ((self._kind, near), (target, far)):
            if kind is LEADS:
                self._portal.orphaned(record.id, call.source, call.now_ms)

    def _as_numbers(self) -> bool:
        return self._portal.world.switch("hubspot.6.association_ids_are_numbers", True)

    def _row(self, target: Kind, number: int, types: set[int]) -> dict[str, object]:
        shown = self._portal.associations.described(self._kind, target, types)
        numbers = self._as_numbers()
        return {
            "toObjectId": number if numbers else str(number),
            "associationTypes": [one.body() for one in shown],
        }

    def _pair(
        self, near: Record, target: Kind, far: Record, types: list[LinkType]
    ) -> dict[str, object]:
        numbers = self._as_numbers()
        return {
            "fromObjectTypeId": self._kind.type_id,
            "fromObjectId": near.id if numbers else str(near.id),
            "toObjectTypeId": target.type_id,
            "toObjectId": far.id if numbers else str(far.id),
            "labels": [one.label for one in types if one.label is not None],
        }

    def _plain_rows(self, near: Record, target: Kind, far: Record) -> list[dict[str, object]]:
        plain = self._portal.associations.types.plain(self._kind, target)
        if plain is None:
            return []
        return [
            {
                "from": {"id": str(one)},
                "to": {"id": str(two)},
                "associationSpec": {
                    "associationCategory": plain.category,
                    "associationTypeId": number,
                },
            }
            for one, two, number in (
                (near.id, far.id, plain.id),
                (far.id, near.id, plain.inverse),
            )
        ]

    def _nothing(self, asked: str, target: Kind) -> ApiError:
        return error(
            404,
            f"No {target.singular} is associated with {self._kind.singular} {asked}.",
            "OBJECT_NOT_FOUND",
            context={
                "fromObjectId": [asked],
                "fromObjectType": [self._kind.singular],
                "toObjectType": [target.singular],
            },
            subCategory="crm.associations.NO_ASSOCIATIONS_FOUND",
        )


def target_of(call: Call) -> Kind:
    """The object type that the path names second.

    Raises:
        ApiError: 400 for one that the portal does not have, 501 for one that the sandbox lacks.
    """
    found = kind_of(call.path["to"])
    if found is None and call.path["to"].lower() in UNKEPT:
        raise not_covered(f"associations with {call.path['to']}")
    if found is None:
        raise invalid(f"Unable to infer object type from: {call.path['to'][:200]}")
    return found
