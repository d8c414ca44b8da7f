"""Single records of one object type: list, read, create, update, archive, merge (facts §1, §6)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from leadpact_sandbox.hubspot.calls import (
    Answer,
    Call,
    id_part,
    properties_part,
    text_part,
    trace_part,
)
from leadpact_sandbox.hubspot.errors import conflict, invalid, not_found
from leadpact_sandbox.hubspot.history import Record
from leadpact_sandbox.hubspot.linking import links_body, links_part, make_links
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.rows import asked_names, entry_body, record_body, written_names
from leadpact_sandbox.hubspot.search import read_query
from leadpact_sandbox.hubspot.spaces import Space

MAX_PAGE = 100
MAX_PAGE_WITH_HISTORY = 50


class Records:
    """The endpoints of one record at a time, the list, and search."""

    def __init__(self, portal: Portal, space: Space) -> None:
        self._portal = portal
        self._name = space.kind.name
        self._kind = space.kind

    @property
    def _space(self) -> Space:
        return self._portal.spaces[self._name]

    def page(self, call: Call) -> Answer:
        """GET list: in order of id, 100 a page, 50 with history (facts §1)."""
        space = self._space
        live = space.catalog.live
        history = [name for name in call.names("propertiesWithHistory") if name in live]
        most = MAX_PAGE_WITH_HISTORY if history else MAX_PAGE
        limit = call.limit(10, most)
        records, following = space.store.page(call.after(), limit, archived=call.flag("archived"))
        names = asked_names(self._kind, call.names("properties"), live)
        linked = call.names("associations")
        body: dict[str, object] = {
            "results": [self._row(record, names, history, linked) for record in records]
        }
        if following is not None:
            rest = [(key, value) for key, value in call.query.multi_items() if key != "after"]
            path = f"/crm/objects/{call.dated}" if call.dated else "/crm/v3/objects"
            link = f"{self._portal.base_url}{path}/{self._name}"
            link = f"{link}?{urlencode([*rest, ('after', following)])}"
            body["paging"] = {"next": {"after": str(following), "link": link}}
        return Answer(200, body)

    def read(self, call: Call) -> Answer:
        """GET one: archived ones only with ``archived=true``; an old id answers the merged one."""
        live = self._space.catalog.live
        record = self._found(call, archived=call.flag("archived"))
        history = [name for name in call.names("propertiesWithHistory") if name in live]
        names = asked_names(self._kind, call.names("properties"), live)
        return Answer(200, self._row(record, names, history, call.names("associations")))

    def create(self, call: Call) -> Answer:
        """POST: 201, or 409 for an address that another contact has (facts §1)."""
        sent = call.json()
        space = self._space
        values = space.catalog.checked(properties_part(sent))
        space.complete(values)
        self._not_blocked(values)
        links = links_part(self._portal, self._kind, sent)
        record = space.store.create(values, call.source, call.now_ms)
        make_links(self._portal, self._kind, record, links)
        prefix = f"/crm/objects/{call.dated}" if call.dated else "/crm/v3/objects"
        location = f"{self._portal.base_url}{prefix}/{self._name}/{record.id}"
        return Answer(201, self._written(record, sent), {"Location": location})

    def update(self, call: Call) -> Answer:
        """PATCH: 200 with the values as they are now, so a stage that did not move shows (§4)."""
        sent = call.json()
        space = self._space
        record = self._found(call, archived=False)
        if record.archived_ms is not None:
            raise not_found(call.path["id"])
        values = space.catalog.checked(properties_part(sent))
        space.check_stage(values, record.values)
        space.store.update(record, values, call.source, call.now_ms)
        return Answer(200, self._written(record, sent))

    def archive(self, call: Call) -> Answer:
        """DELETE: 204; again 204 when archived already (switch ``hubspot.1.archive_twice_is_204``)."""
        asked = call.path["id"]
        record = self._space.store.resolve(asked)
        if record is None:
            raise not_found(asked)
        twice = record.archived_ms is not None
        if twice and not self._portal.world.switch("hubspot.1.archive_twice_is_204", True):
            raise not_found(asked)
        self._portal.archive(self._space, record, call.source, call.now_ms)
        return Answer(204)

    def merge(self, call: Call) -> Answer:
        """POST merge: the new record (facts §6)."""
        sent = call.json()
        primary = self._named(sent, "primaryObjectId")
        other = self._named(sent, "objectIdToMerge")
        made = self._portal.merge(self._space, primary, other, call.source, call.now_ms)
        names = written_names(self._kind, ("hs_merged_object_ids",))
        return Answer(200, record_body(self._kind, made, names))

    def forget(self, call: Call) -> Answer:
        """POST gdpr-delete: 204; an unknown address is blocked from being made (facts §1)."""
        sent = call.json()
        asked = id_part(sent, "objectId")
        property_ = text_part(sent, "idProperty")
        space, portal = self._space, self._portal
        record = space.identified(asked, property_)
        if record is None:
            if property_ != "email":
                raise not_found(asked)
            portal.blocked.add(asked.strip().lower())
            return Answer(204)
        portal.forget(space, record, call.source, call.now_ms)
        return Answer(204)

    def search(self, call: Call) -> Answer:
        """POST search (facts §2)."""
        space, portal = self._space, self._portal
        live = space.catalog.live
        length = len(call.raw.decode("utf-8", "replace"))
        query = read_query(call.json(), length, live, portal.world.switch, self._linked)
        total, entries, following = space.searcher.run(query)
        names = asked_names(self._kind, query.properties, live)
        body: dict[str, object] = {
            "total": total,
            "results": [entry_body(self._kind, entry, names) for entry in entries],
        }
        if following is not None:
            body["paging"] = {"next": {"after": str(following)}}
        return Answer(200, body)

    def _linked(self, name: str, asked: str) -> frozenset[int]:
        return self._portal.linked_ids(self._kind, name, asked)

    def _not_blocked(self, values: Mapping[str, str]) -> None:
        address = values.get("email")
        if address and address in self._portal.blocked:
            raise conflict(f"{address} was deleted for privacy and is blocked")

    def _named(self, sent: Mapping[str, object], part: str) -> Record:
        asked = sent.get(part)
        record = self._space.store.resolve(asked) if isinstance(asked, str) else None
        if record is None:
            raise invalid(f"{part} names no {self._kind.singular}", id=[str(asked)])
        return record

    def _found(self, call: Call, *, archived: bool) -> Record:
        asked = call.path["id"]
        record = self._space.identified(asked, call.query.get("idProperty"))
        if record is None or not self._space.shown(record, archived=archived):
            raise not_found(asked)
        return record

    def _row(
        self, record: Record, names: tuple[str, ...], history: list[str], linked: list[str]
    ) -> dict[str, object]:
        row = record_body(self._kind, record, names)
        if history:
            row["propertiesWithHistory"] = record.history_body(history)
        if linked:
            found = links_body(self._portal, self._kind, record, linked)
            if found:
                row["associations"] = found
        row["url"] = self._portal.record_url(self._kind, record)
        return row

    def _written(self, record: Record, sent: dict[str, object]) -> dict[str, object]:
        row = record_body(
            self._kind, record, written_names(self._kind, tuple(properties_part(sent)))
        )
        trace = trace_part(sent)
        if trace is not None:
            row["objectWriteTraceId"] = trace
        return row
