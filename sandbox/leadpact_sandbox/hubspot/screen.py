"""What people, workflows, imports and other apps do in the portal (DESIGN §8, facts §4, §8)."""

from __future__ import annotations

from collections.abc import Container, Mapping

from leadpact_sandbox.acts import Actor, RefusedAct, parse_actor
from leadpact_sandbox.hubspot.errors import ApiError, not_found
from leadpact_sandbox.hubspot.history import Contact, Source
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.rows import full_body

OBJECTS = frozenset({"contacts", "contact", "0-1"})


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
    return Source("INTEGRATION", actor.id, f"App {actor.id}")


def tracked_by(actor: Actor, portal: Portal) -> Container[str]:
    """The read-only properties that an act may set.

    A person may opt a contact out of e-mail; a workflow also stands for HubSpot's own tracking of
    mails, visits and forms, which nobody else can set.
    """
    if actor.kind == "workflow":
        return portal.catalog.tracked()
    return ("hs_email_optout",) if actor.kind == "person" else ()


class Screen:
    """Acts on contacts; each answers the record with all its properties.

    Every method raises :class:`RefusedAct` where the portal would refuse the act.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def create(self, object: str, fields: Mapping[str, object], by: str) -> dict[str, object]:
        """Someone makes a record."""
        self._contacts_only(object)
        portal = self._portal
        actor = parse_actor(by)
        source = source_of(actor, portal)
        try:
            values = portal.catalog.checked(fields, tracked_by(actor, portal))
            return full_body(portal.store.create(values, source, portal.now_ms()))
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
        self._contacts_only(object)
        portal = self._portal
        actor = parse_actor(by)
        source, now_ms = source_of(actor, portal), portal.now_ms()
        back = actor.kind == "person" and portal.world.switch("hubspot.4.person_may_go_back", True)
        found = [(self._live(asked), fields) for asked, fields in edits.items()]
        try:
            tracked = tracked_by(actor, portal)
            checked = [
                (contact, portal.catalog.checked(fields, tracked)) for contact, fields in found
            ]
            for contact, values in checked:
                portal.store.check_claims(values, contact)
            for contact, values in checked:
                portal.store.update(contact, values, source, now_ms, may_go_back=back)
        except ApiError as refusal:
            raise _refused(refusal) from None
        return [full_body(contact) for contact, _ in found]

    def archive(self, object: str, id: str, by: str) -> dict[str, object]:
        """Someone deletes a record; it can still be read as archived."""
        self._contacts_only(object)
        parse_actor(by)
        contact = self._live(id)
        self._portal.store.archive(contact, self._portal.now_ms())
        return full_body(contact)

    def merge(
        self, object: str, primary: str, other: str, by: str = "person:0"
    ) -> dict[str, object]:
        """Someone merges two records; the answer is the new one (facts §6)."""
        self._contacts_only(object)
        portal = self._portal
        pair = self._live(primary), self._live(other)
        source = source_of(parse_actor(by), portal)
        try:
            return full_body(portal.store.merge(*pair, source, portal.now_ms()))
        except ApiError as refusal:
            raise _refused(refusal) from None

    def _contacts_only(self, object: str) -> None:
        if object not in OBJECTS:
            raise RefusedAct(501, {"message": f"the sandbox does not cover {object!r} in HubSpot"})

    def _live(self, asked: str) -> Contact:
        contact = self._portal.store.resolve(asked)
        if contact is None or contact.archived_ms is not None:
            raise _refused(not_found(asked))
        return contact


def _refused(refusal: ApiError) -> RefusedAct:
    return RefusedAct(refusal.status, refusal.body)
