"""All properties and groups of one object type, and what a write may set (facts §1, §5)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from leadpact_sandbox.hubspot.definitions import Check, Definition, Refused
from leadpact_sandbox.hubspot.errors import ApiError, BadValue, bad_json, bad_values
from leadpact_sandbox.hubspot.kinds import Kind
from leadpact_sandbox.hubspot.property_tables import (
    default_properties,
    groups_of,
    stage_properties,
)
from leadpact_sandbox.hubspot.standard import STAGES

TRACKED_GROUPS = frozenset({"emailinformation", "analyticsinformation", "conversioninformation"})
# What HubSpot keeps from the calls, mails and meetings that sales logs.
TRACKED_SALES = frozenset(
    {
        "notes_last_contacted",
        "notes_last_updated",
        "num_contacted_notes",
        "engagements_last_meeting_booked",
        "hs_latest_meeting_activity",
        "hs_last_sales_activity_timestamp",
        "hs_last_sales_activity_type",
        "hs_sales_email_last_opened",
        "hs_sales_email_last_clicked",
        "hs_sales_email_last_replied",
    }
)
DEFAULT_STAGES = frozenset(value for value, _ in STAGES)
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
    """Properties by name, live and archived, and their groups.

    Args:
        kind: the object type that these are the properties of.
        portal: named in the bodies of refused values.
        outside: the values that a property with outside options takes, looked up at each write.
        created_ms: when the portal's standard properties were made.
        null_clears: whether null in a write clears as ``""`` does
            (switch ``hubspot.1.null_clears``); else it is passed over.
        special: what is special from the start, see below.
        absent: default properties to leave out.
        dates_for_custom: whether a lifecycle stage of the portal's own gets dates too (believed).

    Attributes:
        checks: the value check of each property that a write may set.
        special: properties whose write does more than store a text: unique ones, those that others
            are derived from, and those that values are appended to.
    """

    def __init__(
        self,
        kind: Kind,
        portal: int,
        outside: Mapping[str, Container[str]],
        created_ms: int,
        *,
        null_clears: bool = True,
        special: frozenset[str] = frozenset(),
        absent: frozenset[str] = frozenset(),
        dates_for_custom: bool = True,
    ) -> None:
        self.kind = kind
        self.portal = portal
        self.null_clears = null_clears
        self._outside = outside
        self.live: dict[str, Definition] = {}
        self.archived: dict[str, Definition] = {}
        self.checks: dict[str, Check] = {}
        self.special = set(special)
        self.groups = {
            name: Group(name, label, order) for order, (name, label) in enumerate(groups_of(kind))
        }
        self.unique: set[str] = set()
        self.stages: dict[str, int] = {}
        self._dates_for_custom = dates_for_custom
        for definition in default_properties(kind, created_ms):
            if definition.name not in absent:
                self.put(definition)

    def put(self, definition: Definition) -> None:
        """Take a new or changed definition as live."""
        name = definition.name
        definition.refresh(self._outside.get(name, ()))
        self.live[name] = definition
        self.archived.pop(name, None)
        if definition.read_only:
            self.checks.pop(name, None)
        else:
            self.checks[name] = definition.check
        if definition.unique:
            self.unique.add(name)
        if definition.unique or definition.field_type == "checkbox":
            self.special.add(name)
        if name == "lifecyclestage":
            self._order_stages(definition)

    def _order_stages(self, definition: Definition) -> None:
        by_place = sorted(
            enumerate(definition.options), key=lambda pair: (pair[1].display_order, pair[0])
        )
        self.stages = {option.value: place for place, (_, option) in enumerate(by_place)}
        for option in definition.options:
            if not self._dates_for_custom and option.value not in DEFAULT_STAGES:
                continue
            self.put_stage(option.value, option.label, definition.updated_ms)

    def put_stage(self, stage: str, label: str, now_ms: int) -> None:
        """Make the dates of a stage, unless it has them."""
        for date in stage_properties(self.kind, stage, label, now_ms):
            if date.name not in self.live:
                self.put(date)

    def tracked(self) -> frozenset[str]:
        """The read-only properties that HubSpot itself keeps from mails, visits, forms and what sales logs."""
        return frozenset(
            name
            for name, definition in self.live.items()
            if definition.read_only
            and (definition.group in TRACKED_GROUPS or name in TRACKED_SALES)
        )

    def archive(self, name: str, now_ms: int) -> None:
        """Archive a live custom property."""
        definition = self.live.pop(name)
        definition.archived_ms = now_ms
        self.archived[name] = definition
        self.checks.pop(name, None)
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
        checks = self.checks
        good: dict[str, str] = {}
        for name, value in sent.items():
            check = checks.get(name)
            if check is None or value.__class__ is not str:
                return self._checked_one_by_one(sent, tracked)
            try:
                good[name] = check(value) if value else ""
            except Refused:
                return self._checked_one_by_one(sent, tracked)
        return good

    def _checked_one_by_one(
        self, sent: Mapping[str, object], tracked: Container[str]
    ) -> dict[str, str]:
        live = self.live
        good: dict[str, str] = {}
        problems: list[BadValue] = []
        for name, value in sent.items():
            if value is None and not self.null_clears:
                continue
            text = scalar(name, value)
            definition = live.get(name)
            try:
                if definition is None:
                    raise Refused("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
                if definition.read_only and name not in tracked:
                    message = f'"{name}" is a read only property; its value cannot be set.'
                    raise Refused("READ_ONLY_VALUE", message)
                good[name] = definition.check(text) if text else ""
            except Refused as refusal:
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
