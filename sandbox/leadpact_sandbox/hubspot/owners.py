"""Owners and their teams: the staff as HubSpot knows them (facts §6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leadpact_sandbox.hubspot.calls import Answer, Call
from leadpact_sandbox.hubspot.errors import not_found
from leadpact_sandbox.hubspot.stamp import iso

MAX_PAGE = 500


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner: the id that records are assigned by is not the id of the user behind it."""

    id: int
    user_id: int
    email: str
    first_name: str
    last_name: str
    team_id: str
    team: str
    created_ms: int
    archived: bool = False

    def body(self) -> dict[str, object]:
        """As HubSpot answers it; an archived owner has no ``userId`` (facts §6)."""
        return {
            "id": str(self.id),
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": None if self.archived else self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.created_ms),
            "archived": self.archived,
            "teams": [{"id": self.team_id, "name": self.team, "primary": True}],
        }


class Owners:
    """All owners; as a container it holds the ids that records may be assigned to."""

    def __init__(self) -> None:
        self._by_id: dict[str, Owner] = {}
        self._assignable: frozenset[str] = frozenset()

    def replace(self, owners: Iterable[Owner]) -> None:
        """These owners instead of the former ones."""
        self._by_id = {str(owner.id): owner for owner in sorted(owners, key=lambda one: one.id)}
        self._assignable = frozenset(
            owner_id for owner_id, owner in self._by_id.items() if not owner.archived
        )

    def __contains__(self, owner_id: object) -> bool:
        return owner_id in self._assignable

    def __iter__(self) -> Iterator[Owner]:
        return iter(self._by_id.values())

    def user_of(self, owner_id: str) -> int | None:
        """The user behind an owner id."""
        owner = self._by_id.get(owner_id)
        return None if owner is None else owner.user_id

    def page(self, call: Call) -> Answer:
        """GET list: ``email``, ``archived``, ``limit`` up to 500, ``after``."""
        limit, after = call.limit(100, MAX_PAGE), call.after()
        email = call.query.get("email")
        archived = call.flag("archived")
        found = [
            owner
            for owner in self
            if owner.archived is archived
            and owner.id > after
            and (not email or owner.email.lower() == email.lower())
        ]
        body: dict[str, object] = {"results": [owner.body() for owner in found[:limit]]}
        if len(found) > limit:
            last = str(found[limit - 1].id)
            body["paging"] = {"next": {"after": last, "link": f"?after={last}"}}
        return Answer(200, body)

    def read(self, call: Call) -> Answer:
        """GET one, by owner id or by ``idProperty=userId``; archived ones only when asked for."""
        asked, archived = call.path["id"], call.flag("archived")
        by_user = call.query.get("idProperty", "id") == "userId"
        for owner in self:
            key = owner.user_id if by_user else owner.id
            if str(key) == asked and owner.archived is archived:
                return Answer(200, owner.body())
        raise not_found(asked)
