"""Which believed behaviours of Salesforce this org shows; names as the sandbox's switches have them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from leadpact.errors import LeadpactError
from leadpact.ports.diagnosis import Belief
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.history import LEAD_HISTORY
from leadpact_salesforce.objects import id18
from leadpact_salesforce.schema import LiveSchema

_NEEDS_WRITES: Final = "it takes a synthetic Lead to see: `--probe-writes`"
_CONVERTS: Final = "it takes a conversion, which cannot be taken back"
_BULK: Final = "it takes a bulk job; leadpact makes none for a probe"
_OWN_KEY: Final = "leadpact_lead_id__c"


def _unseen(name: str, means: str, why: str, *, believed: bool) -> Belief:
    return Belief(name, means, believed, why_not=why)


BELIEFS: Final = {
    belief.name: belief
    for belief in (
        Belief("salesforce.2.collection_read", "Collections read records by id", True),
        Belief(
            "salesforce.3.polymorphic_parent_is_name",
            "SOQL shows a polymorphic parent with the type Name",
            True,
        ),
        Belief(
            "salesforce.6.history_tracking",
            "LeadHistory keeps changes of a Lead's status",
            False,
            needs_writes=True,
        ),
        Belief(
            "salesforce.1.blank_is_null", "an empty text is stored as null", True, needs_writes=True
        ),
        Belief(
            "salesforce.1.id_in_upsert_body_refused",
            "an upsert that repeats its key in the body is refused",
            True,
            needs_writes=True,
        ),
        Belief(
            "salesforce.1.line_ends_become_crlf",
            "long texts are stored with CRLF",
            False,
            needs_writes=True,
        ),
        Belief(
            "salesforce.1.trims_text",
            "spaces at the end of a text are not stored",
            True,
            needs_writes=True,
        ),
        Belief(
            "salesforce.6.converted_status_by_update",
            "an update may set a status that only conversion should set",
            False,
            needs_writes=True,
        ),
        Belief(
            "salesforce.6.duplicate_rules",
            "the standard Lead duplicate rule is on",
            False,
            needs_writes=True,
        ),
        _unseen(
            "salesforce.3.days_in_user_zone",
            "relative dates in SOQL count in the user's zone",
            "it shows at midnight only; leadpact asks for instants",
            believed=True,
        ),
        _unseen(
            "salesforce.3.long_text_shrinks_pages",
            "long texts make query pages smaller",
            "it takes thousands of long texts; leadpact follows pages of any size",
            believed=True,
        ),
        _unseen(
            "salesforce.6.assignment_rules",
            "rules change a Lead's owner on write",
            "leadpact switches them off on every write, so none of its own shows it",
            believed=False,
        ),
        _unseen(
            "salesforce.6.converted_lead_editable",
            "converted Leads take updates",
            _CONVERTS,
            believed=False,
        ),
        _unseen(
            "salesforce.6.custom_fields_mapped",
            "conversion carries custom Lead fields to the Contact",
            _CONVERTS,
            believed=False,
        ),
        _unseen(
            "salesforce.6.record_types_bind_all",
            "record types refuse values of unrestricted picklists too",
            "it takes a record type that excludes a value",
            believed=False,
        ),
        _unseen(
            "salesforce.6.member_status_must_exist",
            "a campaign member's status must be one of its campaign's",
            "leadpact writes no campaign member",
            believed=False,
        ),
        _unseen(
            "salesforce.9.session_slides",
            "a session lives on from its last use",
            "it takes hours of waiting",
            believed=True,
        ),
        _unseen(
            "salesforce.2.collections_count_as_queries",
            "collections count among the queries of a Composite call",
            "leadpact makes no Composite call",
            believed=True,
        ),
        _unseen(
            "salesforce.4.bulk_runs_active_rules",
            "assignment rules run in bulk jobs that name none",
            _BULK,
            believed=False,
        ),
        _unseen(
            "salesforce.4.hard_delete_granted",
            "this sign-in may hardDelete",
            _BULK,
            believed=False,
        ),
        _unseen(
            "salesforce.4.one_upload_per_job",
            "a second upload to a bulk job is refused",
            _BULK,
            believed=True,
        ),
        _unseen(
            "salesforce.4.processed_counts_failures",
            "a bulk job counts failed rows among the processed",
            _BULK,
            believed=True,
        ),
    )
}


def probe(
    client: SalesforceClient, schema: LiveSchema, *, now: datetime, writes: bool
) -> list[Belief]:
    """Every belief, with what this org showed.

    Args:
        now: makes the synthetic address unique.
        writes: make one synthetic Lead, and delete it.
    """
    shown = _read(client)
    if writes:
        shown |= _written(client, schema, f"leadpact-probe-{now:%Y%m%d%H%M%S}@leadpact.example")
    return [_answered(belief, shown, writes=writes) for belief in BELIEFS.values()]


def _answered(belief: Belief, shown: Mapping[str, bool | None], *, writes: bool) -> Belief:
    found = shown.get(belief.name)
    if found is not None:
        return replace(belief, shown=found, why_not="")
    if belief.why_not:
        return belief
    if belief.needs_writes and not writes:
        return replace(belief, why_not=_NEEDS_WRITES)
    return replace(belief, why_not="this org holds nothing to see it by")


def _read(client: SalesforceClient) -> dict[str, bool | None]:
    shown: dict[str, bool | None] = {}
    rows = _query(client, "SELECT Id, Owner.Name FROM Lead ORDER BY Id LIMIT 1")
    if rows:
        owner = rows[0].get("Owner") or {}
        kind = str((owner.get("attributes") or {}).get("type") or "")
        shown["salesforce.3.polymorphic_parent_is_name"] = kind == "Name" if kind else None
        body = {"ids": [rows[0]["Id"]], "fields": ["Id"]}
        status, _answer = client.ask("POST", "composite/sobjects/Lead", body)
        shown["salesforce.2.collection_read"] = {200: True, 404: False}.get(status)
    # No row may also mean that nobody has changed anything.
    if _query(client, soql.select(("Id",), LEAD_HISTORY) + " WHERE Field = 'Status' LIMIT 1"):
        shown["salesforce.6.history_tracking"] = True
    return shown


def _written(client: SalesforceClient, schema: LiveSchema, email: str) -> dict[str, bool | None]:
    """What one synthetic Lead shows; it is deleted whatever happens."""
    shown: dict[str, bool | None] = {}
    fields = {
        "LastName": "Leadpact Probe",
        "Company": "Leadpact Probe",
        "Email": email,
        "City": "Probe  ",
        "Description": "one\ntwo",
    }
    status, made = client.ask("POST", "sobjects/Lead", fields)
    if status != 201:
        return shown
    lead = id18(str(made["id"]))
    try:
        kept = _kept(client, lead)
        shown["salesforce.1.trims_text"] = kept["City"] == "Probe"
        shown["salesforce.1.line_ends_become_crlf"] = "\r\n" in str(kept["Description"])
        client.ask("PATCH", f"sobjects/Lead/{lead}", {"City": ""})
        shown["salesforce.1.blank_is_null"] = _kept(client, lead)["City"] is None
        if _OWN_KEY in schema.read(["Lead"])["Lead"].fields:
            shown["salesforce.1.id_in_upsert_body_refused"] = _key_refused(client, lead)
        shown["salesforce.6.history_tracking"] = _leaves_history(client, schema, lead)
        shown["salesforce.6.duplicate_rules"] = _refuses_twin(client, fields)
        converted = sorted(schema.statuses().converted)
        if converted:
            body = {"Status": converted[0]}
            status, _answer = client.ask("PATCH", f"sobjects/Lead/{lead}", body)
            shown["salesforce.6.converted_status_by_update"] = status < 300
    finally:
        with contextlib.suppress(LeadpactError):
            client.ask("DELETE", f"sobjects/Lead/{lead}")
    return shown


def _key_refused(client: SalesforceClient, lead: str) -> bool | None:
    """Give the Lead a key, then upsert by it with the key in the body, too."""
    key = f"probe-{lead}"
    status, _answer = client.ask("PATCH", f"sobjects/Lead/{lead}", {_OWN_KEY: key})
    if status >= 300:
        return None
    body = {_OWN_KEY: key, "City": "Upsert"}
    status, _answer = client.ask("PATCH", f"sobjects/Lead/{_OWN_KEY}/{key}", body)
    return {400: True, 200: False, 201: False, 204: False}.get(status)


def _leaves_history(client: SalesforceClient, schema: LiveSchema, lead: str) -> bool | None:
    """Move the Lead through its statuses, so that one of the moves is a change."""
    moved = 0
    for status in sorted(schema.statuses().usable)[:2]:
        moved += client.ask("PATCH", f"sobjects/Lead/{lead}", {"Status": status})[0] < 300
    if not moved:
        return None
    head = soql.select(("Id",), LEAD_HISTORY)
    where = f" WHERE LeadId = {soql.ids([lead])[0]} AND Field = 'Status' LIMIT 1"
    return bool(_query(client, head + where))


def _refuses_twin(client: SalesforceClient, fields: Mapping[str, Any]) -> bool | None:
    status, answer = client.ask("POST", "sobjects/Lead", fields)
    if status == 201:
        client.ask("DELETE", f"sobjects/Lead/{id18(str(answer['id']))}")
        return False
    codes = [str(one.get("errorCode")) for one in answer] if isinstance(answer, list) else []
    return True if "DUPLICATES_DETECTED" in codes else None


def _query(client: SalesforceClient, statement: str) -> list[dict[str, Any]]:
    try:
        return list(client.query(statement).rows)
    except LeadpactError:
        return []


def _kept(client: SalesforceClient, lead: str) -> dict[str, Any]:
    status, answer = client.ask("GET", f"sobjects/Lead/{lead}?fields=City,Description")
    return answer if status == 200 else {"City": "?", "Description": "?"}
