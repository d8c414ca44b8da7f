"""Which believed behaviours of HubSpot this account shows; names as the sandbox's switches have them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from leadpact.errors import LeadpactError
from leadpact.ports.diagnosis import Belief
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import Json

_OBJECTS: Final = "/crm/v3/objects/contacts"
_NOBODY: Final = "9007199254740001"
"""An id far beyond those that HubSpot gives out."""
_NOT_USED: Final = "leadpact asks nothing there that depends on it"
_NEEDS_WRITES: Final = "it takes a synthetic contact to see: `--probe-writes`"

_STAGE_SETTER: Final = (
    "it takes a company or a deal of people's own; doctor names what has set the stage on contacts"
)
_WEBHOOKS: Final = "it takes a webhook that HubSpot can reach"
_OAUTH: Final = "it takes a public app and its grant"


def _unseen(name: str, means: str, why: str, *, believed: bool) -> Belief:
    return Belief(name, means, believed, why_not=why)


BELIEFS: Final = {
    belief.name: belief
    for belief in (
        Belief(
            "hubspot.1.archived_reads_404", "an archived record read as a live one is a 404", True
        ),
        Belief("hubspot.1.batch_read_history_50", "batch read with history takes 50 inputs", True),
        Belief("hubspot.2.body_limit_whole", "3,000 characters bound the whole search", True),
        Belief("hubspot.2.neq_matches_blank", "NEQ finds records without a value", False),
        Belief(
            "hubspot.4.native_connector",
            "HubSpot's own Salesforce connector is at work",
            False,
        ),
        Belief(
            "hubspot.1.archive_twice_is_204",
            "archiving an archived record answers 204",
            True,
            needs_writes=True,
        ),
        Belief(
            "hubspot.1.batch_update_missing_is_silent",
            "batch update drops unknown ids without a word",
            False,
            needs_writes=True,
        ),
        Belief(
            "hubspot.1.cleared_reads_empty",
            'a cleared property reads as "", not null',
            False,
            needs_writes=True,
        ),
        Belief("hubspot.1.null_clears", "null in a write clears", True, needs_writes=True),
        Belief(
            "hubspot.1.refused_batch_writes_nothing",
            "a batch refused as a whole has written nothing",
            True,
            needs_writes=True,
        ),
        Belief(
            "hubspot.4.new_contact_is_lead",
            "a contact made without a stage is a lead",
            True,
            needs_writes=True,
        ),
        Belief(
            "hubspot.5.existing_name_is_409",
            "making a property that exists answers 409, not 400",
            True,
            needs_writes=True,
        ),
        Belief(
            "hubspot.4.person_may_go_back",
            "a person's screen may set a stage back",
            True,
            why_not="only a person at the screen can try it",
        ),
        Belief(
            "hubspot.1.batch_keeps_order",
            "batch writes answer in the order of their rows",
            False,
            why_not="it takes writing to several records at once; leadpact goes by ids, not by order",
        ),
        Belief(
            "hubspot.6.association_ids_are_numbers",
            "associations answer ids as numbers",
            True,
            why_not=_NOT_USED,
        ),
        Belief(
            "hubspot.6.batch_read_without_links_is_207",
            "a record without associations is an error row of a batch read",
            True,
            why_not=_NOT_USED,
        ),
        Belief(
            "hubspot.6.first_company_is_primary",
            "the first company associated becomes the primary one",
            True,
            why_not=_NOT_USED,
        ),
        _unseen(
            "hubspot.4.company_stage_moves_contacts",
            "a company's stage moves its contacts forward",
            _STAGE_SETTER,
            believed=False,
        ),
        _unseen(
            "hubspot.4.deal_makes_opportunity",
            "a deal moves its contacts on to opportunity",
            _STAGE_SETTER,
            believed=False,
        ),
        _unseen(
            "hubspot.4.won_deal_makes_customer",
            "a won deal moves its contacts on to customer",
            _STAGE_SETTER,
            believed=False,
        ),
        _unseen(
            "hubspot.8.change_flag_is_created",
            "creation events carry changeFlag CREATED, not NEW",
            _WEBHOOKS,
            believed=True,
        ),
        _unseen(
            "hubspot.8.events_come_in_disorder",
            "some webhook events overtake others",
            _WEBHOOKS,
            believed=True,
        ),
        _unseen(
            "hubspot.8.events_come_twice",
            "some webhook events are sent twice",
            _WEBHOOKS,
            believed=True,
        ),
        _unseen(
            "hubspot.3.oauth_without_daily_headers",
            "answers to a public app carry no daily rate headers",
            _OAUTH,
            believed=True,
        ),
        _unseen(
            "hubspot.9.refresh_token_rotates",
            "each refresh gives a new refresh token and ends the old one",
            _OAUTH,
            believed=False,
        ),
        _unseen(
            "hubspot.9.refused_grant_is_400",
            "a refused token request answers 400, not 401",
            _OAUTH,
            believed=True,
        ),
    )
}


def probe(
    client: HubSpotClient, *, native: Callable[[], bool], now: datetime, writes: bool
) -> list[Belief]:
    """Every belief, with what this account showed.

    Args:
        native: whether the native connector's traces are there.
        now: makes the synthetic address unique.
        writes: make one synthetic contact, and archive it.
    """
    shown: dict[str, bool | None] = _read(client)
    shown["hubspot.4.native_connector"] = native()
    if writes:
        shown |= _written(client, f"leadpact-probe-{now:%Y%m%d%H%M%S}@leadpact.example")
    return [_answered(belief, shown, writes=writes) for belief in BELIEFS.values()]


def _answered(belief: Belief, shown: dict[str, bool | None], *, writes: bool) -> Belief:
    found = shown.get(belief.name)
    if found is not None:
        return replace(belief, shown=found, why_not="")
    if belief.why_not:
        return belief
    if belief.needs_writes and not writes:
        return replace(belief, why_not=_NEEDS_WRITES)
    return replace(belief, why_not="this account holds nothing to see it by")


def _read(client: HubSpotClient) -> dict[str, bool | None]:
    shown: dict[str, bool | None] = {}
    archived = _ids(client, archived=True)
    if archived:
        shown["hubspot.1.archived_reads_404"] = _is_404(client, archived[0])
    body = {
        "properties": [],
        "propertiesWithHistory": ["lifecyclestage"],
        "inputs": [{"id": str(int(_NOBODY) + place)} for place in range(51)],
    }
    shown["hubspot.1.batch_read_history_50"] = _status_of(client, "batch/read", body) == 400
    long = {"propertyName": "city", "operator": "IN", "values": ["x" * 20 for _ in range(150)]}
    search = {"filterGroups": [{"filters": [long]}], "limit": 1}
    shown["hubspot.2.body_limit_whole"] = _status_of(client, "search", search) == 400
    shown["hubspot.2.neq_matches_blank"] = _neq(client)
    return shown


def _neq(client: HubSpotClient) -> bool | None:
    """More records without this city than records with any city: the rest has none."""
    other = {"propertyName": "city", "operator": "NEQ", "value": "nowhere-of-leadpact"}
    known = {"propertyName": "city", "operator": "HAS_PROPERTY"}
    unlike, having = _total(client, [other]), _total(client, [known])
    if _total(client, []) <= having:
        return None
    return unlike > having


def _written(client: HubSpotClient, email: str) -> dict[str, bool | None]:
    """What one synthetic contact shows; it is archived whatever happens."""
    shown: dict[str, bool | None] = {}
    exists = {
        "name": "firstname",
        "label": "First name",
        "groupName": "contactinformation",
        "type": "string",
        "fieldType": "text",
    }
    status, _answer = client.ask("POST", "/crm/v3/properties/contacts", exists)
    shown["hubspot.5.existing_name_is_409"] = status == 409
    properties = {"email": email, "lastname": "leadpact probe", "city": "Probe"}
    status, made = client.ask("POST", _OBJECTS, {"properties": properties})
    if status not in (200, 201):
        return shown
    record = str(made["id"])
    try:
        shown["hubspot.4.new_contact_is_lead"] = _value(client, record, "lifecyclestage") == "lead"
        batch = [
            {"id": record, "properties": {"city": "Batch"}},
            {"id": _NOBODY, "properties": {"city": "Batch"}},
        ]
        status, answer = client.ask("POST", f"{_OBJECTS}/batch/update", {"inputs": batch})
        if status < 300:
            shown["hubspot.1.batch_update_missing_is_silent"] = not answer.get("errors")
        batch = [
            {"id": record, "properties": {"city": "Refused"}},
            {"id": record, "properties": {"no_such_property_of_leadpact": "x"}},
        ]
        status, _answer = client.ask("POST", f"{_OBJECTS}/batch/update", {"inputs": batch})
        if status == 400:
            stays = _value(client, record, "city") != "Refused"
            shown["hubspot.1.refused_batch_writes_nothing"] = stays
        _set(client, record, {"city": ""})
        shown["hubspot.1.cleared_reads_empty"] = _value(client, record, "city") == ""
        _set(client, record, {"city": "Null"})
        _set(client, record, {"city": None})
        shown["hubspot.1.null_clears"] = not _value(client, record, "city")
    finally:
        with contextlib.suppress(LeadpactError):
            client.ask("DELETE", f"{_OBJECTS}/{record}")
    shown["hubspot.1.archived_reads_404"] = _is_404(client, record)
    status, _answer = client.ask("DELETE", f"{_OBJECTS}/{record}")
    shown["hubspot.1.archive_twice_is_204"] = status == 204
    return shown


def _ids(client: HubSpotClient, *, archived: bool) -> list[str]:
    path = f"{_OBJECTS}?limit=5&archived={str(archived).lower()}"
    return _ids_of(client.ask("GET", path)[1])


def _ids_of(answer: Json) -> list[str]:
    rows: Sequence[Json] = answer.get("results") or []
    return [str(row["id"]) for row in rows]


def _is_404(client: HubSpotClient, record: str) -> bool:
    return client.ask("GET", f"{_OBJECTS}/{record}")[0] == 404


def _status_of(client: HubSpotClient, call: str, body: Json) -> int:
    return client.ask("POST", f"{_OBJECTS}/{call}", body)[0]


def _total(client: HubSpotClient, filters: list[Json]) -> int:
    groups = [{"filters": filters}] if filters else []
    answer = client.ask("POST", f"{_OBJECTS}/search", {"filterGroups": groups, "limit": 1})[1]
    return int(answer.get("total") or 0)


def _value(client: HubSpotClient, record: str, name: str) -> object:
    answer = client.ask("GET", f"{_OBJECTS}/{record}?properties={name}")[1]
    return (answer.get("properties") or {}).get(name)


def _set(client: HubSpotClient, record: str, properties: Json) -> None:
    client.ask("PATCH", f"{_OBJECTS}/{record}", {"properties": properties})
