"""All contact properties and groups of the portal, and what a write may set (facts §1, §5)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from leadpact_sandbox.hubspot.definitions import Definition, Refused
from leadpact_sandbox.hubspot.errors import ApiError, BadValue, bad_json, bad_values
from leadpact_sandbox.hubspot.standard import GROUPS, stage_definitions, standard_definitions

TRACKED_GROUPS = frozenset({"emailinformation", "analyticsinformation", "conversioninformation"})
MAX_UNIQUE = 10
"""Custom unique properties per object (facts §1)."""


@dataclass(slots=True)
class Group:
    """A property group."""

    name: str
    label: str
    display_order: int = -1
    archived: bool = False

    def body(self) -> dict[str, object]:
        """As HubSpot answers it (facts §5)."""
        return {
            "name": self.name,
            "label": self.label,
            "displayOrder": self.display_order,
            "archived": self.archived,
        }


class Catalog:
    """Contact properties by name, live and archived, and their groups.

    Args:
        portal: named in the bodies of refused values.
        owners: the owner ids that ``hubspot_owner_id`` takes, looked up at each write.
        created_ms: when the portal's standard properties were made.
        null_clears: whether null in a write clears as ``""`` does
            (switch ``hubspot.1.null_clears``); else it is passed over.
    """

    def __init__(
        self,
        portal: int,
        owners: Container[str],
        created_ms: int,
        *,
        null_clears: bool = True,
    ) -> None:
        self.portal = portal
        self.null_clears = null_clears
        self._owners = owners
        self.live: dict[str, Definition] = {}
        self.archived: dict[str, Definition] = {}
        self.groups = {
            name: Group(name, label, order) for order, (name, label) in enumerate(GROUPS)
        }
        self.unique: set[str] = set()
        self.stages: dict[str, int] = {}
        for definition in standard_definitions(created_ms):
            self.put(definition)

    def put(self, definition: Definition) -> None:
        """Take a new or changed definition as live."""
        definition.refresh(self._owners)
        self.live[definition.name] = definition
        self.archived.pop(definition.name, None)
        if definition.unique:
            self.unique.add(definition.name)
        if definition.name == "lifecyclestage":
            self._order_stages(definition)

    def _order_stages(self, definition: Definition) -> None:
        by_place = sorted(
            enumerate(definition.options), key=lambda pair: (pair[1].display_order, pair[0])
        )
        self.stages = {option.value: place for place, (_, option) in enumerate(by_place)}
        for option in definition.options:
            for date in stage_definitions(option.value, option.label, definition.updated_ms):
                if date.name not in self.live:
                    self.put(date)

    def tracked(self) -> frozenset[str]:
        """The read-only properties that HubSpot itself keeps from mails, visits and forms."""
        return frozenset(
            name
            for name, definition in self.live.items()
            if definition.read_only and definition.group in TRACKED_GROUPS
        )

    def archive(self, name: str, now_ms: int) -> None:
        """Archive a live custom property."""
        definition = self.live.pop(name)
        definition.archived_ms = now_ms
        self.archived[name] = definition
        self.unique.discard(name)

    def checked(self, sent: Mapping[str, object], tracked: Container[str] = ()) -> dict[str, str]:
        """The values of one write as they will be stored; ``""`` clears.

        Args:
            sent: the JSON values by property name.
            tracked: read-only properties that this author may set all the same, since it stands
                for HubSpot's own tracking.

        Raises:
            ApiError: 400 that lists every bad property at once (facts §1).
        """
        live = self.live
        good: dict[str, str] = {}
        problems: list[BadValue] | None = None
        for name, value in sent.items():
            if value is None and not self.null_clears:
                continue
            text = value if value.__class__ is str else scalar(name, value)
            definition = live.get(name)
            try:
                if definition is None:
                    raise Refused("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
                if definition.read_only and name not in tracked:
                    message = f'"{name}" is a read only property; its value cannot be set.'
                    raise Refused("READ_ONLY_VALUE", message)
                good[name] = definition.check(text) if text else ""
            except Refused as refusal:
                problems = problems or []
                problems.append(BadValue(name, refusal.code, refusal.message))
        if problems:
            raise bad_values(problems, self.portal)
        return good


def scalar(name: str, value: object) -> str:
    """A JSON value as the text that HubSpot makes of it, ``""`` for null.

    Raises:
        ApiError: 400 for an object or an array.
    """
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise _not_a_value(name)


def _not_a_value(name: str) -> ApiError:
    return bad_json(f"Cannot deserialize value of type String for property {name}")
