"""HubSpot's own names and shapes: objects, properties, paths, stamps, ids (facts §1, §10)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

from leadpact.errors import FixSettings
from leadpact.model.record import Native
from leadpact.ports.connector import WriteOp
from leadpact_hubspot.settings import HubSpotSettings

Json: TypeAlias = dict[str, Any]

CONTACTS: Final = "contacts"
COMPANIES: Final = "companies"
DEALS: Final = "deals"
TASKS: Final = "tasks"
TYPE_IDS: Final = {CONTACTS: "0-1", COMPANIES: "0-2", DEALS: "0-3"}
"""Object type ids, as addresses in the app use them."""

EXTERNAL_ID: Final = "leadpact_lead_id"
"""Our unique property: ``make`` upserts on it (facts §1, recommendation)."""
MODIFIED: Final = "lastmodifieddate"
MODIFIED_OF: Final = {
    CONTACTS: MODIFIED,
    COMPANIES: "hs_lastmodifieddate",
    DEALS: "hs_lastmodifieddate",
}
CONTACT_IDS: Final = "leadpact:contact_ids"
"""Pseudo field of a deal or a company: ids of its contacts, ``;``-separated."""
COMPANY_PREFIX: Final = "company."
"""How fields of a contact's primary company are named."""
EMAIL: Final = "email"
OBJECT_ID: Final = "hs_object_id"
LINEAGE: Final = "hs_merged_object_ids"
"""Ids merged into a record, ``;``-separated, complete through chains (facts §6)."""
STAGE: Final = "lifecyclestage"

GROUP: Final = "leadpact"

OPS: Final[frozenset[WriteOp]] = frozenset(
    {"set", "make", "reset_blank", "associate", "announce", "archive"}
)

WRITE_BATCH: Final = 100
READ_BATCH: Final = 100
HISTORY_BATCH: Final = 50
LIST_PAGE: Final = 100
SEARCH_PAGE: Final = 200
SEARCH_WALL: Final = 10_000
SEARCH_BODY: Final = 3_000

PATHS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "v3": (),
    "2026-03": (
        ("/crm/v3/objects/", "/crm/objects/2026-03/"),
        ("/crm/v3/properties/", "/crm/properties/2026-03/"),
        ("/crm/v3/owners", "/crm/owners/2026-03"),
        ("/crm/v3/pipelines/", "/crm/pipelines/2026-03/"),
        ("/crm/v4/associations/", "/crm/associations/2026-03/"),
    ),
}
"""How the client's built-in paths start, and how each path family starts instead (facts §10)."""

ACCOUNT_PATH: Final = "/account-info/v3/details"
USAGE_PATH: Final = "/account-info/v3/api-usage/daily/private-apps"
TOKEN_PATH: Final = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 - a path

_ID = re.compile(r"\d{1,20}", re.ASCII)
_PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def path_for(api: str, path: str) -> str:
    """The path that the client has built in, moved to the path family in use."""
    for old, new in PATHS[api]:
        if path.startswith(old):
            return new + path[len(old) :]
    return path


def is_record_id(text: str) -> bool:
    """Whether this can be the id of a HubSpot record."""
    return _ID.fullmatch(text) is not None


def checked_ids(ids: list[str]) -> list[str]:
    """The same ids.

    Raises:
        FixSettings: ``bad_id``, for one that HubSpot cannot have given.
    """
    for one in ids:
        if not is_record_id(one):
            raise FixSettings(f"{one[:40]!r} is not a HubSpot record id.", code="bad_id")
    return ids


@lru_cache(maxsize=2048)
def _is_property(name: str) -> bool:
    return _PROPERTY.fullmatch(name) is not None


def checked_properties(names: list[str]) -> list[str]:
    """The same property names.

    Raises:
        FixSettings: ``bad_field``, for one that cannot be a property's API name.
    """
    for one in names:
        if not _is_property(one):
            raise FixSettings(
                f"{one[:60]!r} is not the API name of a HubSpot property.", code="bad_field"
            )
    return names


def kinds_in(settings: HubSpotSettings) -> tuple[str, ...]:
    """The kinds that these settings have read: contacts always, others where they are wanted."""
    more = {DEALS: settings.deals, COMPANIES: bool(settings.company_fields)}
    return (CONTACTS, *(kind for kind, wanted in more.items() if wanted))


def checked_kind(kind: str, *known: str) -> str:
    """The same kind, if it is contacts or one of the ``known``.

    Raises:
        FixSettings: ``kind_unknown``.
    """
    if kind not in (CONTACTS, *known):
        hint = " (LEADPACT_HUBSPOT__DEALS=true has them read)" if kind == DEALS else ""
        raise FixSettings(
            f"The HubSpot connector has no use of the kind {kind!r} here, only of "
            f"{', '.join((CONTACTS, *known))}{hint}.",
            code="kind_unknown",
        )
    return kind


def stamp(text: str) -> str:
    """HubSpot's instant as fixed-width UTC text; it leaves out a fraction of zero (facts §1)."""
    if len(text) == 24 and text[-1] == "Z":
        return text
    if len(text) == 20 and text[-1] == "Z":
        return f"{text[:-1]}.000Z"
    return stamp_of(instant(text))


def instant(text: str) -> datetime:
    """HubSpot's instant, ISO or epoch milliseconds: aware, UTC."""
    if text.isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    read = datetime.fromisoformat(text)
    if read.tzinfo is UTC:
        return read
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def stamp_of(at: datetime) -> str:
    """An aware instant as fixed-width UTC text with milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def epoch_ms(text: str) -> int:
    """A stamp as search filters take it: milliseconds since 1970."""
    at = instant(text)
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def wire(value: Native) -> str:
    """A value as HubSpot takes it: always text, and ``""`` to clear (facts §1)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
