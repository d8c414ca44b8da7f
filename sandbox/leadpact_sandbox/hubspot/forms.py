"""Form submissions by the former endpoint: newest first, 50 a page, without a contact's id (facts §7)."""

from __future__ import annotations

import uuid

from leadpact_sandbox.hubspot.calls import Answer, Call
from leadpact_sandbox.hubspot.errors import error, invalid
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.stamp import iso, parse_instant

MAX_PAGE = 50
NAMES = ("Demo request form", "Contact form", "Download form")
VALUES = ("email", "firstname", "lastname", "company", "jobtitle")
_CONVERSIONS = (
    ("first_conversion_date", "first_conversion_event_name"),
    ("recent_conversion_date", "recent_conversion_event_name"),
)


class Forms:
    """The forms of the portal, and what contacts sent by them, as their conversions tell."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        space = uuid.UUID(int=portal.id)
        self._names = {str(uuid.uuid5(space, name)): name for name in NAMES}

    def page(self, call: Call) -> Answer:  # noqa: ARG002
        """GET the forms."""
        rows = [
            {
                "id": guid,
                "name": name,
                "formType": "hubspot",
                "createdAt": iso(self._portal.created_ms),
                "updatedAt": iso(self._portal.created_ms),
                "archived": False,
            }
            for guid, name in self._names.items()
        ]
        return Answer(200, {"results": rows})

    def submissions(self, call: Call) -> Answer:
        """GET what was sent by one form."""
        name = self._names.get(call.path["guid"])
        if name is None:
            raise error(404, f"No form found with guid {call.path['guid'][:200]}")
        limit = int(call.query.get("limit") or "20") if _is_count(call.query.get("limit")) else 0
        if not 1 <= limit <= MAX_PAGE:
            raise invalid(f"limit must be a whole number from 1 to {MAX_PAGE}")
        start = call.after()
        found = self._found(name)
        rows = found[start : start + limit]
        body: dict[str, object] = {"results": rows}
        if start + limit < len(found):
            body["paging"] = {"next": {"after": str(start + limit)}}
        return Answer(200, body)

    def _found(self, name: str) -> list[dict[str, object]]:
        sent: list[tuple[int, dict[str, str]]] = []
        for record in self._portal.store.live():
            values = record.values
            times = {
                values[date]
                for date, event in _CONVERSIONS
                if values.get(event) == name and values.get(date)
            }
            sent += [(parse_instant(one) or 0, values) for one in times]
        sent.sort(key=lambda pair: -pair[0])
        return [
            {
                "submittedAt": ms,
                "values": [
                    {"name": one, "value": values[one], "objectTypeId": "0-1"}
                    for one in VALUES
                    if values.get(one)
                ],
                "pageUrl": "https://www.halden.example/forms",
            }
            for ms, values in sent
        ]


def _is_count(sent: str | None) -> bool:
    return not sent or (sent.isascii() and sent.isdigit() and len(sent) < 6)
