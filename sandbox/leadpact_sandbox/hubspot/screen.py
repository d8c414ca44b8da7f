"""What people, workflows, imports and other apps do in the portal (DESIGN §8, facts §4, §8)."""

from __future__ import annotations

from collections.abc import Container, Mapping

from leadpact_sandbox.acts import Actor, RefusedAct, parse_actor
from leadpact_sandbox.hubspot import native_sync
from leadpact_sandbox.hubspot.errors import ApiError, not_found
from leadpact_sandbox.hubspot.history import Record, Source
from leadpact_sandbox.hubspot.kinds import kind_of
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.rows import full_body
from leadpact_sandbox.hubspot.spaces import Space


def source_of(actor: Actor, portal: Portal) -> Source:
    """The history source of an act: a person by user id, not by owner id (facts §6, §8)."""
    if actor.kind == "person":
        user = portal.owners.user_of(actor.id)
        if user is None and actor.id.isdigit():
            user = int(actor.id)
        return Source("CRM_UI", f"userId:{actor.id if user is None else user}", None, user)
    if actor.kind == "workflow":
        return Source("AUTOMATION_PLATFORM", actor.id, f"Workflow {actor.id}")
    if actor.kind == "import":
        return Source("IMPORT", actor.id, f"Import {actor.id}")
    if actor.id == native_sync.ACTOR:
        return native_sync.SOURCE
    return Source("INTEGRATION", actor.id, f"App {actor.id}")


def tracked_by(actor: Actor, space: Space) -> Container[str]:
    """The read-only properties that an act may set.

    A person may opt a contact out of e-mail; a workflow also stands for HubSpot's own tracking of
    mails, visits, forms and what sales logs, which nobody else can set.
    """
    if actor.kind == "workflow":
        return space.catalog.tracked()
    if actor.kind == "integration" and actor.id == native_sync.ACTOR:
        return native_sync.PROPERTIES
    return ("hs_email_optout",) if actor.kind == "person" else ()


class Screen:
    """Acts on records; each answers the record with all its properties.

    Every method raises :class:`RefusedAct` where the portal would refuse the act.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def create(self, object: str, fields: Mapping[str, object], by: str) -> dict[str, object]:
        """Someone makes a record."""
        space, portal = self._space(object), self._portal
        actor = parse_actor(by)
        source = source_of(actor, portal)
        try:
            values = space.catalog.checked(fields, tracked_by(actor, space))
            space.complete(values)
            return full_body(space.kind, space.store.create(values, source, portal.now_ms()))
        except ApiError as refusal:
            raise _refused(refusal) from None

    def edit(
        self, object: str, id: str, fields: Mapping[str, object], by: str
    ) -> dict[str, object]:
        """Someone edits a record; a person may move the stage back, nobody else (facts §4)."""
        return self.edit_many(object, {id: fields}, by)[0]

    def edit_many(
        self, object: str, edits: Mapping[str, Mapping[str, object]], by: str
    ) -> list[dict[str, object]]:
        """One act on many records at one instant, as a bulk edit, a workflow or an import does."""
        space, portal = self._space(object), self._portal
        actor = parse_actor(by)
        source, now_ms = source_of(actor, portal), portal.now_ms()
        back = actor.kind == "person" and portal.world.switch("hubspot.4.person_may_go_back", True)
        found = [(_live(space, asked), fields) for asked, fields in edits.items()]
        try:
            tracked = tracked_by(actor, space)
            checked = [(record, space.catalog.checked(fields, tracked)) for record, fields in found]
            for record, values in checked:
                space.check_stage(values, record.values, may_go_back=back)
                space.store.check_free(values, record)
            for record, values in checked:
                space.store.update(record, values, source, now_ms, may_go_back=back)
        except ApiError as refusal:
            raise _refused(refusal) from None
        return [full_body(space.kind, record) for record, _ in found]

    def archive(self, object: str, id: str, by: str) -> dict[str, object]:
        """Someone deletes a record; it can still be read as archived."""
        space = self._space(object)
        source = source_of(parse_actor(by), self._portal)
        record = _live(space, id)
        self._portal.archive(space, record, source, self._portal.now_ms())
        return full_body(space.kind, record)

    def merge(
        self, object: str, primary: str, other: str, by: str = "person:0"
    ) -> dict[str, object]:
        """Someone merges two records; the answer is the new one (facts §6)."""
        space, portal = self._space(object), self._portal
        pair = _live(space, primary), _live(space, other)
        source = source_of(parse_actor(by), portal)
        try:
            return full_body(space.kind, portal.merge(space, *pair, source, portal.now_ms()))
        except ApiError as refusal:
            raise _refused(refusal) from None

    def _space(self, object: str) -> Space:
        kind = kind_of(object)
        if kind is None:
            raise RefusedAct(501, {"message": f"the sandbox does not cover {object!r} in HubSpot"})
        return self._portal.spaces[kind.name]


def _live(space: Space, asked: str) -> Record:
    record = space.store.resolve(asked)
    if record is None or record.archived_ms is not None:
        raise _refused(not_found(asked))
    return record


def _refused(refusal: ApiError) -> RefusedAct:
    return RefusedAct(refusal.status, refusal.body)
