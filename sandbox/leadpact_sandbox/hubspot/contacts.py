"""Single contacts: list, read, create, update, archive, merge (facts §1, §6)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from leadpact_sandbox.hubspot.calls import Answer, Call, properties_part
from leadpact_sandbox.hubspot.errors import invalid, not_found
from leadpact_sandbox.hubspot.history import Contact
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.rows import asked_names, record_body, written_names

PATH = "/crm/v3/objects/contacts"
MAX_PAGE = 100
MAX_PAGE_WITH_HISTORY = 50


class Contacts:
    """The endpoints of one contact at a time, and the list."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call) -> Answer:
        """GET list: in order of id, 100 a page, 50 with history (facts §1)."""
        live = self._portal.catalog.live
        history = [name for name in call.names("propertiesWithHistory") if name in live]
        most = MAX_PAGE_WITH_HISTORY if history else MAX_PAGE
        limit = call.limit(10, most)
        contacts, following = self._portal.store.page(
            call.after(), limit, archived=call.flag("archived")
        )
        names = asked_names(call.names("properties"), live)
        body: dict[str, object] = {
            "results": [self._row(contact, names, history) for contact in contacts]
        }
        if following is not None:
            rest = [(key, value) for key, value in call.query.multi_items() if key != "after"]
            link = f"{self._portal.base_url}{PATH}?{urlencode([*rest, ('after', following)])}"
            body["paging"] = {"next": {"after": str(following), "link": link}}
        return Answer(200, body)

    def read(self, call: Call) -> Answer:
        """GET one: archived ones only with ``archived=true``; an old id answers the merged one."""
        live = self._portal.catalog.live
        contact = self._found(call, archived=call.flag("archived"))
        history = [name for name in call.names("propertiesWithHistory") if name in live]
        return Answer(200, self._row(contact, asked_names(call.names("properties"), live), history))

    def create(self, call: Call) -> Answer:
        """POST: 201, or 409 for an address that another contact has (facts §1)."""
        sent = call.json()
        portal = self._portal
        values = portal.catalog.checked(properties_part(sent))
        contact = portal.store.create(values, portal.api_source, call.now_ms)
        return Answer(201, self._written(contact, sent))

    def update(self, call: Call) -> Answer:
        """PATCH: 200 with the values as they are now, so a stage that did not move shows (§4)."""
        sent = call.json()
        portal = self._portal
        contact = self._found(call, archived=False)
        if contact.archived_ms is not None:
            raise not_found(call.path["id"])
        values = portal.catalog.checked(properties_part(sent))
        portal.store.update(contact, values, portal.api_source, call.now_ms)
        return Answer(200, self._written(contact, sent))

    def archive(self, call: Call) -> Answer:
        """DELETE: 204; again 204 when archived already (switch ``hubspot.1.archive_twice_is_204``)."""
        asked = call.path["id"]
        contact = self._portal.store.resolve(asked)
        if contact is None:
            raise not_found(asked)
        twice = contact.archived_ms is not None
        if twice and not self._portal.world.switch("hubspot.1.archive_twice_is_204", True):
            raise not_found(asked)
        self._portal.store.archive(contact, call.now_ms)
        return Answer(204)

    def merge(self, call: Call) -> Answer:
        """POST merge: the new contact (facts §6)."""
        sent = call.json()
        primary = self._named(sent, "primaryObjectId")
        other = self._named(sent, "objectIdToMerge")
        made = self._portal.store.merge(primary, other, self._portal.api_source, call.now_ms)
        return Answer(200, record_body(made, written_names(("hs_merged_object_ids",))))

    def _named(self, sent: Mapping[str, object], part: str) -> Contact:
        asked = sent.get(part)
        contact = self._portal.store.resolve(asked) if isinstance(asked, str) else None
        if contact is None:
            raise invalid(f"{part} names no contact", id=[str(asked)])
        return contact

    def _found(self, call: Call, *, archived: bool) -> Contact:
        asked = call.path["id"]
        contact = self._portal.identified(asked, call.query.get("idProperty"))
        if contact is None or not self._portal.shown(contact, archived=archived):
            raise not_found(asked)
        return contact

    def _row(
        self, contact: Contact, names: tuple[str, ...], history: list[str]
    ) -> dict[str, object]:
        row = record_body(contact, names)
        if history:
            row["propertiesWithHistory"] = contact.history_body(history)
        row["url"] = self._portal.record_url(contact)
        return row

    def _written(self, contact: Contact, sent: dict[str, object]) -> dict[str, object]:
        row = record_body(contact, written_names(tuple(properties_part(sent))))
        if isinstance(sent.get("objectWriteTraceId"), str):
            row["objectWriteTraceId"] = sent["objectWriteTraceId"]
        return row
