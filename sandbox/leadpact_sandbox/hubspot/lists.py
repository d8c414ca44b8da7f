"""Manual lists and who is on them; what a list filters by is not emulated (facts §7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from leadpact_sandbox.hubspot.batch import envelope, read_inputs
from leadpact_sandbox.hubspot.calls import Answer, Call, id_part, text_part
from leadpact_sandbox.hubspot.errors import ApiError, error, invalid, not_covered
from leadpact_sandbox.hubspot.history import Record
from leadpact_sandbox.hubspot.kinds import Kind, kind_of
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.stamp import iso

MAX_PAGE, DEFAULT_PAGE = 250, 100
MAX_INPUTS = 1_000
MAX_CHANGES = 100_000


@dataclass(slots=True)
class ManualList:
    """One list and when its members came, by record id."""

    id: int
    name: str
    object_type: str
    created_ms: int
    members: dict[int, int] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """As HubSpot answers it."""
        kind = kind_of(self.object_type)
        return {
            "listId": str(self.id),
            "listVersion": 1,
            "name": self.name,
            "objectTypeId": kind.type_id if kind is not None else "",
            "processingType": "MANUAL",
            "processingStatus": "COMPLETE",
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.created_ms),
            "additionalProperties": {"hs_list_size": str(len(self.members))},
        }


class Lists:
    """The endpoints under ``/crm/v3/lists`` that the sandbox covers, and what they keep."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._lists: dict[int, ManualList] = {}

    def reset(self) -> None:
        """No lists."""
        self._lists.clear()

    def snapshot(self) -> list[dict[str, object]]:
        """All lists as JSON values."""
        return [
            {**asdict(one), "members": [list(pair) for pair in one.members.items()]}
            for one in self._lists.values()
        ]

    def restore(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Take up what :meth:`snapshot` gave."""
        self.reset()
        for row in rows:
            members = row["members"]
            pairs = members if isinstance(members, list) else []
            one = ManualList(**{**row, "members": dict(pairs)})  # type: ignore[arg-type]
            self._lists[one.id] = one

    def create(self, call: Call) -> Answer:
        """POST a list: 200; only manual ones."""
        sent = call.json()
        name = text_part(sent, "name", needed=True) or ""
        kind = kind_of(text_part(sent, "objectTypeId", needed=True))
        if text_part(sent, "processingType", needed=True) != "MANUAL":
            raise not_covered("lists that filter")
        if kind is None:
            raise invalid("objectTypeId is not an object type of this account")
        if any(one.name == name for one in self._lists.values()):
            raise invalid(f"A list named {name[:200]!r} exists already")
        made = ManualList(max(self._lists, default=0) + 1, name, kind.name, call.now_ms)
        self._lists[made.id] = made
        return Answer(200, {"list": made.body()})

    def read(self, call: Call) -> Answer:
        """GET a list."""
        return Answer(200, {"list": self._found(call).body()})

    def search(self, call: Call) -> Answer:  # noqa: ARG002
        """POST a search of lists: not covered."""
        raise not_covered("search of lists")

    def archive(self, call: Call) -> Answer:
        """DELETE a list: 204."""
        del self._lists[self._found(call).id]
        return Answer(204)

    def members(self, call: Call) -> Answer:
        """GET the members of a list, in order of id."""
        found = self._found(call)
        limit, after = call.limit(DEFAULT_PAGE, MAX_PAGE), call.after()
        ids = sorted(number for number in found.members if number > after)
        body: dict[str, object] = {
            "results": [
                {"recordId": str(one), "membershipTimestamp": iso(found.members[one])}
                for one in ids[:limit]
            ],
            "total": len(found.members),
        }
        if len(ids) > limit:
            body["paging"] = {"next": {"after": str(ids[limit - 1])}}
        return Answer(200, body)

    def add(self, call: Call) -> Answer:
        """PUT members: those that are there already, and those that are nobody, are told."""
        found = self._found(call)
        added: list[str] = []
        missing: list[str] = []
        for asked in self._ids(call):
            record = self._record(found.object_type, asked)
            if record is None:
                missing.append(asked)
            elif record.id not in found.members:
                found.members[record.id] = call.now_ms
                added.append(asked)
        return Answer(
            200, {"recordIdsMissing": missing, "recordsIdsAdded": added, "recordIdsRemoved": []}
        )

    def remove(self, call: Call) -> Answer:
        """PUT members off the list."""
        found = self._found(call)
        gone = []
        for asked in self._ids(call):
            record = self._record(found.object_type, asked)
            if record is not None and found.members.pop(record.id, None) is not None:
                gone.append(asked)
        return Answer(
            200, {"recordIdsMissing": [], "recordsIdsAdded": [], "recordIdsRemoved": gone}
        )

    def memberships(self, call: Call) -> Answer:
        """GET the lists that a record is on."""
        kind = kind_of(call.path["objectTypeId"])
        if kind is None:
            raise invalid("the path names no object type of this account")
        rows = self._memberships(kind, call.path["recordId"])
        return Answer(200, {"results": rows, "total": len(rows)})

    def batch_memberships(self, call: Call) -> Answer:
        """POST the same for many records (facts §7)."""
        rows: list[dict[str, object]] = []
        for one in read_inputs(call.json(), MAX_INPUTS):
            kind = kind_of(one.get("objectTypeId"))
            if kind is None:
                raise invalid("objectTypeId is not an object type of this account")
            asked = id_part(one, "recordId")
            found = self._memberships(kind, asked)
            rows.append(
                {
                    "objectTypeId": kind.type_id,
                    "recordId": asked,
                    "recordListMemberships": found,
                }
            )
        return envelope(call, rows, [], 200)

    # -- parts --------------------------------------------------------------------------------

    def _memberships(self, kind: Kind, asked: str) -> list[dict[str, object]]:
        record = self._record(kind.name, asked)
        if record is None:
            return []
        return [
            {
                "listId": str(one.id),
                "listVersion": 1,
                "isPublicList": False,
                "firstAddedTimestamp": iso(one.members[record.id]),
                "lastAddedTimestamp": iso(one.members[record.id]),
            }
            for one in self._lists.values()
            if one.object_type == kind.name and record.id in one.members
        ]

    def _record(self, object_type: str, asked: str) -> Record | None:
        record = self._portal.spaces[object_type].store.resolve(asked)
        return None if record is None or record.archived_ms is not None else record

    def _found(self, call: Call) -> ManualList:
        asked = call.path["listId"]
        usable = asked.isascii() and asked.isdigit() and len(asked) < 12
        found = self._lists.get(int(asked)) if usable else None
        if found is None:
            raise _no_list(asked)
        return found

    def _ids(self, call: Call) -> list[str]:
        sent = call.json_list()
        if len(sent) > MAX_CHANGES:
            raise invalid(f"At most {MAX_CHANGES} records are supported")
        return [id_part({"id": one}) for one in sent]


def _no_list(asked: str) -> ApiError:
    return error(404, f"List does not exist with ID {asked[:200]}.", "OBJECT_NOT_FOUND")
